#include "io/import/raster.hpp"

#include <gdal_priv.h>
#include <gdal_utils.h>
#include <gdalwarper.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "io/export/watched_files.hpp"
#include "io/files.hpp"
#include "io/import/place.hpp"
#include "io/import/quiet.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

constexpr double kMostCells = 2e9;

// Where the file's cells lie: origin at the upper left corner, x = t[0] + column t[1] + row t[2].
struct Frame_of_cells {
  double t[6] = {0, 1, 0, 0, 0, -1};
  bool square() const { return t[2] == 0 && t[4] == 0 && t[1] > 0 && std::fabs(t[1] + t[5]) <= 1e-9 * t[1]; }
};

GDALDatasetUniquePtr open(const std::filesystem::path& file) {
  GDALAllRegister();
  if (!std::filesystem::exists(file)) throw IoError("{}: there is no such file", file.string());
  const auto ending = comparable(file.extension().string());
  const bool alone = ending == ".tif" || ending == ".tiff" || ending == ".asc";  // formats of one file can be watched
  if (!alone) check_readable(file);
  const auto watched = exports::watched(file);
  GDALDatasetUniquePtr d(GDALDataset::FromHandle(GDALOpenEx(
      alone ? watched.c_str() : file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, nullptr, nullptr, nullptr)));
  exports::raise_if_unreadable(file);
  if (d == nullptr || d->GetRasterCount() == 0)
    throw DataError("{}: is no raster that GDAL reads; give a GeoTIFF, say", file.string());
  return d;
}

std::string wkt_of(const GDALDataset& d) {
  const auto* srs = d.GetSpatialRef();
  if (srs == nullptr) return "";
  char* text = nullptr;
  srs->exportToWkt(&text);
  std::string out = text == nullptr ? "" : text;
  CPLFree(text);
  return out;
}

bool same(const city::Crs& a, const city::Crs& b) {
  OGRSpatialReference x, y;
  const char* lenient[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", nullptr};
  return x.importFromWkt(a.wkt.c_str()) == OGRERR_NONE && y.importFromWkt(b.wkt.c_str()) == OGRERR_NONE &&
         x.IsSame(&y, lenient);
}

GDALDatasetUniquePtr one_band(GDALDataset& from, const Raster_request& q) {
  const auto number = std::to_string(q.band);
  CPLStringList options;
  for (const char* s : {"-of", "VRT", "-b", number.c_str()}) options.AddString(s);
  std::unique_ptr<GDALTranslateOptions, void (*)(GDALTranslateOptions*)> parsed(
      GDALTranslateOptionsNew(options.List(), nullptr), GDALTranslateOptionsFree);
  int error = 0;
  GDALDatasetUniquePtr out(
      GDALDataset::FromHandle(GDALTranslate("", GDALDataset::ToHandle(&from), parsed.get(), &error)));
  if (out == nullptr) throw DataError("{}: band {} cannot be read: {}", q.file.string(), q.band, CPLGetLastErrorMsg());
  return out;
}

// The raster in the city's CRS, in cells of this side, within the box.
GDALDatasetUniquePtr warped(GDALDataset& from, const Raster_request& q, const city::Crs& source,
                            const city::Crs& target, double cell, const std::optional<Box>& box) {
  CPLStringList options;
  for (const std::string& s :
       {std::string("-of"), std::string("VRT"), std::string("-s_srs"), source.wkt, std::string("-t_srs"), target.wkt,
        std::string("-r"), q.resampling, std::string("-ot"), std::string("Float64"), std::string("-dstnodata"),
        std::string("nan"), std::string("-tr"), fmt::format("{:.17g}", cell), fmt::format("{:.17g}", cell)})
    options.AddString(s.c_str());
  if (box)
    for (const std::string& s : {std::string("-te"), fmt::format("{:.17g}", box->x0), fmt::format("{:.17g}", box->y0),
                                 fmt::format("{:.17g}", box->x1), fmt::format("{:.17g}", box->y1)})
      options.AddString(s.c_str());
  std::unique_ptr<GDALWarpAppOptions, void (*)(GDALWarpAppOptions*)> parsed(
      GDALWarpAppOptionsNew(options.List(), nullptr), GDALWarpAppOptionsFree);
  GDALDatasetH in = GDALDataset::ToHandle(&from);
  int error = 0;
  GDALDatasetUniquePtr out(GDALDataset::FromHandle(GDALWarp("", nullptr, 1, &in, parsed.get(), &error)));
  if (out == nullptr)
    throw DataError("{}: cannot be brought into {}: {}", q.file.string(), target.name, CPLGetLastErrorMsg());
  return out;
}

// What resampling gives where nothing is asked for.
struct Natural {
  double cell = std::nan(""), width = 0, height = 0;  // m
};
Natural natural_grid(GDALDataset& from, const city::Crs& source, const city::Crs& target) {
  CPLStringList options;
  options.SetNameValue("SRC_SRS", source.wkt.c_str());
  options.SetNameValue("DST_SRS", target.wkt.c_str());
  void* transformer = GDALCreateGenImgProjTransformer2(GDALDataset::ToHandle(&from), nullptr, options.List());
  if (transformer == nullptr) return {};
  double t[6];
  int columns = 0, rows = 0;
  const auto done =
      GDALSuggestedWarpOutput(GDALDataset::ToHandle(&from), GDALGenImgProjTransform, transformer, t, &columns, &rows);
  GDALDestroyGenImgProjTransformer(transformer);
  return done == CE_None ? Natural{t[1], t[1] * columns, t[1] * rows} : Natural{};
}

}  // namespace

Raster_import import_raster(const Raster_request& q, const Target& target) {
  const Quiet quiet;
  Raster_import out;
  auto& report = out.report;
  report.kind = "raster";
  report.files = {q.file.string()};
  const auto whole = open(q.file);
  auto* file = whole.get();
  if (q.band < 1 || q.band > file->GetRasterCount())
    throw UsageError("--band {}: {} has {}", q.band, q.file.string(), file->GetRasterCount());
  if (GDALDataTypeIsComplex(file->GetRasterBand(q.band)->GetRasterDataType()) != 0)
    throw DataError("{}: band {} holds complex numbers", q.file.string(), q.band);
  Frame_of_cells frame;
  if (file->GetGeoTransform(frame.t) != CE_None)
    throw DataError("{}: does not say where its cells lie", q.file.string());

  const double nx = file->GetRasterXSize(), ny = file->GetRasterYSize();
  double middle_x = frame.t[0] + nx / 2 * frame.t[1] + ny / 2 * frame.t[2],
         middle_y = frame.t[3] + nx / 2 * frame.t[4] + ny / 2 * frame.t[5];
  const auto source = source_crs(q.crs, wkt_of(*file), q.file.string(), middle_x, middle_y, report.notes);
  Projection(source, crs_named("EPSG:4326", "crs")).apply(std::span(&middle_x, 1), std::span(&middle_y, 1));
  out.crs = settled_crs(target, q.file.string(), middle_x, middle_y, report.notes);
  report.source_crs = source.name;
  report.city_crs = out.crs.name;
  report.read = static_cast<std::uint64_t>(nx * ny);
  std::optional<Box> box;
  if (!q.extent.empty()) box = extent_in(q.extent, out.crs);

  // The warper takes all bands of what it is given, so it is given a view of one.
  GDALDatasetUniquePtr single;
  if (whole->GetRasterCount() > 1) {
    single = one_band(*whole, q);
    file = single.get();
  }
  auto* band = file->GetRasterBand(1);
  const double scale = band->GetScale(), offset = band->GetOffset();
  out.raster.units = !q.units.empty() ? q.units : band->GetUnitType();
  if (out.raster.units == "metre" || out.raster.units == "meter") out.raster.units = "m";

  GDALDatasetUniquePtr placed;
  const bool as_it_is = same(source, out.crs) && frame.square() && (q.cell == 0 || q.cell == frame.t[1]) && !box;
  const auto natural =
      as_it_is ? Natural{frame.t[1], nx * frame.t[1], ny * frame.t[1]} : natural_grid(*file, source, out.crs);
  if (!(natural.cell > 0)) throw DataError("{}: cannot be brought into {}", q.file.string(), out.crs.name);
  const double cell = q.cell > 0 ? q.cell : natural.cell, width = box ? box->x1 - box->x0 : natural.width,
               height = box ? box->y1 - box->y0 : natural.height;
  if (width / cell * (height / cell) > kMostCells)
    throw DataError("{}: {:.0f} x {:.0f} cells are too many; give --extent or a larger --cell", q.file.string(),
                    width / cell, height / cell);
  if (!as_it_is) {
    placed = warped(*file, q, source, out.crs, cell, box);
    report.notes.push_back(fmt::format("{}: resampled ({}) to square cells of {:g} m in {}", q.file.string(),
                                       q.resampling, cell, out.crs.name));
  }
  auto& from = as_it_is ? *file : *placed;
  if (from.GetGeoTransform(frame.t) != CE_None)
    throw DataError("{}: cannot be brought into {}", q.file.string(), out.crs.name);
  auto& r = out.raster;
  r.columns = static_cast<std::size_t>(from.GetRasterXSize());
  r.rows = static_cast<std::size_t>(from.GetRasterYSize());
  r.cell = frame.t[1];
  r.x0 = frame.t[0] + r.cell / 2;
  r.y0 = frame.t[3] - (static_cast<double>(r.rows) - 0.5) * r.cell;
  r.long_name = q.file.stem().string();
  r.values.resize(r.columns * r.rows);
  auto* read = from.GetRasterBand(1);
  int has_none = 0;
  const double none = read->GetNoDataValue(&has_none);
  std::vector<double> line(r.columns);
  for (std::size_t row = 0; row < r.rows; ++row) {
    const int width = static_cast<int>(r.columns);
    if (read->RasterIO(GF_Read, 0, static_cast<int>(row), width, 1, line.data(), width, 1, GDT_Float64, 0, 0) !=
        CE_None) {
      exports::raise_if_unreadable(q.file);
      throw DataError("{}: row {} cannot be read: {}", q.file.string(), row + 1, CPLGetLastErrorMsg());
    }
    auto* values = r.values.data() + (r.rows - 1 - row) * r.columns;
    for (std::size_t c = 0; c < r.columns; ++c) {
      const bool missing =
          !std::isfinite(line[c]) || (has_none != 0 && static_cast<float>(line[c]) == static_cast<float>(none));
      values[c] = missing ? NAN : static_cast<float>(line[c] * scale + offset);
      report.kept += missing ? 0 : 1;
    }
  }
  exports::raise_if_unreadable(q.file);
  if (report.kept == 0) throw DataError("{}: no cell has a value{}", q.file.string(), box ? " within the extent" : "");
  report.counts["columns"] = r.columns;
  report.counts["rows"] = r.rows;
  report.counts["cells without a value"] = r.columns * r.rows - report.kept;
  return out;
}

}  // namespace dosi::imports
