// What backfitting does at a place: weighted sums of one column. Places (or new points) are taken a pack at a time, a
// lane each: near ones have most of the tree in common, and walk it together.
#pragma once

#include "kernels/gwr/place.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Where something is asked for: the places, or new points. z, near: where the model has them.
struct Points {
  View<const double> x, y, z = {};
  Lists near = {};
  std::size_t count = 0;
  DOSI_HD Point operator[](std::size_t i) const { return {x[i], y[i], z.empty() ? 0 : z[i]}; }
  // A lane each from the first on.
  DOSI_INLINE DOSI_HD Position<Pack> lanes(std::size_t first) const {
    return {load_lanes(x.data, first, count), load_lanes(y.data, first, count),
            z.empty() ? splat(0) : load_lanes(z.data, first, count)};
  }
};

// Bandwidths of points: h, and its square as the tree measures it, of the chord where h is an arc.
struct Reaches {
  View<const double> h, reach2;
};

// The bandwidth at each point: the distance to its K-th place, times kBeyondKth. `like`, where not empty: bandwidths of
// another K at the same points, and the share of their squares where to look first.
struct Find_bandwidths {
  Ground g;
  Points points;
  double neighbours;
  View<const double> like;
  double share;
  View<double> h, reach2;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, points.count, [&](std::size_t i, View<double> selected) {
      const double kth =
          std::sqrt(kth_distance2(team, g.forest, points[i], neighbours, like.empty() ? 0 : like[i] * share, selected));
      team.sync();
      if (team.rank() != 0) return;
      h[i] = (g.radius > 0 ? arc(kth, g.radius) : kth) * dosi::gwr::kBeyondKth;
      reach2[i] = g.radius > 0 ? chord2(h[i], g.radius) : h[i] * h[i];
    });
  }
};

// A bisquare kernel around a point; of Packs, around a point a lane. `kArcs`: distances are arcs on a sphere, the
// tree's are chords.
template <class Real, bool kArcs>
struct Bisquare_at {
  Position<Real> p;
  Real reach2, inverse;  // of the tree's distances; 1 / h^2
  double diameter2 = 0;  // of the sphere, squared
  DOSI_INLINE DOSI_HD Real operator()(Real straight2) const {
    Real d2 = straight2;
    if constexpr (kArcs) d2 = arc2(straight2, diameter2);
    const Real t = positive(1.0 - d2 * inverse);
    return t * t;
  }
  // What (1 - d^2 / h^2)^2 is beyond the reach, where there is no weight. In the plane.
  DOSI_INLINE DOSI_HD Real beyond(Real d2) const {
    const Real t = positive(d2 * inverse - 1.0);
    return t * t;
  }
};

// The nine moments of one array in each cluster of the fine tree; see Clusters.
struct Cluster_sums {
  Forest forest;
  View<const Cluster> clusters;
  View<const double> values;
  View<double> moments;
  DOSI_HD void operator()(Team& team, std::size_t c) const {
    const Node& n = forest.nodes[clusters[c].node];
    const Frame frame = frame_of(n);
    const double scale = 1 / (frame.size > 0 ? frame.size : 1);
    Pack out[kPolynomials] = {};
    for (std::size_t i = n.first; i < n.last; i += kLanes) {
      Pack p[kPolynomials];
      const std::size_t left = n.last - i;
      const Pack v = load_leading(values.data + i, left);
      polynomials((load_leading(forest.x.data + i, left) - frame.x) * scale,
                  (load_leading(forest.y.data + i, left) - frame.y) * scale, p);
      for (int q = 0; q < kPolynomials; ++q) out[q] = fused(p[q], v, out[q]);
    }
    for (int q = 0; q < kPolynomials; ++q) {
      const double s = sum(out[q]);
      if (team.rank() == 0) moments[c * kPolynomials + static_cast<std::size_t>(q)] = s;
    }
  }
};

// out[i] = sum over places of weight x value. Nodes have no clusters where weights are no polynomials.
template <bool kArcs>
struct Weighted_sums {
  static constexpr std::size_t kStreams = 4;
  using Row = Bisquare_at<Pack, kArcs>;
  Forest forest;
  Points points;
  Reaches at;
  double radius;
  View<const double> values, moments;
  View<double> out;

  DOSI_HD void operator()(Team&, std::size_t tile) const {
    const std::size_t first = tile * kLanes;
    const Pack h = load_lanes(at.h.data, first, points.count);
    const Row row{points.lanes(first), load_lanes(at.reach2.data, first, points.count),
                  1.0 / larger(h * h, splat(1e-290)), 4 * radius * radius};
    Pack near[kStreams] = {}, far = splat(0);
    for (std::uint32_t u = 0; u < forest.nodes.size;) {
      const Node& n = forest.nodes[u];
      const bool within = any_up_to(nearest2(forest, n, row.p), row.reach2), leaf = n.skip == u + 1;
      const bool whole = within && n.cluster != kNoCluster && all_up_to(farthest2(forest, n, row.p), row.reach2);
      if (whole) far = add_moments(n, row, far);
      else if (within && leaf) add_places(n, row, near);
      u = within && !whole && !leaf ? u + 1 : n.skip;
    }
    for (std::size_t s = 1; s < kStreams; ++s) near[0] = near[0] + near[s];
    store_lanes(out.data, first, points.count, near[0] + far);
  }

 private:
  DOSI_INLINE DOSI_HD Pack add_moments(const Node& n, const Row& row, Pack sum) const {
    Pack c[kPolynomials];
    bisquare_coefficients(frame_of(n), row.p, row.inverse, c);
    const double* of_node = moments.data + static_cast<std::size_t>(n.cluster) * kPolynomials;
    for (int q = 0; q < kPolynomials; ++q) sum = fused(c[q], splat(of_node[q]), sum);
    return sum;
  }

  DOSI_INLINE DOSI_HD void add_places(const Node& n, const Row& row, Pack* sums) const {
    std::size_t i = n.first;
    for (; i + kStreams <= n.last; i += kStreams)
      for (std::size_t s = 0; s < kStreams; ++s)
        sums[s] = fused(row(distance2_of(forest, i + s, row.p)), splat(values[i + s]), sums[s]);
    for (; i < n.last; ++i) sums[0] = fused(row(distance2_of(forest, i, row.p)), splat(values[i]), sums[0]);
  }
};

// What a smooth makes of its two sums: the coefficient, and what it leaves.
struct Smoothed {
  View<const double> x, part, rest, xx, xt;  // the column, f_j, e, sums of x^2 and of x (f_j + e)
  DOSI_HD double coefficient(std::size_t i) const { return xx[i] > 0 ? xt[i] / xx[i] : 0; }
  DOSI_HD double left(std::size_t i) const { return part[i] + rest[i] - x[i] * coefficient(i); }
};

}  // namespace dosi::DOSI_BACKEND::gwr
