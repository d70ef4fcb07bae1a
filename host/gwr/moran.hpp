// Moran's I: are near places more alike than far ones? Of residuals it says what a model has left over. Weights are 1 /
// K for the K nearest others, 0 else; expectation and variances are those of Cliff and Ord (1981), which for residuals
// of a regression hold about.
#pragma once

#include <cstdint>
#include <span>

namespace dosi::gwr {

struct Moran {
  double i = 0, expected = 0;
  double z_normal = 0, p_normal = 0;  // values drawn from one normal distribution; two-sided
  double z_random = 0, p_random = 0;  // the values there are, dealt out at random
};

// A value for each of n places, n >= 4, and the nearest others of each as nearest_places() has them. NaN where all
// values are equal.
Moran morans_i(std::span<const std::uint32_t> nearest, std::span<const double> value);

}  // namespace dosi::gwr
