// reduce on OpenMP threads, in the order that fold.hpp fixes.
#pragma once

#include <algorithm>
#include <cassert>
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

// Joins the first `active` lanes, at most 2 * kHalf, into lane[0] by halving.
template <std::size_t kHalf, class T, class Op>
void join_lanes(T* lane, std::size_t active, const Op& op) {
  if (active == 2 * kHalf) {
    DOSI_INDEPENDENT
    for (std::size_t l = 0; l < kHalf; ++l) lane[l] = op(lane[l], lane[l + kHalf]);
  } else if (active > kHalf) {
    for (std::size_t l = 0; l < active - kHalf; ++l) lane[l] = op(lane[l], lane[l + kHalf]);
  }
  if constexpr (kHalf > 1) join_lanes<kHalf / 2>(lane, std::min(active, kHalf), op);
}

// Folds f(first) .. f(first + count - 1), 1 <= count <= kFoldChunk.
template <class T, class F, class Op>
T fold_chunk(const F& f, std::size_t first, std::size_t count, const Op& op) {
  assert(count > 0);
  if (count == 0) __builtin_unreachable();
  if constexpr (std::is_integral_v<T>) {  // any order is exact: the shortest one
    if (count < kFoldLanes) {
      T sum = f(first);
      for (std::size_t i = 1; i < count; ++i) sum = op(sum, static_cast<T>(f(first + i)));
      return sum;
    }
  }
  T lane[kFoldLanes] = {};
  if (count < kFoldLanes) {
    DOSI_INDEPENDENT
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
  join_lanes<kFoldLanes / 2>(lane, std::min(count, kFoldLanes), op);
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
