// What backfitting does at a place: weighted sums of one column.
#pragma once

#include "kernels/gwr/place.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Squared distances to the K-th place of every place, times kBeyondKth squared: the squared bandwidths.
struct Find_bandwidths {
  Ground g;
  double neighbours;
  View<double> h;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, g.places, [&](std::size_t i, View<double> selected) {
      const double kth = kth_distance2(team, g.forest, point_of(g, i), neighbours, 0, selected);
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
  View<const double> h, values, moments;
  View<double> out;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < g.places; ++i) {
      const double s = at_place(i);
      if (team.rank() == 0) out[i] = s;
    }
  }
  DOSI_HD double at_place(std::size_t i) const {
    constexpr std::size_t kStreams = kBlock / kLanes;
    const Point p = point_of(g, i);
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

// The smooth of one column at new points: the coefficient is that of the weighted sums of x t and x^2 there.
struct Smooth_at {
  Ground g;
  View<const double> x, y, values, squares;  // of points; x t and x^2 of places
  double neighbours;
  std::size_t columns, column;
  View<double> out;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    const auto selected = team.shared<double>(kSelected + kRanked);
    for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < x.size; ++i) {
      const Point p{x[i], y[i]};
      const double kth = kth_distance2(team, g.forest, p, neighbours, 0, selected);
      team.sync();
      const Bisquare weight(Kernel::bisquare, std::sqrt(kth) * dosi::gwr::kBeyondKth);
      Pack xt = splat(0), xx = splat(0);
      for_nodes_within(g.forest, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
        for (std::size_t at = n.first; at < n.last; at += kLanes) {
          const Pack w = weight(distance2(g.forest, at, p));
          xt = fused(w, load(values.data + at), xt);
          xx = fused(w, load(squares.data + at), xx);
        }
      });
      const double target = sum(xt), square = sum(xx);
      if (team.rank() == 0) out[i * columns + column] = square > 0 ? target / square : 0;
    }
  }
};

// What a smooth makes of its two sums: the coefficient, and what it leaves.
struct Smoothed {
  View<const double> x, part, rest, xx, xt;  // the column, f_j, e, sums of x^2 and of x (f_j + e)
  DOSI_HD double coefficient(std::size_t i) const { return xx[i] > 0 ? xt[i] / xx[i] : 0; }
  DOSI_HD double left(std::size_t i) const { return part[i] + rest[i] - x[i] * coefficient(i); }
};

}  // namespace dosi::DOSI_BACKEND::gwr
