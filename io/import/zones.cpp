#include "io/import/zones.hpp"

#include <algorithm>
#include <cmath>

#include "io/import/columns.hpp"
#include "io/import/place.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

// GEOS says why a polygon is not valid through the error handler.
struct Listener {
  std::string heard;
  Listener() { CPLPushErrorHandlerEx(hear, this); }
  ~Listener() { CPLPopErrorHandler(); }
  static void hear(CPLErr, CPLErrorNum, const char* text) {
    auto* self = static_cast<Listener*>(CPLGetErrorHandlerUserData());
    if (self->heard.empty()) self->heard = text;
  }
  std::string reason() const {
    for (const char* known :
         {"Self-intersection", "Ring Self-intersection", "Hole lies outside shell", "Holes are nested",
          "Interior is disconnected", "Nested shells", "Duplicate Rings", "Too few points"})
      if (heard.starts_with(known)) return fmt::format("invalid polygon: {}", comparable(known));
    if (heard.find("Points of LinearRing do not form a closed") != std::string::npos)
      return "invalid polygon: ring not closed";
    if (heard.find("Invalid number of points in LinearRing") != std::string::npos)
      return "invalid polygon: too few points";
    return "invalid polygon";
  }
};

bool finite(const OGRGeometry& g) {
  bool ok = true;
  struct Visitor : OGRDefaultConstGeometryVisitor {
    bool& ok;
    explicit Visitor(bool& o) : ok(o) {}
    using OGRDefaultConstGeometryVisitor::visit;
    void visit(const OGRPoint* p) override { ok = ok && std::isfinite(p->getX()) && std::isfinite(p->getY()); }
  } visitor(ok);
  g.accept(&visitor);
  return ok;
}

// The polygons of a geometry, or none if it holds anything with no area.
std::vector<const OGRPolygon*> polygons_of(const OGRGeometry& g) {
  std::vector<const OGRPolygon*> out;
  const auto type = wkbFlatten(g.getGeometryType());
  if (type == wkbPolygon) {
    out.push_back(g.toPolygon());
  } else if (type == wkbMultiPolygon) {
    for (const auto* part : *g.toMultiPolygon())
      if (!part->IsEmpty()) out.push_back(part);
  }
  return out;
}

// What MakeValid gives may hold points and lines; the polygons in it.
OGRGeometryUniquePtr areas_of(const OGRGeometry& g) {
  auto all = std::make_unique<OGRMultiPolygon>();
  const auto take = [&](auto&& self, const OGRGeometry& part) -> void {
    const auto type = wkbFlatten(part.getGeometryType());
    if (type == wkbPolygon) all->addGeometry(&part);
    else if (OGR_GT_IsSubClassOf(type, wkbGeometryCollection))
      for (const auto* p : *part.toGeometryCollection()) self(self, *p);
  };
  take(take, g);
  return OGRGeometryUniquePtr(all.release());
}

// Makes the shape one that a city takes, or says why not.
std::string settle(OGRGeometryUniquePtr& shape, bool repair, bool degrees, std::uint64_t& repaired) {
  if (shape == nullptr) return "no geometry";
  if (shape->IsEmpty()) return "empty geometry";
  if (shape->hasCurveGeometry()) shape.reset(shape->getLinearGeometry());
  shape->flattenTo2D();
  const auto type = wkbFlatten(shape->getGeometryType());
  if (type != wkbPolygon && type != wkbMultiPolygon)
    return fmt::format("not a polygon: {}", OGRGeometryTypeToName(type));
  if (!finite(*shape)) return "coordinates are not finite";
  shape->closeRings();
  if (degrees) {
    OGREnvelope e;
    shape->getEnvelope(&e);
    if (e.MaxY > 90 || e.MinY < -90)
      return std::max(std::abs(e.MinX), std::abs(e.MaxX)) <= 90 && std::max(std::abs(e.MinY), std::abs(e.MaxY)) <= 180
                 ? "latitude and longitude swapped"
                 : "coordinates are not degrees";
  }
  Listener listener;
  if (shape->IsValid() && !polygons_of(*shape).empty()) return "";
  const std::string why = listener.reason();
  if (!repair) return why;
  OGRGeometryUniquePtr valid(shape->MakeValid());
  if (valid != nullptr) valid = areas_of(*valid);
  if (valid == nullptr || valid->IsEmpty() || !valid->IsValid()) return why + ", and cannot be repaired";
  shape = std::move(valid);
  ++repaired;
  return "";
}

void add_ring(city::Polygons& out, const OGRLinearRing& ring, bool hole, const Projection& to_city) {
  std::vector<double> x, y;
  for (int i = 0; i < ring.getNumPoints(); ++i) {
    x.push_back(ring.getX(i));
    y.push_back(ring.getY(i));
  }
  to_city.apply(x, y);
  double area = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    area += (x[i] - x[0]) * (y[i + 1] - y[0]) - (x[i + 1] - x[0]) * (y[i] - y[0]);
  if ((area < 0) != hole) {
    std::reverse(x.begin(), x.end());
    std::reverse(y.begin(), y.end());
  }
  if (!x.empty()) x.back() = x.front(), y.back() = y.front();
  out.x.insert(out.x.end(), x.begin(), x.end());
  out.y.insert(out.y.end(), y.begin(), y.end());
  out.vertex_first.push_back(out.x.size());
  out.ring_is_hole.push_back(hole ? 1 : 0);
}

void drop_last(city::Polygons& p) {
  p.ring_first.pop_back();
  const auto rings = p.ring_first.back();
  p.ring_is_hole.resize(rings);
  p.vertex_first.resize(rings + 1);
  p.x.resize(p.vertex_first.back());
  p.y.resize(p.vertex_first.back());
}

// Adds one zone; a reason if it turns out to have no place in the city.
std::string add_zone(city::Polygons& out, const OGRGeometry& shape, const Projection& to_city,
                     const std::optional<Box>& box) {
  const std::size_t first = out.x.size();
  for (const auto* polygon : polygons_of(shape)) {
    add_ring(out, *polygon->getExteriorRing(), false, to_city);
    for (int h = 0; h < polygon->getNumInteriorRings(); ++h) add_ring(out, *polygon->getInteriorRing(h), true, to_city);
  }
  out.ring_first.push_back(out.ring_is_hole.size());
  bool inside = !box;
  for (std::size_t i = first; i < out.x.size(); ++i) {
    if (!std::isfinite(out.x[i])) {
      drop_last(out);
      return "cannot be reprojected";
    }
    inside = inside || box->contains(out.x[i], out.y[i]);
  }
  if (inside) return "";
  drop_last(out);
  return "outside the city";
}

void join_table(const Join_request& q, const Frame& frame, const std::vector<std::size_t>& rows, Zones_import& out) {
  if (q.table_key.empty() || q.zone_key.empty())
    throw UsageError("--join needs --join-on (columns of {}) and --zone-key (columns of {})", q.file.string(),
                     frame.file);
  const auto key_fields = fields_named(frame, q.zone_key);
  std::vector<std::string> keys;
  for (const auto r : rows) {
    keys.emplace_back();
    for (const auto f : key_fields) {
      if (!keys.back().empty()) keys.back() += ' ';
      keys.back() += trimmed(frame.cell(r, f));
    }
  }
  const Frame table = read_table(q.file, q.encoding);
  auto result = match(keys, table, q.table_key);
  std::vector<std::size_t> zones, table_rows;
  for (std::size_t z = 0; z < keys.size(); ++z)
    if (result.row_of_zone[z] != static_cast<std::size_t>(-1))
      zones.push_back(z), table_rows.push_back(result.row_of_zone[z]);
  const auto used = fields_named(table, q.table_key);
  auto& attributes = out.zones.attributes;
  for (const auto f : kept_fields(table, {}, used)) {
    auto column = make_column(table, f, table_rows, out.report.notes);
    if (attributes.find(column.name) != nullptr) {
      out.report.notes.push_back(fmt::format("{}: column '{}' becomes '{}_joined': the zones have one of that name",
                                             table.file, column.name, column.name));
      column.name += "_joined";
    }
    std::visit(
        [&](auto& matched) {
          using Vector = std::decay_t<decltype(matched)>;
          typename Vector::value_type missing{};
          if constexpr (std::is_same_v<Vector, std::vector<double>>) missing = std::nan("");
          if constexpr (std::is_same_v<Vector, std::vector<std::int64_t>>) missing = city::kMissingWhole;
          Vector spread(keys.size(), missing);
          for (std::size_t i = 0; i < zones.size(); ++i) spread[zones[i]] = std::move(matched[i]);
          matched = std::move(spread);
        },
        column.values);
    attributes.columns.push_back(std::move(column));
  }
  out.report.files.push_back(table.file);
  out.report.joins.push_back(std::move(result.report));
}

}  // namespace

Zones_import import_zones(const Zones_request& q, const Target& target) {
  Zones_import out;
  auto& report = out.report;
  Frame frame = read_frame(q.file, q.layer, q.encoding, Shapes::always);
  if (frame.shapes.empty())
    throw DataError("{}: has no polygons; a table needs a column wkt or geometry with polygons as WKT", frame.file);
  fields_named(frame, q.columns);
  report.kind = "zones";
  report.files = {frame.file};
  report.encoding = frame.encoding;
  report.read = frame.read();

  std::vector<double> mx, my;
  for (const auto& s : frame.shapes) {
    if (s == nullptr || s->IsEmpty()) continue;
    OGREnvelope e;
    s->getEnvelope(&e);
    mx.push_back((e.MinX + e.MaxX) / 2);
    my.push_back((e.MinY + e.MaxY) / 2);
  }
  double lon = median(mx), lat = median(my);
  if (!std::isfinite(lon)) throw DataError("{}: no feature has a geometry", frame.file);
  const auto source = source_crs(q.crs, frame.crs, frame.file, lon, lat, report.notes);
  const bool degrees = is_geographic(source);
  Projection(source, crs_named("EPSG:4326", "crs")).apply(std::span(&lon, 1), std::span(&lat, 1));
  out.crs = settled_crs(target, frame.file, lon, lat, report.notes);
  report.source_crs = source.name;
  report.city_crs = out.crs.name;
  std::optional<Box> box;
  if (!q.extent.empty()) box = extent_in(q.extent, out.crs);

  const Projection to_city(source, out.crs);
  Reject_list rejects = frame.faults;
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    OGRGeometryUniquePtr shape(frame.shapes[r] == nullptr ? nullptr : frame.shapes[r]->clone());
    std::string reason = settle(shape, q.repair, degrees, report.repaired);
    if (reason.empty()) reason = add_zone(out.zones.polygons, *shape, to_city, box);
    if (reason.empty()) rows.push_back(r);
    else rejects.add(frame.numbers[r], std::move(reason), frame.cells(r));
  }
  report.kept = rows.size();
  report.rejects.push_back(std::move(rejects));
  if (rows.empty()) {
    Problems none;
    for (const auto& [reason, n] : report.rejected_by_reason()) none.add("{} features: {}", n, reason);
    none.raise_if_any(Exit::bad_data, fmt::format("{}: no zone is left", frame.file));
  }
  out.zones.attributes.rows = rows.size();
  for (const auto f : kept_fields(frame, q.columns, {}))
    out.zones.attributes.columns.push_back(make_column(frame, f, rows, report.notes));
  if (!q.join.file.empty()) join_table(q.join, frame, rows, out);
  return out;
}

}  // namespace dosi::imports
