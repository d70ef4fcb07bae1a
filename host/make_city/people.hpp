// The residents: their ages and households, and the layers they fill: buildings, and dong and districts with totals.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/buildings.hpp"
#include "host/make_city/zones.hpp"
#include "io/city/city.hpp"

namespace dosi::make_city {

struct Residents {
  std::int64_t all = 0, young = 0, middle = 0, old = 0, households = 0;  // young: 0-14, middle: 15-64, old: 65 and up
  Residents& operator+=(const Residents& o);
};

// Writes the layer `buildings` block by block; returns the residents of each dong.
std::vector<Residents> write_buildings(city::City_writer& city, const city::Layer_note& note,
                                       const Building_stock& stock, const Zone_map& zones, const Locator& dong_at);

// Writes the layers `dong` and `districts`.
void write_zones(city::City_writer& city, const city::Layer_note& note, const Zone_map& zones,
                 const std::vector<Residents>& of_dong);

}  // namespace dosi::make_city
