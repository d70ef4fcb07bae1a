// Moments of many columns at once: the nine of x V in every cluster of the fine tree, from its places or from the two
// clusters that it consists of. What they are multiplied with is the same for all columns and rounds, and is made once.
#pragma once

#include "kernels/gwr/across.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// The polynomials of a part's frame in those of the whole's: [whole][part], 38 of 81 where anything stands.
struct Translation {
  static constexpr int kTerms = 38;
  int row[kTerms] = {}, column[kTerms] = {};
  constexpr Translation() {
    constexpr const char* kStands[kPolynomials] = {"1",      "11",      "1 1",      "11 1",     "111 1",
                                                   "1 1  1", "1111111", "111111 1", "111111111"};
    int e = 0;
    for (int q = 0; q < kPolynomials; ++q)
      for (int p = 0; p < kPolynomials && kStands[q][p] != 0; ++p)
        if (kStands[q][p] == '1') {
          row[e] = q;
          column[e++] = p;
        }
  }
};

DOSI_HD inline void translation(const Frame& from, const Frame& to, double (*t)[kPolynomials]) {
  const double inverse = 1 / (to.size > 0 ? to.size : 1), s = from.size * inverse, a = (from.x - to.x) * inverse,
               b = (from.y - to.y) * inverse, c = a * a + b * b;
  const double rows[kPolynomials][kPolynomials] = {
      {1},
      {a, s},
      {b, 0, s},
      {a * a, 2 * a * s, 0, s * s},
      {a * b, b * s, a * s, 0, s * s},
      {b * b, 0, 2 * b * s, 0, 0, s * s},
      {a * c, (c + 2 * a * a) * s, 2 * a * b * s, 3 * a * s * s, 2 * b * s * s, a * s * s, s * s * s},
      {b * c, 2 * a * b * s, (c + 2 * b * b) * s, b * s * s, 2 * a * s * s, 3 * b * s * s, 0, s * s * s},
      {c * c, 4 * a * c * s, 4 * b * c * s, (2 * c + 4 * a * a) * s * s, 8 * a * b * s * s, (2 * c + 4 * b * b) * s * s,
       4 * a * s * s * s, 4 * b * s * s * s, s * s * s * s}};
  for (int q = 0; q < kPolynomials; ++q)
    for (int p = 0; p < kPolynomials; ++p) t[q][p] = rows[q][p];
}

// Factors of the moments: of_place[…][kPolynomials] for the places of clusters of places alone, one cluster behind the
// other, and of_part[cluster][2][kTerms].
template <class Real>
struct Moment_factors {
  View<Real> of_place, of_part;
};

template <class Real>
struct Make_moment_factors {
  Forest forest;
  View<const Cluster> clusters;
  Moment_factors<Real> out;
  DOSI_HD void operator()(std::size_t c) const {
    const Cluster& own = clusters[c];
    const Node& n = forest.nodes[own.node];
    const Frame frame = frame_of(n);
    if (own.left == kNoCluster) {
      const double scale = 1 / (frame.size > 0 ? frame.size : 1);
      for (std::size_t m = n.first; m < n.last; ++m) {
        const double x = (forest.x[m] - frame.x) * scale, y = (forest.y[m] - frame.y) * scale, r2 = x * x + y * y;
        const double p[kPolynomials] = {1, x, y, x * x, x * y, y * y, x * r2, y * r2, r2 * r2};
        for (int q = 0; q < kPolynomials; ++q)
          out.of_place[(own.before + m - n.first) * kPolynomials + static_cast<std::size_t>(q)] =
              static_cast<Real>(p[q]);
      }
      return;
    }
    constexpr Translation terms;
    for (std::size_t side = 0; side < 2; ++side) {
      double t[kPolynomials][kPolynomials];
      translation(frame_of(forest.nodes[clusters[side == 0 ? own.left : own.right].node]), frame, t);
      for (int e = 0; e < Translation::kTerms; ++e)
        out.of_part[(c * 2 + side) * Translation::kTerms + static_cast<std::size_t>(e)] =
            static_cast<Real>(t[terms.row[e]][terms.column[e]]);
    }
  }
};

// The moments of x V in clusters [begin, end), `a_team` of them a team one after the other:
// [chunk][cluster][polynomial][kWide].
template <class Real>
struct Column_moments {
  using A = Across<Real>;
  static constexpr int kAtOnce = A::packs % 3 == 0 ? 3 : 1;  // packs, so that sums stay in registers
  Forest forest;
  View<const Cluster> clusters;
  Moment_factors<Real> factors;
  View<const double> x;
  View<const Real> v;
  std::size_t places, chunks, begin, end, a_team;
  View<Real> moments;

  DOSI_HD void operator()(Team&, std::size_t index) const {
    const std::size_t chunk = index % chunks, first = begin + index / chunks * a_team;
    for (std::size_t c = first; c < first + a_team && c < end; ++c)
      for (int pack = 0; pack < A::packs; pack += kAtOnce) {
        const std::size_t column = static_cast<std::size_t>(pack) * A::lanes;
        if (clusters[c].left == kNoCluster)
          add_places(clusters[c], v.data + chunk * places * kWide + column, at(chunk, c) + column);
        else
          add_clusters(c, at(chunk, clusters[c].left) + column, at(chunk, clusters[c].right) + column,
                       at(chunk, c) + column);
      }
  }

 private:
  using Sums = Pack_of<Real>[kPolynomials][kAtOnce];

  DOSI_HD Real* at(std::size_t chunk, std::size_t c) const {
    return moments.data + (chunk * clusters.size + c) * kPolynomials * kWide;
  }
  DOSI_INLINE DOSI_HD static Pack_of<Real> pack_of(const Real* p, int q) {
    return load(p + static_cast<std::size_t>(q) * A::lanes);
  }

  DOSI_INLINE DOSI_HD static void write(Real* to, const Sums& sums) {
    for (int a = 0; a < kPolynomials; ++a)
      for (int q = 0; q < kAtOnce; ++q)
        store(to + static_cast<std::size_t>(a) * kWide + static_cast<std::size_t>(q) * A::lanes, sums[a][q]);
  }

  DOSI_HD void add_places(const Cluster& c, const Real* from, Real* to) const {
    const Node& n = forest.nodes[c.node];
    const Real* p = factors.of_place.data + static_cast<std::size_t>(c.before) * kPolynomials;
    Sums out = {};
    for (std::size_t m = n.first; m < n.last; ++m, p += kPolynomials) {
      Pack_of<Real> value[kAtOnce];
      DOSI_UNROLLED
      for (int q = 0; q < kAtOnce; ++q) value[q] = pack_of(from + m * kWide, q) * all_lanes(static_cast<Real>(x[m]));
      DOSI_UNROLLED
      for (int a = 0; a < kPolynomials; ++a)
        for (int q = 0; q < kAtOnce; ++q) out[a][q] = fused(all_lanes(p[a]), value[q], out[a][q]);
    }
    write(to, out);
  }

  template <int... kTerm>
  DOSI_INLINE DOSI_HD static void add_part(const Real* t, const Real* from, Sums& out,
                                           std::integer_sequence<int, kTerm...>) {
    constexpr Translation terms;
    DOSI_UNROLLED
    for (int q = 0; q < kAtOnce; ++q)
      ((out[terms.row[kTerm]][q] =
            fused(all_lanes(t[kTerm]), pack_of(from + static_cast<std::size_t>(terms.column[kTerm]) * kWide, q),
                  out[terms.row[kTerm]][q])),
       ...);
  }

  DOSI_HD void add_clusters(std::size_t c, const Real* left, const Real* right, Real* to) const {
    constexpr auto kAll = std::make_integer_sequence<int, Translation::kTerms>{};
    const Real* t = factors.of_part.data + c * 2 * Translation::kTerms;
    Sums out = {};
    add_part(t, left, out, kAll);
    add_part(t + Translation::kTerms, right, out, kAll);
    write(to, out);
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
