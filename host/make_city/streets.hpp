// From the plan to the streets on the ground: bent, cut at the river except for bridges, with a road along each bank,
// without what lies on steep ground or outside the limits, and with some links missing. What is left is one piece.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/plan.hpp"
#include "io/city/layers.hpp"

namespace dosi::make_city {

// Each street piece once; walkers use it both ways.
struct Edge {
  std::uint32_t a = 0, b = 0;  // nodes, a < b
  city::Road road = city::Road::residential;
  bool bridge = false;
};

struct Streets {
  std::vector<Point> nodes;  // on the map, whole millimetres
  std::vector<Edge> edges;   // by a, then b
};

Streets lay_streets(const Land& land);

// The network layer of the streets: two arcs for each edge, with times on foot, by bicycle and by car.
city::Network make_network(const Land& land, const Streets& streets);

// A bank of the river keeps this far from the water, so that bends of the street do not touch it.
inline constexpr double kBankRoadOffset = 24;  // metres

}  // namespace dosi::make_city
