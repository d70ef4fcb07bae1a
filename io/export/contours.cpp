#include "io/export/contours.hpp"

#include <gdal_alg.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "io/error.hpp"

namespace dosi::exports {
namespace {

struct Closer {
  void operator()(GDALDataset* d) const { GDALClose(d); }
};
using Dataset = std::unique_ptr<GDALDataset, Closer>;

void append_ring(city::Polygons& p, const OGRLinearRing& ring, bool hole) {
  for (int i = 0; i < ring.getNumPoints(); ++i) {
    p.x.push_back(ring.getX(i));
    p.y.push_back(ring.getY(i));
  }
  p.vertex_first.push_back(p.x.size());
  p.ring_is_hole.push_back(hole ? 1 : 0);
}

void append_polygon(city::Polygons& p, const OGRPolygon& polygon) {
  append_ring(p, *polygon.getExteriorRing(), false);
  for (int r = 0; r < polygon.getNumInteriorRings(); ++r) append_ring(p, *polygon.getInteriorRing(r), true);
}

// Row 0 of a raster is its northern one, and a cell without a value counts as twice the last level, so that a band
// ends about half a cell beyond the last cell reached.
Dataset raster_of(const Surface& s, std::size_t place, double beyond) {
  const std::size_t nx = s.x.size(), ny = s.y.size();
  auto* driver = GetGDALDriverManager()->GetDriverByName("MEM");
  Dataset d(driver == nullptr
                ? nullptr
                : driver->Create("", static_cast<int>(nx), static_cast<int>(ny), 1, GDT_Float64, nullptr));
  if (d == nullptr) throw Error(Exit::internal, "GDAL has no memory for a raster");
  const double dx = (s.x.back() - s.x.front()) / static_cast<double>(nx - 1),
               dy = (s.y.back() - s.y.front()) / static_cast<double>(ny - 1);
  double at[] = {s.x.front() - dx / 2, dx, 0, s.y.back() + dy / 2, 0, -dy};
  d->SetGeoTransform(at);
  auto values = s.values(place);
  if (values.size() != nx * ny) throw DataError("a surface has {} values for {} cells", values.size(), nx * ny);
  for (double& v : values) v = std::isfinite(v) ? std::min(v, beyond) : beyond;
  for (std::size_t row = 0; row < ny; ++row)
    if (d->GetRasterBand(1)->RasterIO(GF_Write, 0, static_cast<int>(ny - 1 - row), static_cast<int>(nx), 1,
                                      values.data() + row * nx, static_cast<int>(nx), 1, GDT_Float64, 0, 0,
                                      nullptr) != CE_None)
      throw Error(Exit::internal, CPLGetLastErrorMsg());
  return d;
}

}  // namespace

Source contours_of(const Source& surface) {
  const Surface& s = surface.surface;
  Source out;
  out.name = surface.name;
  out.shape = Shape::multipolygon;
  std::vector<std::int64_t> place;
  std::vector<std::string> name;
  std::vector<double> from, to;
  if (!s.levels.empty() && s.x.size() > 1 && s.y.size() > 1) {
    std::string levels;
    for (const double l : s.levels) levels += fmt::format("{}{}", levels.empty() ? "" : ",", l);
    CPLStringList options;
    options.SetNameValue("FIXED_LEVELS", levels.c_str());
    options.SetNameValue("POLYGONIZE", "YES");
    options.SetNameValue("ELEV_FIELD_MIN", "0");
    options.SetNameValue("ELEV_FIELD_MAX", "1");
    for (std::size_t i = 0; i < s.places; ++i) {
      const auto raster = raster_of(s, i, 2 * s.levels.back());
      auto* driver = GetGDALDriverManager()->GetDriverByName("Memory");  // since GDAL 3.11 a part of MEM
      if (driver == nullptr) driver = GetGDALDriverManager()->GetDriverByName("MEM");
      Dataset vector(driver->Create("", 0, 0, 0, GDT_Unknown, nullptr));
      auto* layer = vector == nullptr ? nullptr : vector->CreateLayer("contours", nullptr, wkbMultiPolygon, nullptr);
      if (layer == nullptr) throw Error(Exit::internal, "GDAL has no memory for a layer");
      for (const char* f : {"from", "to"}) {
        OGRFieldDefn field(f, OFTReal);
        layer->CreateField(&field);
      }
      if (GDALContourGenerateEx(raster->GetRasterBand(1), layer, options.List(), nullptr, nullptr) != CE_None)
        throw Error(Exit::internal, std::string("contours: ") + CPLGetLastErrorMsg());
      layer->ResetReading();
      for (OGRFeatureUniquePtr f(layer->GetNextFeature()); f != nullptr; f.reset(layer->GetNextFeature())) {
        const double top = f->GetFieldAsDouble(1);
        const auto level = std::find_if(s.levels.begin(), s.levels.end(),
                                        [&](double l) { return std::abs(l - top) < 1e-9 * std::max(1.0, l); });
        if (level == s.levels.end() || f->GetGeometryRef() == nullptr) continue;
        for (const auto* polygon : *f->GetGeometryRef()->toMultiPolygon()) append_polygon(out.polygons, *polygon);
        out.polygons.ring_first.push_back(out.polygons.ring_is_hole.size());
        place.push_back(static_cast<std::int64_t>(i));
        name.push_back(i < s.names.size() ? s.names[i] : "");
        from.push_back(level == s.levels.begin() ? 0 : *(level - 1));
        to.push_back(*level);
      }
    }
  }
  out.attributes.rows = place.size();
  out.attributes.add("place", std::move(place), "", "row of the place, from 0");
  out.attributes.add("name", std::move(name), "name of the place");
  const std::string suffix = s.units == "min" ? "_min" : "";
  out.attributes.add("from" + suffix, std::move(from), s.units, "from");
  out.attributes.add("to" + suffix, std::move(to), s.units, "to");
  return out;
}

}  // namespace dosi::exports
