// dosi import: options in, a library call, a report out.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>

#include "host/gis/commands.hpp"
#include "io/error.hpp"
#include "io/import/network.hpp"
#include "io/import/points.hpp"
#include "io/import/raster.hpp"
#include "io/import/study.hpp"
#include "io/import/zones.hpp"

namespace dosi::gis {
namespace {

using namespace imports;

struct Common {
  Destination to;
  std::string city;
  bool json = false;
};

// The command as it can be typed again, for the layer's history.
std::string command_of(const CLI::App& sub) {
  const auto quoted = [](const std::string& s) {
    if (s.find_first_of(" \t\n\"'$`\\;&|<>()*?[]{}!#~") == std::string::npos && !s.empty()) return s;
    std::string out = "'";
    for (const char c : s) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  };
  std::string out = "dosi import " + sub.get_name();
  for (const auto* o : sub.get_options()) {
    if (o->count() == 0 || o->get_lnames().empty()) continue;
    out += " --" + o->get_lnames().front();
    if (o->get_expected_max() == 0) continue;
    std::string value;
    for (const auto& r : o->results()) value += (value.empty() ? "" : ",") + r;
    out += " " + quoted(value);
  }
  return out;
}

CLI::App* add_kind(CLI::App& import, const std::string& kind, const std::string& help, Common& common) {
  auto* sub = import.add_subcommand(kind, help);
  sub->add_option("--city", common.city, "The city file; it is made if there is none")->required();
  sub->add_option("--name", common.to.layer, "Name of the layer")->required();
  sub->add_option("--city-crs", common.to.city_crs,
                  "CRS of a new city, e.g. EPSG:5186 [Korea: EPSG:5186, else the UTM zone]");
  sub->add_flag("--replace", common.to.replace, "Put the new layer in the place of one with this name");
  sub->add_flag("--json", common.json, "Print the report as JSON");
  return sub;
}

Target begin(Common& common, const CLI::App& sub) {
  common.to.city = common.city;
  common.to.kind = sub.get_name();
  common.to.history = command_of(sub);
  return look_at(common.to);
}

template <class Layer>
void finish(const Common& common, const city::Crs& crs, const Layer& layer, Import_report report) {
  report.layer = common.to.layer;
  for (const auto& note : report.notes) spdlog::info("{}", note);
  store(common.to, crs, layer, report);
  for (const auto& list : report.rejects)
    if (!list.rows.empty())
      spdlog::warn("{} {} rejected: {}", list.rows.size(), list.rows.size() == 1 ? "row was" : "rows were",
                   rejects_path(common.to.city, common.to.layer, list.part).string());
  for (const auto& j : report.joins)
    if (!j.rows_unmatched.rows.empty())
      spdlog::warn("{} rows of {} have no zone: {}", j.rows_unmatched.rows.size(), j.file,
                   unmatched_path(common.to.city, common.to.layer).string());
  fmt::print("{}", common.json ? as_json(report).dump(2) + "\n" : summary(report));
}

void add_points(CLI::App& import) {
  struct State : Common {
    Points_request q;
    double margin_km = 5;
  };
  auto s = std::make_shared<State>();
  auto* sub = add_kind(import, "points", "Points from CSV, GeoJSON, GeoPackage, Shapefile or FlatGeobuf", *s);
  sub->add_option("--file", s->q.file, "The input")->required();
  sub->add_option("--layer", s->q.layer, "Layer of an input that has several");
  sub->add_option("--x", s->q.x, "Column with easting or longitude [found by its name]");
  sub->add_option("--y", s->q.y, "Column with northing or latitude [found by its name]");
  sub->add_option("--crs", s->q.crs, "CRS of the input [what the file says; EPSG:4326 for a CSV in degrees]");
  sub->add_option("--encoding", s->q.encoding, "auto, UTF-8 or CP949")->capture_default_str();
  sub->add_option("--columns", s->q.columns, "Columns to keep [all]")->delimiter(',');
  sub->add_option("--numbers", s->q.numbers, "Columns that must hold numbers; other rows are rejected")->delimiter(',');
  sub->add_option("--extent", s->q.extent, "xmin,ymin,xmax,ymax of the city, in degrees or its CRS")
      ->delimiter(',')
      ->expected(4);
  sub->add_option("--margin", s->margin_km, "km around the city's layers where points still belong to it")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  sub->add_flag("--repair-swapped", s->q.repair_swapped, "Exchange swapped coordinates instead of rejecting the row");
  sub->callback([s, sub] {
    const auto target = begin(*s, *sub);
    s->q.margin = s->margin_km * 1000;
    auto done = import_points(s->q, target);
    finish(*s, done.crs, done.points, std::move(done.report));
  });
}

void add_zones(CLI::App& import) {
  struct State : Common {
    Zones_request q;
  };
  auto s = std::make_shared<State>();
  auto* sub = add_kind(import, "zones", "Polygons with attributes, and a table joined to them", *s);
  sub->add_option("--file", s->q.file, "The input: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, or CSV with WKT")
      ->required();
  sub->add_option("--layer", s->q.layer, "Layer of an input that has several");
  sub->add_option("--crs", s->q.crs, "CRS of the input [what the file says]");
  sub->add_option("--encoding", s->q.encoding, "auto, UTF-8 or CP949")->capture_default_str();
  sub->add_option("--keep", s->q.columns, "Columns to keep [all]")->delimiter(',');
  sub->add_option("--extent", s->q.extent, "xmin,ymin,xmax,ymax: zones wholly outside are rejected")
      ->delimiter(',')
      ->expected(4);
  sub->add_flag("--repair", s->q.repair, "Make crossing rings valid instead of rejecting the zone");
  sub->add_option("--join", s->q.join.file, "A table (CSV) whose columns become columns of the zones");
  sub->add_option("--join-on", s->q.join.table_key, "Columns of the table that name the zone")->delimiter(',');
  sub->add_option("--zone-key", s->q.join.zone_key, "Columns of the zones that the table names")->delimiter(',');
  sub->add_option("--join-encoding", s->q.join.encoding, "auto, UTF-8 or CP949")->capture_default_str();
  sub->callback([s, sub] {
    const auto target = begin(*s, *sub);
    auto done = import_zones(s->q, target);
    finish(*s, done.crs, done.zones, std::move(done.report));
  });
}

void add_network(CLI::App& import) {
  struct State : Common {
    Network_request q;
  };
  auto s = std::make_shared<State>();
  auto& q = s->q;
  auto* sub = add_kind(import, "network", "Streets from nodes and edges (CSV) or from OpenStreetMap", *s);
  auto* osm = sub->add_option("--osm", q.osm, "OpenStreetMap extract, .osm.pbf or .osm");
  auto* nodes = sub->add_option("--nodes", q.nodes, "Table of nodes: id and coordinates")->excludes(osm);
  auto* edges = sub->add_option("--edges", q.edges, "Table of directed edges between nodes")->excludes(osm);
  nodes->needs(edges);
  edges->needs(nodes);
  sub->add_option("--modes", q.modes, "Of drive, walk, bicycle")->delimiter(',')->capture_default_str();
  sub->add_option("--walk-speed", q.walk_kmh, "km/h")->check(CLI::Range(0.1, 100.0))->capture_default_str();
  sub->add_option("--bicycle-speed", q.bicycle_kmh, "km/h")->check(CLI::Range(0.1, 100.0))->capture_default_str();
  sub->add_option("--extent", q.extent, "xmin,ymin,xmax,ymax: what lies outside is left out")
      ->delimiter(',')
      ->expected(4);
  const auto of_tables = [&](const char* name, std::string& value, const char* help) {
    return sub->add_option(name, value, help)->excludes(osm);
  };
  of_tables("--crs", q.crs, "CRS of the nodes [EPSG:4326 if they are in degrees]");
  of_tables("--encoding", q.encoding, "auto, UTF-8 or CP949")->capture_default_str();
  of_tables("--node-id", q.columns.id, "Column of the node table");
  of_tables("--x", q.columns.x, "Column of the node table");
  of_tables("--y", q.columns.y, "Column of the node table");
  of_tables("--from", q.columns.from, "Column of the edge table");
  of_tables("--to", q.columns.to, "Column of the edge table");
  of_tables("--length", q.columns.length, "Column of the edge table, metres");
  of_tables("--speed", q.columns.speed, "Column of the edge table, km/h");
  of_tables("--time", q.columns.time, "Column of the edge table, seconds");
  of_tables("--class", q.columns.road, "Column of the edge table, OpenStreetMap's highway classes");
  sub->add_flag("--both-ways", q.both_ways, "Each edge of the table leads both ways")->excludes(osm);
  sub->callback([s, sub] {
    if (s->q.osm.empty() && s->q.nodes.empty()) throw UsageError("import network: give --osm, or --nodes and --edges");
    const auto target = begin(*s, *sub);
    auto done = import_network(s->q, target);
    finish(*s, done.crs, done.network, std::move(done.report));
  });
}

void add_raster(CLI::App& import) {
  struct State : Common {
    Raster_request q;
  };
  auto s = std::make_shared<State>();
  auto& q = s->q;
  auto* sub = add_kind(import, "raster", "One band of a raster: heights, say", *s);
  sub->add_option("--file", q.file, "The input: GeoTIFF, or what else GDAL reads")->required();
  sub->add_option("--band", q.band, "Number of the band, from 1")->capture_default_str();
  sub->add_option("--crs", q.crs, "CRS of the input [what the file says]");
  sub->add_option("--cell", q.cell, "Side of the cells in metres [as fine as the input]")->check(CLI::PositiveNumber);
  sub->add_option("--resampling", q.resampling, "How cells that are turned or of another size get their values")
      ->check(CLI::IsMember({"bilinear", "nearest", "cubic", "average"}))
      ->capture_default_str();
  sub->add_option("--units", q.units, "Unit of the values [what the file says]");
  sub->add_option("--extent", q.extent, "xmin,ymin,xmax,ymax of what is wanted, in degrees or the city's CRS")
      ->delimiter(',')
      ->expected(4);
  sub->callback([s, sub] {
    const auto target = begin(*s, *sub);
    auto done = import_raster(s->q, target);
    finish(*s, done.crs, done.raster, std::move(done.report));
  });
}

void add_study(CLI::App& import) {
  struct State {
    Study_request q;
    Destination to;
    std::string city, name;
  };
  auto s = std::make_shared<State>();
  auto& q = s->q;
  auto* sub = import.add_subcommand("study", "Places, cases, controls and population in SaTScan's formats");
  sub->add_option("--city", s->city, "The city file; it is made if there is none")->required();
  sub->add_option("--prm", q.parameters, "SaTScan's parameter file, which names the others");
  sub->add_option("--geo", q.coordinates, "Places: name and coordinates");
  sub->add_option("--cas", q.cases, "Cases: place, count, date, covariates");
  sub->add_option("--ctl", q.controls, "Controls: place, count, date");
  sub->add_option("--pop", q.population, "Population: place, date, number, covariates");
  sub->add_option("--coordinates", q.coordinate_system,
                  "cartesian (x, y) or degrees (latitude, longitude) [what the .prm says]")
      ->check(CLI::IsMember({"cartesian", "degrees"}));
  sub->add_option("--crs", q.crs, "What Cartesian coordinates are, e.g. EPSG:5186 [a plane of their own]");
  sub->add_option("--time", q.time, "Dates of cases are told to the year, month or day [what the .prm says]")
      ->check(CLI::IsMember({"none", "year", "month", "day"}));
  sub->add_option("--name", s->name, "Goes before the layers' names: NAME.places, NAME.cases, …");
  sub->add_flag("--replace", s->to.replace, "Put the new layers in the place of those with their names");
  sub->callback([s, sub] {
    s->to.city = s->city;
    s->to.kind = "points";
    s->q.prefix = s->name.empty() ? "" : s->name + ".";
    s->to.layer = s->q.prefix + "places";
    s->to.history = command_of(*sub);
    const auto study = import_study(s->q, look_at(s->to));
    for (const auto& note : study.report.notes) spdlog::info("{}", note);
    store(s->q, s->to, study);
    const auto line = [&](const char* name, std::size_t rows) {
      fmt::print("{}{}: {} rows\n", s->q.prefix, name, rows);
    };
    line("places", study.places.size());
    line("cases", study.cases.size());
    if (study.controls) line("controls", study.controls->size());
    if (study.population) line("population", study.population->size());
    if (s->q.parameters.empty()) return;
    for (const auto& key : study.ignored) spdlog::warn("{}: ignored: {}", s->q.parameters.string(), key);
    std::string command = "dosi scan --city " + s->city + " --out RESULT";
    for (auto [name, value] : study.scan) {
      std::replace(name.begin(), name.end(), '_', '-');
      command += " --" + name + (value.empty() ? "" : " " + value);
    }
    fmt::print("asked in the same way:\n{}\n", command);
  });
}

}  // namespace

void add_import_options(CLI::App& import) {
  import.require_subcommand(1);
  add_network(import);
  add_zones(import);
  add_points(import);
  add_raster(import);
  add_study(import);
}

}  // namespace dosi::gis
