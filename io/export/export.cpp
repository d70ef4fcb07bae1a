#include "io/export/export.hpp"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <set>

#include "io/error.hpp"
#include "io/files.hpp"
#include "io/export/contours.hpp"
#include "io/export/raster.hpp"
#include "io/export/sources.hpp"
#include "io/export/watched_files.hpp"

namespace dosi::exports {
namespace fs = std::filesystem;
namespace {

// GDAL's first error, kept and not printed: its GeoPackage driver goes on after some that cost a part of the file.
class Errors {
 public:
  Errors() { CPLPushErrorHandlerEx(note, this); }
  ~Errors() { CPLPopErrorHandler(); }
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;
  const std::string& first() const { return first_; }

 private:
  static void note(CPLErr kind, CPLErrorNum, const char* message) {
    auto& first = static_cast<Errors*>(CPLGetErrorHandlerUserData())->first_;
    if (kind >= CE_Failure && first.empty()) first = *message == '\0' ? "unknown reason" : message;
  }
  std::string first_;
};

struct Format {
  const char* extension;
  const char* driver;
  bool many_layers;
  bool needs_shape;
};
constexpr Format kFormats[] = {
    {".gpkg", "GPKG", true, false}, {".geojson", "GeoJSON", false, true}, {".csv", "CSV", false, false}};

const Format& format_of(const fs::path& to) {
  for (const auto& f : kFormats)
    if (to.extension() == f.extension) return f;
  throw UsageError(
      "{}: '{}' is not a format to export to; possible are .gpkg (GeoPackage), .geojson, .csv, and .tif (GeoTIFF) for "
      "maps",
      to.string(), to.extension().string());
}

std::vector<std::string> chosen(const Sources& sources, const Request& q, const Format& f) {
  if (!q.table.empty()) {
    const auto name = sources.find(q.table);
    if (sources.is_raster(name))
      throw UsageError("{}: '{}' holds maps without levels to draw contours at; export it to .tif", q.from.string(),
                       name);
    if (f.needs_shape && !sources.has_shape(name))
      throw UsageError("{}: '{}' has no places, GeoJSON needs some; export it to .csv or .gpkg", q.from.string(), name);
    return {name};
  }
  auto names = sources.names();
  std::erase_if(names, [&](const auto& n) {
    if (sources.is_raster(n))
      spdlog::warn("{}: '{}' holds maps and is left out; export it to .tif", q.from.string(), n);
    return sources.is_raster(n);
  });
  if (f.needs_shape) std::erase_if(names, [&](const auto& n) { return !sources.has_shape(n); });
  if (names.empty())
    throw UsageError("{}: nothing in it has places, GeoJSON needs some; export to .csv or .gpkg", q.from.string());
  if (names.size() > 1 && !f.many_layers)
    throw UsageError("{}: {} holds one table; choose with --table: {}. A .gpkg holds them all", q.to.string(),
                     f.extension, fmt::join(names, ", "));
  if (names.size() > 1 && !q.layer_name.empty())
    throw UsageError("--layer-name names one layer; choose its table with --table: {}", fmt::join(names, ", "));
  return names;
}

// Names that SQLite, which does not tell Name from name, holds apart.
std::vector<std::string> column_names(const city::Table& t) {
  std::set<std::string> used{"fid", "geom", "ogc_fid", "wkt"};
  std::vector<std::string> out;
  for (const auto& c : t.columns) {
    std::string name = c.name.empty() ? "column" : c.name, low;
    for (;; name += "_") {
      low = name;
      std::transform(low.begin(), low.end(), low.begin(), [](unsigned char ch) {
        return ch < 0x80 ? static_cast<char>(std::tolower(ch)) : static_cast<char>(ch);
      });
      if (used.insert(low).second) break;
    }
    out.push_back(name);
  }
  return out;
}

OGRGeometryUniquePtr geometry_of(const Source& s, std::size_t i) {
  if (s.shape == Shape::point)
    return OGRGeometryUniquePtr(std::isfinite(s.x[i]) && std::isfinite(s.y[i]) ? new OGRPoint(s.x[i], s.y[i])
                                                                               : nullptr);
  if (s.shape == Shape::line) {
    auto* line = new OGRLineString;
    for (const auto k : {2 * i, 2 * i + 1}) line->addPoint(s.x[k], s.y[k]);
    return OGRGeometryUniquePtr(line);
  }
  if (s.shape == Shape::none) return nullptr;
  auto* all = new OGRMultiPolygon;
  OGRPolygon* last = nullptr;
  const auto& p = s.polygons;
  for (auto r = p.ring_first[i]; r < p.ring_first[i + 1]; ++r) {
    auto* ring = new OGRLinearRing;
    for (auto v = p.vertex_first[r]; v < p.vertex_first[r + 1]; ++v) ring->addPoint(p.x[v], p.y[v]);
    if (p.ring_is_hole[r] == 0 || last == nullptr) {
      last = new OGRPolygon;
      all->addGeometryDirectly(last);
    }
    last->addRingDirectly(ring);
  }
  return OGRGeometryUniquePtr(all);
}

void set_field(OGRFeature& f, int k, const city::Column& c, std::size_t row) {
  if (const auto* d = std::get_if<std::vector<double>>(&c.values)) {
    if (std::isfinite((*d)[row])) f.SetField(k, (*d)[row]);
    else f.SetFieldNull(k);
  } else if (const auto* w = std::get_if<std::vector<std::int64_t>>(&c.values)) {
    if ((*w)[row] != city::kMissingWhole) f.SetField(k, static_cast<GIntBig>((*w)[row]));
    else f.SetFieldNull(k);
  } else {
    f.SetField(k, std::get<std::vector<std::string>>(c.values)[row].c_str());
  }
}

class Target {
 public:
  Target(const Request& q, const Format& f, const city::Crs& crs) : q_(q), format_(f) {
    GDALAllRegister();
    if (srs_.importFromWkt(crs.wkt.c_str()) != OGRERR_NONE)
      throw DataError("{}: its CRS {} cannot be read", q.from.string(), crs.name);
    srs_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    // The extension stays last: drivers go by it.
    partial_.path = q.to.parent_path() / (q.to.stem().string() + ".partial" + q.to.extension().string());
    partial_.remove();
    auto* driver = GetGDALDriverManager()->GetDriverByName(f.driver);
    if (driver == nullptr) throw UsageError("{}: this GDAL was built without its driver {}", q.to.string(), f.driver);
    // SQLite looks after its own files; it locks them, and keeps others beside them.
    const auto name = f.many_layers ? partial_.path.string() : watched(partial_.path);
    dataset_.reset(driver->Create(name.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    if (dataset_ == nullptr) fail();
  }

  Exported add(const Source& s, const std::string& name) {
    const bool csv = std::string(format_.driver) == "CSV";
    const bool with_shape = s.shape != Shape::none && !csv;
    CPLStringList options;
    if (csv) {
      options.SetNameValue("WRITE_BOM", "YES");
      if (q_.wkt && s.shape != Shape::none) options.SetNameValue("GEOMETRY", "AS_WKT");
    } else if (std::string(format_.driver) == "GeoJSON") {
      options.SetNameValue("RFC7946", "YES");
      options.SetNameValue("WRITE_NAME", "NO");
    }
    const bool wkt = csv && q_.wkt && s.shape != Shape::none;
    const auto type = !with_shape && !wkt       ? wkbNone
                      : s.shape == Shape::point ? wkbPoint
                      : s.shape == Shape::line  ? wkbLineString
                                                : wkbMultiPolygon;
    auto* layer = dataset_->CreateLayer(name.c_str(), type == wkbNone ? nullptr : &srs_, type, options.List());
    if (layer == nullptr) fail();
    const bool xy = csv && s.shape == Shape::point;
    for (const char* axis : {"x", "y"}) {
      OGRFieldDefn field(axis, OFTReal);
      if (xy && layer->CreateField(&field) != OGRERR_NONE) fail();
    }
    const int first = xy ? 2 : 0;
    const auto names = column_names(s.attributes);
    for (std::size_t k = 0; k < names.size(); ++k) {
      const auto& c = s.attributes.columns[k];
      OGRFieldDefn field(names[k].c_str(), c.is_text()                                             ? OFTString
                                           : std::holds_alternative<std::vector<double>>(c.values) ? OFTReal
                                                                                                   : OFTInteger64);
      field.SetAlternativeName((c.units.empty() ? c.long_name : fmt::format("{} [{}]", c.long_name, c.units)).c_str());
      if (layer->CreateField(&field, FALSE) != OGRERR_NONE) fail();
    }
    const bool transaction =
        dataset_->TestCapability(ODsCTransactions) != 0 && dataset_->StartTransaction() == OGRERR_NONE;
    for (std::size_t i = 0; i < s.attributes.rows; ++i) {
      OGRFeature feature(layer->GetLayerDefn());
      if (xy && std::isfinite(s.x[i])) feature.SetField(0, s.x[i]);
      if (xy && std::isfinite(s.y[i])) feature.SetField(1, s.y[i]);
      for (std::size_t k = 0; k < names.size(); ++k)
        set_field(feature, first + static_cast<int>(k), s.attributes.columns[k], i);
      if (type != wkbNone) feature.SetGeometry(geometry_of(s, i).get());
      if (layer->CreateFeature(&feature) != OGRERR_NONE) fail();
    }
    if (transaction && dataset_->CommitTransaction() != OGRERR_NONE) fail();
    return {name, s.attributes.rows};
  }

  void publish() {
    dataset_->FlushCache(true);
    dataset_.reset();
    if (!errors_.first().empty() || watched_error() != 0) fail();
    h5::publish(partial_.path, q_.to);
  }

 private:
  struct Closer {
    void operator()(GDALDataset* d) const { GDALClose(d); }
  };
  // What is not published goes, and with it what SQLite keeps beside it.
  struct Partial {
    fs::path path;
    ~Partial() { remove(); }
    void remove() const {
      std::error_code ignored;
      for (const char* also : {"", "-journal", "-wal", "-shm"}) fs::remove(path.string() + also, ignored);
    }
  };
  [[noreturn]] void fail() const {
    std::string why = watched_error() != 0 ? std::strerror(watched_error()) : errors_.first();
    if (const auto at = why.rfind(") failed: "); at != std::string::npos)
      why.erase(0, at + 10);  // the statement before it
    throw IoError("{}: cannot be written: {}", q_.to.string(), why.empty() ? "unknown reason" : why);
  }
  const Errors errors_;
  const Request& q_;
  const Format& format_;
  OGRSpatialReference srs_;
  Partial partial_;
  std::unique_ptr<GDALDataset, Closer> dataset_;  // closed before what it wrote goes
};

}  // namespace

std::vector<Exported> export_file(const Request& q) {
  const bool raster = q.to.extension() == ".tif" || q.to.extension() == ".tiff";
  if (!raster) format_of(q.to);
  if (!raster && !q.column.empty()) throw UsageError("--column: chooses the map of a .tif");
  h5::check_replaceable(q.to);
  if (fs::exists(q.to) && !q.overwrite) throw UsageError("{}: exists; give --overwrite or another name", q.to.string());
  check_folder(q.to);
  if (raster) return export_raster(q);
  const Format& format = format_of(q.to);
  const Sources sources(q.from);
  const auto names = chosen(sources, q, format);
  Target target(q, format, sources.crs());
  std::vector<Exported> out;
  for (const auto& n : names) {
    Source s = sources.read(n);
    if (s.is_surface) s = contours_of(s);
    out.push_back(target.add(s, q.layer_name.empty() ? s.name : q.layer_name));
  }
  target.publish();
  return out;
}

}  // namespace dosi::exports
