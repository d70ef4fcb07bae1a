// How every benchmark samples: warm up, then repeat until the relative deviation of the mean is below a bound or a
// time limit is reached. What was not settled in time says so by its spread; of a single long run it is 1, unknown.
#pragma once

#include <cmath>

namespace dosi::bench {

struct Sampling {
  double deviation = 0.02;  // stop when the standard deviation of the mean is below this share of the mean
  double limit_s = 4.0;     // or when this much time was measured
  int warm_ups = 1;
  int least = 5;
  int most = 1000;
};

struct Timing {
  double seconds = 0;  // mean of a run
  double spread = 1;   // standard deviation of that mean, as a share of it
  int samples = 0;
};

// time(i) runs the i-th sample and returns its seconds.
template <class Time>
Timing measure(const Time& time, const Sampling& sampling = {}) {
  int i = 0;
  Timing timing;
  double sum = 0, squares = 0;
  // A run much longer than the limit needs no warming up.
  for (; i < sampling.warm_ups; ++i)
    if (const double seconds = time(i); seconds > sampling.limit_s) return {seconds, 1, 1};
  while (timing.samples < sampling.most) {
    const double seconds = time(i++);
    sum += seconds;
    squares += seconds * seconds;
    const int n = ++timing.samples;
    timing.seconds = sum / n;
    if (n > 1) {
      const double variance = std::fmax(0.0, (squares - sum * timing.seconds) / (n - 1));
      timing.spread = std::sqrt(variance / n) / timing.seconds;
    }
    if ((n >= sampling.least && timing.spread < sampling.deviation) || (n > 1 && sum > sampling.limit_s)) break;
  }
  return timing;
}

}  // namespace dosi::bench
