// Coordinate reference systems by name, and reprojection. x is always easting or longitude, y northing or
// latitude, whatever order an authority has written down.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/city/city.hpp"

namespace dosi::imports {

struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool contains(double x, double y) const { return x >= x0 && x <= x1 && y >= y0 && y <= y1; }
  Box grown(double by) const { return {x0 - by, y0 - by, x1 + by, y1 + by}; }
};

// `text`: "EPSG:5186", WKT or a PROJ string. UsageError naming `what` if it is not known.
city::Crs crs_named(const std::string& text, const std::string& what);
bool is_geographic(const city::Crs& crs);
// The CRS a new city gets around a place given in degrees: EPSG:5186 in Korea, else the UTM zone.
city::Crs crs_for(double longitude, double latitude);
// A city is measured in metres: UsageError if `crs` is not projected, not in metres, or if at this place
// (degrees) its lengths are wrong by more than 2 % (Web Mercator).
void check_city_crs(const city::Crs& crs, double longitude, double latitude);

class Projection {
 public:
  Projection(const city::Crs& from, const city::Crs& to);
  ~Projection();
  Projection(Projection&&) noexcept;
  // In place. What cannot be reprojected becomes NaN; NaN stays.
  void apply(std::span<double> x, std::span<double> y) const;
  // The box around a box, its edges followed; nothing if no part of it can be reprojected.
  std::optional<Box> apply(const Box& box) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dosi::imports
