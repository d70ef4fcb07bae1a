// for_each and for_each_team on OpenMP threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "kernels/core/team.hpp"
#include "kernels/par/cpu/context.hpp"
#include "kernels/par/cpu/first_error.hpp"

namespace dosi::cpu::par {

namespace detail {

// body(tile, thread, error) for every tile. Threads claim tiles one at a time in ascending order, so a tile may
// wait for those before it, as long as it gives up when error.raised().
template <class Body>
void run_tiles(Context& ctx, std::size_t tiles, Body body) {
  FirstError error;
  if (tiles <= 1 || ctx.threads() == 1) {
    for (std::size_t tile = 0; tile < tiles; ++tile) body(tile, 0, error);
    return;
  }
  const int threads = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(ctx.threads()), tiles));
  std::atomic<std::size_t> next{0};
#pragma omp parallel num_threads(threads)
  error.guard([&] {
    const int thread = omp_get_thread_num();
    while (!error.raised()) {
      const std::size_t tile = next.fetch_add(1, std::memory_order_relaxed);
      if (tile >= tiles) break;
      body(tile, thread, error);
    }
  });
  error.rethrow();
}

}  // namespace detail

template <class F>
void for_each(Context& ctx, std::size_t n, F f) {
  const std::size_t pieces = static_cast<std::size_t>(ctx.threads()) * 16;
  const std::size_t length = std::clamp<std::size_t>((n + pieces - 1) / pieces, 1, 65536);
  detail::run_tiles(ctx, (n + length - 1) / length, [=](std::size_t tile, int, const detail::FirstError&) {
    const std::size_t last = std::min(n, (tile + 1) * length);
    DOSI_INDEPENDENT
    for (std::size_t i = tile * length; i < last; ++i) f(i);
  });
}

template <class F>
void for_each_team(Context& ctx, std::size_t teams, int /*threads_per_team*/, std::size_t scratch_bytes, F f) {
  detail::run_tiles(ctx, teams, [&](std::size_t index, int thread, const detail::FirstError&) {
    Team team(ctx.team_scratch(thread, scratch_bytes), scratch_bytes, static_cast<std::size_t>(thread));
    f(team, index);
  });
}

}  // namespace dosi::cpu::par
