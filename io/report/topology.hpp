// Zones as borders that neighbours share (the idea of TopoJSON): coordinates in whole metres, every border stored
// and simplified once, so that a light simplification never opens a gap between two zones.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "io/city/layers.hpp"

namespace dosi::report {

using Vertex = std::array<std::int64_t, 2>;  // metres from the lower left corner of all zones

struct Topology {
  double x0 = 0, y0 = 0;               // that corner, in the CRS
  std::int64_t width = 0, height = 0;  // metres
  double tolerance = 0;                // metres a border may have moved, beyond the rounding
  std::vector<std::vector<Vertex>> borders;
  // zones[z][ring]: its borders in order; ~b is border b backwards.
  std::vector<std::vector<std::vector<std::int32_t>>> zones;
  std::size_t vertices() const;
};

// Simplified (Douglas and Peucker 1973) by at most 1/6000 of the extent, and more only where all borders together
// still have over `most_vertices`.
Topology make_topology(const city::Polygons& polygons, std::size_t most_vertices = 150'000);

// {"x0", "y0", "width", "height", "borders": [[x, y, dx, dy, …], …], "zones": […]}
nlohmann::ordered_json as_json(const Topology& topology);

}  // namespace dosi::report
