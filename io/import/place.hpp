// Where the rows of a table lie: coordinates read, checked and brought into the city's CRS, with a reason where
// a row cannot be placed. Shared by points and by the nodes of a network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/import/frame.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Place_request {
  std::string x, y;  // columns, empty: found by name
  std::string crs;   // of the input, empty: decided
  std::vector<double> extent;
  double margin = 0;  // metres
  bool use_target_extent = true;
  double least_bulk = 50000;  // metres: the bulk of the data reaches at least this far from its median
  bool repair_swapped = false;
};

struct Places {
  std::vector<double> x, y;         // row -> city CRS
  std::vector<std::string> reason;  // row -> empty: placed
  std::vector<std::size_t> fields;  // the columns that held the coordinates
  city::Crs source, city;
  std::uint64_t repaired = 0;
};

// CRS of an input without a word about its own: `given`, else `own` (WKT), else EPSG:4326 if the values look like
// degrees, else a UsageError that says what to give.
city::Crs source_crs(const std::string& given, const std::string& own, const std::string& file, double x, double y,
                     std::vector<std::string>& notes);
double median(std::vector<double> v);  // of the finite ones; NaN if there are none

Places place(const Frame& frame, const Place_request& request, const Target& target, std::vector<std::string>& notes);

}  // namespace dosi::imports
