// The arterials of the plan: rings around the main centre and radials between them, which double in number as the
// rings widen. Between them lie the superblocks, each a convex polygon.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/river.hpp"

namespace dosi::make_city {

struct Corner {
  Point at;
  std::uint32_t street = 0;  // of the side from this corner to the next
};
using Block = std::vector<Corner>;  // convex, counter-clockwise

struct Arterials {
  struct Street {
    std::uint32_t from = 0, to = 0;  // nodes
    std::uint8_t road = 0;
  };
  struct Tee {  // a node inside a street
    std::uint32_t street = 0, node = 0;
    double t = 0;
  };
  std::vector<Point> nodes;
  std::vector<Street> streets;
  std::vector<Tee> tees;
  std::vector<Block> superblocks;
};

Arterials lay_arterials(const Frame& frame);

}  // namespace dosi::make_city
