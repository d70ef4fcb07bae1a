#include "host/scan/counting.hpp"

#include <algorithm>

namespace dosi::scan {

Place_set Grid::places() const {
  Place_set p{.layer = fmt::format("squares of {:g} m", cell_)};
  const std::size_t n = cells_.size();
  p.x.resize(n);
  p.y.resize(n);
  p.label.resize(n);
  for (const auto& [at, i] : cells_) {
    p.x[i] = (static_cast<double>(at.first) + 0.5) * cell_;
    p.y[i] = (static_cast<double>(at.second) + 0.5) * cell_;
    p.label[i] = fmt::format("{:.0f}, {:.0f}", p.x[i], p.y[i]);
  }
  city::Polygons squares;
  for (std::size_t i = 0; i < n; ++i) {
    const double h = cell_ / 2;
    for (const auto& [dx, dy] : {std::pair{-h, -h}, {h, -h}, {h, h}, {-h, h}, {-h, -h}}) {
      squares.x.push_back(p.x[i] + dx);
      squares.y.push_back(p.y[i] + dy);
    }
    squares.vertex_first.push_back(squares.x.size());
    squares.ring_is_hole.push_back(0);
    squares.ring_first.push_back(i + 1);
  }
  p.polygons = std::move(squares);
  return p;
}

Placer::Placer(const Place_set& places, double cell) : places_(places), cell_(cell) {
  if (places.polygons && cell <= 0) {
    locator_ = std::make_unique<geometry::Zone_locator>(*places.polygons);
    return;
  }
  const auto [x0, x1] = std::minmax_element(places.x.begin(), places.x.end());
  const auto [y0, y1] = std::minmax_element(places.y.begin(), places.y.end());
  x0_ = *x0, x1_ = *x1, y0_ = *y0, y1_ = *y1;
  // Without squares of a given side: about one place in each.
  if (!places.polygons) cell_ = std::max({1.0, std::sqrt((*x1 - *x0) * (*y1 - *y0) / static_cast<double>(places.size())), std::max(*x1 - *x0, *y1 - *y0) / 1e4});
  for (std::uint32_t i = 0; i < places.size(); ++i) cells_[key(places.x[i], places.y[i])].push_back(i);
  widest_ = static_cast<std::int64_t>(std::max(*x1 - *x0, *y1 - *y0) / cell_) + 2;
}

std::uint32_t Placer::find(double x, double y) const {
  if (locator_) return locator_->find(x, y);
  if (!places_.polygons) return nearest(x, y);
  const auto it = cells_.find(key(x, y));
  return it == cells_.end() ? geometry::kNoZone : it->second.front();
}

// Rings of cells around the point's, until none farther out can hold a nearer place.
std::uint32_t Placer::nearest(double x, double y) const {
  const double inside_x = std::clamp(x, x0_, x1_), inside_y = std::clamp(y, y0_, y1_), outside = std::hypot(x - inside_x, y - inside_y);
  const auto [i, j] = key(inside_x, inside_y);
  std::uint32_t best = geometry::kNoZone;
  double best_distance = INFINITY;
  for (std::int64_t ring = 0; ring <= widest_; ++ring) {
    for (std::int64_t a = i - ring; a <= i + ring; ++a)
      for (std::int64_t b = j - ring; b <= j + ring; b += (a == i - ring || a == i + ring || ring == 0) ? 1 : 2 * ring) {
        const auto it = cells_.find({a, b});
        if (it == cells_.end()) continue;
        for (const auto p : it->second) {
          const double d = std::hypot(places_.x[p] - x, places_.y[p] - y);
          if (d < best_distance || (d == best_distance && p < best)) best = p, best_distance = d;
        }
      }
    if (best_distance + outside < static_cast<double>(ring) * cell_) break;
  }
  return best;
}

People read_people(const city::City& city, const Question& q) {
  const auto& layer = city.find(q.population, {"points"});
  auto points = city.read_points(layer.name);
  const auto* column = points.attributes.find(q.population_column);
  if (column == nullptr) throw UsageError("population_column: {} has no column '{}'", layer.name, q.population_column);
  People p{std::move(points.x), std::move(points.y), column->as_numbers()};
  Problems bad;
  for (std::size_t i = 0; i < p.count.size(); ++i) {
    if (std::isnan(p.count[i])) p.count[i] = 0;
    if (!(p.count[i] >= 0) || !std::isfinite(p.count[i])) bad.add("row {}: {}", i, p.count[i]);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: column '{}' must be 0 or more", layer.name, q.population_column));
  return p;
}

}  // namespace dosi::scan
