// Which zone a point lies in, and a point that surely lies in a zone.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "io/city/layers.hpp"

namespace dosi::geometry {

inline constexpr std::uint32_t kNoZone = 0xFFFFFFFFu;

// Even-odd rule; edges of a zone are sorted into bands of y, so a look-up touches few of them. A point on a shared
// border belongs to one side only; where zones overlap, to the lowest.
class Zone_locator {
 public:
  explicit Zone_locator(const city::Polygons& polygons);
  std::uint32_t find(double x, double y) const;

 private:
  struct Band_index {
    double y0 = 0, height = 1, x0 = 0, x1 = 0, y1 = 0;
    std::vector<std::uint32_t> first;  // bands + 1
    std::vector<std::uint64_t> edges;  // vertex where an edge starts
  };
  bool inside(std::uint32_t zone, double x, double y) const;

  const city::Polygons& polygons_;
  std::vector<Band_index> zones_;
  double x0_ = 0, y0_ = 0, cell_ = 1;
  std::int64_t columns_ = 0, rows_ = 0;
  std::vector<std::vector<std::uint32_t>> cells_;
};

// The middle of the widest stretch of the zone on a line through the middle of its height.
std::pair<double, double> point_inside(const city::Polygons& polygons, std::size_t zone);

}  // namespace dosi::geometry
