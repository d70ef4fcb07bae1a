// The street plan on flat ground: ring and radial arterials cut the plane into superblocks, and each superblock is
// split again and again across its longer side until its blocks are as small as the density asks. Every split is a
// street; where it ends it makes a T-junction. So the plan is planar and connected by construction, fine where it is
// dense, and each superblock is independent work.
// After Parish and Müller, "Procedural modeling of cities" (2001), and the oriented-box subdivision that followed it.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/land.hpp"

namespace dosi::make_city {

// A node where a street passes it, `t` of the way from the street's start to its end.
struct Stop {
  std::uint32_t street = 0, node = 0;
  double t = 0;
};

struct Street_plan {
  std::vector<Point> nodes;               // metres from the centre, before the plan is bent
  std::vector<std::uint8_t> street_road;  // city::Road of each street
  std::vector<Stop> stops;                // by street, then t; near ones merged
};

// Bends the plan so that streets curve: the place on the map of a point of the plan.
class Bend {
 public:
  Bend() = default;
  explicit Bend(const Frame& frame);
  Point operator()(Point plan) const;

 private:
  Point centre_, axis_;
  Noise broad_x_, broad_y_, fine_x_, fine_y_;
  double broad_ = 0, fine_ = 0;
};

// `nodes`: about how many junctions to make.
Street_plan plan_streets(const Land& land, const Bend& bend, double nodes);

}  // namespace dosi::make_city
