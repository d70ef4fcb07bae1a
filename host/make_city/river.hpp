// The river: a meandering line across the city, wider downstream. In its own frame (along, across) it is the graph
// of a function, tabled at even steps; banks, bank roads and the water polygon all come from that table, so they
// agree exactly about what is wet.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/geometry.hpp"
#include "io/city/layers.hpp"

namespace dosi::make_city {

struct Frame {
  std::uint64_t seed = 0;
  double people = 0;
  Point centre;      // of the whole city; the main centre is near it
  double reach = 0;  // half the side of the extent
};

class River {
 public:
  River() = default;
  explicit River(const Frame& frame);

  // Metres from the middle of the river, about at a right angle; positive on its left bank.
  double signed_distance(Point p) const;
  double half_width(Point p) const;
  // signed_distance less the wet half width: negative in the water.
  double dry_distance(Point p) const;
  double along(Point p) const { return dot(p - origin_, direction_); }
  // The point `offset` metres outside the left (side > 0) or right bank.
  Point bank(double along, int side, double offset) const;
  double reach() const { return reach_; }
  city::Polygons polygon(double reach) const;  // the water from -reach to reach along

 private:
  struct Knot {
    double across = 0, half_width = 0, steepness = 1;  // steepness: sqrt(1 + slope²)
  };
  Knot at(double along) const;
  Point origin_, direction_, normal_;
  double reach_ = 0;
  std::vector<Knot> knots_;
};

}  // namespace dosi::make_city
