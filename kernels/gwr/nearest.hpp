// The nearest places of every place, on the host: by a walk through the tree that starts with a place's own leaf.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dosi::gwr {

// [row][count]: the `count` nearest other places of each, nearest first, equal distances by row. count < x.size().
std::vector<std::uint32_t> nearest_places(std::span<const double> x, std::span<const double> y, std::size_t count);

}  // namespace dosi::gwr
