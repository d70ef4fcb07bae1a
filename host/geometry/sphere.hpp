// Longitude and latitude as points on a sphere as large as the earth, where near places lie as near as they are.
#pragma once

#include <array>
#include <cmath>

namespace dosi::geometry {

inline constexpr double kEarthRadius = 6'371'008.8;  // metres; the mean radius

// Degrees to metres from the earth's middle.
inline std::array<double, 3> on_sphere(double longitude, double latitude) {
  const double degree = std::acos(-1.0) / 180, lon = longitude * degree, lat = latitude * degree;
  return {kEarthRadius * std::cos(lat) * std::cos(lon), kEarthRadius * std::cos(lat) * std::sin(lon),
          kEarthRadius * std::sin(lat)};
}

}  // namespace dosi::geometry
