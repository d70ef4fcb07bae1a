// Where people start and where they go: layers turned into points with people, zones and opportunities.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "io/city/city.hpp"

namespace dosi::access {

struct Origins {
  std::vector<double> x, y;
  std::vector<std::uint32_t> zone;          // geometry::kNoZone: in none; empty without zones
  std::vector<std::string> group_names;     // at least one
  std::vector<std::vector<double>> people;  // [group][origin]
  bool sampled = false;                     // points stand for zones
  std::size_t size() const { return x.size(); }
};

struct Zone_frame {  // the zones summed up by; empty polygons: none
  std::string layer;
  city::Zones zones;
  std::vector<std::string> label;
  bool any() const { return !layer.empty(); }
};

struct Destinations {
  std::string layer;
  std::vector<double> x, y;
  city::Table attributes;
  std::vector<std::vector<double>> opportunities;  // [opportunity][destination]
  std::vector<double> supply;                      // empty without 2SFCA
  std::size_t size() const { return x.size(); }
};

// Reads and checks; all that is wrong with the columns asked for is reported together.
Zone_frame read_zone_frame(const city::City& city, const Question& q);
// `edges` are the streets of the mode, for zones whose people start along them.
Origins read_origins(const city::City& city, const Question& q, const Zone_frame& frame, const std::vector<Edge>& edges,
                     const city::Network& network);
Destinations read_destinations(const city::City& city, const Question& q);

}  // namespace dosi::access
