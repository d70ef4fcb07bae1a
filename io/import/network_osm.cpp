// A network from OpenStreetMap. Every node of a street's line becomes a node of the network, so that the geometry
// stays exact and a stretch that the extract cut away costs one segment and not a street. Two passes over the file:
// streets first, then the places of their nodes only, whatever order the file has.
#include <osmium/handler.hpp>
#include <osmium/io/any_input.hpp>
#include <osmium/osm/entity_bits.hpp>
#include <osmium/visitor.hpp>

#include <algorithm>
#include <cmath>

#include "io/import/network.hpp"
#include "io/import/osm_rules.hpp"
#include "io/import/place.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;
namespace {

struct Way_tags : Tags {
  const osmium::TagList& list;
  explicit Way_tags(const osmium::TagList& l) : list(l) {}
  std::string_view get(const char* key) const override {
    const char* v = list.get_value_by_key(key);
    return v == nullptr ? std::string_view() : v;
  }
};

struct Street {
  Way_rule rule;
  std::size_t first = 0, count = 0;  // its node numbers
};

struct Street_reader : osmium::handler::Handler {
  std::vector<Street> streets;
  std::vector<std::int64_t> refs;
  std::uint64_t ways = 0, odd_speeds = 0, closed = 0;
  std::string odd_speed;

  void way(const osmium::Way& way) {
    ++ways;
    if (!way.visible() || way.nodes().size() < 2) return;
    const Way_tags tags(way.tags());
    const auto rule = rule_of(tags);
    if (!rule) return;
    if (rule->odd_speed && odd_speeds++ == 0) odd_speed = fmt::format("way {}: '{}'", way.id(), tags.get("maxspeed"));
    if (!rule->any()) {
      ++closed;
      return;
    }
    streets.push_back({*rule, refs.size(), way.nodes().size()});
    for (const auto& n : way.nodes()) refs.push_back(n.ref());
  }
};

// Places of the wanted nodes, beside their sorted numbers: no index over all nodes, whose size a file could choose.
struct Place_reader : osmium::handler::Handler {
  const std::vector<std::int64_t>& wanted;
  std::vector<double> x, y;
  explicit Place_reader(const std::vector<std::int64_t>& w)
      : wanted(w), x(w.size(), std::nan("")), y(w.size(), std::nan("")) {}

  void node(const osmium::Node& node) {
    if (!node.visible() || !node.location().valid()) return;
    const auto it = std::lower_bound(wanted.begin(), wanted.end(), node.id());
    if (it == wanted.end() || *it != node.id()) return;
    const auto i = static_cast<std::size_t>(it - wanted.begin());
    x[i] = node.location().lon();
    y[i] = node.location().lat();
  }
};

template <class Handler>
void pass(const fs::path& file, osmium::osm_entity_bits::type entities, Handler& handler) {
  try {
    // The format by the name's ending; the name itself goes in as a file, never as an address.
    osmium::io::File source(fs::absolute(file).string());
    osmium::io::Reader reader(source, entities);
    osmium::apply(reader, handler);
    reader.close();
  } catch (const Error&) {
    throw;
  } catch (const std::system_error& e) {
    throw IoError("{}: cannot be read: {}", file.string(), e.what());
  } catch (const std::exception& e) {
    throw DataError("{}: is not OpenStreetMap data as its name says (.osm.pbf, .osm, .osm.gz, .osm.bz2): {}",
                    file.string(), e.what());
  }
}

}  // namespace

Network_import import_osm(const Network_request& q, const Target& target) {
  std::error_code ec;
  if (!fs::exists(q.osm, ec)) throw IoError("{}: there is no such file", q.osm.string());
  if (!fs::is_regular_file(q.osm, ec)) throw IoError("{}: is not a file", q.osm.string());
  if (fs::file_size(q.osm, ec) == 0) throw DataError("{}: is empty", q.osm.string());
  Network_import out;
  auto& report = out.report;
  auto& n = out.network;
  report.kind = "network";
  report.files = {q.osm.string()};

  Street_reader streets;
  pass(q.osm, osmium::osm_entity_bits::way, streets);
  if (streets.streets.empty())
    throw DataError("{}: has {} ways and none of them is a street that may be used", q.osm.string(), streets.ways);
  std::vector<std::int64_t> wanted = streets.refs;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (wanted.size() >= city::kNever)
    throw DataError("{}: has more street nodes than 32 bits can number", q.osm.string());
  Place_reader places(wanted);
  pass(q.osm, osmium::osm_entity_bits::node, places);
  auto &x = places.x, &y = places.y;
  const auto absent =
      static_cast<std::uint64_t>(std::count_if(x.begin(), x.end(), [](double v) { return std::isnan(v); }));
  if (absent == wanted.size()) throw DataError("{}: has none of the nodes that its streets refer to", q.osm.string());
  out.crs = settled_crs(target, q.osm.string(), median(x), median(y), report.notes);
  const auto degrees = crs_named("EPSG:4326", "crs");
  report.source_crs = degrees.name;
  report.city_crs = out.crs.name;
  Projection(degrees, out.crs).apply(x, y);
  std::optional<Box> box;
  if (!q.extent.empty()) box = extent_in(q.extent, out.crs);

  for (const auto& m : q.modes) n.times[m];
  std::vector<std::uint32_t> number(wanted.size(), city::kNever);  // place in `wanted` -> node of the network
  const auto place_of = [&](std::int64_t ref) {
    return static_cast<std::size_t>(std::lower_bound(wanted.begin(), wanted.end(), ref) - wanted.begin());
  };
  std::uint64_t no_place = 0, outside = 0, segments = 0, closed = 0;
  struct Arc {
    std::size_t from, to;
    double length;
    const Way_rule* rule;
    bool ahead;
  };
  std::vector<Arc> arcs;
  const auto usable = [&](const Way_rule& r, bool ahead) {
    return (n.times.contains("drive") && (ahead ? r.drive_ahead : r.drive_back) > 0) ||
           (n.times.contains("walk") && (ahead ? r.walk_ahead : r.walk_back) > 0) ||
           (n.times.contains("bicycle") &&
            ((ahead ? r.ride_ahead : r.ride_back) > 0 || (ahead ? r.push_ahead : r.push_back)));
  };
  for (const auto& s : streets.streets)
    for (std::size_t i = s.first; i + 1 < s.first + s.count; ++i) {
      if (streets.refs[i] == streets.refs[i + 1]) continue;
      ++segments;
      const auto a = place_of(streets.refs[i]), b = place_of(streets.refs[i + 1]);
      if (std::isnan(x[a]) || std::isnan(x[b])) {
        ++no_place;
        continue;
      }
      if (box && !(box->contains(x[a], y[a]) && box->contains(x[b], y[b]))) {
        ++outside;
        continue;
      }
      const double length = std::hypot(x[b] - x[a], y[b] - y[a]);
      if (!usable(s.rule, true) && !usable(s.rule, false)) ++closed;
      for (const bool ahead : {true, false}) {
        if (!usable(s.rule, ahead)) continue;
        arcs.push_back(ahead ? Arc{a, b, length, &s.rule, true} : Arc{b, a, length, &s.rule, false});
        number[a] = number[b] = 0;
      }
    }
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (number[i] == city::kNever) continue;
    number[i] = next++;
    n.node_x.push_back(x[i]);
    n.node_y.push_back(y[i]);
    n.node_id.push_back(wanted[i]);
  }
  for (const auto& a : arcs) {
    const auto& r = *a.rule;
    n.arc_tail.push_back(number[a.from]);
    n.arc_head.push_back(number[a.to]);
    n.arc_length.push_back(a.length);
    n.arc_class.push_back(static_cast<std::uint8_t>(r.road));
    const double ride = (a.ahead ? r.ride_ahead : r.ride_back) * q.bicycle_kmh;
    const bool push = a.ahead ? r.push_ahead : r.push_back;
    for (auto& [mode, t] : n.times) {
      const double kmh = mode == "drive"  ? (a.ahead ? r.drive_ahead : r.drive_back)
                         : mode == "walk" ? (a.ahead ? r.walk_ahead : r.walk_back) * q.walk_kmh
                         : push           ? std::min(q.walk_kmh, q.bicycle_kmh)
                                          : ride;
      t.push_back(milliseconds(a.length, kmh));
    }
  }
  report.read = segments;
  report.kept = segments - no_place - outside - closed;
  report.counts["ways read"] = streets.ways;
  report.counts["ways that are streets"] = streets.streets.size();
  if (streets.closed > 0) report.counts["ways closed to every mode"] = streets.closed;
  if (absent > 0) report.counts["nodes that the extract lacks"] = absent;
  if (no_place > 0) report.counts["segments dropped: a node is not in the extract"] = no_place;
  if (outside > 0) report.counts["segments dropped: outside the extent"] = outside;
  if (closed > 0) report.counts["segments left out: closed to the modes asked for"] = closed;
  if (streets.odd_speeds > 0) {
    report.counts["ways whose maxspeed is not understood"] = streets.odd_speeds;
    report.notes.push_back(
        fmt::format("{}: {} ways have a maxspeed that is not understood and take their class's speed; "
                    "the first is {}",
                    q.osm.string(), streets.odd_speeds, streets.odd_speed));
  }
  if (n.nodes() == 0)
    throw DataError("{}: no segment is left: {} lack a node, {} lie outside the extent, the rest is closed to {}",
                    q.osm.string(), no_place, outside, fmt::join(q.modes, ", "));
  finish_network(out, q.osm.string());
  return out;
}

}  // namespace dosi::imports
