// Random numbers of the made city. Each stage draws from Philox keyed by (seed, item, stage), so that what one
// stage makes does not depend on how much another drew, nor on the number of threads.
//
// The same city on any machine: only integer arithmetic and IEEE add, multiply, divide and square root are used.
// The C library's exp, log, sin and pow differ in the last bit between machines and are not called. Draws are taken
// in statements of their own: C++ does not say which operand or argument is evaluated first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/core/philox.hpp"

namespace dosi::make_city {

enum class Stage : std::uint32_t {
  layout = 1,
  river,
  hills,
  density,
  plan,
  warp,
  links,
  directions,
  zones,
  names,
  buildings,
  people,
  facilities,
  underserved,
  clusters,
  complaints,
  surfaces,
  sales
};

inline Random stream(std::uint64_t seed, Stage stage, std::uint64_t item = 0) {
  return Random(seed, item, static_cast<std::uint32_t>(stage));
}

inline double between(Random& random, double low, double high) { return low + (high - low) * random.uniform(); }
inline bool chance(Random& random, double probability) { return random.uniform() < probability; }

// Sum of twelve uniforms (Irwin and Hall): mean 0, variance 1, within ±6. No logarithm, so exact everywhere.
inline double bell(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.bits()) * 0x1.0p-32;
  return sum;
}

inline double smoothstep(double from, double to, double x) {
  const double t = std::clamp((x - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

// e^x for |x| < 20, by halving the argument until a short series is exact enough, then squaring back.
inline double exponential(double x) {
  const double t = x / 1024;
  double power = 1 + t * (1 + t / 2 * (1 + t / 3 * (1 + t / 4)));
  for (int i = 0; i < 10; ++i) power *= power;
  return power;
}

inline double round_to(double value, double steps_per_unit) {
  return std::floor(value * steps_per_unit + 0.5) / steps_per_unit;
}
inline constexpr double kPerMillimetre = 1000;  // steps in a metre
inline constexpr double kPerCentimetre = 100;

}  // namespace dosi::make_city
