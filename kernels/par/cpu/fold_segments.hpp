// The CPU side of segmented.hpp: one item is a chunk of at most kFoldChunk elements of one segment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/cpu/reduce.hpp"

namespace dosi::cpu::par::detail {

// partials[item] for the items firsts[s] .. firsts[s+1]-1 that cover offsets[s] .. offsets[s+1]-1.
template <class T, class F, class Op>
void fold_segments(Context& ctx, View<const std::uint64_t> offsets, View<const std::uint64_t> firsts, const F& f,
                   View<T> partials, const Op& op) {
  const std::size_t items = partials.size;
  const std::size_t pieces = static_cast<std::size_t>(ctx.threads()) * 32;
  const std::size_t length = std::clamp<std::size_t>((items + pieces - 1) / pieces, 1, 1024);
  run_tiles(ctx, (items + length - 1) / length, [&](std::size_t tile, int, const FirstError&) {
    const std::size_t last = std::min(items, (tile + 1) * length);
    std::size_t item = tile * length;
    const auto after = std::upper_bound(firsts.begin(), firsts.end(), item);
    auto segment = static_cast<std::size_t>(after - firsts.begin()) - 1;
    for (; item < last; ++item) {
      while (firsts[segment + 1] <= item) ++segment;
      const std::size_t first = offsets[segment] + (item - firsts[segment]) * kFoldChunk;
      partials[item] = fold_chunk<T>(f, first, std::min<std::size_t>(kFoldChunk, offsets[segment + 1] - first), op);
    }
  });
}

}  // namespace dosi::cpu::par::detail
