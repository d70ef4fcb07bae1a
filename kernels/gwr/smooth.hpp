// What backfitting does at a place: weighted sums of one column, and the same for many columns at once.
#pragma once

#include "kernels/gwr/place.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Squared distances to the K-th place of every place, times kBeyondKth squared: the squared bandwidths.
struct Find_bandwidths {
  Ground g;
  double neighbours;
  View<double> h;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    const auto selected = team.shared<double>(kSelected + kRanked);
    for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < g.places; ++i) {
      const double kth = kth_distance2(team, g.forest, point_of(g, i), neighbours, 0, selected);
      team.sync();
      if (team.rank() == 0) h[i] = std::sqrt(kth) * dosi::gwr::kBeyondKth;
    }
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

// What a smooth makes of its two sums: the coefficient, and what it leaves.
struct Smoothed {
  View<const double> x, part, rest, xx, xt;  // the column, f_j, e, sums of x^2 and of x (f_j + e)
  DOSI_HD double coefficient(std::size_t i) const { return xx[i] > 0 ? xt[i] / xx[i] : 0; }
  DOSI_HD double left(std::size_t i) const { return part[i] + rest[i] - x[i] * coefficient(i); }
};

// ---- Inference: columns of the identity, kWide at a time, as [chunk][place][kWide].

inline constexpr std::size_t kWide = 32;
inline constexpr int kRows = Team::serial ? 4 : 8;  // places that share what they read
inline constexpr int kPacksWide = static_cast<int>(kWide / kLanes), kSums = kRows * kPacksWide;

// sums[row][pack] += factor[row][step] * from[step][pack], for `steps` steps; sums stay in registers. `stride`: of a row's factors.
template <int... kSum>
DOSI_INLINE DOSI_HD void add_outer(const double* factors, std::size_t stride, std::size_t steps, const double* from, Pack* sums, std::integer_sequence<int, kSum...>) {
  Pack out[] = {sums[kSum]...};
  for (std::size_t l = 0; l < steps; ++l)
    ((out[kSum] = fused(splat(factors[static_cast<std::size_t>(kSum / kPacksWide) * stride + l]),
                        load(from + l * kWide + static_cast<std::size_t>(kSum % kPacksWide) * kLanes), out[kSum])), ...);
  ((sums[kSum] = out[kSum]), ...);
}

// u = x (R_j + E), and E becomes R_j + E.
struct Target {
  View<const double> x, part;
  View<double> rest, u;
  std::size_t places, stride;  // u is filled up to whole blocks of places
  DOSI_HD void operator()(std::size_t at) const {
    const std::size_t place = at / kWide % stride, chunk = at / kWide / stride;
    if (place >= places) {
      u[at] = 0;
      return;
    }
    const std::size_t from = (chunk * places + place) * kWide + at % kWide;
    const double v = part[from] + rest[from];
    rest[from] = v;
    u[at] = x[place] * v;
  }
};

// The nine moments of u in each node, for wide bandwidths: [chunk][cluster][polynomial][kWide].
struct Wide_clusters {
  Forest forest;
  View<const std::uint32_t> nodes;
  View<const double> u;
  std::size_t stride;
  View<double> moments;
  DOSI_HD void operator()(Team&, std::size_t index) const {
    constexpr int kAtOnce = 3;  // polynomials, so that sums stay in registers
    const Node& n = forest.nodes[nodes[index % nodes.size]];
    const double* from = u.data + index / nodes.size * stride * kWide;
    const Frame frame = frame_of(n);
    const double scale = 1 / (frame.size > 0 ? frame.size : 1);
    for (int first = 0; first < kPolynomials; first += kAtOnce) {
      Pack out[kAtOnce][kPacksWide] = {};
      for (std::size_t m = n.first; m < n.last; ++m) {
        const double x = (forest.x[m] - frame.x) * scale, y = (forest.y[m] - frame.y) * scale, r2 = x * x + y * y;
        const double p[kPolynomials] = {1, x, y, x * x, x * y, y * y, x * r2, y * r2, r2 * r2};
        for (int q = 0; q < kPacksWide; ++q) {
          const Pack v = load(from + m * kWide + static_cast<std::size_t>(q) * kLanes);
          for (int a = 0; a < kAtOnce; ++a) out[a][q] = fused(splat(p[first + a]), v, out[a][q]);
        }
      }
      for (int a = 0; a < kAtOnce; ++a)
        for (int q = 0; q < kPacksWide; ++q)
          store(moments.data + (index * kPolynomials + static_cast<std::size_t>(first + a)) * kWide + static_cast<std::size_t>(q) * kLanes, out[a][q]);
    }
  }
};

// C_j = the weighted sums of u over those of x^2; R_j = x C_j; E less R_j. `square`, `trace` where not empty: of C_j's rows and
// of R_j's diagonal, for the last round.
struct Smooth_columns {
  Forest forest;
  std::size_t places, stride, first;           // first: the column of the identity that chunk 0 begins with
  View<const double> x, h, xx, u;
  View<const double> moments;                  // of Wide_clusters, or empty
  std::size_t clusters;
  View<double> part, rest;
  View<double> square, diagonal;               // [chunk][place], [place]

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t groups = (places + kRows - 1) / kRows, chunk = index / groups, row = index % groups * kRows;
    const auto weights = team.shared<double>(kRows * kLanes);
    Point p[kRows];
    double reach2[kRows], inverse[kRows];
    for (int r = 0; r < kRows; ++r) {
      const std::size_t i = row + static_cast<std::size_t>(r) < places ? row + static_cast<std::size_t>(r) : places - 1;
      p[r] = {forest.x[i], forest.y[i]};
      const Bisquare w(Kernel::bisquare, h[i]);
      reach2[r] = w.reach2;
      inverse[r] = w.inverse;
    }
    Pack out[kSums] = {};
    const double* from = u.data + chunk * stride * kWide;
    for (std::uint32_t at = 0; at < forest.nodes.size;) {
      const Node& n = forest.nodes[at];
      bool near = false, whole = n.cluster != kNoCluster && !moments.empty();
      for (int r = 0; r < kRows; ++r) {
        near |= nearest2(n, p[r]) <= reach2[r];
        whole = whole && farthest2(n, p[r]) <= reach2[r];
      }
      if (!near) {
        at = n.skip;
        continue;
      }
      if (whole) {
        add_whole(n, p, h, row, moments.data + (chunk * clusters + n.cluster) * kPolynomials * kWide, out);
        at = n.skip;
        continue;
      }
      if (n.skip == ++at) add_leaf(team, n, p, inverse, weights, from, out);
    }
    for (int r = 0; r < kRows; ++r)
      if (row + static_cast<std::size_t>(r) < places) write(chunk, row + static_cast<std::size_t>(r), out + r * kPacksWide);
  }

 private:
  DOSI_INLINE DOSI_HD void add_leaf(Team& team, const Node& n, const Point* p, const double* inverse, View<double> weights, const double* from, Pack* out) const {
    for (std::size_t m = n.first; m < n.last; m += kLanes) {
      Pack most = splat(0);
      team.sync();
      for (int r = 0; r < kRows; ++r) {
        const Pack t = positive(1.0 - distance2(forest, m, p[r]) * inverse[r]);
        store(weights.data + static_cast<std::size_t>(r) * kLanes, t * t);
        most = most + t;
      }
      team.sync();
      if (!(sum(most) > 0)) continue;
      add_outer(weights.data, kLanes, kLanes, from + m * kWide, out, std::make_integer_sequence<int, kSums>{});
    }
  }

  DOSI_HD void add_whole(const Node& n, const Point* p, View<const double> bandwidth, std::size_t row, const double* of_node, Pack* out) const {
    double c[kRows][kPolynomials];
    for (int r = 0; r < kRows; ++r) {
      const std::size_t i = row + static_cast<std::size_t>(r) < places ? row + static_cast<std::size_t>(r) : places - 1;
      Bisquare(Kernel::bisquare, bandwidth[i]).coefficients(frame_of(n), p[r], c[r]);
    }
    add_outer(c[0], kPolynomials, kPolynomials, of_node, out, std::make_integer_sequence<int, kSums>{});
  }

  DOSI_HD void write(std::size_t chunk, std::size_t i, const Pack* sums) const {
    const double inverse = xx[i] > 0 ? 1 / xx[i] : 0;
    const std::size_t to = (chunk * places + i) * kWide;
    Pack squares = splat(0);
    for (int q = 0; q < kPacksWide; ++q) {
      const std::size_t at = to + static_cast<std::size_t>(q) * kLanes;
      const Pack c = sums[q] * inverse, f = c * x[i];
      squares = fused(c, c, squares);
      store(part.data + at, f);
      store(rest.data + at, load(rest.data + at) - f);
    }
    if (square.empty()) return;
    const double s = sum(squares);
    const std::size_t own = i - first - chunk * kWide;  // wraps where the diagonal is elsewhere
#if DOSI_ON_CUDA
    if (lane() == 0) square[chunk * places + i] = s;
    if (own < kWide && lane() == own) diagonal[i] = sums[0] * inverse * x[i];
#else
    square[chunk * places + i] = s;
    if (own < kWide) diagonal[i] = element(sums, own) * inverse * x[i];
#endif
  }
};

// The start: R_j = x_j (A^-1 X'W)_j of the GWR with one bandwidth, E = I less all of them.
template <class Weight>
struct Start_columns {
  Ground g;
  View<const double> h;
  std::size_t first, chunks;
  View<double> parts, rest;  // parts[j] follow each other
  DOSI_HD void operator()(Team& team, std::size_t i) const {
    constexpr int kSize = Local_fit<0>::kSize;
    const int k = g.k();
    const Point p = point_of(g, i);
    const Weight weight(Kernel::bisquare, h[i]);
    double moments[products_of(kSize + 1)], b[kSize];
    add_up_columns(g, p, weight, moments);
    const Local_fit<0> fit(moments, k);
    const std::size_t part = chunks * g.places * kWide;
    team.for_each(chunks * kWide, [&](std::size_t at) {
      const std::size_t m = first + at, to = (at / kWide * g.places + i) * kWide + at % kWide;
      double w = 0;
      if (m < g.places) {
        const double dx = g.forest.x[m] - p.x, dy = g.forest.y[m] - p.y, t = fmax(1 - (dx * dx + dy * dy) * weight.inverse, 0.0);
        w = t * t;
      }
      double left = m == i ? 1 : 0;
      for (int c = 0; c < k; ++c) b[c] = w > 0 ? g.z.column(c)[m] : 0;
      if (w > 0) fit.solve(b);
      for (int c = 0; c < k; ++c) {
        const double f = w * b[c] * g.z.column(c)[i];
        parts[static_cast<std::size_t>(c) * part + to] = f;
        left -= f;
      }
      rest[to] = left;
    });
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
