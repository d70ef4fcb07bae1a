#include "host/access/origins.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/geometry/locate.hpp"
#include "io/error.hpp"

namespace dosi::access {
namespace {

using geometry::kNoZone;

// Numbers that may be summed: missing counts as nothing and is said, negative is an error.
std::vector<double> amounts(const city::City& city, const city::Layer& layer, const std::string& column,
                            const char* parameter) {
  const auto table = city.read_attributes(layer, {column});
  if (table.columns.at(0).is_text())
    throw UsageError("{}: column '{}' of {}:{} holds text; numbers are needed", parameter, column, layer.kind,
                     layer.name);
  auto values = table.columns[0].as_numbers();
  Problems bad;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      ++missing;
      values[i] = 0;
    } else if (values[i] < 0 || std::isinf(values[i])) {
      bad.add("row {}: {}", i, values[i]);
    }
  }
  if (bad.empty() && !std::isfinite(std::accumulate(values.begin(), values.end(), 0.0)))
    bad.add("their sum is too large for a number");
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}:{}: column '{}' must hold amounts of 0 or more",
                                               city.file_name(), layer.kind, layer.name, column));
  if (missing > 0)
    spdlog::warn("{}:{}: column '{}' is missing in {} of {} rows; they count as 0", layer.kind, layer.name, column,
                 missing, values.size());
  return values;
}

std::string label_column(const city::City& city, const city::Layer& layer, const Question& q) {
  if (!q.zone_label.empty()) return q.zone_label;
  const auto names = city.column_names(layer);
  for (const char* usual : {"name", "adm_nm", "NAME", "Name", "nm", "label", "code", "id"})
    if (std::find(names.begin(), names.end(), usual) != names.end()) return usual;
  for (const auto& n : names)
    if (city.group(layer).dataset(n).type().kind == h5::Kind::string) return n;
  return "";
}

}  // namespace

Zone_frame read_zone_frame(const city::City& city, const Question& q) {
  Zone_frame f;
  const auto& origins = city.find(q.origins, {"zones", "points"});
  if (origins.kind != "zones" && q.zones.empty()) return f;
  const auto& layer = q.zones.empty() ? origins : city.find(q.zones, {"zones"});
  if (origins.kind == "zones" && layer.name != origins.name)
    throw UsageError("zones: the origins are the zones '{}' themselves; leave zones out", origins.name);
  f.layer = layer.name;
  f.zones = city.read_zones(layer.name);
  if (f.zones.size() == 0) throw DataError("{}: zones:{}: is empty", city.file_name(), layer.name);
  const auto column = label_column(city, layer, q);
  if (!column.empty()) {
    const auto* c = f.zones.attributes.find(column);
    if (c == nullptr) city.read_attributes(layer, {column});  // says which columns there are
    f.label = c->as_text();
  } else {
    for (std::size_t z = 0; z < f.zones.size(); ++z) f.label.push_back(fmt::format("zone {}", z));
  }
  return f;
}

Origins read_origins(const city::City& city, const Question& q, const Zone_frame& frame, const std::vector<Edge>& edges,
                     const city::Network& network) {
  Origins o;
  const auto& layer = city.find(q.origins, {"zones", "points"});
  std::vector<std::vector<double>> people;
  for (const auto& g : q.groups) people.push_back(amounts(city, layer, g, "groups"));
  o.group_names = q.groups;
  if (o.group_names.empty()) {
    o.group_names.push_back("all");
    people.emplace_back(layer.rows, 1.0);
  }

  if (layer.kind == "points") {
    auto points = city.read_points(layer.name);
    if (points.size() == 0)
      throw DataError("{}: points:{}: is empty; there is nobody to start", city.file_name(), layer.name);
    o.x = std::move(points.x);
    o.y = std::move(points.y);
    o.people = std::move(people);
    if (frame.any()) {
      const geometry::Zone_locator locator(frame.zones.polygons);
      o.zone.resize(o.size());
#pragma omp parallel for schedule(static)
      for (std::size_t i = 0; i < o.size(); ++i) o.zone[i] = locator.find(o.x[i], o.y[i]);
    }
    return o;
  }

  o.sampled = true;
  const std::size_t zones = frame.zones.size();
  std::vector<double> share;  // of its zone's people, before they are made to sum to 1
  std::vector<double> total(zones, 0);
  if (q.sample == "streets") {
    std::vector<double> length(network.nodes(), 0);
    for (const Edge& e : edges) {
      const double half =
          std::hypot(network.node_x[e.b] - network.node_x[e.a], network.node_y[e.b] - network.node_y[e.a]) / 2;
      length[e.a] += half;
      length[e.b] += half;
    }
    const geometry::Zone_locator locator(frame.zones.polygons);
    std::vector<std::uint32_t> zone(network.nodes(), kNoZone);
#pragma omp parallel for schedule(static)
    for (std::size_t v = 0; v < network.nodes(); ++v)
      if (length[v] > 0) zone[v] = locator.find(network.node_x[v], network.node_y[v]);
    for (std::size_t v = 0; v < network.nodes(); ++v) {
      if (zone[v] == kNoZone) continue;
      o.x.push_back(network.node_x[v]);
      o.y.push_back(network.node_y[v]);
      o.zone.push_back(zone[v]);
      share.push_back(length[v]);
      total[zone[v]] += length[v];
    }
  }
  for (std::uint32_t z = 0; z < zones; ++z) {
    if (total[z] > 0) continue;
    const auto [x, y] = geometry::point_inside(frame.zones.polygons, z);
    o.x.push_back(x);
    o.y.push_back(y);
    o.zone.push_back(z);
    share.push_back(1);
    total[z] = 1;
  }
  for (const auto& column : people) {
    auto& out = o.people.emplace_back(o.size());
    for (std::size_t i = 0; i < o.size(); ++i) out[i] = column[o.zone[i]] * (share[i] / total[o.zone[i]]);
  }
  return o;
}

Destinations read_destinations(const city::City& city, const Question& q) {
  Destinations d;
  const auto& layer = city.find(q.destinations, {"points", "zones"});
  d.layer = layer.name;
  if (layer.kind == "points") {
    auto points = city.read_points(layer.name);
    d.x = std::move(points.x);
    d.y = std::move(points.y);
    d.attributes = std::move(points.attributes);
  } else {
    auto zones = city.read_zones(layer.name);
    for (std::size_t z = 0; z < zones.size(); ++z) {
      const auto [x, y] = geometry::point_inside(zones.polygons, z);
      d.x.push_back(x);
      d.y.push_back(y);
    }
    d.attributes = std::move(zones.attributes);
  }
  if (d.size() == 0)
    throw DataError("{}: {}:{}: is empty; there is nowhere to go", city.file_name(), layer.kind, layer.name);
  for (const auto& name : q.opportunities)
    d.opportunities.push_back(name == "count" && d.attributes.find("count") == nullptr
                                  ? std::vector<double>(d.size(), 1.0)
                                  : amounts(city, layer, name, "opportunities"));
  // A column that is an opportunity too is read, and what it lacks said, once.
  const auto same = std::find(q.opportunities.begin(), q.opportunities.end(), q.supply);
  if (!q.supply.empty())
    d.supply = same != q.opportunities.end() && q.supply != "count"
                   ? d.opportunities[static_cast<std::size_t>(same - q.opportunities.begin())]
                   : amounts(city, layer, q.supply, "supply");
  return d;
}

}  // namespace dosi::access
