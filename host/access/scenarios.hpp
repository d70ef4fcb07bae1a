// What if: streets closed, sped up or slowed down, and links that are not there yet. As asked; street_changes.hpp
// finds the streets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"
#include "io/city/layers.hpp"

namespace dosi::access {

inline constexpr std::size_t kMostScenarios = 32;
inline constexpr std::size_t kMostScenarioFigures = 256;  // scenarios x cut-offs x opportunities

// Streets for which all that is said holds; nothing said: all.
struct Selection {
  std::vector<std::int64_t> nodes;  // a way along these nodes, by the source's numbers
  bool one_way = false;             // only in the direction of `nodes`
  std::string layer;                // zones: streets that touch one; points: the street nearest to each
  std::vector<city::Road> classes;
};

struct Closure {
  Selection streets;
};

struct Speed {
  Selection streets;
  std::optional<double> factor, km_h;  // one of them
};

// A straight street between the nodes nearest to two points.
struct Link {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // metres
  std::optional<double> minutes, km_h;    // one of them; a speed counts the ways to the nodes too
  bool one_way = false;
};

struct Scenario {
  std::string name;
  std::vector<Closure> closures;
  std::vector<Speed> speeds;  // one after another
  std::vector<Link> links;
};

// Adds to `bad` what is wrong with tables of scenarios, by name and key.
void check_scenarios(const job::Json& tables, Problems& bad);
// Of tables that were checked.
std::vector<Scenario> read_scenarios(const job::Json& tables);

}  // namespace dosi::access
