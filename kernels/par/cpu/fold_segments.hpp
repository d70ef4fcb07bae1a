// The CPU side of segmented.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/cpu/reduce.hpp"

namespace dosi::cpu::par::detail {

// out[s] for the segments of at most kFoldChunk elements.
template <class T, class F, class Op, class Finish>
void fold_short_segments(Context& ctx, View<const std::uint64_t> offsets, const F& f, View<T> out, const Op& op,
                         const Finish& finish) {
  for_each(ctx, out.size, [=](std::size_t s) {
    const std::size_t first = offsets[s], count = offsets[s + 1] - first;
    if (count == 0) {
      out[s] = finish.empty();
    } else if (count <= kFoldChunk) {
      out[s] = finish(fold_chunk<T>(f, first, count, op));
    }
  });
}

// folds[c] for the chunks firsts[r] .. firsts[r+1]-1 of range r.
template <class T, class F, class Op>
void fold_chunks_of(Context& ctx, View<const SegmentRange> ranges, View<const std::uint64_t> firsts, const F& f,
                    View<T> folds, const Op& op) {
  run_tiles(ctx, folds.size, [&](std::size_t chunk, int, const FirstError&) {
    const auto after = std::upper_bound(firsts.begin(), firsts.end(), chunk);
    const auto r = static_cast<std::size_t>(after - firsts.begin()) - 1;
    const std::size_t first = ranges[r].first + (chunk - firsts[r]) * kFoldChunk;
    folds[chunk] = fold_chunk<T>(f, first, std::min<std::size_t>(kFoldChunk, ranges[r].last - first), op);
  });
}

}  // namespace dosi::cpu::par::detail
