// A network from two tables. Edges are directed as they stand. Walking ignores one-way streets, so where the table
// has no arc back, one is added that only walkers may use.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "io/import/columns.hpp"
#include "io/import/network.hpp"
#include "io/import/place.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

constexpr const char* kId[] = {"idx",     "id",    "node",   "node_id",    "nodeid",
                               "node_no", "osmid", "노드id", "노드아이디", "노드"};
constexpr const char* kFrom[] = {"u",      "from",       "source", "tail",    "from_node",
                                 "f_node", "start_node", "start",  "시작노드"};
constexpr const char* kTo[] = {"v", "to", "target", "head", "to_node", "t_node", "end_node", "end", "종료노드"};
constexpr const char* kLength[] = {"length_m", "length", "len_m", "len",   "distance_m",
                                   "distance", "dist_m", "dist",  "metres"};
constexpr const char* kSpeed[] = {"speed_kmh", "speed_kph", "speed", "kmh", "maxspeed", "max_spd", "maxspeed_kmh"};
constexpr const char* kTime[] = {"time_s", "travel_time_s", "travel_time", "time", "seconds", "duration_s", "duration"};
constexpr const char* kClass[] = {"class", "highway", "road_class", "fclass", "type", "roadtype", "road_type"};

// "12" and "12.0" are one node.
std::string node_key(std::string_view cell) {
  cell = trimmed(cell);
  if (const auto v = number_in(cell);
      v && *v == std::floor(*v) && std::abs(*v) < 9e15 && !is_code(cell) && !whole_in(cell))
    return fmt::format("{}", static_cast<std::int64_t>(*v));
  return std::string(cell);
}

struct Nodes {
  std::unordered_map<std::string, std::uint32_t> index;  // key -> node
  std::unordered_map<std::string, bool> rejected;        // keys whose row was rejected
};

Nodes read_nodes(const Network_request& q, const Target& target, Network_import& out) {
  const Frame frame = read_table(q.nodes, q.encoding);
  auto& notes = out.report.notes;
  const auto id = find_field(frame, q.columns.id, kId);
  if (!id)
    throw UsageError("{}: no column with the nodes' numbers was found (idx, id, node_id, …); name it with --node-id",
                     frame.file);
  const auto places =
      place(frame, {.x = q.columns.x, .y = q.columns.y, .crs = q.crs, .extent = q.extent, .use_target_extent = false},
            target, notes);
  out.crs = places.city;
  out.report.source_crs = places.source.name;
  out.report.city_crs = places.city.name;
  out.report.encoding = frame.encoding;
  out.report.read = frame.read();

  Nodes nodes;
  Reject_list rejects = frame.faults;
  rejects.part = "nodes";
  bool numbered = true;
  auto& n = out.network;
  std::vector<std::string> keys;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const std::string key = node_key(frame.cell(r, *id));
    std::string reason = places.reason[r];
    if (key.empty()) reason = "the node has no number";
    else if (nodes.index.contains(key)) reason = "the node's number came before";
    if (!reason.empty()) {
      if (!key.empty()) nodes.rejected[key] = true;
      rejects.add(frame.numbers[r], std::move(reason), frame.cells(r));
      continue;
    }
    nodes.index.emplace(key, static_cast<std::uint32_t>(n.nodes()));
    n.node_x.push_back(places.x[r]);
    n.node_y.push_back(places.y[r]);
    const auto whole = whole_in(key);
    numbered = numbered && whole;
    n.node_id.push_back(whole.value_or(0));
    keys.push_back(key);
  }
  if (!numbered) {
    for (std::size_t i = 0; i < n.nodes(); ++i) n.node_id[i] = static_cast<std::int64_t>(i);
    notes.push_back(fmt::format("{}: column '{}' is not numbers throughout: node_id counts the nodes from 0",
                                frame.file, frame.fields[*id].name));
  }
  if (rejects.rows.size() * 2 > frame.read())
    throw DataError("{}: {} of {} rows are bad, the first in row {}: {}", frame.file, rejects.rows.size(), frame.read(),
                    rejects.rows[0].row, rejects.rows[0].reason);
  out.report.rejects.push_back(std::move(rejects));
  return nodes;
}

// One edge of the table, checked.
struct Edge {
  std::uint32_t from = 0, to = 0;
  double length = 0;
  city::Road road = city::Road::other;
  std::uint32_t drive = city::kNever;
};

struct Edge_fields {
  std::size_t from = 0, to = 0;
  std::optional<std::size_t> length, speed, time, road;
};

Edge_fields find_edges(const Frame& frame, const Network_columns& c, std::vector<std::string>& notes) {
  Edge_fields f;
  const auto from = find_field(frame, c.from, kFrom), to = find_field(frame, c.to, kTo);
  if (!from || !to)
    throw UsageError(
        "{}: no columns with the edges' ends were found (u and v, from and to, …); name them with --from and --to",
        frame.file);
  f.from = *from;
  f.to = *to;
  f.length = find_field(frame, c.length, kLength);
  f.speed = find_field(frame, c.speed, kSpeed);
  f.time = find_field(frame, c.time, kTime);
  f.road = find_field(frame, c.road, kClass);
  const auto named = [&](const std::optional<std::size_t>& k) {
    return k ? fmt::format("'{}'", frame.fields[*k].name) : std::string("none");
  };
  notes.push_back(fmt::format("{}: from '{}' to '{}', length (m) {}, speed (km/h) {}, time (s) {}, class {}",
                              frame.file, frame.fields[f.from].name, frame.fields[f.to].name, named(f.length),
                              named(f.speed), named(f.time), named(f.road)));
  return f;
}

// A number that may be absent; a reason if it is there and wrong.
std::optional<double> quantity(const Frame& frame, std::size_t row, const std::optional<std::size_t>& field,
                               const char* what, std::string& reason) {
  if (!field) return std::nullopt;
  const auto cell = frame.cell(row, *field);
  if (trimmed(cell).empty()) return std::nullopt;
  const auto v = number_in(cell);
  if (!v) reason = fmt::format("{} is not a number", what);
  else if (!std::isfinite(*v)) reason = fmt::format("{} is not finite", what);
  else if (*v < 0) reason = fmt::format("{} is negative", what);
  else return v;
  return std::nullopt;
}

std::string read_edge(const Frame& frame, std::size_t r, const Edge_fields& f, const Nodes& nodes,
                      const city::Network& n, Edge& e) {
  for (const auto& [field, end] : {std::pair{f.from, &e.from}, std::pair{f.to, &e.to}}) {
    const std::string key = node_key(frame.cell(r, field));
    if (key.empty()) return "an end is missing";
    const auto it = nodes.index.find(key);
    if (it == nodes.index.end())
      return nodes.rejected.contains(key) ? "an end is a node that was rejected" : "an end is no node of the table";
    *end = it->second;
  }
  std::string reason;
  const auto length = quantity(frame, r, f.length, "length", reason);
  const auto speed = quantity(frame, r, f.speed, "speed", reason);
  const auto time = quantity(frame, r, f.time, "time", reason);
  if (!reason.empty()) return reason;
  e.length = length.value_or(std::hypot(n.node_x[e.to] - n.node_x[e.from], n.node_y[e.to] - n.node_y[e.from]));
  e.road = f.road ? road_named(frame.cell(r, *f.road)) : city::Road::other;
  const bool for_cars = e.road != city::Road::footway && e.road != city::Road::steps && e.road != city::Road::cycleway;
  if (!time && speed && *speed == 0) return "speed is 0";
  if (for_cars) {
    e.drive = time ? milliseconds(*time) : milliseconds(e.length, speed.value_or(default_speed(e.road)));
    if (e.drive == city::kNever) return "the time is too long";
  }
  return "";
}

void add_arc(city::Network& n, std::uint32_t from, std::uint32_t to, double length, city::Road road,
             std::uint32_t drive, std::uint32_t walk, std::uint32_t bicycle) {
  n.arc_tail.push_back(from);
  n.arc_head.push_back(to);
  n.arc_length.push_back(length);
  n.arc_class.push_back(static_cast<std::uint8_t>(road));
  for (auto& [mode, t] : n.times) t.push_back(mode == "drive" ? drive : mode == "walk" ? walk : bicycle);
}

// Edges that walkers may use against their direction and that have no arc of like length the other way.
std::vector<std::size_t> without_return(const std::vector<Edge>& edges) {
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> between;
  const auto slow = [](const Edge& e) { return e.road != city::Road::motorway && e.road != city::Road::trunk; };
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (slow(edges[i]) && edges[i].from != edges[i].to)
      between[std::uint64_t{edges[i].from} << 32 | edges[i].to].push_back(i);
  std::vector<std::uint8_t> paired(edges.size(), 0);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const auto& e = edges[i];
    if (paired[i] != 0 || !slow(e) || e.from == e.to) continue;
    const auto back = between.find(std::uint64_t{e.to} << 32 | e.from);
    bool found = false;
    if (back != between.end())
      for (const auto j : back->second)
        if (paired[j] == 0 && std::abs(edges[j].length - e.length) <= 0.5 + 0.001 * e.length) {
          paired[j] = 1;
          found = true;
          break;
        }
    paired[i] = 1;
    if (!found) out.push_back(i);
  }
  return out;
}

}  // namespace

Network_import import_tables(const Network_request& q, const Target& target) {
  Network_import out;
  auto& n = out.network;
  out.report.kind = "network";
  const Nodes nodes = read_nodes(q, target, out);
  const Frame frame = read_table(q.edges, q.encoding);
  out.report.files = {q.nodes.string(), frame.file};
  const auto fields = find_edges(frame, q.columns, out.report.notes);
  if (!fields.time && !fields.speed)
    out.report.notes.push_back(
        fmt::format("{}: neither time nor speed: drive times from the classes' default speeds", frame.file));

  Reject_list rejects = frame.faults;
  rejects.part = "edges";
  std::vector<Edge> edges;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    Edge e;
    std::string reason = read_edge(frame, r, fields, nodes, n, e);
    if (!reason.empty()) {
      rejects.add(frame.numbers[r], std::move(reason), frame.cells(r));
      continue;
    }
    edges.push_back(e);
    if (q.both_ways && e.from != e.to) {
      std::swap(e.from, e.to);
      edges.push_back(e);
    }
  }
  out.report.read += frame.read();
  if (rejects.rows.size() * 2 > frame.read())
    throw DataError("{}: {} of {} rows are bad, the first in row {}: {}", frame.file, rejects.rows.size(), frame.read(),
                    rejects.rows[0].row, rejects.rows[0].reason);
  out.report.rejects.push_back(std::move(rejects));
  out.report.kept = out.report.read - out.report.rejected();

  for (const auto& m : q.modes) n.times[m];
  const auto on_foot = [&](const Edge& e) {
    return e.road == city::Road::motorway || e.road == city::Road::trunk ? city::kNever
                                                                         : milliseconds(e.length, q.walk_kmh);
  };
  for (const auto& e : edges) {
    const bool ridden = e.road != city::Road::motorway && e.road != city::Road::trunk && e.road != city::Road::steps;
    add_arc(n, e.from, e.to, e.length, e.road, e.drive, on_foot(e),
            ridden ? milliseconds(e.length, q.bicycle_kmh) : city::kNever);
  }
  if (has_mode(q, "walk")) {
    const auto added = without_return(edges);
    for (const auto i : added) {
      const auto& e = edges[i];
      add_arc(n, e.to, e.from, e.length, e.road, city::kNever, on_foot(e), city::kNever);
    }
    out.report.counts["arcs added for walking against one-way streets"] = added.size();
  }
  finish_network(out, frame.file);
  return out;
}

}  // namespace dosi::imports
