// Inference of MGWR on one device: the rounds replayed on columns of the identity, a chunk of kWide at a time.
//
// Where a column has the bandwidth of the round before, its R_j changes by what the round before changed of the others, put through the
// same smooth. Changes are small: they are taken in single precision, R_j itself in double. Where the bandwidth is another, and in the
// first rounds and the last, the smooth is made anew.
#pragma once

#include "kernels/gwr/many_columns.hpp"
#include "kernels/gwr/multiscale.hpp"
#include "kernels/gwr/smooths.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Inference;
using dosi::gwr::Round;

class Replay {
 public:
  // The terrain must be whole, and outlive this. A place is work for as many columns as there are places, so that few are enough for
  // several threads.
  Replay(int device, const Terrain& terrain, const Model& m)
      : ctx_(workers(device, terrain.places * 16)), terrain_(terrain), fine_(dosi::gwr::refine(terrain.tree, m.x, m.y)), nodes_(upload(ctx_, fine_.nodes)), clusters_(upload(ctx_, fine_.clusters)), smooths_(ctx_, terrain), n_(terrain.places), k_(m.columns) {}

  // A CPU's threads take a chunk each, or as many as a cache holds; a GPU takes many.
  std::size_t columns_at_once() const {
    const std::size_t of_one = ((k_ + 2) * n_ + fine_.clusters.size() * kPolynomials) * sizeof(double);
#if DOSI_ON_CUDA
    const std::size_t teams = 1, budget = std::min<std::size_t>(ctx_.free_memory() / 4, std::size_t{8} << 30);
#else
    const auto teams = static_cast<std::size_t>(ctx_.threads());
    const std::size_t budget = std::size_t{8} << 20;
#endif
    return std::max<std::size_t>(1, budget / of_one / kWide) * kWide * teams;
  }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count, const Inference& out) {
    chunks_ = (count + kWide - 1) / kWide;
    first_ = first;
    count_ = count;
    make_room();
    par::for_each_team(ctx_, n_, kTeam, 0, Start_columns<Bisquare>{terrain_.ground, smooths_.bandwidths(start), first, count, chunks_, wide_.parts.view(), wide_.v.view()});
    const std::size_t last = rounds.size() - 1;
    for (std::size_t r = 0; r <= last; ++r) {
      const bool whole = r < kLargeChanges || r == last;
      if (r == last && last > kLargeChanges) find_target(0);
      if (r == kLargeChanges && !whole) begin_changes();
      for (std::size_t j = 0; j < k_; ++j) {
        if (r == last) diagonal_.fill(0);
        if (whole) {
          smooth(wide_, r + 1 == kLargeChanges ? change(j) : View<float>{}, j, rounds[r][j], r == last);
        } else if (rounds[r][j] == rounds[r - 1][j]) {
          smooth(narrow_, View<float>{}, j, rounds[r][j], false);
        } else {
          find_target(j);
          smooth(wide_, change(j), j, rounds[r][j], false);
          par::for_each(ctx_, part(), Next_changes{change(j), change((j + 1) % k_), narrow_.v.view()});
        }
        if (r == last) add(j, square_.to_host(), diagonal_.to_host(), out);
      }
    }
    if (!out.new_x.empty()) predict(rounds[last], out);
    ctx_.synchronize();
  }

 private:
  using Key = std::pair<std::size_t, double>;

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

  template <class Real>
  struct Matrix {
    par::Buffer<std::uint64_t> first, middle;
    par::Buffer<std::uint32_t> source;
    par::Buffer<Real> factor;
    bool far = false;  // it has moments
    Smooth_matrix<Real> view() const { return {first.view(), middle.view(), source.view(), factor.view()}; }
    std::size_t bytes() const { return source.size() * sizeof(std::uint32_t) + factor.size() * sizeof(Real); }
  };

  std::size_t part() const { return chunks_ * n_ * kWide; }
  Forest fine_forest() const { return {nodes_.view(), terrain_.ground.forest.x, terrain_.ground.forest.y}; }

  View<float> change(std::size_t j) { return narrow_.parts.view().part(j * part(), part()); }

  void make_room() {
    if (wide_.v.size() == part()) return;
    const std::size_t of_moments = chunks_ * fine_.clusters.size() * kPolynomials * kWide;
    wide_.make(ctx_, k_, part(), of_moments);
    narrow_.make(ctx_, k_, part(), of_moments);
    square_ = par::Buffer<double>(ctx_, chunks_ * n_);
    diagonal_ = par::Buffer<double>(ctx_, n_);
  }

  void begin_changes() { par::for_each(ctx_, part(), Begin_changes{k_, part(), std::as_const(narrow_.parts).view(), narrow_.v.view()}); }
  void find_target(std::size_t j) { par::for_each(ctx_, part(), Whole_target{k_, j, part(), n_, first_, count_, std::as_const(wide_.parts).view(), wide_.v.view()}); }

  template <class Real>
  void smooth(State<Real>& s, View<float> change, std::size_t j, double neighbours, bool last) {
    const auto& matrix = matrix_of(matrices<Real>(), smooths_.places(), smooths_.bandwidths(neighbours), j, neighbours);
    if (matrix.far) make_moments(s, j, std::as_const(s.v).view());
    const std::size_t tiles = (n_ + kRows - 1) / kRows;
    par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks_, kTeam, 0,
                       Smooth_columns<Real>{matrix.view(), n_, chunks_, first_, smooths_.column(j), std::as_const(s.v).view(), std::as_const(s.moments).view(), s.parts.view().part(j * part(), part()),
                                            s.parts.view().part((j + 1) % k_ * part(), part()), s.after.view(), change, wide_.parts.view().part(j * part(), part()), last ? square_.view() : View<double>{}, diagonal_.view()});
    std::swap(s.v, s.after);
  }

  template <class Real>
  std::map<Key, Matrix<Real>>& matrices() {
    if constexpr (std::is_same_v<Real, float>) return narrow_matrix_;
    else return wide_matrix_;
  }

  // The matrix from places to some points.
  template <class Real>
  const Matrix<Real>& matrix_of(std::map<Key, Matrix<Real>>& known, const Points& points, View<const double> h, std::size_t j, double neighbours) {
    const Key key(j, neighbours);
    if (const auto found = known.find(key); found != known.end()) return found->second;
    const bool ours = points.x.data == smooths_.places().x.data;
    const std::size_t tiles = (points.count + kRows - 1) / kRows;
    const Tile_walk walk{fine_forest(), points, h};
    par::Buffer<std::uint64_t> of_places(ctx_, tiles), of_moments(ctx_, tiles);
    par::for_each_team(ctx_, tiles, kTeam, 0, Count_steps{walk, of_places.view(), of_moments.view()});
    const auto near = of_places.to_host(), far = of_moments.to_host();
    std::vector<std::uint64_t> first(tiles + 1, 0), middle(tiles);
    for (std::size_t t = 0; t < tiles; ++t) {
      middle[t] = first[t] + near[t];
      first[t + 1] = middle[t] + far[t];
    }
    const std::size_t steps = first.back();
    Matrix<Real> m{upload(ctx_, first), upload(ctx_, middle), {ctx_, steps}, {ctx_, steps * kRows}, std::any_of(far.begin(), far.end(), [](auto f) { return f > 0; })};
    if (ours && matrix_bytes_ + m.bytes() > kMatrixBytes) {
      wide_matrix_.clear();
      narrow_matrix_.clear();
      matrix_bytes_ = 0;
    }
    const auto squares = ours ? par::Buffer<double>() : smooths_.squares_at(points, h, j);
    const auto xx = ours ? smooths_.known(j, neighbours).xx() : squares.view();
    par::for_each_team(ctx_, tiles, kTeam, 0, Write_steps<Real>{walk, smooths_.column(j), xx, std::as_const(m.first).view(), std::as_const(m.middle).view(), m.source.view(), m.factor.view()});
    ctx_.synchronize();
    if (ours) matrix_bytes_ += m.bytes();
    return known.emplace(key, std::move(m)).first->second;
  }

  // Level by level, the last few clusters of a chunk by one team.
  template <class Real>
  void make_moments(State<Real>& s, std::size_t j, View<const Real> v) {
    constexpr std::size_t kFew = 16;
    const auto& levels = fine_.levels;
    const std::size_t all = fine_.clusters.size();
    for (std::size_t l = 0; l + 1 < levels.size();) {
      const bool few = all - levels[l] <= kFew;
      const std::size_t begin = levels[l], end = few ? all : levels[l + 1], a_team = few ? all : kClustersATeam;
      par::for_each_team(ctx_, (end - begin + a_team - 1) / a_team * chunks_, kTeam, 0,
                         Column_moments<Real>{fine_forest(), std::as_const(clusters_).view(), smooths_.column(j), v, n_, chunks_, begin, end, a_team, s.moments.view()});
      l = few ? levels.size() : l + 1;
    }
  }

  void add(std::size_t j, const std::vector<double>& square, const std::vector<double>& diagonal, const Inference& out) const {
    const auto& order = terrain_.tree.order;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t c = 0; c < chunks_; ++c) out.variance[order[i] * k_ + j] += square[c * n_ + i];
      out.leverage[order[i]] += diagonal[i];
      out.parameters[j] += diagonal[i];
    }
  }

  // At new points: what the fit there makes of the columns of the identity.
  void predict(const Round& round, const Inference& out) {
    const std::size_t points = out.new_x.size(), tiles = (points + kRows - 1) / kRows;
    if (new_x_.size() != points) {
      new_x_ = par::Buffer<double>(ctx_, out.new_x);
      new_y_ = par::Buffer<double>(ctx_, out.new_y);
      new_design_ = par::Buffer<double>(ctx_, out.new_design);
      new_matrix_.clear();
    }
    if (new_rows_.size() != chunks_ * points * kWide) {
      new_rows_ = par::Buffer<double>(ctx_, chunks_ * points * kWide);
      new_square_ = par::Buffer<double>(ctx_, chunks_ * points);
    }
    const Points at{std::as_const(new_x_).view(), std::as_const(new_y_).view(), points};
    for (std::size_t j = 0; j < k_; ++j) {
      const Key key(j, round[j]);
      if (!new_matrix_.contains(key)) {
        const auto h = smooths_.bandwidths_at(at, round[j]);
        matrix_of(new_matrix_, at, h.view(), j, round[j]);
      }
      const auto& matrix = new_matrix_.at(key);
      find_target(j);
      if (matrix.far) make_moments(wide_, j, std::as_const(wide_.v).view());
      par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks_, kTeam, 0,
                         Predict_columns{matrix.view(), points, n_, chunks_, k_, j, std::as_const(new_design_).view(), std::as_const(wide_.v).view(), std::as_const(wide_.moments).view(), new_rows_.view(), new_square_.view()});
    }
    const auto square = new_square_.to_host();
    for (std::size_t p = 0; p < points; ++p)
      for (std::size_t c = 0; c < chunks_; ++c) out.predicted[p] += square[c * points + p];
  }

  static constexpr std::size_t kLargeChanges = 3;  // first rounds, told by what they are
  static constexpr std::size_t kMatrixBytes = std::size_t{1} << 30, kClustersATeam = Team::serial ? 8 : 1;

  par::Context ctx_;
  const Terrain& terrain_;
  dosi::gwr::Fine_tree fine_;
  par::Buffer<Node> nodes_;
  par::Buffer<Cluster> clusters_;
  Smooths smooths_;
  std::size_t n_, k_, chunks_ = 0, first_ = 0, count_ = 0, matrix_bytes_ = 0;
  State<double> wide_;   // R_j, and V of the next column
  State<float> narrow_;  // their changes
  par::Buffer<double> square_, diagonal_;
  std::map<Key, Matrix<double>> wide_matrix_, new_matrix_;
  std::map<Key, Matrix<float>> narrow_matrix_;
  par::Buffer<double> new_x_, new_y_, new_design_, new_rows_, new_square_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
