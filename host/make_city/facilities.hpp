// Public and private facilities along the streets, thick in the centres, and one area with many people from which the
// medical ones were left out.
#pragma once

#include <vector>

#include "host/make_city/buildings.hpp"
#include "io/city/city.hpp"

namespace dosi::make_city {

struct Underserved {
  Point at;
  double radius = 0;           // metres
  std::int64_t residents = 0;  // about, by streets
};

struct Facilities {
  std::vector<std::pair<std::string, std::size_t>> counts;  // by layer
  std::vector<Point> parks;
};

Underserved choose_underserved(const Building_stock& stock, const Hexagons& hexagons,
                               const std::vector<double>& people);

Facilities write_facilities(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                            const Underserved& without_medical);

}  // namespace dosi::make_city
