// Features through OGR. Only formats that are files on this machine: nothing is fetched, whatever a name says.
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>

#include "io/error.hpp"
#include "io/export/watched_files.hpp"
#include "io/files.hpp"
#include "io/import/csv.hpp"
#include "io/import/frame.hpp"
#include "io/import/quiet.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;

void name_fields(std::vector<Field>& fields);  // frame.cpp

namespace {

struct Closer {
  void operator()(GDALDataset* d) const { GDALClose(d); }
};
using Dataset = std::unique_ptr<GDALDataset, Closer>;

Dataset open(const fs::path& file, const std::string& encoding) {
  std::error_code ec;
  if (!fs::exists(file, ec)) throw IoError("{}: there is no such file", file.string());
  if (!fs::is_regular_file(file, ec)) throw IoError("{}: is not a file", file.string());
  if (fs::file_size(file, ec) == 0) throw DataError("{}: is empty", file.string());
  const auto ending = comparable(file.extension().string());
  const bool shapefile = ending == ".shp";
  // SQLite and shapefiles keep several files, which the watch does not know.
  const bool is_watched = !shapefile && ending != ".gpkg";
  if (!is_watched) check_readable(file);
  for (const char* beside : {".dbf", ".shx", ".DBF", ".SHX"}) {
    fs::path part = file;
    if (shapefile && fs::exists(part.replace_extension(beside), ec)) check_readable(part);
  }
  static const bool registered = (GDALAllRegister(), true);
  (void)registered;
  static const char* const formats[] = {"GeoJSON",        "GeoJSONSeq", "TopoJSON", "GPKG",
                                        "ESRI Shapefile", "FlatGeobuf", nullptr};
  // A shapefile that names no encoding is taken by OGR for Latin-1: ask for the bytes as they are.
  CPLStringList options;
  fs::path cpg = file;
  const bool named = fs::exists(cpg.replace_extension(".cpg"), ec) || fs::exists(cpg.replace_extension(".CPG"), ec);
  const auto asked = encoding_named(encoding);
  if (shapefile && (!named || asked)) options.SetNameValue("ENCODING", "");
  CPLErrorReset();
  const auto watched = exports::watched(file);
  const auto name = is_watched ? watched : fs::absolute(file).string();
  Dataset d(GDALDataset::Open(name.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, formats, options.List(), nullptr));
  if (d == nullptr) {
    exports::raise_if_unreadable(file);
    const std::string why = CPLGetLastErrorMsg();
    throw DataError("{}: is not GeoJSON, GeoPackage, Shapefile or FlatGeobuf{}{}", file.string(),
                    why.empty() ? "" : ": ", why);
  }
  return d;
}

OGRLayer* chosen(GDALDataset& d, const std::string& file, const std::string& name) {
  std::string known;
  for (int i = 0; i < d.GetLayerCount(); ++i) known += (i == 0 ? "" : ", ") + std::string(d.GetLayer(i)->GetName());
  if (!name.empty()) {
    OGRLayer* l = d.GetLayerByName(name.c_str());
    if (l == nullptr) throw UsageError("{}: has no layer '{}'; its layers are: {}", file, name, known);
    return l;
  }
  if (d.GetLayerCount() == 0) throw DataError("{}: has no layers", file);
  if (d.GetLayerCount() > 1) throw UsageError("{}: has several layers ({}); choose one with --layer", file, known);
  return d.GetLayer(0);
}

std::string text_of(const OGRFeature& feature, int i) {
  if (!feature.IsFieldSetAndNotNull(i)) return "";
  const auto type = feature.GetFieldDefnRef(i)->GetType();
  if (type == OFTInteger || type == OFTInteger64) return fmt::format("{}", feature.GetFieldAsInteger64(i));
  if (type == OFTReal) return fmt::format("{}", feature.GetFieldAsDouble(i));
  return const_cast<OGRFeature&>(feature).GetFieldAsString(i);
}

}  // namespace

Frame read_features(const fs::path& file, const std::string& layer_name, const std::string& encoding) {
  const Quiet quiet;
  const Dataset dataset = open(file, encoding);
  Frame frame;
  frame.file = file.string();
  OGRLayer* layer = chosen(*dataset, frame.file, layer_name);
  frame.layer = layer->GetName();
  if (const auto* srs = layer->GetSpatialRef()) {
    char* wkt = nullptr;
    const char* const options[] = {"FORMAT=WKT2_2019", nullptr};
    if (srs->exportToWkt(&wkt, options) == OGRERR_NONE && wkt != nullptr) frame.crs = wkt;
    CPLFree(wkt);
  }
  const auto* definition = layer->GetLayerDefn();
  Utf8_check check;
  for (int i = 0; i < definition->GetFieldCount(); ++i) {
    const auto* f = definition->GetFieldDefn(i);
    const auto kind = f->GetType() == OFTInteger || f->GetType() == OFTInteger64 ? Field_kind::whole
                      : f->GetType() == OFTReal                                  ? Field_kind::real
                                                                                 : Field_kind::text;
    check.feed(f->GetNameRef());
    frame.fields.push_back({f->GetNameRef(), kind});
  }
  struct Row {
    std::uint64_t number;
    std::vector<std::string> cells;
    OGRGeometryUniquePtr shape;
  };
  std::vector<Row> rows;
  CPLErrorReset();
  layer->ResetReading();
  for (OGRFeatureUniquePtr feature(layer->GetNextFeature()); feature != nullptr;
       feature.reset(layer->GetNextFeature())) {
    Row row{rows.size() + 1, {}, OGRGeometryUniquePtr(feature->StealGeometry())};
    for (int i = 0; i < feature->GetFieldCount(); ++i) {
      row.cells.push_back(text_of(*feature, i));
      if (frame.fields[static_cast<std::size_t>(i)].kind == Field_kind::text) check.feed(row.cells.back());
    }
    rows.push_back(std::move(row));
  }
  exports::raise_if_unreadable(file);
  if (CPLGetLastErrorType() >= CE_Failure)
    throw DataError("{}: reading stopped after {} features: {}", frame.file, rows.size(), CPLGetLastErrorMsg());
  check.finish();
  if (rows.empty()) throw DataError("{}: layer {} has no features", frame.file, frame.layer);

  const auto asked = encoding_named(encoding);
  const Encoding found = check.bad == 0 ? Encoding::utf8 : asked ? *asked : detected(check);
  frame.encoding = name_of(found);
  Decoder decoder(found);
  std::string text;
  for (auto& f : frame.fields) {
    decoder.decode(f.name, text);
    f.name = text;
  }
  name_fields(frame.fields);
  for (auto& row : rows) {
    bool valid = true;
    for (auto& c : row.cells) {
      valid = decoder.decode(c, text) && valid;
      c = text;
    }
    if (valid) {
      frame.append(row.number, row.cells);
      frame.shapes.push_back(std::move(row.shape));
    } else {
      row.cells.push_back(row.shape == nullptr ? "" : row.shape->exportToWkt());
      frame.faults.add(row.number, fmt::format("text is not valid {}", name_of(found)), std::move(row.cells));
    }
  }
  frame.faults.columns = frame.column_names();
  return frame;
}

}  // namespace dosi::imports
