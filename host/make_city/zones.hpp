// Dong and districts: contiguous pieces of the city with about equal population, which grow from their seeds until
// they meet, preferring to meet at the river and on ridges. They tile the city: neighbours share their vertices.
#pragma once

#include <string>
#include <vector>

#include "host/make_city/hexagons.hpp"
#include "io/city/layers.hpp"

namespace dosi::make_city {

struct Zone_name {
  std::string latin, hangul;
};

struct Zone_map {
  city::Polygons dong, districts;
  std::vector<std::uint32_t> district_of;  // of each dong
  std::vector<std::int64_t> dong_code, district_code;
  std::vector<Zone_name> dong_name, district_name;
};

// `weight` of each hexagon: how many people will live there, about.
Zone_map draw_zones(const Land& land, const Hexagons& hexagons, const std::vector<double>& weight);

// Names made of Korean syllables, each once: "Hansan-dong", "한산동".
std::vector<Zone_name> zone_names(std::uint64_t seed, std::size_t first, std::size_t count, const char* latin_ending,
                                  const char* hangul_ending);

// Which polygon holds a point: at once in most places, by ray casting near borders.
class Locator {
 public:
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFu;
  Locator(const city::Polygons& polygons, double bucket);
  std::uint32_t operator()(Point p) const;

 private:
  bool holds(std::uint32_t zone, Point p) const;
  const city::Polygons& polygons_;
  Point first_;
  double per_metre_ = 1;
  std::size_t columns_ = 0, rows_ = 0;
  std::vector<std::uint32_t> whole_;              // the zone of a bucket without border, or kNowhere
  std::vector<std::uint32_t> near_first_, near_;  // the zones with a border in a bucket
};

}  // namespace dosi::make_city
