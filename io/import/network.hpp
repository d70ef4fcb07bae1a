// Street networks from tables of nodes and edges, or from OpenStreetMap.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/import/report.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Network_columns {
  std::string id, x, y;                             // of the nodes; empty: found by name
  std::string from, to, length, speed, time, road;  // of the edges: metres, km/h, seconds, highway class
};

struct Network_request {
  std::filesystem::path osm;           // either this
  std::filesystem::path nodes, edges;  // or these two
  std::vector<std::string> modes{"drive", "walk", "bicycle"};
  double walk_kmh = 4.5, bicycle_kmh = 15;
  std::string crs, encoding = "auto";  // of the tables
  Network_columns columns;
  bool both_ways = false;  // of the tables: each edge leads both ways
  std::vector<double> extent;
};

struct Network_import {
  city::Network network;  // arcs sorted by tail; times in ms
  city::Crs crs;
  Import_report report;
};

// Rows of the tables that cannot be used are rejected with a reason. UsageError for a wrong mode; DataError if more
// than half of a table's rows are bad, or no arc is left.
Network_import import_network(const Network_request& request, const Target& target);

// The two sources, for import_network.
Network_import import_tables(const Network_request& request, const Target& target);
Network_import import_osm(const Network_request& request, const Target& target);

// A class by its name as OpenStreetMap has it: "secondary_link" is secondary, what is not known is other.
city::Road road_named(std::string_view name);
// km/h where neither time nor speed is given.
double default_speed(city::Road road);
bool has_mode(const Network_request& request, const char* mode);
// Milliseconds over metres at km/h; kNever if the speed is none or the time does not fit.
std::uint32_t milliseconds(double metres, double kmh);
std::uint32_t milliseconds(double seconds);
// Drops arcs that no mode can use, sorts the rest, counts arcs by mode. DataError naming `source` if none is left.
void finish_network(Network_import& out, const std::string& source);

}  // namespace dosi::imports
