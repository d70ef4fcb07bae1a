// Seconds since it was made, by the wall clock.
#pragma once

#include <chrono>

#include "kernels/par/cpu/context.hpp"

namespace dosi::cpu::par {

class Stopwatch {
 public:
  explicit Stopwatch(const Context&) : begin_(Clock::now()) {}
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_;
};

}  // namespace dosi::cpu::par
