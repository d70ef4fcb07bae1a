// What backfitting does at a place: weighted sums of one column.
#pragma once

#include "kernels/gwr/place.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Where something is asked for: the places, or new points.
struct Points {
  View<const double> x, y;
  std::size_t count = 0;
  DOSI_HD Point operator[](std::size_t i) const { return {x[i], y[i]}; }
};

// The bandwidth at each point: the distance to its K-th place, times kBeyondKth.
struct Find_bandwidths {
  Ground g;
  Points points;
  double neighbours;
  View<double> h;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, points.count, [&](std::size_t i, View<double> selected) {
      const double kth = kth_distance2(team, g.forest, points[i], neighbours, 0, selected);
      team.sync();
      if (team.rank() == 0) h[i] = std::sqrt(kth) * dosi::gwr::kBeyondKth;
    });
  }
};

// The nine moments of one array in each node; see Clusters.
struct Cluster_sums {
  Forest forest;
  View<const std::uint32_t> nodes;
  View<const double> values;
  View<double> moments;
  DOSI_HD void operator()(Team& team, std::size_t c) const {
    const Node& n = forest.nodes[nodes[c]];
    const Frame frame = frame_of(n);
    const double size = frame.size > 0 ? frame.size : 1;
    Pack out[kPolynomials] = {};
    for (std::size_t i = n.first; i < n.last; i += kLanes) {
      Pack p[kPolynomials];
      const Pack x = load(forest.x.data + i), v = load(values.data + i);
      polynomials((x - frame.x) / size, (load(forest.y.data + i) - frame.y) / size, p);
      for (int q = 0; q < kPolynomials; ++q) out[q] = fused(x < 1e300 ? p[q] : splat(0), v, out[q]);
    }
    for (int q = 0; q < kPolynomials; ++q) {
      const double s = sum(out[q]);
      if (team.rank() == 0) moments[c * kPolynomials + static_cast<std::size_t>(q)] = s;
    }
  }
};

// out[i] = sum over places of weight x value.
struct Weighted_sums {
  Ground g;
  Points points;
  View<const double> h, values, moments;
  View<double> out;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < points.count; ++i) {
      const double s = at_point(i);
      if (team.rank() == 0) out[i] = s;
    }
  }
  DOSI_HD double at_point(std::size_t i) const {
    constexpr std::size_t kStreams = kBlock / kLanes;
    const Point p = points[i];
    const Bisquare weight(Kernel::bisquare, h[i]);
    Pack near[kStreams] = {};
    double far = 0;
    for_nodes_within(g.forest, p, weight.reach2, [&](const Node& n, bool whole) DOSI_INLINE_LAMBDA {
      if (whole && n.cluster != kNoCluster) {
        double c[kPolynomials];
        weight.coefficients(frame_of(n), p, c);
        const double* of_node = moments.data + static_cast<std::size_t>(n.cluster) * kPolynomials;
        for (int q = 0; q < kPolynomials; ++q) far = fused(c[q], of_node[q], far);
        return;
      }
      for (std::size_t at = n.first; at < n.last; at += kBlock)
        for (std::size_t s = 0; s < kStreams; ++s)
          near[s] = fused(weight(distance2(g.forest, at + s * kLanes, p)), load(values.data + at + s * kLanes), near[s]);
    });
    for (std::size_t s = 1; s < kStreams; ++s) near[0] = near[0] + near[s];
    return sum(near[0]) + far;
  }
};

// What a smooth makes of its two sums: the coefficient, and what it leaves.
struct Smoothed {
  View<const double> x, part, rest, xx, xt;  // the column, f_j, e, sums of x^2 and of x (f_j + e)
  DOSI_HD double coefficient(std::size_t i) const { return xx[i] > 0 ? xt[i] / xx[i] : 0; }
  DOSI_HD double left(std::size_t i) const { return part[i] + rest[i] - x[i] * coefficient(i); }
};

}  // namespace dosi::DOSI_BACKEND::gwr
