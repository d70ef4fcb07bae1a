// reduce on OpenMP threads, in the order that fold.hpp fixes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/buffer.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/fold.hpp"
#include "kernels/par/functors.hpp"

namespace dosi::cpu::par {

namespace detail {

// Folds f(first) .. f(first + count - 1), 1 <= count <= kFoldChunk.
template <class T, class F, class Op>
T fold_chunk(const F& f, std::size_t first, std::size_t count, const Op& op) {
  T lane[kFoldLanes];
  const std::size_t active = std::min(count, kFoldLanes);
  if (count < kFoldLanes) {
    for (std::size_t l = 0; l < count; ++l) lane[l] = f(first + l);
  } else {
    DOSI_INDEPENDENT
    for (std::size_t l = 0; l < kFoldLanes; ++l) lane[l] = f(first + l);
    std::size_t row = kFoldLanes;
    for (; row + kFoldLanes <= count; row += kFoldLanes) {
      DOSI_INDEPENDENT
      for (std::size_t l = 0; l < kFoldLanes; ++l) lane[l] = op(lane[l], static_cast<T>(f(first + row + l)));
    }
    for (std::size_t l = 0; row + l < count; ++l) lane[l] = op(lane[l], static_cast<T>(f(first + row + l)));
  }
  for (std::size_t half = kFoldLanes / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half && l + half < active; ++l) lane[l] = op(lane[l], lane[l + half]);
  }
  return lane[0];
}

}  // namespace detail

template <class T, class F, class Op = Plus>
T reduce(Context& ctx, std::size_t n, F f, T init, Op op = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (n == 0) return init;
  if (n <= kFoldChunk) return op(init, detail::fold_chunk<T>(f, 0, n, op));
  Buffer<T> partials(ctx, fold_chunks(n));
  const View<T> out = partials.view();
  detail::run_tiles(ctx, out.size, [&](std::size_t chunk, int, const detail::FirstError&) {
    const std::size_t first = chunk * kFoldChunk;
    out[chunk] = detail::fold_chunk<T>(f, first, std::min(kFoldChunk, n - first), op);
  });
  return reduce(ctx, out.size, Load<T>{out}, init, op);
}

}  // namespace dosi::cpu::par
