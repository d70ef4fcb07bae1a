// How many metres a unit of time counts for (Huang, Wu and Barry 2010): the distance of two places is the root of
// d^2 + (scale x dt)^2, and the scale is the one whose best bandwidth has the least criterion.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "host/gwr/search.hpp"

namespace dosi::gwr {

struct Time_scale {
  double metres = 0;     // a unit of time
  double bandwidth = 0;  // the best with it
  double score = 0;      // of that
};

// Tries 0 (time does not count), then `unit` x 2^e for whole e from -6 to 6, then halves, quarters and eighths of a
// doubling around the best. `at` finds the best bandwidth of a scale. All that were tried, in that order; the best is
// the first of the least.
std::vector<Time_scale> search_time_scale(double unit, const std::function<Time_scale(double)>& at);
const Time_scale& best_of(const std::vector<Time_scale>& tried);

}  // namespace dosi::gwr
