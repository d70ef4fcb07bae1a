// Tables of a result and layers of a city as files that other programs open: GeoPackage (in the CRS they have),
// GeoJSON (RFC 7946: WGS84), CSV (UTF-8 with the mark by which Excel knows it) and GeoTIFF (maps and rasters). Travel
// times, milliseconds in the file, become minutes, and their columns end in "_min". Surfaces become polygons between
// their levels.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace dosi::exports {

struct Request {
  std::filesystem::path from;  // a result or a city
  std::filesystem::path to;    // .gpkg, .geojson, .csv, or .tif for maps
  std::string table;       // table of a result, layer of a city ("kind:name" too); empty: all, if `to` can hold them
  std::string column;      // .tif: the variable
  std::string layer_name;  // name in the new file; needs one table
  bool overwrite = false;
  bool wkt = false;  // CSV: the geometry as a column of WKT
};

struct Exported {
  std::string layer;
  std::size_t features = 0;  // of a .tif: bands
};

// UsageError where what was asked for cannot be; DataError where `from` is damaged; IoError where `to` cannot be
// written. `to` appears when it is whole.
std::vector<Exported> export_file(const Request& request);

}  // namespace dosi::exports
