// Studies in the format of SaTScan's input files: places with coordinates, cases, and controls or a population over
// time; and the parameter file that names them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/city/city.hpp"
#include "io/import/report.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Study_request {
  std::filesystem::path parameters;  // .prm; what follows goes before it
  std::filesystem::path coordinates, cases, controls, population;
  std::string coordinate_system;  // "cartesian" or "degrees" (latitude first); empty: the .prm's
  std::string crs;                // of Cartesian coordinates that are easting and northing of a known system
  std::string time;               // "none", "year", "month", "day": of the cases; empty: the .prm's
  std::string prefix;             // of the layers' names
};

struct Study_import {
  city::Crs crs;
  city::Points places;  // columns id, and longitude, latitude where they were given so
  city::Series cases;   // column count, of models of marks mark and censored, covariate_1, …
  std::optional<city::Series> controls, population;  // columns count; population, covariate_1, …
  // Of the .prm: how `dosi scan` is asked the same, and what has no part in that: "KEY=VALUE in [Section]".
  std::vector<std::pair<std::string, std::string>> scan;
  std::vector<std::string> ignored;
  Import_report report;
};

// DataError with every line that is at fault; nothing is dropped.
Study_import import_study(const Study_request& request, const Target& target);

// Adds the layers places, cases, controls, population, each after the prefix. UsageError where one is there and is not
// to be replaced.
void store(const Study_request& request, const Destination& destination, const Study_import& study);

}  // namespace dosi::imports
