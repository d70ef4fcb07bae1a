// Inference of MGWR on one device: the rounds replayed on columns of the identity, a chunk of kWide at a time.
//
// Where a column has the bandwidth of the round before, its R_j changes by what the round before changed of the others,
// put through the same smooth. Changes are small: they are taken and added up in single precision, R_j itself in
// double. Where the bandwidth is another, and in the first rounds and the last, the smooth is made anew.
#pragma once

#include <exception>
#include <numeric>

#include "kernels/gwr/multiscale.hpp"
#include "kernels/gwr/smooth_matrices.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Elsewhere;
using dosi::gwr::Inference;
using dosi::gwr::Round;

// New places on the device.
class New_places {
 public:
  New_places() = default;
  New_places(par::Context& ctx, const Terrain& terrain, const Elsewhere& e)
      : x_(ctx, e.x), y_(ctx, e.y), z_(ctx, e.z), count_(e.x.size()) {
    std::vector<std::uint32_t> slot(count_);
    std::iota(slot.begin(), slot.end(), 0u);
    if (!e.near.first.empty()) lists_ = Device_lists(ctx, e.near, slot, terrain.rank, true);
    ctx.synchronize();
  }
  Points points() const { return {x_.view(), y_.view(), z_.view(), lists_.view(), count_}; }

 private:
  par::Buffer<double> x_, y_, z_;
  Device_lists lists_;
  std::size_t count_ = 0;
};

// With their columns, and the matrices to them.
struct New_points {
  New_places places;
  par::Buffer<double> design;
  std::vector<Smooth_matrices::Shared<double>> matrix;  // by column
  std::size_t count = 0;
};

// Some chunks that go through all rounds together.
class Chunks {
 public:
  Chunks(par::Context& ctx, const Terrain& terrain, Smooth_matrices& matrices, std::size_t columns)
      : ctx_(ctx), terrain_(terrain), matrices_(matrices), n_(terrain.places), k_(columns) {}

  // `count` columns of the identity from `first` on; `at`: the bandwidths of the start.
  void run(double start, const Reaches& at, std::span<const Round> rounds, std::size_t first, std::size_t count,
           const New_points& wanted) {
    chunks_ = (count + kWide - 1) / kWide;
    first_ = first;
    count_ = count;
    make_room();
    totals_.fill(0);
    if (matrices_.smooths().listed()) start_with<Listed_kernel>(start, at);
    else if (terrain_.ground.radius > 0) start_with<Any_kernel>(start, at);
    else start_with<Bisquare>(start, at);
    const std::size_t last = rounds.size() - 1;
    for (std::size_t r = 0; r <= last; ++r) {
      const bool whole = r < kLargeChanges || r == last;
      if (r == last && last > kLargeChanges) {
        par::for_each(ctx_, k_ * part(), Add_totals{wide_.parts.view(), totals_.view()});
        find_target(0);
      }
      if (r == kLargeChanges && !whole)
        par::for_each(ctx_, part(), Begin_changes{k_, part(), std::as_const(narrow_.parts).view(), narrow_.v.view()});
      for (std::size_t j = 0; j < k_; ++j) {
        if (whole) {
          smooth(wide_, r + 1 == kLargeChanges ? change(j) : View<float>{}, j, rounds[r][j], r == last);
        } else if (changes(rounds, r, j)) {
          smooth(narrow_, View<float>{}, j, rounds[r][j], false);
        } else {
          find_target(j);
          smooth(wide_, change(j), j, rounds[r][j], false);
          par::for_each(ctx_, part(), Next_changes{change(j), change((j + 1) % k_), narrow_.v.view()});
        }
      }
    }
    if (wanted.count > 0) predict(wanted);
    ctx_.synchronize();
  }

  // Whether a round takes a column by its change.
  static bool changes(std::span<const Round> rounds, std::size_t r, std::size_t j) {
    return r >= kLargeChanges && r + 1 < rounds.size() && rounds[r][j] == rounds[r - 1][j];
  }

  // Adds what was found, chunk by chunk.
  void add_to(const Inference& out) const {
    const auto& order = terrain_.tree.order;
    const auto square = square_.to_host(), diagonal = diagonal_.to_host(), predicted = new_square_.to_host();
    for (std::size_t j = 0; j < k_; ++j)
      for (std::size_t c = 0; c < chunks_; ++c)
        for (std::size_t i = 0; i < n_; ++i) out.variance[order[i] * k_ + j] += square[(j * chunks_ + c) * n_ + i];
    for (std::size_t j = 0; j < k_; ++j)
      for (std::size_t i = first_; i < first_ + count_; ++i) {
        out.leverage[order[i]] += diagonal[j * n_ + i];
        out.parameters[j] += diagonal[j * n_ + i];
      }
    for (std::size_t c = 0; c < chunks_; ++c)
      for (std::size_t p = 0; p < out.predicted.size(); ++p)
        out.predicted[p] += predicted[c * out.predicted.size() + p];
  }

 private:
  // Of the columns under way, [chunk][place][kWide].
  template <class Real>
  struct State {
    par::Buffer<Real> parts, v, after, moments;
    void make(par::Context& ctx, std::size_t columns, std::size_t part, std::size_t of_moments) {
      parts = par::Buffer<Real>(ctx, columns * part);
      v = par::Buffer<Real>(ctx, part);
      after = par::Buffer<Real>(ctx, part);
      moments = par::Buffer<Real>(ctx, of_moments);
    }
  };

  template <class Weight>
  void start_with(double neighbours, const Reaches& at) {
    Ground ground = terrain_.ground;
    if constexpr (Weight::listed) {
      const auto& lists = matrices_.smooths().lists();
      ground.near = lists.view();
      ground.lines = lines_.of(ctx_, lists.longest(), k_ + 1);
    }
    with_room(static_cast<int>(k_), [&]<int kRoom>() {
      par::for_each_team(ctx_, n_, kTeam, Weight::listed ? kSelectScratch : 0,
                         Start_columns<Weight, kRoom>{ground, neighbours, at, first_, count_, chunks_,
                                                      wide_.parts.view(), wide_.v.view()});
    });
  }

  std::size_t part() const { return chunks_ * n_ * kWide; }
  View<float> change(std::size_t j) { return narrow_.parts.view().part(j * part(), part()); }
  void find_target(std::size_t j) {
    par::for_each(ctx_, part(),
                  Whole_target{k_, j, part(), n_, first_, count_, std::as_const(wide_.parts).view(),
                               std::as_const(totals_).view(), wide_.v.view()});
  }

  void make_room() {
    if (wide_.v.size() == part()) return;
    const std::size_t of_moments = chunks_ * matrices_.smooths().clusters().size * kPolynomials * kWide;
    wide_.make(ctx_, k_, part(), of_moments);
    narrow_.make(ctx_, k_, part(), of_moments);
    totals_ = par::Buffer<float>(ctx_, k_ * part());
    square_ = par::Buffer<double>(ctx_, k_ * chunks_ * n_);
    diagonal_ = par::Buffer<double>(ctx_, k_ * n_);
  }

  template <class Real>
  void smooth(State<Real>& s, View<float> change, std::size_t j, double neighbours, bool last) {
    const auto matrix = matrices_.of<Real>(j, neighbours);
    if (matrix->far) make_moments(s, j);
    const std::size_t tiles = (n_ + kRows - 1) / kRows, of_column = chunks_ * n_;
    par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks_, kTeam, 0,
                       Smooth_columns<Real>{matrix->view(), n_, chunks_, first_, matrices_.smooths().column(j),
                                            std::as_const(s.v).view(), std::as_const(s.moments).view(),
                                            s.parts.view().part(j * part(), part()),
                                            s.parts.view().part((j + 1) % k_ * part(), part()), s.after.view(), change,
                                            totals_.view().part(j * part(), part()),
                                            last ? square_.view().part(j * of_column, of_column) : View<double>{},
                                            diagonal_.view().part(j * n_, n_)});
    if (DOSI_ON_CUDA) ctx_.synchronize();  // the matrix may go
    std::swap(s.v, s.after);
  }

  // Level by level, the last few clusters of a chunk by one team.
  template <class Real>
  void make_moments(State<Real>& s, std::size_t j) {
    constexpr std::size_t kFew = 16, kClustersATeam = Team::serial ? 8 : 1;
    const auto& levels = matrices_.smooths().levels();
    const std::size_t all = matrices_.smooths().clusters().size;
    for (std::size_t l = 0; l + 1 < levels.size();) {
      const bool few = all - levels[l] <= kFew;
      const std::size_t begin = levels[l], end = few ? all : levels[l + 1], a_team = few ? all : kClustersATeam;
      par::for_each_team(
          ctx_, (end - begin + a_team - 1) / a_team * chunks_, kTeam, 0,
          Column_moments<Real>{matrices_.smooths().forest(), matrices_.smooths().clusters(), matrices_.factors<Real>(),
                               matrices_.smooths().column(j), std::as_const(s.v).view(), n_, chunks_, begin, end,
                               a_team, s.moments.view()});
      l = few ? levels.size() : l + 1;
    }
  }

  // At new points: what the fit there makes of the columns of the identity.
  void predict(const New_points& wanted) {
    const std::size_t tiles = (wanted.count + kRows - 1) / kRows;
    if (new_rows_.size() != chunks_ * wanted.count * kWide) {
      new_rows_ = par::Buffer<double>(ctx_, chunks_ * wanted.count * kWide);
      new_square_ = par::Buffer<double>(ctx_, chunks_ * wanted.count);
    }
    for (std::size_t j = 0; j < k_; ++j) {
      const auto& matrix = *wanted.matrix[j];
      find_target(j);
      if (matrix.far) make_moments(wide_, j);
      par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks_, kTeam, 0,
                         Predict_columns{matrix.view(), wanted.count, n_, chunks_, k_, j, wanted.design.view(),
                                         std::as_const(wide_.v).view(), std::as_const(wide_.moments).view(),
                                         new_rows_.view(), new_square_.view()});
    }
  }

  static constexpr std::size_t kLargeChanges = 3;  // first rounds, told by what they are

  par::Context& ctx_;
  const Terrain& terrain_;
  Smooth_matrices& matrices_;
  std::size_t n_, k_, chunks_ = 0, first_ = 0, count_ = 0;
  State<double> wide_;         // R_j, and V of the next column
  State<float> narrow_;        // their changes
  par::Buffer<float> totals_;  // … added up since R_j was last told whole
  par::Buffer<double> square_, diagonal_, new_rows_, new_square_;
  Device_lines lines_;  // where distances are listed
};

// A CPU's threads take a chunk each through all rounds, and never wait for one another; a GPU takes many at once.
class Replay {
 public:
  // `ctx`: where the smooths are. All must outlive this.
  Replay(par::Context& ctx, int device, const Terrain& terrain, Smooths& smooths, std::size_t columns)
      : terrain_(terrain), matrices_(ctx, smooths), device_(device), columns_(columns) {
    const std::size_t chunks = (terrain.places + kWide - 1) / kWide;
    lines_ =
        DOSI_ON_CUDA
            ? 1
            : static_cast<std::size_t>(workers(device, chunks * 1024));  // a thread for each chunk, as far as there are
    add_lines(lines_);
  }

  std::size_t columns_at_once() const {
#if DOSI_ON_CUDA
    const std::size_t of_one =
        ((2 * columns_ + 3) * terrain_.places + matrices_.smooths().clusters().size * kPolynomials * 2) *
        sizeof(double);
    return std::max<std::size_t>(
               1, std::min<std::size_t>(context_[0]->free_memory() / 4, std::size_t{8} << 30) / of_one / kWide) *
           kWide;
#else
    return kWide * lines_;
#endif
  }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count, const Inference& out) {
    if (new_.count != out.elsewhere.x.size()) find_new(rounds.back(), out);
    if (first == 0 || !prepared_) prepare(rounds);
    prepared_ = true;
    const auto at = matrices_.bandwidths(start);
    const std::size_t a_line = DOSI_ON_CUDA ? count : kWide, lines = (count + a_line - 1) / a_line;
    add_lines(lines);
    std::vector<std::exception_ptr> failed(lines);
#if !DOSI_ON_CUDA
#pragma omp parallel for schedule(dynamic, 1) num_threads(int(std::min(lines, lines_))) if (lines > 1)
#endif
    for (std::size_t l = 0; l < lines; ++l) {
      try {
        chunks_[l]->run(start, at, rounds, first + l * a_line, std::min(a_line, count - l * a_line), new_);
      } catch (...) {
        failed[l] = std::current_exception();
      }
    }
    for (const auto& f : failed)
      if (f) std::rethrow_exception(f);
    for (std::size_t l = 0; l < lines; ++l) chunks_[l]->add_to(out);
  }

 private:
  void add_lines(std::size_t lines) {
    while (chunks_.size() < lines) {
      context_.push_back(std::make_unique<par::Context>(DOSI_ON_CUDA ? device_ : 1));
      chunks_.push_back(std::make_unique<Chunks>(*context_.back(), terrain_, matrices_, columns_));
    }
  }

  // Makes matrices with all threads, before each goes its own way.
  void prepare(std::span<const Round> rounds) {
    for (std::size_t r = 0; r < rounds.size(); ++r)
      for (std::size_t j = 0; j < columns_; ++j) {
        if (Chunks::changes(rounds, r, j)) matrices_.of<float>(j, rounds[r][j]);
        else matrices_.of<double>(j, rounds[r][j]);
      }
  }

  void find_new(const Round& round, const Inference& out) {
    auto& ctx = *context_[0];
    new_ = {
        New_places(ctx, terrain_, out.elsewhere), par::Buffer<double>(ctx, out.new_design), {}, out.elsewhere.x.size()};
    for (std::size_t j = 0; j < columns_ && new_.count > 0; ++j)
      new_.matrix.push_back(matrices_.at(new_.places.points(), j, round[j]));
  }

  const Terrain& terrain_;
  Smooth_matrices matrices_;
  int device_;
  std::size_t columns_, lines_ = 1;
  bool prepared_ = false;
  std::vector<std::unique_ptr<par::Context>> context_;
  std::vector<std::unique_ptr<Chunks>> chunks_;
  New_points new_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
