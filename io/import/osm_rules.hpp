// Who may use a way of OpenStreetMap, which way, and how fast a car goes: the tags read as docs/import.md says.
// A pure function of the tags, so that each rule can be tested alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/city/layers.hpp"

namespace dosi::imports {

// The tags of one way.
class Tags {
 public:
  virtual ~Tags() = default;
  virtual std::string_view get(const char* key) const = 0;  // "" if the way has no such tag
};

struct Way_rule {
  city::Road road = city::Road::other;
  double drive_ahead = 0, drive_back = 0;      // km/h; 0: not allowed
  double walk_ahead = 0, walk_back = 0;        // of the walker's speed: 1 on the flat, 0.5 on steps, 0: not allowed
  double ride_ahead = 0, ride_back = 0;        // of the rider's speed
  bool push_ahead = false, push_back = false;  // a bicycle is pushed at walking speed
  bool odd_speed = false;                      // maxspeed is there and could not be read

  bool any() const {
    return drive_ahead > 0 || drive_back > 0 || walk_ahead > 0 || walk_back > 0 || ride_ahead > 0 || ride_back > 0 ||
           push_ahead || push_back;
  }
};

// Nothing if the way is no street at all (no highway, or one being built, or an area).
std::optional<Way_rule> rule_of(const Tags& tags);

// km/h of a maxspeed: "50", "50 km/h", "30 mph", "10 knots", "walk", "none", "KR:urban", "DE:zone:30", "50;30".
// Nothing if it says nothing usable ("signals").
std::optional<double> maxspeed_in(std::string_view text);

}  // namespace dosi::imports
