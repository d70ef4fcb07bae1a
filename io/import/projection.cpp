#include "io/import/projection.hpp"

#include <ogr_spatialref.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/import/quiet.hpp"

namespace dosi::imports {
namespace {

OGRSpatialReference reference(const city::Crs& crs) {
  const Quiet quiet;
  OGRSpatialReference srs;
  if (srs.SetFromUserInput(crs.wkt.c_str(), OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get()) != OGRERR_NONE)
    throw DataError("the coordinate reference system {} cannot be read: {}", crs.name, CPLGetLastErrorMsg());
  srs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return srs;
}

}  // namespace

city::Crs crs_named(const std::string& text, const std::string& what) {
  const Quiet quiet;
  OGRSpatialReference srs;
  CPLErrorReset();
  if (text.empty() ||
      srs.SetFromUserInput(text.c_str(), OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get()) != OGRERR_NONE)
    throw UsageError("{}: '{}' is not a coordinate reference system; give one such as EPSG:4326 or EPSG:5186", what,
                     text);
  city::Crs crs;
  const char* authority = srs.GetAuthorityName(nullptr);
  const char* code = srs.GetAuthorityCode(nullptr);
  crs.name = authority != nullptr && code != nullptr ? fmt::format("{}:{}", authority, code)
             : srs.GetName() != nullptr              ? srs.GetName()
                                                     : text;
  char* wkt = nullptr;
  const char* const options[] = {"FORMAT=WKT2_2019", "MULTILINE=NO", nullptr};
  if (srs.exportToWkt(&wkt, options) == OGRERR_NONE && wkt != nullptr) crs.wkt = wkt;
  CPLFree(wkt);
  if (crs.wkt.empty()) throw UsageError("{}: '{}' cannot be written as WKT", what, text);
  return crs;
}

bool is_geographic(const city::Crs& crs) { return reference(crs).IsGeographic() != 0; }

city::Crs crs_for(double longitude, double latitude) {
  if (longitude > 124 && longitude < 132 && latitude > 33 && latitude < 39.5) return crs_named("EPSG:5186", "crs");
  const int zone = std::clamp(static_cast<int>(std::floor((longitude + 180) / 6)) + 1, 1, 60);
  return crs_named(fmt::format("EPSG:{}", (latitude < 0 ? 32700 : 32600) + zone), "crs");
}

void check_city_crs(const city::Crs& crs, double longitude, double latitude) {
  const auto srs = reference(crs);
  if (srs.IsProjected() == 0 || std::abs(srs.GetLinearUnits() - 1) > 1e-9)
    throw UsageError("city CRS {}: a city needs a projected system in metres; {} would do here", crs.name,
                     crs_for(longitude, latitude).name);
  const Projection p(crs_named("EPSG:4326", "crs"), crs);
  const double step = 0.005, radius = 6371008.8, rad = std::acos(-1.0) / 180;
  double x[] = {longitude - step, longitude + step, longitude, longitude};
  double y[] = {latitude, latitude, latitude - step, latitude + step};
  p.apply(x, y);
  const double east = std::hypot(x[1] - x[0], y[1] - y[0]) / (2 * step * rad * radius * std::cos(latitude * rad));
  const double north = std::hypot(x[3] - x[2], y[3] - y[2]) / (2 * step * rad * radius);
  for (const double scale : {east, north})
    if (!(std::abs(scale - 1) < 0.02))
      throw UsageError("city CRS {}: a metre in it is {:.3f} metres on the ground here; {} would do", crs.name,
                       1 / scale, crs_for(longitude, latitude).name);
}

struct Projection::Impl {
  std::unique_ptr<OGRCoordinateTransformation> transform;  // none: the same system
};

Projection::Projection(const city::Crs& from, const city::Crs& to) : impl_(std::make_unique<Impl>()) {
  auto a = reference(from), b = reference(to);
  const Quiet quiet;
  if (a.IsSame(&b) != 0) return;
  impl_->transform.reset(OGRCreateCoordinateTransformation(&a, &b));
  if (impl_->transform == nullptr) throw DataError("no way is known from {} to {}", from.name, to.name);
}
Projection::~Projection() = default;
Projection::Projection(Projection&&) noexcept = default;

void Projection::apply(std::span<double> x, std::span<double> y) const {
  if (impl_->transform == nullptr) return;
  const Quiet quiet;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<int> ok(std::min<std::size_t>(x.size(), 1u << 16));
  for (std::size_t first = 0; first < x.size(); first += ok.size()) {
    const std::size_t n = std::min(ok.size(), x.size() - first);
    std::fill(ok.begin(), ok.end(), 0);
    impl_->transform->Transform(static_cast<int>(n), x.data() + first, y.data() + first, nullptr, ok.data());
    for (std::size_t i = 0; i < n; ++i)
      if (ok[i] == 0 || !std::isfinite(x[first + i]) || !std::isfinite(y[first + i])) x[first + i] = y[first + i] = nan;
  }
}

std::optional<Box> Projection::apply(const Box& box) const {
  constexpr int kSteps = 20;
  std::vector<double> x, y;
  for (int i = 0; i <= kSteps; ++i)
    for (int j = 0; j <= kSteps; ++j) {
      if (i > 0 && i < kSteps && j > 0 && j < kSteps) continue;
      x.push_back(box.x0 + (box.x1 - box.x0) * i / kSteps);
      y.push_back(box.y0 + (box.y1 - box.y0) * j / kSteps);
    }
  apply(x, y);
  std::optional<Box> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) continue;
    if (!out) out = Box{x[i], y[i], x[i], y[i]};
    out->x0 = std::min(out->x0, x[i]);
    out->x1 = std::max(out->x1, x[i]);
    out->y0 = std::min(out->y0, y[i]);
    out->y1 = std::max(out->y1, y[i]);
  }
  return out;
}

}  // namespace dosi::imports
