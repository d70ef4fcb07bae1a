// Buildings of a city as outlines with heights.
#pragma once

#include <string>
#include <vector>

#include "host/wind/case.hpp"
#include "io/city/city.hpp"

namespace dosi::wind {

struct Outlines {
  std::string layer;  // "zones:buildings"
  city::Polygons polygons;
  std::vector<double> height;    // m above the ground around; 0 where the layer tells none
  std::vector<std::size_t> row;  // of the layer
  std::size_t without_height = 0;

  // The middle of the box around building b.
  Place_of_site middle(std::size_t b) const;
};

// Outlines as they are, or squares of the footprint's area, along the axes, where the layer holds points. DataError
// with the rows where a height or an area makes no sense.
Outlines read_outlines(const city::City& city, const Case& c);

}  // namespace dosi::wind
