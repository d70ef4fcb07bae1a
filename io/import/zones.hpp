// Zones: polygons with their attributes, and a table joined to them by code or name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/import/frame.hpp"
#include "io/import/report.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Join_request {
  std::filesystem::path file;          // empty: no join
  std::vector<std::string> table_key;  // columns of the table, read as one text with blanks between
  std::vector<std::string> zone_key;   // columns of the zones, likewise
  std::string encoding = "auto";
};

struct Zones_request {
  std::filesystem::path file;
  std::string layer, crs, encoding = "auto";
  std::vector<std::string> columns;  // of the zones, to keep; empty: all
  std::vector<double> extent;        // empty: no zone is outside
  bool repair = false;               // make crossing rings valid instead of rejecting the zone
  Join_request join;
};

struct Zones_import {
  city::Zones zones;  // exterior rings counter-clockwise, holes after theirs and clockwise
  city::Crs crs;
  Import_report report;
};

// Rejects, with the reason: no or empty geometry, not a polygon, coordinates not finite, invalid polygons (with
// GEOS' word for why), latitude and longitude swapped, outside the extent. DataError if nothing is left.
Zones_import import_zones(const Zones_request& request, const Target& target);

// Rows of a table matched to zones: the same text, else the only zone whose key ends with the table's key at a
// blank. Keys are compared as text.hpp's comparable(). DataError if two rows match one zone or no row matches.
struct Join_result {
  std::vector<std::size_t> row_of_zone;  // npos: none
  Join_report report;
};
Join_result match(const std::vector<std::string>& zone_keys, const Frame& table,
                  const std::vector<std::string>& table_key);

}  // namespace dosi::imports
