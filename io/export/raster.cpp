#include "io/export/raster.hpp"

#include <fmt/format.h>
#include <gdal_priv.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>

#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/export/watched_files.hpp"
#include "io/result/result.hpp"

namespace dosi::exports {
namespace fs = std::filesystem;
namespace {

// The maps of one variable, read one at a time.
struct Maps {
  city::Crs crs;
  std::string name, units, label;
  std::vector<double> x, y;
  std::vector<std::string> bands;
  std::function<std::vector<double>(std::size_t)> values;  // [y][x], rows from the south
};

bool ends_in_a_map(const std::vector<std::string>& dimensions) {
  return dimensions.size() >= 2 && dimensions[dimensions.size() - 2] == "y" && dimensions.back() == "x";
}

std::vector<std::string> variables_of(const h5::Group& g) {
  std::vector<std::string> out;
  for (const auto& name : g.variables())
    if (g.dataset(name).type().kind != h5::Kind::string && ends_in_a_map(g.dataset(name).dimension_names()))
      out.push_back(name);
  return out;
}

// What each step of a dimension is called: the label of a row, the number of an axis.
std::vector<std::string> steps_of(const result::Result& r, const h5::Group& g, const std::string& dimension,
                                  std::size_t length) {
  std::vector<std::string> out;
  if (dimension == g.string_attribute("row_dimension")) {
    const auto places = g.string_attribute("places");
    const auto all = r.tables();
    if (std::find(all.begin(), all.end(), places) != all.end())
      for (const char* column : {"label", "name"}) {
        const auto t = r.flat_columns(places, {column});
        if (const auto* c = t.find(column); c != nullptr && out.empty()) out = c->as_text();
      }
  } else if (g.has(dimension) && !g.dataset(dimension).is_bare_dimension()) {
    for (const double v : stream::read_as_double(g, dimension))
      out.push_back(fmt::format("{:g} {}", v, g.dataset(dimension).string_attribute("units")));
  }
  for (std::size_t i = out.size(); i < length; ++i) out.push_back(fmt::format("{} {}", dimension, i + 1));
  return out;
}

Maps maps_of(const Request& q, const result::Result& r) {
  auto tables = r.tables();
  std::erase_if(tables, [&](const auto& t) { return r.kind(t) != result::Table_kind::grid; });
  if (tables.empty()) throw UsageError("{}: has no maps; export it to .gpkg, .geojson or .csv", q.from.string());
  if (q.table.empty() && tables.size() > 1)
    throw UsageError("{}: choose a table of maps with --table: {}", q.from.string(), fmt::join(tables, ", "));
  const auto table = q.table.empty() ? tables[0] : q.table;
  if (std::find(tables.begin(), tables.end(), table) == tables.end())
    throw UsageError("{}: '{}' is no table of maps; there {}: {}", q.from.string(), table,
                     tables.size() == 1 ? "is" : "are", fmt::join(tables, ", "));
  const auto held = std::make_shared<h5::Group>(r.root().group(table));
  const auto& g = *held;
  const auto variables = variables_of(g);
  if (q.column.empty() && variables.size() > 1)
    throw UsageError("{}: choose a variable of {} with --column: {}", q.from.string(), table,
                     fmt::join(variables, ", "));
  const auto name = q.column.empty() && !variables.empty() ? variables[0] : q.column;
  if (std::find(variables.begin(), variables.end(), name) == variables.end())
    throw UsageError("{}: {} has no map '{}'; it has: {}", q.from.string(), table, name, fmt::join(variables, ", "));
  const auto d = g.dataset(name);
  Maps m{.crs = r.crs(),
         .name = name,
         .units = d.string_attribute("units"),
         .label = d.string_attribute("long_name"),
         .x = stream::read_as_double(g, "x"),
         .y = stream::read_as_double(g, "y"),
         .bands = {""},
         .values = {}};
  const auto dimensions = d.dimension_names();
  for (std::size_t i = 0; i + 2 < dimensions.size(); ++i) {
    const auto steps = steps_of(r, g, dimensions[i], d.shape()[i]);
    std::vector<std::string> longer;
    for (const auto& b : m.bands)
      for (const auto& s : steps) longer.push_back(b.empty() ? s : b + ", " + s);
    m.bands = std::move(longer);
  }
  const bool times = m.units == "ms";
  if (times) m.units = "min";
  const auto fill = d.number_attribute("_FillValue");
  const std::size_t cells = m.x.size() * m.y.size(), rows = dimensions.size() > 2 ? d.rows() : 1,
                    a_row = m.bands.size() / std::max<std::size_t>(1, rows);
  m.values = [held, name, fill, times, cells, a_row, flat = dimensions.size() == 2](std::size_t band) {
    auto v = flat ? stream::read_as_double(*held, name) : stream::read_rows_as_double(*held, name, band / a_row, 1);
    if (!flat && a_row > 1)
      v = std::vector<double>(v.begin() + static_cast<std::ptrdiff_t>(band % a_row * cells),
                              v.begin() + static_cast<std::ptrdiff_t>((band % a_row + 1) * cells));
    for (double& a : v) a = fill && a == *fill ? std::nan("") : times ? a / 60'000 : a;
    return v;
  };
  return m;
}

Maps maps_of(const Request& q, const city::City& c) {
  std::vector<std::string> names;
  for (const auto& l : c.layers())
    if (l.kind == "raster") names.push_back(l.name);
  if (names.empty())
    throw UsageError("{}: has no raster; export its layers to .gpkg, .geojson or .csv", q.from.string());
  if (q.table.empty() && names.size() > 1)
    throw UsageError("{}: choose a raster with --layer: {}", q.from.string(), fmt::join(names, ", "));
  const auto name = q.table.empty() ? names[0] : c.find(q.table, {"raster"}).name;
  const auto raster = c.read_raster(name);
  Maps m{.crs = c.crs(),
         .name = name,
         .units = raster.units,
         .label = raster.long_name,
         .x = {},
         .y = {},
         .bands = {raster.long_name},
         .values = {}};
  for (std::size_t i = 0; i < raster.columns; ++i) m.x.push_back(raster.x0 + raster.cell * static_cast<double>(i));
  for (std::size_t i = 0; i < raster.rows; ++i) m.y.push_back(raster.y0 + raster.cell * static_cast<double>(i));
  m.values = [raster](std::size_t) { return std::vector<double>(raster.values.begin(), raster.values.end()); };
  return m;
}

// Written beside its name, which it takes when it is whole.
class Geotiff {
 public:
  Geotiff(const Request& q, const Maps& m) : q_(q), m_(m) {
    GDALAllRegister();
    partial_ = q.to.parent_path() / (q.to.stem().string() + ".partial.tif");
    remove();
    auto* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
    if (driver == nullptr) throw UsageError("{}: this GDAL was built without its driver GTiff", q.to.string());
    const char* options[] = {"COMPRESS=DEFLATE", "PREDICTOR=3", "BIGTIFF=IF_SAFER", nullptr};
    file_.reset(driver->Create(watched(partial_).c_str(), static_cast<int>(m.x.size()), static_cast<int>(m.y.size()),
                               static_cast<int>(m.bands.size()), GDT_Float32, const_cast<char**>(options)));
    if (file_ == nullptr) fail();
    const double cell = m.x.size() > 1 ? m.x[1] - m.x[0] : m.y.size() > 1 ? m.y[1] - m.y[0] : 1;
    double frame[] = {m.x.front() - cell / 2, cell, 0, m.y.back() + cell / 2, 0, -cell};
    file_->SetGeoTransform(frame);
    OGRSpatialReference srs;
    if (srs.importFromWkt(m.crs.wkt.c_str()) != OGRERR_NONE)
      throw DataError("{}: its CRS {} cannot be read", q.from.string(), m.crs.name);
    file_->SetSpatialRef(&srs);
  }
  ~Geotiff() {
    file_.reset();
    remove();
  }
  Geotiff(const Geotiff&) = delete;
  Geotiff& operator=(const Geotiff&) = delete;

  void write(std::size_t band) {
    auto* b = file_->GetRasterBand(static_cast<int>(band + 1));
    b->SetNoDataValue(std::nan(""));
    b->SetDescription((m_.bands[band].empty() ? m_.label : m_.bands[band]).c_str());
    b->SetUnitType(m_.units.c_str());
    b->SetMetadataItem("name", m_.name.c_str());
    b->SetMetadataItem("long_name", m_.label.c_str());
    const auto values = m_.values(band);
    const auto width = static_cast<int>(m_.x.size());
    std::vector<float> line(m_.x.size());
    for (std::size_t row = 0; row < m_.y.size(); ++row) {
      const auto* from = values.data() + (m_.y.size() - 1 - row) * m_.x.size();
      for (std::size_t c = 0; c < line.size(); ++c) line[c] = static_cast<float>(from[c]);
      if (b->RasterIO(GF_Write, 0, static_cast<int>(row), width, 1, line.data(), width, 1, GDT_Float32, 0, 0) !=
          CE_None)
        fail();
    }
  }
  void publish() {
    file_->FlushCache(true);
    file_.reset();
    if (watched_error() != 0) fail();
    h5::publish(partial_, q_.to);
  }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* also : {"", ".aux.xml"}) fs::remove(partial_.string() + also, ignored);
  }
  [[noreturn]] void fail() const {
    throw IoError("{}: cannot be written: {}", q_.to.string(),
                  watched_error() != 0 ? std::strerror(watched_error()) : CPLGetLastErrorMsg());
  }
  const Request& q_;
  const Maps& m_;
  fs::path partial_;
  GDALDatasetUniquePtr file_;
};

}  // namespace

std::vector<Exported> export_raster(const Request& q) {
  const bool is_city = h5::File::open(q.from).root().string_attribute("dosi_kind") == "city";
  const Maps m = is_city ? maps_of(q, city::City::open(q.from)) : maps_of(q, result::Result::open(q.from));
  Geotiff file(q, m);
  for (std::size_t b = 0; b < m.bands.size(); ++b) file.write(b);
  file.publish();
  return {{m.name, m.bands.size()}};
}

}  // namespace dosi::exports
