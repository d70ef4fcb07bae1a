#include "io/import/place.hpp"

#include <algorithm>
#include <cmath>

#include "io/import/columns.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

// The bulk of a cloud: its median and, each way, eight robust deviations but no less than `least`.
Box bulk(const std::vector<double>& x, const std::vector<double>& y, double least) {
  const auto range = [&](const std::vector<double>& v) {
    const double middle = median(v);
    std::vector<double> off(v.size());
    std::transform(v.begin(), v.end(), off.begin(), [&](double a) { return std::abs(a - middle); });
    const double reach = std::max(least, 8 * 1.4826 * median(std::move(off)));
    return std::pair{middle - reach, middle + reach};
  };
  const auto [x0, x1] = range(x);
  const auto [y0, y1] = range(y);
  return {x0, y0, x1, y1};
}

void read_cells(const Frame& frame, const Coordinate_fields& f, Places& p) {
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const auto a = frame.cell(r, f.x), b = frame.cell(r, f.y);
    if (trimmed(a).empty() || trimmed(b).empty()) {
      p.reason[r] = "missing coordinates";
      continue;
    }
    const auto x = number_in(a), y = number_in(b);
    if (!x || !y) p.reason[r] = "coordinates are not numbers";
    else if (!std::isfinite(*x) || !std::isfinite(*y)) p.reason[r] = "coordinates are not finite";
    else if (*x == 0 && *y == 0) p.reason[r] = "coordinates are both zero";
    else p.x[r] = *x, p.y[r] = *y;
  }
}

void read_shapes(const Frame& frame, Places& p) {
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const OGRGeometry* g = frame.shapes[r].get();
    if (g == nullptr || g->IsEmpty()) {
      p.reason[r] = "missing coordinates";
      continue;
    }
    const auto type = wkbFlatten(g->getGeometryType());
    if (type == wkbMultiPoint && g->toMultiPoint()->getNumGeometries() == 1) g = g->toMultiPoint()->getGeometryRef(0);
    else if (type != wkbPoint) {
      p.reason[r] = fmt::format("not a point: {}", OGRGeometryTypeToName(type));
      continue;
    }
    p.x[r] = g->toPoint()->getX();
    p.y[r] = g->toPoint()->getY();
    if (!std::isfinite(p.x[r]) || !std::isfinite(p.y[r])) p.reason[r] = "coordinates are not finite";
  }
}

}  // namespace

double median(std::vector<double> v) {
  std::erase_if(v, [](double a) { return !std::isfinite(a); });
  if (v.empty()) return std::nan("");
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

city::Crs source_crs(const std::string& given, const std::string& own, const std::string& file, double x, double y,
                     std::vector<std::string>& notes) {
  if (!given.empty()) return crs_named(given, "--crs");
  if (!own.empty()) return crs_named(own, file);
  if (std::abs(x) <= 180 && std::abs(y) <= 90) {
    notes.push_back(fmt::format("{}: says no CRS and looks like degrees: taken as EPSG:4326", file));
    return crs_named("EPSG:4326", "--crs");
  }
  if (std::abs(x) <= 90 && std::abs(y) <= 180)
    throw UsageError(
        "{}: x is about {:.3f} and y about {:.3f}: latitude and longitude look exchanged; give the "
        "columns the other way round with --x and --y",
        file, x, y);
  throw UsageError(
      "{}: coordinates about ({:.0f}, {:.0f}) are not degrees; say their system with --crs. In Korea: "
      "licences (인허가) are EPSG:5174; {}",
      file, x, y,
      y > 1e6 ? "northings near 1,950,000 are EPSG:5179"
              : "northings near 450,000 EPSG:5181 or 5174, near 550,000 EPSG:5186");
}

Places place(const Frame& frame, const Place_request& request, const Target& target, std::vector<std::string>& notes) {
  const double nan = std::nan("");
  Places p;
  p.x.assign(frame.rows(), nan);
  p.y.assign(frame.rows(), nan);
  p.reason.resize(frame.rows());
  if (frame.shapes.empty() || !request.x.empty()) {
    const auto f = find_coordinates(frame, request.x, request.y, notes);
    p.fields = {f.x, f.y};
    read_cells(frame, f, p);
  } else {
    read_shapes(frame, p);
  }
  const double mx = median(p.x), my = median(p.y);
  if (!std::isfinite(mx)) {
    std::string first = frame.rows() > 0 ? p.reason[0] : frame.faults.rows[0].reason;
    throw DataError("{}: no row has coordinates that can be read; the first: {}", frame.file, first);
  }
  p.source = source_crs(request.crs, frame.crs, frame.file, mx, my, notes);
  const bool degrees = is_geographic(p.source);
  double lon = mx, lat = my;
  if (degrees && std::abs(my) > 90 && std::abs(mx) <= 90)
    throw UsageError(
        "{}: x is about {:.3f} and y about {:.3f}: latitude and longitude look exchanged; give the columns "
        "the other way round with --x and --y",
        frame.file, mx, my);
  Projection(p.source, crs_named("EPSG:4326", "crs")).apply(std::span(&lon, 1), std::span(&lat, 1));
  p.city = settled_crs(target, frame.file, lon, lat, notes);

  const Projection to_city(p.source, p.city);
  auto sx = p.y, sy = p.x;  // the same points with x and y exchanged
  to_city.apply(p.x, p.y);
  Box box;
  if (!request.extent.empty()) {
    box = extent_in(request.extent, p.city);
  } else if (request.use_target_extent && target.extent) {
    box = target.extent->grown(request.margin);
    notes.push_back(
        fmt::format("the city is the extent of {} and {} km around it", target.extent_of, request.margin / 1000));
  } else {
    box = bulk(p.x, p.y, request.least_bulk);
    notes.push_back(
        fmt::format("the city is taken to lie around the bulk of the data: x {:.0f} to {:.0f}, y {:.0f} to {:.0f} m",
                    box.x0, box.x1, box.y0, box.y1));
  }
  std::vector<std::size_t> outside;
  for (std::size_t r = 0; r < frame.rows(); ++r)
    if (p.reason[r].empty() && !box.contains(p.x[r], p.y[r])) outside.push_back(r);
  for (std::size_t i = 0; i < outside.size(); ++i) sx[i] = sx[outside[i]], sy[i] = sy[outside[i]];
  sx.resize(outside.size());
  sy.resize(outside.size());
  to_city.apply(sx, sy);
  for (std::size_t i = 0; i < outside.size(); ++i) {
    const auto r = outside[i];
    if (!box.contains(sx[i], sy[i])) {
      p.reason[r] = "outside the city";
    } else if (request.repair_swapped) {
      p.x[r] = sx[i];
      p.y[r] = sy[i];
      ++p.repaired;
    } else {
      p.reason[r] = degrees ? "latitude and longitude swapped" : "x and y swapped";
    }
  }
  return p;
}

}  // namespace dosi::imports
