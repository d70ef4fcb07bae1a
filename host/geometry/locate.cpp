#include "host/geometry/locate.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::geometry {
namespace {

// f(vertex) for each edge vertex -> vertex + 1 of a zone.
template <class F>
void each_edge(const city::Polygons& p, std::size_t zone, F f) {
  for (auto r = p.ring_first[zone]; r < p.ring_first[zone + 1]; ++r)
    for (auto v = p.vertex_first[r]; v + 1 < p.vertex_first[r + 1]; ++v) f(v);
}

}  // namespace

Zone_locator::Zone_locator(const city::Polygons& p) : polygons_(p), zones_(p.size()) {
  double x1 = -INFINITY, y1 = -INFINITY;
  x0_ = y0_ = INFINITY;
  for (std::size_t z = 0; z < p.size(); ++z) {
    Band_index& b = zones_[z];
    b.x0 = b.y0 = INFINITY;
    b.x1 = b.y1 = -INFINITY;
    std::size_t edges = 0;
    each_edge(p, z, [&](auto v) {
      ++edges;
      b.x0 = std::min({b.x0, p.x[v], p.x[v + 1]});
      b.x1 = std::max({b.x1, p.x[v], p.x[v + 1]});
      b.y0 = std::min({b.y0, p.y[v], p.y[v + 1]});
      b.y1 = std::max({b.y1, p.y[v], p.y[v + 1]});
    });
    if (edges == 0) continue;
    const auto bands = std::max<std::size_t>(1, std::min<std::size_t>(edges / 4, 4096));
    b.height = std::max((b.y1 - b.y0) / static_cast<double>(bands), 1e-9);
    const auto band = [&](double y) {
      return std::min(bands - 1, static_cast<std::size_t>(std::max(0.0, (y - b.y0) / b.height)));
    };
    std::vector<std::vector<std::uint64_t>> lists(bands);
    each_edge(p, z, [&](auto v) {
      for (auto k = band(std::min(p.y[v], p.y[v + 1])); k <= band(std::max(p.y[v], p.y[v + 1])); ++k)
        lists[k].push_back(v);
    });
    b.first.assign(1, 0);
    for (const auto& l : lists) {
      b.edges.insert(b.edges.end(), l.begin(), l.end());
      b.first.push_back(static_cast<std::uint32_t>(b.edges.size()));
    }
    x0_ = std::min(x0_, b.x0);
    y0_ = std::min(y0_, b.y0);
    x1 = std::max(x1, b.x1);
    y1 = std::max(y1, b.y1);
  }
  if (!(x1 >= x0_)) return;
  const double side = std::ceil(std::sqrt(static_cast<double>(p.size()) * 4));
  cell_ = std::max({(x1 - x0_) / side, (y1 - y0_) / side, 1e-6});
  columns_ = static_cast<std::int64_t>((x1 - x0_) / cell_) + 1;
  rows_ = static_cast<std::int64_t>((y1 - y0_) / cell_) + 1;
  cells_.resize(static_cast<std::size_t>(columns_ * rows_));
  for (std::uint32_t z = 0; z < zones_.size(); ++z) {
    const Band_index& b = zones_[z];
    if (b.first.empty()) continue;
    for (auto r = static_cast<std::int64_t>((b.y0 - y0_) / cell_); r <= static_cast<std::int64_t>((b.y1 - y0_) / cell_);
         ++r)
      for (auto c = static_cast<std::int64_t>((b.x0 - x0_) / cell_);
           c <= static_cast<std::int64_t>((b.x1 - x0_) / cell_); ++c)
        cells_[static_cast<std::size_t>(r * columns_ + c)].push_back(z);
  }
}

bool Zone_locator::inside(std::uint32_t zone, double x, double y) const {
  const Band_index& b = zones_[zone];
  if (b.first.empty() || x < b.x0 || x > b.x1 || y < b.y0 || y > b.y1) return false;
  const auto bands = b.first.size() - 1;
  const auto k = std::min(bands - 1, static_cast<std::size_t>((y - b.y0) / b.height));
  bool in = false;
  for (auto i = b.first[k]; i < b.first[k + 1]; ++i) {
    const auto v = b.edges[i];
    const double ax = polygons_.x[v], ay = polygons_.y[v], bx = polygons_.x[v + 1], by = polygons_.y[v + 1];
    if ((ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)) in = !in;
  }
  return in;
}

std::uint32_t Zone_locator::find(double x, double y) const {
  if (cells_.empty() || !(x >= x0_) || !(y >= y0_)) return kNoZone;
  const double c = (x - x0_) / cell_, r = (y - y0_) / cell_;
  if (c >= static_cast<double>(columns_) || r >= static_cast<double>(rows_)) return kNoZone;
  for (const auto z :
       cells_[static_cast<std::size_t>(static_cast<std::int64_t>(r) * columns_ + static_cast<std::int64_t>(c))])
    if (inside(z, x, y)) return z;
  return kNoZone;
}

std::pair<double, double> point_inside(const city::Polygons& p, std::size_t zone) {
  double low = INFINITY, high = -INFINITY;
  each_edge(p, zone, [&](auto v) {
    low = std::min(low, p.y[v]);
    high = std::max(high, p.y[v]);
  });
  // Off the middle by an odd share, so that the line seldom runs through vertices.
  const double y = low + (high - low) * 0.4937;
  std::vector<double> crossings;
  each_edge(p, zone, [&](auto v) {
    const double ay = p.y[v], by = p.y[v + 1];
    if ((ay > y) != (by > y)) crossings.push_back(p.x[v] + (y - ay) / (by - ay) * (p.x[v + 1] - p.x[v]));
  });
  std::sort(crossings.begin(), crossings.end());
  // A zone without area has no inside: its first vertex then.
  double best = crossings.empty() ? p.x[p.vertex_first[p.ring_first[zone]]] : crossings[0], widest = -1;
  for (std::size_t i = 0; i + 1 < crossings.size(); i += 2)
    if (crossings[i + 1] - crossings[i] > widest) {
      widest = crossings[i + 1] - crossings[i];
      best = (crossings[i] + crossings[i + 1]) / 2;
    }
  return {best, y};
}

}  // namespace dosi::geometry
