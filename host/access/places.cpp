#include "host/access/places.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dosi::access {

std::vector<Edge> make_edges(const Arcs& arcs) {
  std::vector<Edge> edges;
  edges.reserve(arcs.tail.size());
  for (std::size_t i = 0; i < arcs.tail.size(); ++i) {
    if (arcs.time[i] >= kFar) continue;
    const bool forward = arcs.tail[i] <= arcs.head[i];
    edges.push_back({std::min(arcs.tail[i], arcs.head[i]), std::max(arcs.tail[i], arcs.head[i]),
                     forward ? arcs.time[i] : kNever, forward ? kNever : arcs.time[i]});
    if (arcs.tail[i] == arcs.head[i]) edges.back().time_ba = arcs.time[i];
  }
  std::sort(edges.begin(), edges.end(),
            [](const Edge& p, const Edge& q) { return std::pair(p.a, p.b) < std::pair(q.a, q.b); });
  std::size_t kept = 0;
  for (const Edge& e : edges) {
    if (kept > 0 && edges[kept - 1].a == e.a && edges[kept - 1].b == e.b) {
      edges[kept - 1].time_ab = std::min(edges[kept - 1].time_ab, e.time_ab);
      edges[kept - 1].time_ba = std::min(edges[kept - 1].time_ba, e.time_ba);
    } else {
      edges[kept++] = e;
    }
  }
  edges.resize(kept);
  return edges;
}

std::vector<std::uint32_t> edges_of(const Arcs& arcs, const std::vector<Edge>& edges) {
  std::vector<std::uint32_t> of(arcs.tail.size(), kNoNode);
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < of.size(); ++i) {
    const std::pair ends = std::minmax(arcs.tail[i], arcs.head[i]);
    const auto at = std::lower_bound(edges.begin(), edges.end(), ends, [](const Edge& e, const auto& p) {
      return std::pair(e.a, e.b) < std::pair(p.first, p.second);
    });
    if (at != edges.end() && at->a == ends.first && at->b == ends.second)
      of[i] = static_cast<std::uint32_t>(at - edges.begin());
  }
  return of;
}

std::vector<Edge> retimed(std::vector<Edge> edges, const Arcs& arcs, std::span<const std::uint32_t> edge_of) {
  for (Edge& e : edges) e.time_ab = e.time_ba = kNever;
  for (std::size_t i = 0; i < edge_of.size(); ++i) {
    if (edge_of[i] == kNoNode || arcs.time[i] >= kFar) continue;
    Edge& e = edges[edge_of[i]];
    if (arcs.tail[i] <= arcs.head[i]) e.time_ab = std::min(e.time_ab, arcs.time[i]);
    if (arcs.tail[i] >= arcs.head[i]) e.time_ba = std::min(e.time_ba, arcs.time[i]);
  }
  return edges;
}

namespace {

// Along the place's edge, from and to its ends.
void set_times(Place& p, const Edge& e) {
  p.along_ab = p.along_ba = p.arrive_a = p.arrive_b = p.leave_a = p.leave_b = kFar;
  if (e.time_ab != kNever) {
    p.along_ab = static_cast<std::uint32_t>((std::uint64_t{e.time_ab} * p.position) >> 31);
    p.arrive_a = p.walk + p.along_ab;
    p.leave_b = p.walk + (e.time_ab - p.along_ab);
  }
  if (e.time_ba != kNever) {
    p.along_ba = static_cast<std::uint32_t>((std::uint64_t{e.time_ba} * (0x80000000u - p.position)) >> 31);
    p.arrive_b = p.walk + p.along_ba;
    p.leave_a = p.walk + (e.time_ba - p.along_ba);
  }
}

}  // namespace

Place retimed(Place p, const std::vector<Edge>& edges, std::uint32_t metric) {
  if (p.edge != kNoNode) set_times(p, edges[p.edge]);
  p.metric = metric;
  return p;
}

Snapper::Snapper(std::vector<Edge> edges, std::span<const double> node_x, std::span<const double> node_y)
    : edges_(std::move(edges)), node_x_(node_x), node_y_(node_y) {
  if (edges_.empty()) return;
  double x1 = -INFINITY, y1 = -INFINITY;
  x0_ = y0_ = INFINITY;
  for (const Edge& e : edges_)
    for (const auto v : {e.a, e.b}) {
      x0_ = std::min(x0_, node_x[v]);
      y0_ = std::min(y0_, node_y[v]);
      x1 = std::max(x1, node_x[v]);
      y1 = std::max(y1, node_y[v]);
    }
  // About two edges a cell, and never more than four cells an edge along a side.
  const double area = std::max(1.0, (x1 - x0_) * (y1 - y0_)), n = static_cast<double>(edges_.size());
  cell_ = std::max({1.0, std::sqrt(2 * area / n), (x1 - x0_) / (4 * n), (y1 - y0_) / (4 * n)});
  columns_ = static_cast<std::int64_t>((x1 - x0_) / cell_) + 1;
  rows_ = static_cast<std::int64_t>((y1 - y0_) / cell_) + 1;
  cell_first_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
  for (const Edge& e : edges_) cells_of(e, [&](std::size_t c) { ++cell_first_[c + 1]; });
  std::partial_sum(cell_first_.begin(), cell_first_.end(), cell_first_.begin());
  cell_edges_.resize(cell_first_.back());
  auto at = cell_first_;
  for (std::uint32_t i = 0; i < edges_.size(); ++i)
    cells_of(edges_[i], [&](std::size_t c) { cell_edges_[at[c]++] = i; });
}

std::int64_t Snapper::column(double x) const {
  return std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::floor(std::clamp((x - x0_) / cell_, -1.0, static_cast<double>(columns_)))), 0,
      columns_ - 1);
}
std::int64_t Snapper::row(double y) const {
  return std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::floor(std::clamp((y - y0_) / cell_, -1.0, static_cast<double>(rows_)))), 0,
      rows_ - 1);
}

// Row by row, the columns that the segment crosses, one more to each side against rounding.
template <class F>
void Snapper::cells_of(const Edge& e, F f) const {
  const double ax = node_x_[e.a], ay = node_y_[e.a], bx = node_x_[e.b], by = node_y_[e.b];
  const auto r0 = row(std::min(ay, by)), r1 = row(std::max(ay, by));
  for (auto r = r0; r <= r1; ++r) {
    double from = std::min(ax, bx), to = std::max(ax, bx);
    if (r0 != r1) {
      const double low = y0_ + static_cast<double>(r) * cell_, high = low + cell_;
      const auto x_at = [&](double y) { return ax + (bx - ax) * std::clamp((y - ay) / (by - ay), 0.0, 1.0); };
      const double p = x_at(low), q = x_at(high);
      from = std::min(p, q) - cell_ * 1e-6;
      to = std::max(p, q) + cell_ * 1e-6;
    }
    for (auto c = column(from); c <= column(to); ++c) f(static_cast<std::size_t>(r * columns_ + c));
  }
}

void Snapper::measure(std::uint32_t i, double x, double y, Hit& best) const {
  const Edge& e = edges_[i];
  const double ax = node_x_[e.a], ay = node_y_[e.a], dx = node_x_[e.b] - ax, dy = node_y_[e.b] - ay;
  const double length2 = dx * dx + dy * dy;
  const double share = length2 > 0 ? std::clamp(((x - ax) * dx + (y - ay) * dy) / length2, 0.0, 1.0) : 0.0;
  const double px = ax + share * dx - x, py = ay + share * dy - y;
  const double distance = std::sqrt(px * px + py * py);
  if (best.edge == kNoNode || distance < best.distance || (distance == best.distance && i < best.edge))
    best = {i, distance, share};
}

// Rings of cells around the point's own, until no nearer edge can follow.
Snapper::Hit Snapper::nearest(double x, double y, double reach) const {
  Hit best;
  if (edges_.empty()) return best;
  const auto cx = static_cast<std::int64_t>(std::floor(std::clamp((x - x0_) / cell_, -1e15, 1e15)));
  const auto cy = static_cast<std::int64_t>(std::floor(std::clamp((y - y0_) / cell_, -1e15, 1e15)));
  const auto visit = [&](std::int64_t c, std::int64_t r) {
    const auto at = static_cast<std::size_t>(r * columns_ + c);
    for (auto k = cell_first_[at]; k < cell_first_[at + 1]; ++k) measure(cell_edges_[k], x, y, best);
  };
  // The first ring that touches the grid, from outside.
  const auto outside = std::max({std::int64_t{0}, -cx, cx - (columns_ - 1), -cy, cy - (rows_ - 1)});
  for (std::int64_t ring = outside;; ++ring) {
    const double ring_distance = static_cast<double>(ring - 1) * cell_;  // nothing in this ring is nearer
    if (ring_distance > reach || (best.edge != kNoNode && best.distance < ring_distance)) break;
    const auto c0 = std::max<std::int64_t>(0, cx - ring), c1 = std::min(columns_ - 1, cx + ring);
    for (const auto r : {cy - ring, cy + ring}) {
      if (r >= 0 && r < rows_)
        for (auto c = c0; c <= c1; ++c) visit(c, r);
      if (ring == 0) break;
    }
    const auto r0 = std::max<std::int64_t>(0, cy - ring + 1), r1 = std::min(rows_ - 1, cy + ring - 1);
    for (const auto c : {cx - ring, cx + ring}) {
      if (c >= 0 && c < columns_)
        for (auto r = r0; r <= r1; ++r) visit(c, r);
      if (ring == 0) break;
    }
  }
  if (best.edge != kNoNode && best.distance > reach) best = {};
  return best;
}

Snapped Snapper::snap(std::span<const double> x, std::span<const double> y, double reach, double walk_speed,
                      std::span<const std::uint32_t> rank) const {
  Snapped s;
  s.places.resize(x.size());
  s.distance.assign(x.size(), std::numeric_limits<float>::quiet_NaN());
  std::size_t missed = 0;
#pragma omp parallel for schedule(dynamic, 256) reduction(+ : missed)
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Hit hit = nearest(x[i], y[i], reach);
    if (hit.edge == kNoNode) {
      ++missed;
      continue;
    }
    const Edge& e = edges_[hit.edge];
    Place& p = s.places[i];
    s.distance[i] = static_cast<float>(hit.distance);
    p.a = rank[e.a];
    p.b = rank[e.b];
    p.edge = hit.edge;
    p.position = static_cast<std::uint32_t>(std::llround(hit.share * 0x1p31));
    // metres / (km/h) in ms
    p.walk = static_cast<std::uint32_t>(std::min<double>(kFar / 4, std::llround(hit.distance * 3600.0 / walk_speed)));
    set_times(p, e);
  }
  s.missed = missed;
  return s;
}

}  // namespace dosi::access
