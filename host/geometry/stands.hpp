// Where the rows of a layer stand, for analyses that take each as one point.
#pragma once

#include <vector>

#include "io/city/city.hpp"

namespace dosi::geometry {

struct Stands {
  std::vector<double> x, y;  // metres
};

// Points as they are; zones at a point inside each.
Stands stands_of(const city::City& city, const city::Layer& layer);

}  // namespace dosi::geometry
