#include "host/geometry/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace dosi::geometry {

struct Nearest_point::Best {
  double distance = std::numeric_limits<double>::infinity();
  std::uint32_t point = 0;
};

Nearest_point::Nearest_point(std::span<const double> x, std::span<const double> y)
    : x_(x), y_(y), order_(x.size()), by_y_(x.size()) {
  std::iota(order_.begin(), order_.end(), 0u);
  split(0, order_.size());
}

void Nearest_point::split(std::size_t first, std::size_t last) {
  if (last - first < 2) return;
  const auto width = [&](std::span<const double> along) {
    const auto [low, high] = std::minmax_element(order_.begin() + first, order_.begin() + last,
                                                 [&](auto a, auto b) { return along[a] < along[b]; });
    return along[*high] - along[*low];
  };
  const std::size_t middle = first + (last - first) / 2;
  by_y_[middle] = width(y_) > width(x_);
  const auto along = by_y_[middle] ? y_ : x_;
  std::nth_element(order_.begin() + first, order_.begin() + middle, order_.begin() + last,
                   [&](auto a, auto b) { return along[a] < along[b]; });
  split(first, middle);
  split(middle + 1, last);
}

std::uint32_t Nearest_point::find(double x, double y) const {
  Best best;
  search(0, order_.size(), x, y, best);
  return best.point;
}

// The side that (x, y) lies in first; the other where the border is not farther than the nearest so far.
void Nearest_point::search(std::size_t first, std::size_t last, double x, double y, Best& best) const {
  if (first == last) return;
  const std::size_t middle = first + (last - first) / 2;
  const auto point = order_[middle];
  const double distance = std::hypot(x_[point] - x, y_[point] - y);
  if (distance < best.distance || (distance == best.distance && point < best.point)) best = {distance, point};
  const double beyond = by_y_[middle] ? y - y_[point] : x - x_[point];
  const bool is_low = beyond < 0;
  search(is_low ? first : middle + 1, is_low ? middle : last, x, y, best);
  if (std::fabs(beyond) <= best.distance) search(is_low ? middle + 1 : first, is_low ? last : middle, x, y, best);
}

}  // namespace dosi::geometry
