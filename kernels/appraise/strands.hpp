// Sums over many items in an order that is the same everywhere: strand s adds up items s, s + kStrands, …; the strands
// are then added in halves. On a CPU strands are SIMD lanes, on a GPU threads.
#pragma once

#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::appraise {

inline constexpr std::size_t kStrands = 64;  // and the threads of a team

// out[c] = the sum over i in [0, n) of the c-th of f(i)'s kSums values, for every member of the team. `room`: kSums *
// kStrands.
template <int kSums, class F>
DOSI_HD void strand_sums(Team& team, std::size_t n, View<double> room, const F& f, double (&out)[kSums]) {
  static_assert(kSums > 0);
  const auto add = [&](std::size_t i, std::size_t s) {
    double value[kSums];
    f(i, value);
    for (int c = 0; c < kSums; ++c) room.data[static_cast<std::size_t>(c) * kStrands + s] += value[c];
  };
#if defined(__CUDA_ARCH__)
  double own[kSums] = {};
  for (std::size_t i = team.rank(); i < n; i += kStrands) {
    double value[kSums];
    f(i, value);
    for (int c = 0; c < kSums; ++c) own[c] += value[c];
  }
  for (int c = 0; c < kSums; ++c) room[static_cast<std::size_t>(c) * kStrands + team.rank()] = own[c];
#else
  for (std::size_t at = 0; at < kSums * kStrands; ++at) room.data[at] = 0;
  const std::size_t whole = n / kStrands * kStrands;
  for (std::size_t i = 0; i < whole; i += kStrands) {
    DOSI_SIMD
    for (std::size_t s = 0; s < kStrands; ++s) add(i + s, s);
  }
  DOSI_SIMD
  for (std::size_t s = 0; s < n - whole; ++s) add(whole + s, s);
#endif
  for (std::size_t half = kStrands / 2; half > 0; half /= 2) {
    team.sync();
    for (int c = 0; c < kSums; ++c) {
      double* const sums = room.data + static_cast<std::size_t>(c) * kStrands;
      team.for_each_simd(half, [=](std::size_t at) { sums[at] += sums[at + half]; });
    }
  }
  team.sync();
  for (int c = 0; c < kSums; ++c) out[c] = room[static_cast<std::size_t>(c) * kStrands];
  team.sync();
}

}  // namespace dosi::DOSI_BACKEND::appraise
