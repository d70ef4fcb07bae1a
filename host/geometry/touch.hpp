// Which segments touch an area.
#pragma once

#include <span>
#include <vector>

#include "host/geometry/locate.hpp"

namespace dosi::geometry {

// A straight line between two points, in metres.
struct Segment {
  double x0, y0, x1, y1;
};

// For each segment, whether an end of it lies in one of the zones or it meets one of their borders.
std::vector<bool> touching(const city::Polygons& polygons, std::span<const Segment> segments);

}  // namespace dosi::geometry
