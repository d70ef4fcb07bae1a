#include "host/geometry/touch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dosi::geometry {
namespace {

double turn(double ax, double ay, double bx, double by, double cx, double cy) {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

bool between(double a, double b, double c) { return std::min(a, b) <= c && c <= std::max(a, b); }

// Ends count.
bool meet(const Segment& p, const Segment& q) {
  const double a = turn(p.x0, p.y0, p.x1, p.y1, q.x0, q.y0), b = turn(p.x0, p.y0, p.x1, p.y1, q.x1, q.y1);
  const double c = turn(q.x0, q.y0, q.x1, q.y1, p.x0, p.y0), d = turn(q.x0, q.y0, q.x1, q.y1, p.x1, p.y1);
  if (((a > 0) != (b > 0)) && ((c > 0) != (d > 0)) && a != 0 && b != 0 && c != 0 && d != 0) return true;
  const auto on = [](const Segment& s, double x, double y) { return between(s.x0, s.x1, x) && between(s.y0, s.y1, y); };
  return (a == 0 && on(p, q.x0, q.y0)) || (b == 0 && on(p, q.x1, q.y1)) || (c == 0 && on(q, p.x0, p.y0)) ||
         (d == 0 && on(q, p.x1, p.y1));
}

// Borders by square cells, so that a short segment meets few of them.
class Borders {
 public:
  explicit Borders(const city::Polygons& p) {
    for (std::size_t r = 0; r + 1 < p.vertex_first.size(); ++r)
      for (auto v = p.vertex_first[r]; v + 1 < p.vertex_first[r + 1]; ++v)
        edges_.push_back({p.x[v], p.y[v], p.x[v + 1], p.y[v + 1]});
    for (const auto& e : edges_) {
      x0_ = std::min({x0_, e.x0, e.x1});
      y0_ = std::min({y0_, e.y0, e.y1});
      x1_ = std::max({x1_, e.x0, e.x1});
      y1_ = std::max({y1_, e.y0, e.y1});
    }
    if (edges_.empty()) return;
    cell_ = std::max({1.0, (x1_ - x0_) / kMostCells, (y1_ - y0_) / kMostCells,
                      std::sqrt((x1_ - x0_) * (y1_ - y0_) / static_cast<double>(edges_.size()))});
    columns_ = static_cast<std::size_t>((x1_ - x0_) / cell_) + 1;
    cells_.resize(columns_ * (static_cast<std::size_t>((y1_ - y0_) / cell_) + 1));
    for (std::uint32_t i = 0; i < edges_.size(); ++i)
      any_cell(edges_[i], [&](std::size_t c) {
        cells_[c].push_back(i);
        return false;
      });
  }

  bool met_by(const Segment& s) const {
    if (std::max(s.x0, s.x1) < x0_ || std::min(s.x0, s.x1) > x1_ || std::max(s.y0, s.y1) < y0_ ||
        std::min(s.y0, s.y1) > y1_)
      return false;
    return any_cell(s, [&](std::size_t c) {
      return std::any_of(cells_[c].begin(), cells_[c].end(), [&](auto i) { return meet(edges_[i], s); });
    });
  }

 private:
  static constexpr double kMostCells = 2000;

  // f for the cells of the segment's box, until it is true of one.
  template <class F>
  bool any_cell(const Segment& s, F f) const {
    const auto at = [&](double v, double from, double to) {
      return static_cast<std::size_t>((std::clamp(v, from, to) - from) / cell_);
    };
    const auto c0 = at(std::min(s.x0, s.x1), x0_, x1_), c1 = at(std::max(s.x0, s.x1), x0_, x1_);
    const auto r0 = at(std::min(s.y0, s.y1), y0_, y1_), r1 = at(std::max(s.y0, s.y1), y0_, y1_);
    for (auto r = r0; r <= r1; ++r)
      for (auto c = c0; c <= c1; ++c)
        if (f(r * columns_ + c)) return true;
    return false;
  }

  std::vector<Segment> edges_;
  double x0_ = INFINITY, y0_ = INFINITY, x1_ = -INFINITY, y1_ = -INFINITY, cell_ = 1;
  std::size_t columns_ = 0;
  std::vector<std::vector<std::uint32_t>> cells_;
};

}  // namespace

std::vector<bool> touching(const city::Polygons& polygons, std::span<const Segment> segments) {
  const Zone_locator locator(polygons);
  const Borders borders(polygons);
  std::vector<bool> out(segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& s = segments[i];  // which meets no border has both ends inside, or none
    out[i] = borders.met_by(s) || locator.find(s.x0, s.y0) != kNoZone;
  }
  return out;
}

}  // namespace dosi::geometry
