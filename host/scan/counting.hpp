// Where points count: zones of a layer, the nearest of its points, or the squares of a grid that hold any.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "host/geometry/locate.hpp"
#include "host/geometry/nearest.hpp"
#include "host/scan/study.hpp"

namespace dosi::scan {

// Squares at whole multiples of their side, numbered as they are met.
class Grid {
 public:
  explicit Grid(double cell) : cell_(cell) {}
  std::uint32_t add(double x, double y) {
    return cells_.emplace(key(x, y), static_cast<std::uint32_t>(cells_.size())).first->second;
  }
  std::uint32_t find(double x, double y) const {
    const auto it = cells_.find(key(x, y));
    return it == cells_.end() ? geometry::kNoZone : it->second;
  }
  Place_set places() const;

 private:
  std::pair<std::int64_t, std::int64_t> key(double x, double y) const {
    return {static_cast<std::int64_t>(std::floor(x / cell_)), static_cast<std::int64_t>(std::floor(y / cell_))};
  }
  double cell_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> cells_;
};

// The place of a point: the polygon that it lies in, or, of places without, the nearest (ties: the lowest);
// geometry::kNoZone: none.
class Placer {
 public:
  Placer(const Place_set& places, double cell);
  std::uint32_t find(double x, double y) const;

 private:
  std::unique_ptr<Grid> grid_;                        // squares: their places, by square
  std::unique_ptr<geometry::Zone_locator> locator_;   // other polygons
  std::unique_ptr<geometry::Nearest_point> nearest_;  // places without
};

// The points of q.population with what q.population_column counts.
struct People {
  std::vector<double> x, y, count;
};
People read_people(const city::City& city, const Question& q);

}  // namespace dosi::scan
