// The layers of a city in memory. Coordinates are metres in the city's projected CRS, times are whole
// milliseconds. docs/city.md says how each one lies in the file.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace dosi::city {

inline constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();  // no travel this way
inline constexpr std::int64_t kMissingWhole = std::numeric_limits<std::int64_t>::min();

// One attribute of a layer's rows. Missing: NaN, kMissingWhole, or the empty text.
struct Column {
  std::string name, units, long_name;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;

  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
  bool is_text() const { return std::holds_alternative<std::vector<std::string>>(values); }
  std::vector<double> as_numbers() const;    // missing as NaN; text throws DataError
  std::vector<std::string> as_text() const;  // numbers in their shortest form
};

struct Table {
  std::size_t rows = 0;
  std::vector<Column> columns;

  const Column* find(const std::string& name) const;
  Column& add(std::string name, std::vector<double> v, std::string units = "", std::string long_name = "");
  Column& add(std::string name, std::vector<std::int64_t> v, std::string units = "", std::string long_name = "");
  Column& add(std::string name, std::vector<std::string> v, std::string long_name = "");
};

struct Points {
  std::vector<double> x, y;
  Table attributes;
  std::size_t size() const { return x.size(); }
};

// Multipolygons: zone i has rings ring_first[i] .. ring_first[i + 1], ring r has vertices
// vertex_first[r] .. vertex_first[r + 1], closed (first = last). Exterior rings run counter-clockwise,
// holes clockwise and after the exterior they cut.
struct Polygons {
  std::vector<std::uint64_t> ring_first{0}, vertex_first{0};
  std::vector<std::uint8_t> ring_is_hole;
  std::vector<double> x, y;
  std::size_t size() const { return ring_first.size() - 1; }
};

struct Zones {
  Polygons polygons;
  Table attributes;
  std::size_t size() const { return polygons.size(); }
};

enum class Road : std::uint8_t {
  other,
  motorway,
  trunk,
  primary,
  secondary,
  tertiary,
  residential,
  service,
  track,
  cycleway,
  footway,
  steps
};
inline constexpr const char* kRoadNames[] = {"other",       "motorway", "trunk", "primary",  "secondary", "tertiary",
                                             "residential", "service",  "track", "cycleway", "footway",   "steps"};

// Directed arcs between nodes, sorted by tail; an arc is a straight segment. times[mode][arc] is in
// milliseconds, kNever where the mode may not use the arc. Modes: walk, bicycle, drive.
struct Network {
  std::vector<double> node_x, node_y;
  std::vector<std::int64_t> node_id;  // the source's own number
  std::vector<std::uint32_t> arc_tail, arc_head;
  std::vector<double> arc_length;       // metres
  std::vector<std::uint8_t> arc_class;  // Road
  std::map<std::string, std::vector<std::uint32_t>> times;
  std::size_t nodes() const { return node_x.size(); }
  std::size_t arcs() const { return arc_tail.size(); }
  void sort_arcs();  // by tail, then head, then length; keeps multi-edges
};

// Values at cell centres; row 0 is the southernmost.
struct Raster {
  std::size_t columns = 0, rows = 0;
  double x0 = 0, y0 = 0, cell = 1;  // centre of cell (0, 0); metres
  std::vector<float> values;        // [row][column], NaN: no data
  std::string units, long_name;
};

// Records of places over time: counts of cases, populations. place: rows of the layer `places` ("points:clinics").
struct Series {
  std::string places;
  std::vector<std::int64_t> place;
  std::vector<double> time;    // in `time_units`, NaN: no time is told
  std::string time_units;      // CF, e.g. "days since 1970-01-01"
  std::string time_precision;  // "year", "month" or "day" where times stand for more than an instant
  Table attributes;
  std::size_t size() const { return place.size(); }
};

}  // namespace dosi::city
