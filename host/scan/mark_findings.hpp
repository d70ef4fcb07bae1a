// What the marks of the individuals in a cluster say, against those of all others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/scan/study.hpp"

namespace dosi::scan {

struct Class_finding {
  double cases = 0, expected = 0;
  double relative_risk = 0;  // share inside over share outside, of the whole pool
  std::uint32_t pool = 0;    // number of its pool, from 1; multinomial: of the class
};

struct Mark_finding {
  bool high = true;  // high values or classes, or short survival
  double individuals = 0;
  double mean_inside = 0, mean_outside = 0;  // normal: of values; exponential: time by event, the mean survival
  double variance = 0;                       // normal: what is left of it around both means
  std::vector<Class_finding> classes;
};

Mark_finding describe_marks(const Mark_data& marks, const Question& q, std::span<const std::uint32_t> places,
                            const Window& window, std::size_t steps);

}  // namespace dosi::scan
