// Counting into bins on OpenMP threads: private bins where they are few beside the items, else atomic ones.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/loops.hpp"

namespace dosi::cpu::par {

template <class F>
void histogram(Context& ctx, std::size_t n, F f_bin, View<std::uint64_t> out) {
  const std::size_t bins = out.size;
  const auto threads = static_cast<std::size_t>(ctx.threads());
  const std::size_t pieces = threads * 16;
  const std::size_t length = std::max<std::size_t>((n + pieces - 1) / pieces, 4096);
  const std::size_t tiles = (n + length - 1) / length;
  std::fill(out.begin(), out.end(), 0);
  if (bins == 0) return;

  // A copy of the functor in a local variable: writing counts cannot change it, so it stays in registers.
  const auto count = [n, length, bins, f_bin](std::size_t tile, auto add) {
    const F bin_of = f_bin;
    const std::size_t last = std::min(n, (tile + 1) * length), local_bins = bins;
    for (std::size_t i = tile * length; i < last; ++i) {
      const auto bin = static_cast<std::uint64_t>(bin_of(i));
      if (bin < local_bins) add(bin);
    }
  };

  if (threads == 1 || tiles <= 1) {
    for (std::size_t tile = 0; tile < tiles; ++tile)
      count(tile, [counts = out.data](std::uint64_t bin) { ++counts[bin]; });
    return;
  }
  if (bins > n / threads && bins > 4096) {
    detail::run_tiles(ctx, tiles, [&](std::size_t tile, int, const detail::FirstError&) {
      count(tile, [out](std::uint64_t bin) {
        std::atomic_ref<std::uint64_t>(out.data[bin]).fetch_add(1, std::memory_order_relaxed);
      });
    });
    return;
  }
  const std::size_t stride = (bins + 7) / 8 * 8;
  auto* const counts = reinterpret_cast<std::uint64_t*>(ctx.scratch(threads * stride * sizeof(std::uint64_t)));
  std::fill(counts, counts + threads * stride, 0);
  detail::run_tiles(ctx, tiles, [&](std::size_t tile, int thread, const detail::FirstError&) {
    std::uint64_t* const own = counts + static_cast<std::size_t>(thread) * stride;
    count(tile, [own](std::uint64_t bin) { ++own[bin]; });
  });
  for_each(ctx, bins, [=](std::size_t bin) {
    std::uint64_t sum = 0;
    for (std::size_t t = 0; t < threads; ++t) sum += counts[t * stride + bin];
    out.data[bin] = sum;
  });
}

}  // namespace dosi::cpu::par
