#include "io/report/data.hpp"

#include <algorithm>

#include "io/report/topology.hpp"

namespace dosi::report {
namespace {

using result::Table_kind;

const char* name_of(Table_kind k) {
  switch (k) {
    case Table_kind::rows: return "rows";
    case Table_kind::points: return "points";
    case Table_kind::zones: return "zones";
    case Table_kind::grid: return "grid";
    case Table_kind::slice: return "slice";
  }
  return "rows";
}

// Drawn as a surface, not listed row by row.
bool is_surface(Table_kind k) { return k == Table_kind::grid || k == Table_kind::slice; }

// Panels of a result whose job chose none.
Json default_panels(const result::Result& r) {
  Json panels = Json::array();
  for (const auto& t : r.tables()) {
    const auto kind = r.kind(t);
    if (kind == Table_kind::zones || kind == Table_kind::points) panels.push_back({{"kind", "map"}, {"table", t}});
    if (!is_surface(kind)) panels.push_back({{"kind", "table"}, {"table", t}});
  }
  return panels;
}

bool any_panel_of(const Json& panels, const std::string& table) {
  return std::any_of(panels.begin(), panels.end(),
                     [&](const Json& p) { return p.is_object() && text_of(p, "table") == table; });
}

Json problem(Json panel, const char* what, const std::string& name) {
  panel["problem"] = what;
  panel["problem_name"] = name;
  return panel;
}

}  // namespace

std::string text_of(const Json& panel, const char* key) {
  const auto it = panel.find(key);
  return it != panel.end() && it->is_string() ? it->get<std::string>() : std::string();
}

void Page_data::add(const std::filesystem::path& path) {
  const auto r = result::Result::open(path);
  Json tables = Json::object(), schema = Json::array();
  Json panels = panels_of(r, tables);
  for (const auto& t : r.tables()) schema.push_back(schema_json(r, t));
  std::error_code ignored;
  results_.push_back({{"file", path.filename().string()},
                      {"bytes", std::filesystem::file_size(path, ignored)},
                      {"job", r.job()},
                      {"title", result::words(r.title(), r.title_ko().empty() ? r.title() : r.title_ko())},
                      {"crs", r.crs().name},
                      {"summary", r.summary()},
                      {"panels", std::move(panels)},
                      {"tables", std::move(tables)},
                      {"schema", std::move(schema)},
                      {"provenance", r.provenance()}});
}

Json Page_data::panels_of(const result::Result& r, Json& tables) {
  Json wanted = r.panels();
  if (!wanted.is_array() || wanted.empty()) wanted = default_panels(r);
  for (const auto& t : r.tables())
    if (is_surface(r.kind(t)) && !any_panel_of(wanted, t)) wanted.push_back({{"kind", "grid"}, {"table", t}});
  Json out = Json::array();
  for (const auto& p : wanted)
    out.push_back(p.is_object() ? ready(r, p, tables) : problem(Json::object(), "kind", p.dump()));
  return out;
}

// A panel with what it draws, or with the problem that keeps it from being drawn.
Json Page_data::ready(const result::Result& r, const Json& panel, Json& tables) {
  const auto kind = text_of(panel, "kind"), table = text_of(panel, "table"), column = text_of(panel, "column");
  if (kind != "map" && kind != "distribution" && kind != "curve" && kind != "table" && kind != "grid")
    return problem(panel, "kind", kind);
  const auto all = r.tables();
  if (std::find(all.begin(), all.end(), table) == all.end()) return problem(panel, "table", table);
  const auto has_geometry = [&] { return r.kind(table) == Table_kind::zones || r.kind(table) == Table_kind::points; };
  Json out = panel;
  if (kind == "distribution") {
    out["distribution"] = distribution_json(r, table, column, text_of(panel, "weight"));
    return out["distribution"].is_null() ? problem(panel, "column", column) : out;
  }
  if (kind == "curve") {
    const auto x = text_of(panel, "x");
    out["curve"] = curve_json(r, table, x, column);
    return out["curve"].is_null() ? problem(panel, "column", x + ", " + column) : out;
  }
  if (kind == "grid") {
    out["grid"] = is_surface(r.kind(table)) ? grid_json(r, table, panel) : Json();
    return out["grid"].is_null() ? problem(panel, "grid", table) : out;
  }
  if (kind == "map" && !has_geometry()) return problem(panel, "geometry", table);
  if (!need_table(r, table, panel, false, tables)) return problem(panel, "geometry", table);
  if (const auto points = text_of(panel, "points"); kind == "map" && !points.empty()) {
    const bool there = std::find(all.begin(), all.end(), points) != all.end() && r.kind(points) == Table_kind::points;
    if (!there || !need_table(r, points, panel, true, tables)) out.erase("points");
  }
  if (const auto outlines = text_of(panel, "outlines"); kind == "map" && !outlines.empty()) {
    const bool there =
        std::find(all.begin(), all.end(), outlines) != all.end() && r.kind(outlines) == Table_kind::zones;
    if (!there || !need_table(r, outlines, panel, false, tables)) out.erase("outlines");
  }
  return out;
}

bool Page_data::need_table(const result::Result& r, const std::string& name, const Json& panel, bool overlay_only,
                           Json& tables) {
  if (tables.contains(name) && (overlay_only || !tables[name].value("overlay_only", false))) return true;
  std::set<std::string> first;
  for (const auto& p : r.panels())
    if (p.is_object() && text_of(p, "table") == name)
      for (const char* key : {"column", "label", "status", "weight", "first", "sort"}) first.insert(text_of(p, key));
  for (const char* key : {"column", "label", "status", "first", "sort"}) first.insert(text_of(panel, key));
  Json t = table_json(r, name, first, overlay_only);
  t["kind"] = name_of(r.kind(name));
  if (r.kind(name) == Table_kind::zones) {
    const auto polygons = city::read_polygons(r.root().group(name));
    if (polygons.size() != t["rows"].get<std::size_t>())
      throw DataError("{}: {}: has {} rows and {} polygons", r.file_name(), name, t["rows"].get<std::size_t>(),
                      polygons.size());
    Json geometry = as_json(make_topology(polygons));
    const auto [it, is_new] = known_geometries_.try_emplace(geometry.dump(), geometries_.size());
    if (is_new) geometries_.push_back(std::move(geometry));
    t["geometry"] = it->second;
  }
  tables[name] = std::move(t);
  return true;
}

}  // namespace dosi::report
