#include "io/import/network.hpp"

#include <algorithm>
#include <cmath>

#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

struct Named_road {
  std::string_view prefix;
  city::Road road;
};
using enum city::Road;
// Longest first where one begins another.
constexpr Named_road kRoads[] = {
    {"motorway", motorway},
    {"trunk", trunk},
    {"primary", primary},
    {"secondary", secondary},
    {"tertiary", tertiary},
    {"unclassified", tertiary},
    {"residential", residential},
    {"living_street", residential},
    {"service", service},
    {"track", track},
    {"bridleway", track},
    {"cycleway", cycleway},
    {"footway", footway},
    {"pedestrian", footway},
    {"path", footway},
    {"corridor", footway},
    {"steps", steps},
};

}  // namespace

city::Road road_named(std::string_view name) {
  const std::string n = comparable(name);
  for (const auto& r : kRoads)
    if (n.starts_with(r.prefix)) return r.road;
  return other;
}

double default_speed(city::Road road) {
  switch (road) {
    case motorway: return 100;
    case trunk: return 80;
    case primary: return 60;
    case secondary: return 50;
    case tertiary: return 40;
    case residential: return 30;
    case service: return 20;
    case track: return 15;
    default: return 30;
  }
}

bool has_mode(const Network_request& q, const char* mode) {
  return std::find(q.modes.begin(), q.modes.end(), mode) != q.modes.end();
}

std::uint32_t milliseconds(double metres, double kmh) {
  return kmh > 0 ? milliseconds(metres * 3.6 / kmh) : city::kNever;
}

std::uint32_t milliseconds(double seconds) {
  const double ms = seconds * 1000;
  return ms < static_cast<double>(city::kNever) - 1 ? static_cast<std::uint32_t>(std::llround(ms)) : city::kNever;
}

void finish_network(Network_import& out, const std::string& source) {
  auto& n = out.network;
  std::vector<std::uint8_t> usable(n.arcs(), 0);
  for (const auto& [mode, t] : n.times)
    for (std::size_t a = 0; a < n.arcs(); ++a) usable[a] |= t[a] != city::kNever;
  const auto unused = static_cast<std::uint64_t>(std::count(usable.begin(), usable.end(), 0));
  if (unused > 0) {
    const auto keep = [&](auto& v) {
      std::size_t k = 0;
      for (std::size_t a = 0; a < usable.size(); ++a)
        if (usable[a] != 0) v[k++] = v[a];
      v.resize(k);
    };
    for (auto& [mode, t] : n.times) keep(t);
    keep(n.arc_length);
    keep(n.arc_class);
    keep(n.arc_head);
    keep(n.arc_tail);
    out.report.counts["arcs that no mode can use, not kept"] += unused;
  }
  if (n.arcs() == 0) throw DataError("{}: no arc is left that one of the modes can use", source);
  n.sort_arcs();
  out.report.counts["nodes"] = n.nodes();
  out.report.counts["arcs"] = n.arcs();
  for (const auto& [mode, t] : n.times)
    out.report.counts["arcs for " + mode] =
        n.arcs() - static_cast<std::uint64_t>(std::count(t.begin(), t.end(), city::kNever));
}

Network_import import_network(const Network_request& q, const Target& target) {
  if (q.modes.empty()) throw UsageError("--modes: name at least one of drive, walk, bicycle");
  for (const auto& m : q.modes)
    if (m != "drive" && m != "walk" && m != "bicycle")
      throw UsageError("--modes: '{}' is none of drive, walk, bicycle", m);
  for (const double v : {q.walk_kmh, q.bicycle_kmh})
    if (!(v > 0) || !std::isfinite(v)) throw UsageError("a speed of {} km/h is none to travel at", v);
  return q.osm.empty() ? import_tables(q, target) : import_osm(q, target);
}

}  // namespace dosi::imports
