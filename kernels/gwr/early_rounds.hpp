// Rounds of the backfitting replayed on columns of the identity, kWide of them a chunk, every column by itself.
//
// Where a column has the bandwidth of the round before, its R_j changes by what the round before changed of the others,
// put through the same smooth. Changes are small: they are taken and added up in single precision, R_j itself in
// double. Where the bandwidth is another, and in the first rounds and the last, the smooth is made anew.
#pragma once

#include <numeric>

#include "kernels/gwr/late_rounds.hpp"
#include "kernels/gwr/multiscale.hpp"

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

// Some chunks that go through the rounds together.
class Early_rounds {
 public:
  Early_rounds(par::Context& ctx, const Terrain& terrain, Smooth_matrices& matrices, std::size_t columns)
      : ctx_(ctx), terrain_(terrain), matrices_(matrices), smooths_(ctx, terrain, matrices), n_(terrain.places),
        k_(columns) {}

  // `count` columns of the identity from `first` on; `at`: the bandwidths of the start. `later`, may be null: what goes
  // on behind these rounds, and is told of chunks `chunk` and on.
  void run(double start, const Reaches& at, std::span<const Round> rounds, std::size_t first, std::size_t count,
           const New_points& wanted, Late_rounds* later, std::size_t chunk) {
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
        par::for_each(ctx_, part(),
                      Begin_changes{k_, part(), 0, std::as_const(narrow_.parts).view(), narrow_.v.view()});
      for (std::size_t j = 0; j < k_; ++j) {
        if (r == last) {
          smooth(wide_, later ? later->change(j, chunk, chunks_) : View<float>{}, j, rounds[r][j], true,
                 later ? later->coefficient(j, chunk, chunks_) : View<float>{});
        } else if (whole) {
          smooth(wide_, r + 1 == kLargeChanges ? change(j) : View<float>{}, j, rounds[r][j], false);
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
  void add_to(Inferred& out) const {
    const auto square = square_.to_host(), diagonal = diagonal_.to_host(), predicted = new_square_.to_host();
    for (std::size_t j = 0; j < k_; ++j)
      for (std::size_t c = 0; c < chunks_; ++c)
        for (std::size_t i = 0; i < n_; ++i) out.square[j * n_ + i] += square[(j * chunks_ + c) * n_ + i];
    for (std::size_t j = 0; j < k_; ++j)
      for (std::size_t i = first_; i < first_ + count_; ++i) out.diagonal[j * n_ + i] += diagonal[j * n_ + i];
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
    const std::size_t of_moments = smooths_.moments_of(chunks_);
    wide_.make(ctx_, k_, part(), of_moments);
    narrow_.make(ctx_, k_, part(), of_moments);
    totals_ = par::Buffer<float>(ctx_, k_ * part());
    square_ = par::Buffer<double>(ctx_, k_ * chunks_ * n_);
    diagonal_ = par::Buffer<double>(ctx_, k_ * n_);
  }

  template <class Real>
  void smooth(State<Real>& s, View<float> change, std::size_t j, double neighbours, bool last,
              View<float> coefficient = {}) {
    const std::size_t of_column = chunks_ * n_;
    smooths_.run<Real>(j, neighbours, chunks_, s.moments.view(),
                       {.first = first_,
                        .v = std::as_const(s.v).view(),
                        .part = s.parts.view().part(j * part(), part()),
                        .next = s.parts.view().part((j + 1) % k_ * part(), part()),
                        .out = s.after.view(),
                        .change = change,
                        .coefficient = coefficient,
                        .total = totals_.view().part(j * part(), part()),
                        .square = last ? square_.view().part(j * of_column, of_column) : View<double>{},
                        .diagonal = diagonal_.view().part(j * n_, n_)});
    std::swap(s.v, s.after);
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
      if (matrix.far) smooths_.make_moments<double>(j, chunks_, std::as_const(wide_.v).view(), wide_.moments.view());
      par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks_, kTeam, 0,
                         Predict_columns{matrix.view(), wanted.count, n_, chunks_, k_, j, wanted.design.view(),
                                         std::as_const(wide_.v).view(), std::as_const(wide_.moments).view(),
                                         new_rows_.view(), new_square_.view()});
    }
  }

  static constexpr std::size_t kLargeChanges = 2;  // first rounds, told by what they are

  par::Context& ctx_;
  const Terrain& terrain_;
  Smooth_matrices& matrices_;
  Many_smooths smooths_;
  std::size_t n_, k_, chunks_ = 0, first_ = 0, count_ = 0;
  State<double> wide_;         // R_j, and V of the next column
  State<float> narrow_;        // their changes
  par::Buffer<float> totals_;  // … added up since R_j was last told whole
  par::Buffer<double> square_, diagonal_, new_rows_, new_square_;
  Device_lines lines_;  // where distances are listed
};

}  // namespace dosi::DOSI_BACKEND::gwr
