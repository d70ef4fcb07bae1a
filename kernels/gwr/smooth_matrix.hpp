// A smooth on one column as a sparse matrix, which does not change from one set of targets to the next: for each tile
// of kRows rows (places, or new points) a list of steps, each a place in reach or one of the nine moments of a node
// that lies within reach of the tile (see moments.hpp), with a factor a row. A few of a node's places may lie outside:
// what the moments say of them is taken back place by place.
#pragma once

#include "kernels/gwr/smooth.hpp"

namespace dosi::DOSI_BACKEND::gwr {

inline constexpr int kRows = Team::serial ? 4 : 8;

// The matrix from x (f_j + e) over places to b_j: tile t has the steps [first[t], middle[t]) of places and
// [middle[t], first[t + 1]) of moments.
template <class Real>
struct Smooth_matrix {
  View<const std::uint64_t> first, middle;
  View<const std::uint32_t> source;  // [step]: a place, or cluster * kPolynomials + polynomial
  View<const Real> factor;           // [step][kRows]
};

// Walks through what a tile of rows has in reach.
template <bool kArcs>
struct Tile_walk {
  using Row = Bisquare_at<double, kArcs>;
  Forest forest;
  Points rows;
  Reaches at;
  double radius;

  DOSI_HD Row row(std::size_t tile, int r) const {
    const std::size_t own = tile * kRows + static_cast<std::size_t>(r), i = own < rows.count ? own : rows.count - 1;
    return {rows[i], at.reach2[i], 1 / larger(at.h[i] * at.h[i], 1e-290), 4 * radius * radius};
  }

  // whole(node) for the largest clusters within reach of all rows but for few places, outside(node) behind it where
  // there are such; leaf(node) for leaves within reach of any.
  template <class Whole, class Outside, class Leaf>
  DOSI_HD void walk(const Row* rows, Whole whole, Outside outside, Leaf leaf) const {
    constexpr double kClose = 2;  // squared distances over squared bandwidths, up to where polynomials stay below 1
    for (std::uint32_t at = 0; at < forest.nodes.size;) {
      const Node& n = forest.nodes[at];
      bool near = false, inside = n.cluster != kNoCluster, close = inside;
      for (int r = 0; r < kRows; ++r) {
        const double farthest = farthest2(forest, n, rows[r].p);
        near |= nearest2(forest, n, rows[r].p) <= rows[r].reach2;
        inside = inside && farthest <= rows[r].reach2;
        close = close && farthest <= kClose * rows[r].reach2;
      }
      const bool taken = near && (inside || (close && few_outside(n, rows)));
      if (taken) whole(n);
      if (taken && !inside) outside(n);
      if (near && !taken && n.skip == at + 1) leaf(n);
      at = near && !taken ? at + 1 : n.skip;
    }
  }

  // take(place, weights[kRows], at) for places of a leaf with any weight; `at` counts on from `count`, which grows.
  // kOutside: for those that are beyond the reach of any, with what polynomials say of them, to be taken back.
  template <bool kOutside, class Take>
  DOSI_HD void take_places(const Node& n, const Row* rows, std::uint64_t& count, Take take) const {
    for (std::size_t base = n.first; base < n.last; base += kStep) {
      const std::size_t m = base + lane();
      double weight[kRows], most = 0;
      for (int r = 0; r < kRows; ++r) {
        weight[r] = m >= n.last ? 0
                    : kOutside  ? rows[r].beyond(distance2_of(forest, m, rows[r].p))
                                : rows[r](distance2_of(forest, m, rows[r].p));
        most = larger(most, weight[r]);
        if (kOutside) weight[r] = -weight[r];
      }
      const std::uint64_t at = place_among(most > 0, count);
      if (most > 0) take(m, weight, at);
    }
  }

 private:
  static constexpr std::size_t kStep = Team::serial ? 1 : kLanes;

  // Whether moments and taking back are fewer steps than the places with weight, by far enough that smaller nodes would
  // not do as well.
  DOSI_HD bool few_outside(const Node& n, const Row* rows) const {
    constexpr unsigned kFew = 24;
    unsigned outside = 0, weighing = 0;
    for (std::size_t base = n.first; base < n.last && outside <= kFew; base += kStep) {
      const std::size_t m = base + lane();
      bool beyond = false, weighs = false;
      for (int r = 0; r < kRows && m < n.last; ++r) {
        const double left = 1 - distance2_of(forest, m, rows[r].p) * rows[r].inverse;
        beyond |= left < 0;
        weighs |= left > 0;
      }
      place_among(beyond, outside);
      place_among(weighs, weighing);
    }
    return outside <= kFew && kPolynomials + outside < weighing;
  }
};

// How many steps each tile has.
template <bool kArcs>
struct Count_steps {
  Tile_walk<kArcs> tiles;
  View<std::uint64_t> of_places, of_moments;
  DOSI_HD void operator()(Team& team, std::size_t tile) const {
    typename Tile_walk<kArcs>::Row rows[kRows];
    for (int r = 0; r < kRows; ++r) rows[r] = tiles.row(tile, r);
    std::uint64_t near = 0, far = 0;
    const auto none = [](std::size_t, const double*, std::uint64_t) {};
    tiles.walk(
        rows, [&](const Node&) { far += kPolynomials; },
        [&](const Node& n) { tiles.template take_places<true>(n, rows, near, none); },
        [&](const Node& n) { tiles.template take_places<false>(n, rows, near, none); });
    if (team.rank() > 0) return;
    of_places[tile] = near;
    of_moments[tile] = far;
  }
};

// Writes them. The factor of a place is weight x column / sum of x^2, that of a moment leaves the column to the
// moments.
template <class Real, bool kArcs>
struct Write_steps {
  Tile_walk<kArcs> tiles;
  View<const double> x, xx;
  View<const std::uint64_t> first, middle;
  View<std::uint32_t> source;
  View<Real> factor;
  DOSI_HD void operator()(Team& team, std::size_t tile) const {
    typename Tile_walk<kArcs>::Row rows[kRows];
    double inverse[kRows];
    for (int r = 0; r < kRows; ++r) {
      const std::size_t i = tile * kRows + static_cast<std::size_t>(r);
      rows[r] = tiles.row(tile, r);
      inverse[r] = i < tiles.rows.count && xx[i] > 0 ? 1 / xx[i] : 0;
    }
    std::uint64_t near = first[tile], far = middle[tile];
    const auto take = [&](std::size_t m, const double* weight, std::uint64_t at) {
      source[at] = static_cast<std::uint32_t>(m);
      for (int r = 0; r < kRows; ++r)
        factor[at * kRows + static_cast<std::size_t>(r)] = static_cast<Real>(weight[r] * x[m] * inverse[r]);
    };
    tiles.walk(
        rows,
        [&](const Node& n) {
          for (int r = 0; r < kRows; ++r) {
            double c[kPolynomials];
            bisquare_coefficients(frame_of(n), rows[r].p, rows[r].inverse, c);
            if (team.rank() == 0)
              for (std::size_t q = 0; q < kPolynomials; ++q)
                factor[(far + q) * kRows + static_cast<std::size_t>(r)] = static_cast<Real>(c[q] * inverse[r]);
          }
          if (team.rank() == 0)
            for (std::uint32_t q = 0; q < kPolynomials; ++q) source[far + q] = n.cluster * kPolynomials + q;
          far += kPolynomials;
        },
        [&](const Node& n) { tiles.template take_places<true>(n, rows, near, take); },
        [&](const Node& n) { tiles.template take_places<false>(n, rows, near, take); });
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
