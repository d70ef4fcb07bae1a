// The windows of one row of steps, by their excess: the largest of (cases - slope * measure), or of its negative, over
// the ends that a run of lengths allows, for each begin. A sliding maximum in three passes or fewer, four ends at once
// (after van Herk 1992, with powers of four in place of blocks). Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "strip.hpp belongs in device code"
#endif

#include <bit>

#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::scan {

// Lengths shortest .. longest that share a chord: within a factor of two.
struct Run {
  std::uint32_t shortest, longest;
};

inline constexpr float kNothing = -3.0e38f;  // below every difference that a window can have

DOSI_HD inline float larger(float x, float y) { return x > y ? x : y; }

class Strip {
 public:
  DOSI_HD Strip(Team& team, std::uint32_t steps, std::uint32_t first_end, std::uint32_t longest)
      : team_(team), steps_(steps), first_end_(first_end), g_(team.shared<float>(steps + 1 + longest)),
        a_(team.shared<float>(steps + 1 + longest)), b_(team.shared<float>(steps + 1 + longest)),
        most_(team.shared<std::int32_t>(1)) {
    for (View<float>* v : {&g_, &a_, &b_})
      team.for_each(longest, [p = v->data + steps + 1](std::size_t i) { p[i] = kNothing; });
    team.sync();
  }

  static std::size_t scratch_bytes(std::size_t steps, std::size_t longest) {
    return 3 * Team::shared_bytes<float>(steps + 1 + longest) + Team::shared_bytes<std::int32_t>(1);
  }

  // The largest excess of all windows of a run. `passed(begin)` is called for each begin with an excess above `limit`,
  // by the member that found it. cases, measure: sums up to a step, [steps + 1].
  template <bool high, class Case, class F>
  DOSI_HD float sweep(const Run& run, const Case* cases, const float* measure, float slope, float limit, F passed) {
    const std::uint32_t first_begin = first_end_ > run.longest ? first_end_ - run.longest : 0;
    const std::uint32_t begins = steps_ - run.shortest + 1 - first_begin, first_end = first_begin + run.shortest,
                        ends = steps_ + 1 - first_end;
    team_.for_each_simd(steps_ + 1 - first_begin, [g = g_.data + first_begin, c = cases + first_begin,
                                                   m = measure + first_begin, slope](std::size_t t) {
      const float seen = number(c[t]), expected = slope * m[t];
      g[t] = high ? seen - expected : expected - seen;
    });
    if constexpr (!Team::serial)
      if (team_.rank() == 0) most_[0] = ordered(kNothing);
    team_.sync();
    const float* end = g_.data + first_end;
    float *free = a_.data + first_end, *other = b_.data + first_end;
    if (first_end_ > first_end) {
      team_.for_each_simd(ends, [free, end, hidden = first_end_ - first_end](std::size_t t) {
        free[t] = t < hidden ? kNothing : end[t];
      });
      turn(end, free, other);
    }
    // end[t]: the largest of `covered` ends from t on, until four of them reach over the run.
    const std::uint32_t wanted = run.longest - run.shortest + 1;
    std::uint32_t covered = 1;
    for (; covered * 4 < wanted; covered *= 4) {
      team_.for_each_simd(ends, [free, end, covered](std::size_t t) {
        free[t] = larger(larger(end[t], end[t + covered]), larger(end[t + 2 * covered], end[t + 3 * covered]));
      });
      turn(end, free, other);
    }
    const float* const begin = g_.data + first_begin;
    const std::uint32_t rest = wanted - covered;
    if (wanted <= covered)
      return finish(
          begins, limit, [=](std::size_t t) { return end[t] - begin[t]; }, first_begin, passed);
    if (wanted <= 2 * covered)
      return finish(
          begins, limit, [=](std::size_t t) { return larger(end[t], end[t + rest]) - begin[t]; }, first_begin, passed);
    const std::uint32_t third = 2 * covered < rest ? 2 * covered : rest;
    return finish(
        begins, limit,
        [=](std::size_t t) {
          return larger(larger(end[t], end[t + covered]), larger(end[t + third], end[t + rest])) - begin[t];
        },
        first_begin, passed);
  }

 private:
  template <class Excess, class F>
  DOSI_HD float finish(std::uint32_t begins, float limit, Excess excess, std::uint32_t first_begin, F& passed) {
    if constexpr (Team::serial) {
      float most = kNothing;
#if !DOSI_ON_CUDA
#pragma omp simd reduction(max : most)
#endif
      for (std::uint32_t t = 0; t < begins; ++t) {
        const float x = excess(t);
        most = most > x ? most : x;
      }
      if (most > limit)
        for (std::uint32_t t = 0; t < begins; ++t)
          if (excess(t) > limit) passed(first_begin + t);
      return most;
    } else {
      float most = kNothing;
      team_.for_each(begins, [&](std::size_t t) {
        const float x = excess(t);
        most = larger(most, x);
        if (x > limit) passed(first_begin + static_cast<std::uint32_t>(t));
      });
      if (ordered(most) > most_[0]) team_.atomic_max(&most_[0], ordered(most));
      team_.sync();
      const std::int32_t bits = most_[0];
      team_.sync();
      return std::bit_cast<float>(bits < 0 ? bits ^ 0x7FFFFFFF : bits);
    }
  }

  DOSI_HD static float number(std::uint32_t c) { return static_cast<float>(static_cast<std::int32_t>(c)); }
  DOSI_HD static float number(double c) { return static_cast<float>(c); }

  // Whole numbers in the order of the floats that they stand for.
  DOSI_HD static std::int32_t ordered(float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return bits < 0 ? bits ^ 0x7FFFFFFF : bits;
  }

  DOSI_HD void turn(const float*& end, float*& free, float*& other) const {
    team_.sync();
    float* const next = other;
    end = other = free;
    free = next;
  }

  Team& team_;
  std::uint32_t steps_, first_end_;
  View<float> g_, a_, b_;
  View<std::int32_t> most_;
};

}  // namespace dosi::DOSI_BACKEND::scan
