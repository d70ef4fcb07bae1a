#include "io/export/sources.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"
#include "io/result/naming.hpp"

namespace dosi::exports {
namespace {

constexpr double kMsPerMinute = 60'000;

// Milliseconds as minutes, and the column's name says so.
void in_minutes(city::Table& t) {
  for (auto& c : t.columns) {
    if (c.units != "ms" || c.is_text()) continue;
    auto values = c.as_numbers();
    for (double& v : values) v /= kMsPerMinute;
    c.values = std::move(values);
    c.name += "_min";
    c.units = "min";
  }
}

// x and y as numbers, taken out of the attributes.
std::vector<double> take(city::Table& t, const std::string& name, const std::string& file) {
  const auto it = std::find_if(t.columns.begin(), t.columns.end(), [&](const auto& c) { return c.name == name; });
  if (it == t.columns.end()) throw DataError("{}: a table of points has no column {}", file, name);
  auto values = it->as_numbers();
  t.columns.erase(it);
  return values;
}

bool exportable(const city::Layer& l) { return l.kind == "zones" || l.kind == "points" || l.kind == "network"; }

}  // namespace

Sources::Sources(const std::filesystem::path& path) : file_(path.string()) {
  const auto kind = h5::File::open(path).root().string_attribute("dosi_kind");
  if (kind == "city") {
    city_.push_back(city::City::open(path));
    crs_ = city_[0].crs();
    for (const auto& l : city_[0].layers()) {
      if (!exportable(l)) continue;
      const bool twice = std::count_if(city_[0].layers().begin(), city_[0].layers().end(),
                                       [&](const auto& o) { return exportable(o) && o.name == l.name; }) > 1;
      names_.push_back(twice ? l.kind + ":" + l.name : l.name);
    }
  } else {
    result_.push_back(result::Result::open(path));
    crs_ = result_[0].crs();
    names_ = result_[0].tables();
  }
  if (names_.empty()) throw UsageError("{}: holds nothing that can be exported", file_);
}

std::string Sources::find(const std::string& reference) const {
  const auto name =
      reference.starts_with("zones:") || reference.starts_with("points:") || reference.starts_with("network:")
          ? reference.substr(reference.find(':') + 1)
          : reference;
  for (const auto& candidate : {reference, name})
    if (std::find(names_.begin(), names_.end(), candidate) != names_.end()) return candidate;
  throw UsageError("{}: has no {} '{}'; there {}: {}", file_, city_.empty() ? "table" : "layer", reference,
                   names_.size() == 1 ? "is" : "are", fmt::join(names_, ", "));
}

bool Sources::has_shape(const std::string& name) const {
  return !city_.empty() || result_[0].kind(name) != result::Table_kind::rows;
}

bool Sources::is_raster(const std::string& name) const {
  return city_.empty() && result_[0].kind(name) == result::Table_kind::grid &&
         !result_[0].root().group(name).has("cutoff");
}

Source Sources::read(const std::string& name) const {
  Source s = city_.empty() ? read_table(name) : read_layer(name);
  in_minutes(s.attributes);
  return s;
}

Source Sources::read_table(const std::string& name) const {
  const auto& r = result_[0];
  Source s;
  s.name = name;
  const auto kind = r.kind(name);
  if (kind == result::Table_kind::grid) {
    s.shape = Shape::multipolygon;
    s.is_surface = true;
    s.surface = read_surface(name);
    return s;
  }
  if (kind == result::Table_kind::slice) return read_slice(name);
  s.attributes = r.flat_table(name);
  if (kind == result::Table_kind::points) {
    s.shape = Shape::point;
    s.x = take(s.attributes, "x", file_);
    s.y = take(s.attributes, "y", file_);
  } else if (kind == result::Table_kind::zones) {
    s.shape = Shape::multipolygon;
    s.polygons = city::read_polygons(r.root().group(name));
    if (s.polygons.size() != s.attributes.rows)
      throw DataError("{}: {}: has {} rows and {} polygons", file_, name, s.attributes.rows, s.polygons.size());
  }
  return s;
}

Source Sources::read_slice(const std::string& table) const {
  const auto g = result_[0].root().group(table);
  const auto row = g.string_attribute("row_dimension");
  const auto x = stream::read_as_double(g, "x"), y = stream::read_as_double(g, "y"),
             distance = stream::read_as_double(g, "distance"), height = stream::read_as_double(g, "height");
  const std::size_t rows = g.dimension_length(row), columns = distance.size(), cells = columns * height.size();
  const auto names = result::place_names(result_[0], g.string_attribute("places"));
  Source s{.name = table, .shape = Shape::point, .attributes = {}, .x = {}, .y = {}, .polygons = {}, .surface = {}};
  s.attributes.rows = rows * cells;
  std::vector<std::string> of;
  std::vector<double> along, high;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < cells; ++c) {
      s.x.push_back(x[c % columns]);
      s.y.push_back(y[c % columns]);
      along.push_back(distance[c % columns]);
      high.push_back(height[c / columns]);
      of.push_back(r < names.size() ? names[r] : fmt::format("{} {}", row, r + 1));
    }
  s.attributes.add(row, std::move(of), g.string_attribute("places", row));
  s.attributes.add("distance", std::move(along), g.dataset("distance").string_attribute("units"),
                   g.dataset("distance").string_attribute("long_name"));
  s.attributes.add("height", std::move(high), g.dataset("height").string_attribute("units"),
                   g.dataset("height").string_attribute("long_name"));
  for (const auto& v : g.variables()) {
    const auto d = g.dataset(v);
    const auto dimensions = d.dimension_names();
    const bool still = dimensions == std::vector<std::string>{"height", "distance"};
    if (d.type().kind == h5::Kind::string ||
        (!still && dimensions != std::vector<std::string>{row, "height", "distance"}))
      continue;
    const auto held = stream::read_as_double(g, v);
    std::vector<double> values;
    for (std::size_t i = 0; i < rows * cells; ++i) values.push_back(held[i % held.size()]);
    s.attributes.add(v, std::move(values), d.string_attribute("units"), d.string_attribute("long_name"));
  }
  return s;
}

Surface Sources::read_surface(const std::string& table) const {
  const auto g = result_[0].root().group(table);
  const auto row = g.string_attribute("row_dimension");
  std::string variable;
  for (const auto& v : g.variables())
    if (variable.empty() && g.dataset(v).type().kind != h5::Kind::string &&
        g.dataset(v).dimension_names() == std::vector<std::string>{row, "y", "x"})
      variable = v;
  if (variable.empty())
    throw UsageError("{}: {}: has no variable over {}, y and x to draw contours of", file_, table, row);
  Surface s;
  s.x = stream::read_as_double(g, "x");
  s.y = stream::read_as_double(g, "y");
  const auto d = g.dataset(variable);
  s.places = d.rows();
  s.units = d.string_attribute("units");
  const bool times = s.units == "ms";
  if (times) s.units = "min";
  if (!g.has("cutoff")) throw UsageError("{}: {}: has no levels (variable cutoff) to draw contours at", file_, table);
  for (const double v : stream::read_as_double(g, "cutoff")) s.levels.push_back(times ? v / 60 : v);
  std::sort(s.levels.begin(), s.levels.end());
  const auto fill = d.number_attribute("_FillValue");
  s.values = [this, table, variable, fill, times](std::size_t place) {
    auto v = stream::read_rows_as_double(result_[0].root().group(table), variable, place, 1);
    for (double& a : v) a = fill && a == *fill ? std::nan("") : times ? a / kMsPerMinute : a;
    return v;
  };
  s.names = result::place_names(result_[0], g.string_attribute("places"));
  return s;
}

Source Sources::read_layer(const std::string& name) const {
  const auto& c = city_[0];
  const auto& layer = c.find(name, {"zones", "points", "network"});
  Source s;
  s.name = layer.name;
  if (layer.kind == "zones") {
    auto zones = c.read_zones(layer.name);
    s.shape = Shape::multipolygon;
    s.polygons = std::move(zones.polygons);
    s.attributes = std::move(zones.attributes);
  } else if (layer.kind == "points") {
    auto points = c.read_points(layer.name);
    s.shape = Shape::point;
    s.x = std::move(points.x);
    s.y = std::move(points.y);
    s.attributes = std::move(points.attributes);
    s.attributes.rows = s.x.size();
  } else {
    const auto n = c.read_network(layer.name);
    s.shape = Shape::line;
    s.attributes.rows = n.arcs();
    std::vector<std::int64_t> tail(n.arc_tail.begin(), n.arc_tail.end()), head(n.arc_head.begin(), n.arc_head.end());
    std::vector<std::string> road;
    for (std::size_t a = 0; a < n.arcs(); ++a) {
      for (const auto v : {n.arc_tail[a], n.arc_head[a]}) {
        s.x.push_back(n.node_x[v]);
        s.y.push_back(n.node_y[v]);
      }
      road.emplace_back(n.arc_class[a] < std::size(city::kRoadNames) ? city::kRoadNames[n.arc_class[a]] : "other");
    }
    s.attributes.add("tail", std::move(tail), "", "node where the arc starts");
    s.attributes.add("head", std::move(head), "", "node where the arc ends");
    s.attributes.add("length", n.arc_length, "m", "length");
    s.attributes.add("class", std::move(road), "class of road");
    for (const auto& [mode, times] : n.times) {
      std::vector<double> ms;
      for (const auto t : times) ms.push_back(t == city::kNever ? std::nan("") : t);
      s.attributes.add("time_" + mode, std::move(ms), "ms", "travel time");
    }
  }
  return s;
}

}  // namespace dosi::exports
