// What the engine makes of windows and studies before any replica is drawn: plain C++, the same for every device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/scan/scan.hpp"

namespace dosi::scan {

struct Length_run {
  std::uint32_t shortest, longest;
};

// shortest .. longest in runs within a factor of two.
std::vector<Length_run> runs_of(std::uint32_t shortest, std::uint32_t longest);

// Bins of Walker's alias method, each (keep, other); weights of 0 are never picked. `keep` is in 2^-32.
struct Alias_bin {
  std::uint32_t keep, other;
};
std::vector<Alias_bin> alias_of(std::span<const double> weights);

inline constexpr std::uint32_t kNoRow = 0xFFFFFFFFu;  // of a mark that is counted nowhere

// The measure of each place in a step; of a step without cases, which draws none, 1 each. std::invalid_argument where
// there are cases and no measure.
std::vector<double> weights_in_step(const Windows& windows, const Study& study, std::uint32_t step);

// Sums up to a step, [row][steps + 1].
std::vector<double> sums_of(std::span<const double> rows, std::uint32_t steps);

// The least and the most measure of any window of a run: [row][run]. `positive`: of windows with any.
struct Ranges {
  std::vector<double> least, most;
};
Ranges ranges_of(std::span<const double> sums, std::uint32_t steps, std::uint32_t first_end,
                 std::span<const Length_run> runs, bool positive);

// Throws std::invalid_argument saying what does not fit.
void check(const Windows& windows);
void check(const Windows& windows, const Study& study);

// The measure of the widest disc.
double widest_of(const Windows& windows, const Study& study);

// Windows, and pairs of a disc and a length, of one replica.
Work work_of(const Windows& windows, std::span<const std::uint32_t> reach);

}  // namespace dosi::scan
