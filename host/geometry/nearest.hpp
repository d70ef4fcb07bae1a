// The nearest of many points, by a k-d tree (Bentley 1975): whatever their spread, a look-up visits few of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dosi::geometry {

class Nearest_point {
 public:
  // x, y: finite, in metres, as many of one as of the other, at least one; kept by reference.
  Nearest_point(std::span<const double> x, std::span<const double> y);
  // The index of the point nearest to (x, y), of equally near ones the lowest.
  std::uint32_t find(double x, double y) const;

 private:
  // A run of `order_` is a tree: its middle point splits it across the axis in which it is longer.
  struct Best;
  void split(std::size_t first, std::size_t last);
  void search(std::size_t first, std::size_t last, double x, double y, Best& best) const;

  std::span<const double> x_, y_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> by_y_;  // of each middle point: it splits by y
};

}  // namespace dosi::geometry
