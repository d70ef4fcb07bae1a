// Where points count: zones of a layer, the nearest of its points, or the squares of a grid that hold any.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "host/geometry/locate.hpp"
#include "host/scan/study.hpp"

namespace dosi::scan {

// Squares at whole multiples of their side, numbered as they are met.
class Grid {
 public:
  explicit Grid(double cell) : cell_(cell) {}
  std::uint32_t add(double x, double y) { return cells_.emplace(key(x, y), static_cast<std::uint32_t>(cells_.size())).first->second; }
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
  std::uint32_t nearest(double x, double y) const;
  std::pair<std::int64_t, std::int64_t> key(double x, double y) const {
    return {static_cast<std::int64_t>(std::floor(x / cell_)), static_cast<std::int64_t>(std::floor(y / cell_))};
  }

  const Place_set& places_;
  double cell_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::uint32_t>> cells_;
  double x0_ = 0, x1_ = 0, y0_ = 0, y1_ = 0;  // where the places are
  std::int64_t widest_ = 0;                   // cells between any two of them
  std::unique_ptr<geometry::Zone_locator> locator_;
};

// The points of q.population with what q.population_column counts.
struct People {
  std::vector<double> x, y, count;
};
People read_people(const city::City& city, const Question& q);

}  // namespace dosi::scan
