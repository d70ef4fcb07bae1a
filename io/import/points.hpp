// Points out of a table with coordinate columns or out of a GIS file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/import/report.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Points_request {
  std::filesystem::path file;
  std::string layer;  // of a file with several
  std::string x, y;   // columns; empty: found by name
  std::string crs;    // of the input; empty: the file's, or degrees if the values look so
  std::string encoding = "auto";
  std::vector<std::string> columns;  // to keep; empty: all
  std::vector<std::string> numbers;  // columns that must hold numbers
  std::vector<double> extent;        // empty: the target's, else the bulk of the data
  double margin = 5000;              // metres around the target's extent that still belong to the city
  bool repair_swapped = false;
};

struct Points_import {
  city::Points points;  // in `crs`
  city::Crs crs;
  Import_report report;
};

// Rejects, with the reason: missing coordinates; coordinates that are not numbers, not finite or both zero; x and
// y swapped; outside the city; a value in `numbers` that is none. DataError if nothing is left.
Points_import import_points(const Points_request& request, const Target& target);

}  // namespace dosi::imports
