// Isochrones as surfaces: the time between a place and every cell of a grid over the streets. Contours of it are
// the polygons (io/export draws them).
#pragma once

#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "io/city/city.hpp"
#include "io/result/result.hpp"

namespace dosi::access {

class Isochrone_grid {
 public:
  // A grid over the network's extent and the walk beyond it; cells out of reach of any street stay unreached.
  Isochrone_grid(const Snapper& snapper, const city::Network& network, const Question& q,
                 std::span<const std::uint32_t> rank);
  // Table "isochrones", one surface a place: time[place][y][x]. From origins, or to destinations, in batches.
  void write(result::Writer& result, Engine& engine, const Question& q, std::span<const Place> places) const;

 private:
  std::vector<double> x_, y_;
  Snapped cells_;
};

}  // namespace dosi::access
