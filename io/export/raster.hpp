// Maps of a result and rasters of a city as GeoTIFF, a band a map.
#pragma once

#include "io/export/export.hpp"

namespace dosi::exports {

// Every map of a variable: one a row of its table, and one a step of a further axis (a height above the ground). Bands
// are float32, north up, NaN where there is no value, and say what they are. Errors as export_file.
std::vector<Exported> export_raster(const Request& request);

}  // namespace dosi::exports
