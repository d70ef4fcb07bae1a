// The circle or ellipse that a cluster is drawn as.
#pragma once

#include "host/scan/clusters.hpp"

namespace dosi::scan {

// The radius, m, of a circle as large as the outline through its farthest place; 0 where it has one.
double radius_of(const Place_set& places, const Cluster& cluster);
// Adds a zone: the outline through its farthest place, or, of a single place, half way to the next.
void add_outline(city::Polygons& zones, const Place_set& places, const Cluster& cluster);

}  // namespace dosi::scan
