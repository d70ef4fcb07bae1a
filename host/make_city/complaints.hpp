// Complaints over a year: a background in proportion to the residents, the same everywhere in its seasons, weekdays
// and hours, and planted clusters: discs where complaints of one category are some times as frequent for some weeks.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/buildings.hpp"
#include "io/city/city.hpp"

namespace dosi::make_city {

inline constexpr std::int64_t kDays = 365;  // from 2024-01-01 on
inline constexpr std::size_t kCategoryCount = 6;
extern const char* const kCategories[kCategoryCount];

struct Cluster {
  Point at;
  double radius = 0;  // metres
  std::int64_t first_day = 0, last_day = 0;
  double relative_risk = 1;  // inside against outside
  std::size_t category = 0;
  double expected = 0;       // complaints of the category in disc and days without the cluster
  std::int64_t planted = 0;  // complaints added
  std::int64_t residents = 0;
};

std::vector<Cluster> plant_clusters(const Building_stock& stock, const Hexagons& hexagons,
                                    const std::vector<double>& people);

// Writes the layer `complaints`, by day and second; returns their number.
std::int64_t write_complaints(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                              const std::vector<Cluster>& clusters);

}  // namespace dosi::make_city
