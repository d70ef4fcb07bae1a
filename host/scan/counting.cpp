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

Placer::Placer(const Place_set& places, double cell) {
  if (!places.polygons) {
    nearest_ = std::make_unique<geometry::Nearest_point>(places.x, places.y);
  } else if (cell <= 0) {
    locator_ = std::make_unique<geometry::Zone_locator>(*places.polygons);
  } else {
    grid_ = std::make_unique<Grid>(cell);
    for (std::uint32_t i = 0; i < places.size(); ++i) grid_->add(places.x[i], places.y[i]);
  }
}

std::uint32_t Placer::find(double x, double y) const {
  return nearest_ ? nearest_->find(x, y) : locator_ ? locator_->find(x, y) : grid_->find(x, y);
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
