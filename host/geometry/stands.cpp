#include "host/geometry/stands.hpp"

#include "host/geometry/locate.hpp"

namespace dosi::geometry {

Stands stands_of(const city::City& city, const city::Layer& layer) {
  if (layer.kind == "points") {
    auto points = city.read_points(layer.name);
    return {std::move(points.x), std::move(points.y)};
  }
  const auto zones = city.read_zones(layer.name);
  Stands s;
  for (std::size_t z = 0; z < zones.size(); ++z) {
    const auto [x, y] = point_inside(zones.polygons, z);
    s.x.push_back(x);
    s.y.push_back(y);
  }
  return s;
}

}  // namespace dosi::geometry
