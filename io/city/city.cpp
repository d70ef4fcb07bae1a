#include "io/city/city.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "io/nearest_name.hpp"

namespace dosi::city {
namespace fs = std::filesystem;
namespace {

bool reserved(const std::string& name) {
  static const std::set<std::string> names{"x",   "y",    "crs",    "point",      "zone",         "node",
                                           "arc", "ring", "vertex", "ring_first", "vertex_first", "ring_is_hole"};
  return names.contains(name);
}

void annotate_coordinates(h5::Group& g) {
  for (const char* axis : {"x", "y"}) {
    if (!g.has(axis)) continue;
    auto d = g.dataset(axis);
    d.set_attribute("standard_name", std::string("projection_") + axis + "_coordinate");
  }
}

// Metres; farther than this from any origin is no place on the earth.
bool on_earth(double x, double y) { return std::abs(x) <= 1e9 && std::abs(y) <= 1e9; }

std::string counted(const char* dimension) { return std::string(dimension) + "_edge"; }

}  // namespace

// ---- building blocks ----

std::string stored_name(std::string column) {
  std::replace(column.begin(), column.end(), '/', '_');
  if (column.empty() || column == ".") column = "column";
  if (reserved(column)) column += "_";
  return column;
}

void check_layer_name(const std::string& name) {
  const bool ok = !name.empty() && name.size() <= 100 && name != "." && name != ".." &&
                  std::all_of(name.begin(), name.end(), [](unsigned char c) {
                    return c >= 0x80 || std::isalnum(c) || c == '-' || c == '_' || c == '.';
                  });
  if (!ok) throw UsageError("'{}' cannot name a layer: use letters, digits, '-', '_' and '.', at most 100 bytes", name);
}

void write_crs(h5::Group& group, const Crs& crs) {
  auto d = group.create_variable("crs", h5::type_of<std::int32_t>(), {});
  const std::int32_t zero = 0;
  d.write_rows(0, 1, &zero);
  d.set_attribute("crs_wkt", crs.wkt);
  d.set_attribute("spatial_ref", crs.wkt);  // the name GDAL looks for
  d.set_attribute("name", crs.name);
}

Crs read_crs(const h5::Group& group) {
  if (!group.has("crs")) throw DataError("{}: {}: has no crs variable", group.file(), group.path());
  const auto d = group.dataset("crs");
  Crs crs{d.string_attribute("name"), d.string_attribute("crs_wkt")};
  if (crs.wkt.empty()) throw DataError("{}: {}: crs has no crs_wkt", group.file(), group.path());
  return crs;
}

void write_table(h5::Group& group, const std::string& dimension, const Table& table) {
  std::set<std::string> used;
  for (const auto& c : table.columns) {
    std::string name = stored_name(c.name);
    while (!used.insert(name).second || group.has(name)) name += "_";
    const h5::VariableOptions o{.units = c.units, .long_name = c.long_name.empty() ? c.name : c.long_name};
    if (const auto* d = std::get_if<std::vector<double>>(&c.values)) {
      stream::write_all<double>(group, name, {dimension}, *d, o)
          .set_attribute("_FillValue", std::numeric_limits<double>::quiet_NaN());
    } else if (const auto* w = std::get_if<std::vector<std::int64_t>>(&c.values)) {
      auto v = stream::write_all<std::int64_t>(group, name, {dimension}, *w, o);
      // xarray turns a whole column with _FillValue into floats, so it is only said where a value is missing.
      if (std::find(w->begin(), w->end(), kMissingWhole) != w->end()) v.set_attribute("_FillValue", kMissingWhole);
    } else {
      stream::write_strings(group, name, {dimension}, std::get<std::vector<std::string>>(c.values), o);
    }
  }
}

Table read_table(const h5::Group& group, const std::string& dimension, const std::vector<std::string>& columns) {
  Table t;
  t.rows = group.dimension_length(dimension);
  std::vector<std::string> names = columns;
  if (names.empty())
    for (const auto& n : group.variables())
      if (!reserved(n)) names.push_back(n);
  for (const auto& n : names) {
    if (reserved(n) && group.has(stored_name(n)))
      throw UsageError("{}: {}: '{}' is part of the layer's geometry; the column of that name is '{}'", group.file(),
                       group.path(), n, stored_name(n));
    if (!group.has(n)) {
      std::string known;
      for (const auto& v : group.variables())
        if (!reserved(v)) known += (known.empty() ? "" : ", ") + v;
      throw UsageError("{}: {}: has no column '{}'; its columns are: {}", group.file(), group.path(), n, known);
    }
    const auto d = group.dataset(n);
    const auto dims = d.dimension_names();
    if (dims.size() != 1 || dims[0] != dimension) {
      if (columns.empty()) continue;
      throw UsageError("{}: {}: is not a column of the layer's rows", group.file(), d.path());
    }
    if (d.rows() != t.rows)
      throw DataError("{}: {}: has {} rows, the layer has {}", group.file(), d.path(), d.rows(), t.rows);
    const std::string units = d.string_attribute("units"), long_name = d.string_attribute("long_name");
    switch (d.type().kind) {
      case h5::Kind::string: t.add(n, stream::read_strings(group, n), long_name).units = units; break;
      case h5::Kind::i64: t.add(n, stream::read_all<std::int64_t>(group, n), units, long_name); break;
      default: t.add(n, stream::read_as_double(group, n), units, long_name);
    }
  }
  return t;
}

void write_polygons(h5::Group& group, const std::string& dimension, const Polygons& p) {
  if (!group.has(dimension)) group.create_dimension(dimension, p.size());
  group.create_dimension(counted(dimension.c_str()), p.ring_first.size());
  group.create_dimension("ring", p.ring_is_hole.size());
  group.create_dimension("ring_edge", p.vertex_first.size());
  group.create_dimension("vertex", p.x.size());
  stream::write_all<std::uint64_t>(group, "ring_first", {counted(dimension.c_str())}, p.ring_first,
                                   {.long_name = "first ring of each polygon, and the number of rings"});
  stream::write_all<std::uint64_t>(group, "vertex_first", {"ring_edge"}, p.vertex_first,
                                   {.long_name = "first vertex of each ring, and the number of vertices"});
  stream::write_all<std::uint8_t>(group, "ring_is_hole", {"ring"}, p.ring_is_hole,
                                  {.long_name = "1 where a ring cuts a hole"});
  stream::write_all<double>(group, "x", {"vertex"}, p.x, {.units = "m", .long_name = "easting of a vertex"});
  stream::write_all<double>(group, "y", {"vertex"}, p.y, {.units = "m", .long_name = "northing of a vertex"});
  annotate_coordinates(group);
}

Polygons read_polygons(const h5::Group& g) {
  Polygons p;
  p.ring_first = stream::read_all<std::uint64_t>(g, "ring_first");
  p.vertex_first = stream::read_all<std::uint64_t>(g, "vertex_first");
  p.ring_is_hole = stream::read_all<std::uint8_t>(g, "ring_is_hole");
  p.x = stream::read_all<double>(g, "x");
  p.y = stream::read_all<double>(g, "y");
  Problems bad;
  const auto ascending = [&](const char* name, const std::vector<std::uint64_t>& v, std::size_t total) {
    if (v.empty() || v.front() != 0 || v.back() != total || !std::is_sorted(v.begin(), v.end()))
      bad.add("{} must rise from 0 to {}", name, total);
  };
  ascending("ring_first", p.ring_first, p.ring_is_hole.size());
  ascending("vertex_first", p.vertex_first, p.x.size());
  if (p.x.size() != p.y.size()) bad.add("x has {} vertices, y has {}", p.x.size(), p.y.size());
  if (p.vertex_first.size() != p.ring_is_hole.size() + 1)
    bad.add("vertex_first has {} rows, {} rings need {}", p.vertex_first.size(), p.ring_is_hole.size(),
            p.ring_is_hole.size() + 1);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: polygons are damaged", g.file(), g.path()));
  for (std::size_t i = 0; i < p.x.size(); ++i)
    if (!on_earth(p.x[i], p.y[i])) bad.add("vertex {} is ({}, {})", i, p.x[i], p.y[i]);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: vertices must be finite, in metres", g.file(), g.path()));
  for (std::size_t z = 0; z < p.size(); ++z)
    if (p.ring_first[z] == p.ring_first[z + 1]) bad.add("zone {} has no ring", z);
  for (std::size_t r = 0; r < p.ring_is_hole.size(); ++r) {
    const auto first = p.vertex_first[r], end = p.vertex_first[r + 1];
    if (end - first < 4)
      bad.add("ring {} has {} vertices; at least 4 are needed, the last as the first", r, end - first);
    else if (p.x[first] != p.x[end - 1] || p.y[first] != p.y[end - 1])
      bad.add("ring {} is not closed: its last vertex must be its first", r);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: polygons are not valid", g.file(), g.path()));
  return p;
}

// ---- reading ----

City City::open(const fs::path& path) {
  City c(h5::File::open(path));
  const auto root = c.root();
  const auto kind = root.string_attribute("dosi_kind");
  if (kind == "result") throw DataError("{}: is a result, a city is needed", path.string());
  if (kind != "city")
    throw DataError("{}: is HDF5 but not a city (no dosi_kind = \"city\"); make one with dosi import or make-city",
                    path.string());
  const auto schema = root.number_attribute("dosi_schema").value_or(0);
  if (schema != kSchema)
    throw DataError("{}: city schema {} is not the schema {} that this program reads", path.string(), schema, kSchema);
  c.crs_ = read_crs(root);
  for (const char* k : kKinds) {
    if (!root.has(k)) continue;
    const auto g = root.group(k);
    for (const auto& n : g.groups()) {
      const auto l = g.group(n);
      const double rows = l.number_attribute("rows").value_or(0);
      if (!(rows >= 0 && rows <= 0x1p53 && rows == std::floor(rows)))
        throw DataError("{}: {}: its attribute rows must be a whole number of 0 or more", path.string(), l.path());
      c.layers_.push_back({k, n, static_cast<std::size_t>(rows)});
    }
  }
  return c;
}

const Layer& City::find(const std::string& reference, const std::vector<std::string>& kinds) const {
  std::string kind, name = reference;
  if (const auto colon = reference.find(':'); colon != std::string::npos) {
    kind = reference.substr(0, colon);
    name = reference.substr(colon + 1);
  }
  const Layer* found = nullptr;
  std::vector<std::string> there, names;
  for (const auto& l : layers_) {
    if (std::find(kinds.begin(), kinds.end(), l.kind) == kinds.end()) continue;
    there.push_back(l.kind + ":" + l.name);
    names.push_back(l.name);
    if (l.name != name || (!kind.empty() && l.kind != kind)) continue;
    if (found != nullptr)
      throw UsageError("{}: '{}' is both {}:{} and {}:{}; say which", file_.name(), reference, found->kind, found->name,
                       l.kind, l.name);
    found = &l;
  }
  if (found == nullptr) {
    const auto near = nearest_name(name, names);
    throw UsageError("{}: no layer '{}' that would do; {}", file_.name(), reference,
                     !near.empty()   ? "did you mean " + near + "?"
                     : there.empty() ? fmt::format("there is none of the kind needed ({})", fmt::join(kinds, ", "))
                                     : fmt::format("there are: {}", fmt::join(there, ", ")));
  }
  return *found;
}

// What the layer says of itself, which the callers of layers() go by.
void City::check_rows(const h5::Group& g, std::size_t rows) const {
  if (const double said = g.number_attribute("rows").value_or(0); said != static_cast<double>(rows))
    throw DataError("{}: {}: its attribute rows says {}, but it has {} rows", g.file(), g.path(), said, rows);
}

Points City::read_points(const std::string& name) const {
  const auto g = root().group("points/" + name);
  Points p;
  p.x = stream::read_all<double>(g, "x");
  p.y = stream::read_all<double>(g, "y");
  Problems bad;
  if (p.x.size() != p.y.size()) bad.add("x has {} rows, y has {}", p.x.size(), p.y.size());
  for (std::size_t i = 0; i < std::min(p.x.size(), p.y.size()); ++i)
    if (!on_earth(p.x[i], p.y[i])) bad.add("row {}: coordinates ({}, {})", i, p.x[i], p.y[i]);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: coordinates must be finite, in metres", g.file(), g.path()));
  p.attributes = read_table(g, "point");
  if (p.attributes.rows != p.size())
    throw DataError("{}: {}: {} rows but {} coordinates", g.file(), g.path(), p.attributes.rows, p.size());
  check_rows(g, p.size());
  return p;
}

Zones City::read_zones(const std::string& name) const {
  const auto g = root().group("zones/" + name);
  Zones z;
  z.polygons = read_polygons(g);
  z.attributes = read_table(g, "zone");
  if (z.attributes.rows != z.polygons.size())
    throw DataError("{}: {}: {} rows but {} polygons", g.file(), g.path(), z.attributes.rows, z.polygons.size());
  check_rows(g, z.size());
  return z;
}

Network City::read_network(const std::string& name) const {
  const auto g = root().group("network/" + name);
  Network n;
  n.node_x = stream::read_all<double>(g, "x");
  n.node_y = stream::read_all<double>(g, "y");
  n.node_id = stream::read_all<std::int64_t>(g, "node_id");
  n.arc_tail = stream::read_all<std::uint32_t>(g, "arc_tail");
  n.arc_head = stream::read_all<std::uint32_t>(g, "arc_head");
  n.arc_length = stream::read_all<double>(g, "arc_length");
  n.arc_class = stream::read_all<std::uint8_t>(g, "arc_class");
  for (const auto& v : g.variables())
    if (v.rfind("time_", 0) == 0) n.times[v.substr(5)] = stream::read_all<std::uint32_t>(g, v);

  Problems bad;
  const auto same = [&](const char* what, std::size_t size, std::size_t expected) {
    if (size != expected) bad.add("{} has {} rows, expected {}", what, size, expected);
  };
  same("y", n.node_y.size(), n.nodes());
  same("node_id", n.node_id.size(), n.nodes());
  same("arc_head", n.arc_head.size(), n.arcs());
  same("arc_length", n.arc_length.size(), n.arcs());
  same("arc_class", n.arc_class.size(), n.arcs());
  for (const auto& [mode, t] : n.times) same(("time_" + mode).c_str(), t.size(), n.arcs());
  if (n.times.empty()) bad.add("has no travel times (time_walk, time_bicycle, time_drive)");
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: network is damaged", g.file(), g.path()));
  for (std::size_t i = 0; i < n.nodes(); ++i)
    if (!on_earth(n.node_x[i], n.node_y[i])) bad.add("node {}: coordinates ({}, {})", i, n.node_x[i], n.node_y[i]);
  for (std::size_t a = 0; a < n.arcs(); ++a) {
    if (n.arc_tail[a] >= n.nodes() || n.arc_head[a] >= n.nodes())
      bad.add("arc {}: from node {} to {}, but there are {} nodes", a, n.arc_tail[a], n.arc_head[a], n.nodes());
    if (!(n.arc_length[a] >= 0) || !std::isfinite(n.arc_length[a]))
      bad.add("arc {}: length {} m; it must be 0 or more", a, n.arc_length[a]);
    if (a > 0 && n.arc_tail[a] < n.arc_tail[a - 1]) bad.add("arc {}: arcs must be sorted by tail", a);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: network is not valid", g.file(), g.path()));
  return n;
}

Raster City::read_raster(const std::string& name) const {
  const auto g = root().group("raster/" + name);
  const auto x = stream::read_all<double>(g, "x"), y = stream::read_all<double>(g, "y");
  Raster r;
  r.columns = x.size();
  r.rows = y.size();
  if (x.empty() || y.empty()) throw DataError("{}: {}: raster is empty", g.file(), g.path());
  r.x0 = x.front();
  r.y0 = y.front();
  r.cell = x.size() > 1 ? x[1] - x[0] : y.size() > 1 ? y[1] - y[0] : 1.0;
  r.values = stream::read_all<float>(g, "values");
  const auto d = g.dataset("values");
  r.units = d.string_attribute("units");
  r.long_name = d.string_attribute("long_name");
  if (r.values.size() != r.columns * r.rows)
    throw DataError("{}: {}: {} values for {} x {} cells", g.file(), g.path(), r.values.size(), r.columns, r.rows);
  return r;
}

namespace {
const char* row_dimension(const Layer& layer) {
  return layer.kind == "zones"     ? "zone"
         : layer.kind == "network" ? "node"
         : layer.kind == "series"  ? "record"
                                   : "point";
}
}  // namespace

Table City::read_attributes(const Layer& layer, const std::vector<std::string>& columns) const {
  return read_table(group(layer), row_dimension(layer), columns);
}

std::vector<std::string> City::column_names(const Layer& layer) const {
  std::vector<std::string> out;
  const auto g = group(layer);
  for (const auto& n : g.variables()) {
    if (reserved(n)) continue;
    const auto dims = g.dataset(n).dimension_names();
    if (dims.size() == 1 && dims[0] == row_dimension(layer)) out.push_back(n);
  }
  return out;
}

// ---- writing ----

City_writer::City_writer(const fs::path& path, const Crs& crs, const std::string& title) : draft_(path), crs_(crs) {
  auto root = draft_.root();
  root.set_attribute("Conventions", "CF-1.10");
  root.set_attribute("dosi_kind", "city");
  root.set_attribute("dosi_schema", kSchema);
  root.set_attribute("title", title.empty() ? path.stem().string() : title);
  write_crs(root, crs);
}

City_writer City_writer::update(const fs::path& path, const std::vector<std::string>& without) {
  const City old = City::open(path);
  City_writer w(path, old.crs(), old.title());
  auto root = w.root();
  const auto from = old.root();
  for (const auto& layer : old.layers()) {
    if (std::find(without.begin(), without.end(), layer.path()) != without.end()) continue;
    auto kind = root.require_group(layer.kind);
    kind.copy_from(from.group(layer.kind), layer.name);
  }
  if (from.has("truth")) root.copy_from(from, "truth");
  return w;
}

h5::Group City_writer::create_layer(const std::string& kind, const std::string& name, const Layer_note& note) {
  check_layer_name(name);
  auto root = draft_.root();
  auto parent = root.require_group(kind);
  if (parent.has(name)) throw UsageError("{}: has a layer {}:{} already", draft_.final_name().string(), kind, name);
  auto g = parent.create_group(name);
  g.set_attribute("dosi_layer", kind);
  g.set_attribute("Conventions", "CF-1.10");
  g.set_attribute("source", note.source);
  g.set_attribute("history", note.history);
  write_crs(g, crs_);
  return g;
}

void City_writer::add(const std::string& name, const Points& p, const Layer_note& note) {
  auto g = create_layer("points", name, note);
  g.set_attribute("rows", static_cast<std::int64_t>(p.size()));
  g.create_dimension("point", p.size());
  stream::write_all<double>(g, "x", {"point"}, p.x, {.units = "m", .long_name = "easting"});
  stream::write_all<double>(g, "y", {"point"}, p.y, {.units = "m", .long_name = "northing"});
  annotate_coordinates(g);
  write_table(g, "point", p.attributes);
}

void City_writer::add(const std::string& name, const Zones& z, const Layer_note& note) {
  auto g = create_layer("zones", name, note);
  g.set_attribute("rows", static_cast<std::int64_t>(z.size()));
  write_polygons(g, "zone", z.polygons);
  write_table(g, "zone", z.attributes);
}

void City_writer::add(const std::string& name, const Network& n, const Layer_note& note) {
  auto g = create_layer("network", name, note);
  g.set_attribute("rows", static_cast<std::int64_t>(n.nodes()));
  g.create_dimension("node", n.nodes());
  g.create_dimension("arc", n.arcs());
  stream::write_all<double>(g, "x", {"node"}, n.node_x, {.units = "m", .long_name = "easting of a node"});
  stream::write_all<double>(g, "y", {"node"}, n.node_y, {.units = "m", .long_name = "northing of a node"});
  annotate_coordinates(g);
  stream::write_all<std::int64_t>(g, "node_id", {"node"}, n.node_id, {.long_name = "number of the node in its source"});
  stream::write_all<std::uint32_t>(g, "arc_tail", {"arc"}, n.arc_tail, {.long_name = "node where an arc starts"});
  stream::write_all<std::uint32_t>(g, "arc_head", {"arc"}, n.arc_head, {.long_name = "node where an arc ends"});
  stream::write_all<double>(g, "arc_length", {"arc"}, n.arc_length, {.units = "m", .long_name = "length of an arc"});
  auto c = stream::write_all<std::uint8_t>(g, "arc_class", {"arc"}, n.arc_class, {.long_name = "class of road"});
  std::string meanings;
  std::vector<std::uint8_t> values;
  for (const char* r : kRoadNames) {
    meanings += (meanings.empty() ? "" : " ") + std::string(r);
    values.push_back(static_cast<std::uint8_t>(values.size()));
  }
  c.set_attribute("flag_values", h5::type_of<std::uint8_t>(), values.data(), values.size());
  c.set_attribute("flag_meanings", meanings);
  for (const auto& [mode, t] : n.times) {
    auto d = stream::write_all<std::uint32_t>(g, "time_" + mode, {"arc"}, t,
                                              {.units = "ms", .long_name = "travel time, " + mode});
    d.set_attribute("_FillValue", h5::type_of<std::uint32_t>(), &kNever);
  }
}

void City_writer::add(const std::string& name, const Raster& r, const Layer_note& note) {
  auto g = create_layer("raster", name, note);
  g.set_attribute("rows", static_cast<std::int64_t>(r.columns * r.rows));
  std::vector<double> x(r.columns), y(r.rows);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = r.x0 + r.cell * static_cast<double>(i);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = r.y0 + r.cell * static_cast<double>(i);
  g.create_coordinate<double>("y", y, {.units = "m", .long_name = "northing of cell centres"});
  g.create_coordinate<double>("x", x, {.units = "m", .long_name = "easting of cell centres"});
  annotate_coordinates(g);
  auto d = stream::write_all<float>(g, "values", {"y", "x"}, r.values, {.units = r.units, .long_name = r.long_name});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  d.set_attribute("_FillValue", h5::type_of<float>(), &nan);
  d.set_attribute("grid_mapping", "crs");
}

// ---- points whose number is not known before ----

Points_writer::Points_writer(City_writer& city, const std::string& name, const Layer_note& note,
                             std::map<std::string, std::size_t> text_bytes)
    : group_(city.create_layer("points", name, note)), text_bytes_(std::move(text_bytes)) {
  group_.create_dimension("point", 0, true);
}

void Points_writer::append(const Points& block) {
  if (writers_.empty()) {
    const auto make = [&](const std::string& variable, h5::Type type, const std::string& units,
                          const std::string& long_name) {
      writers_.emplace_back(
          group_.create_variable(variable, type, {"point"},
                                 {.units = units,
                                  .long_name = long_name,
                                  .extendible = true,
                                  .chunk_rows = std::max<std::size_t>(1024, (1u << 20) / type.size)}));
    };
    make("x", h5::type_of<double>(), "m", "easting");
    make("y", h5::type_of<double>(), "m", "northing");
    for (const auto& c : block.attributes.columns) {
      names_.push_back(c.name);
      h5::Type type = h5::type_of<double>();
      if (std::holds_alternative<std::vector<std::int64_t>>(c.values)) type = h5::type_of<std::int64_t>();
      if (c.is_text()) {
        const auto room = text_bytes_.find(c.name);
        type = h5::string_type(room == text_bytes_.end() ? 64 : room->second);
      }
      make(stored_name(c.name), type, c.units, c.long_name.empty() ? c.name : c.long_name);
    }
    annotate_coordinates(group_);
  }
  if (block.attributes.columns.size() != names_.size())
    throw Error(Exit::internal, fmt::format("{}: a block has {} columns, the first had {}", group_.path(),
                                            block.attributes.columns.size(), names_.size()));
  writers_[0].append<double>(block.x);
  writers_[1].append<double>(block.y);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto& c = block.attributes.columns[i];
    auto& w = writers_[i + 2];
    if (const auto* d = std::get_if<std::vector<double>>(&c.values)) w.append<double>(*d);
    else if (const auto* k = std::get_if<std::vector<std::int64_t>>(&c.values)) w.append<std::int64_t>(*k);
    else {
      const auto room = text_bytes_.find(c.name);
      const std::size_t size = room == text_bytes_.end() ? 64 : room->second;
      std::vector<std::byte> bytes(c.size() * size, std::byte{0});
      const auto& text = std::get<std::vector<std::string>>(c.values);
      for (std::size_t r = 0; r < text.size(); ++r) {
        if (text[r].size() > size)
          throw DataError("{}: column {}: '{}' is longer than {} bytes", group_.path(), c.name, text[r], size);
        std::memcpy(bytes.data() + r * size, text[r].data(), text[r].size());
      }
      w.append_bytes(bytes);
    }
  }
  rows_ += block.size();
}

void Points_writer::finish() {
  for (auto& w : writers_) w.finish();
  writers_.clear();
  auto d = group_.dataset("point");
  d.set_rows(rows_);
  group_.set_attribute("rows", static_cast<std::int64_t>(rows_));
}

}  // namespace dosi::city
