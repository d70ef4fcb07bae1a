// Surfaces as polygons between their levels (isochrones).
#pragma once

#include "io/export/sources.hpp"

namespace dosi::exports {

// One row for each place and band: `place` (row of the surface's table), `name`, `from` and `to` in the unit of the
// surface. Bands end at the levels; what lies beyond the last is in none.
Source contours_of(const Source& surface);

}  // namespace dosi::exports
