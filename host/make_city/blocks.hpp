// The inside of one superblock: streets that split it into blocks of the size that the density asks.
#pragma once

#include "host/make_city/arterials.hpp"
#include "host/make_city/plan.hpp"

namespace dosi::make_city {

// The largest block, in square metres, at a place of the map; set so that the whole city gets its number of nodes.
class Block_size {
 public:
  Block_size(const Land& land, double nodes);
  double operator()(Point map) const { return of_density(density_(map)); }

 private:
  double of_density(double density) const;
  const Grid& density_;
  double base_ = 0;
};

// Streets and nodes count from 0 within the superblock; a stop on a street of its rim has `on_rim`.
struct Block_streets {
  struct Rim_stop {
    bool on_rim = false;
    Stop stop;
  };
  std::vector<Point> nodes;
  std::vector<std::uint8_t> street_road;
  std::vector<Rim_stop> stops;
};

Block_streets split_superblock(const Block& superblock, const std::vector<Point>& arterial_nodes,
                               const std::vector<Arterials::Street>& arterials, const Land& land, const Bend& bend,
                               const Block_size& size, std::uint64_t item);

}  // namespace dosi::make_city
