// reduce and the folding of segments on a device: one warp a chunk, one lane a thread, in the order of fold.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/loops.cuh"
#include "kernels/par/fold.hpp"
#include "kernels/par/functors.hpp"

namespace dosi::cuda::par {

namespace detail {

inline constexpr unsigned kFoldWarps = kThreads / kFoldLanes;
static_assert(kFoldLanes == 32, "a lane is a thread of a warp");

// The fold of f(first) .. f(first + count - 1) in lane[0], for the warp that shares lane[kFoldLanes]. count >= 1.
template <class T, class F, class Op>
__device__ T fold_chunk(T* lane, const F& f, std::size_t first, std::size_t count, const Op& op) {
  const unsigned l = threadIdx.x % kFoldLanes;
  if (l < count) {
    T sum = f(first + l);
    for (std::size_t i = l + kFoldLanes; i < count; i += kFoldLanes) sum = op(sum, static_cast<T>(f(first + i)));
    lane[l] = sum;
  }
  __syncwarp();
  for (unsigned half = kFoldLanes / 2; half > 0; half /= 2) {
    if (l < half && l + half < count) lane[l] = op(lane[l], lane[l + half]);
    __syncwarp();
  }
  return lane[0];
}

// Room for one T a thread; T need not be trivially constructible in shared memory.
#define DOSI_FOLD_LANES(T, name)                                                             \
  static_assert(sizeof(T) * kThreads <= 48 * 1024, "elements too large to fold on a GPU");   \
  __shared__ __align__(alignof(T)) unsigned char name##_bytes[sizeof(T) * kThreads];         \
  T* const name = reinterpret_cast<T*>(name##_bytes) + threadIdx.x / kFoldLanes * kFoldLanes

template <class T, class F, class Op>
__global__ void fold_kernel(std::size_t n, F f, Op op, T* out) {
  DOSI_FOLD_LANES(T, lane);
  const std::size_t chunks = fold_chunks(n);
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * kFoldWarps;
  for (std::size_t chunk = static_cast<std::size_t>(blockIdx.x) * kFoldWarps + threadIdx.x / kFoldLanes;
       chunk < chunks; chunk += stride) {
    const std::size_t first = chunk * kFoldChunk;
    const std::size_t left = n - first;
    const T sum = fold_chunk<T>(lane, f, first, left < kFoldChunk ? left : kFoldChunk, op);
    if (threadIdx.x % kFoldLanes == 0) out[chunk] = sum;
    __syncwarp();
  }
}

template <class T, class F, class Op, class Finish>
__global__ void fold_short_segments_kernel(View<const std::uint64_t> offsets, F f, View<T> out, Op op, Finish finish) {
  DOSI_FOLD_LANES(T, lane);
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * kFoldWarps;
  const bool leader = threadIdx.x % kFoldLanes == 0;
  for (std::size_t s = static_cast<std::size_t>(blockIdx.x) * kFoldWarps + threadIdx.x / kFoldLanes; s < out.size;
       s += stride) {
    const std::size_t first = offsets[s], count = offsets[s + 1] - first;
    if (count == 0) {
      if (leader) out[s] = finish.empty();
    } else if (count <= kFoldChunk) {
      const T sum = fold_chunk<T>(lane, f, first, count, op);
      if (leader) out[s] = finish(sum);
      __syncwarp();
    }
  }
}

template <class T, class F, class Op>
__global__ void fold_chunks_kernel(View<const SegmentRange> ranges, View<const std::uint64_t> firsts, F f,
                                   View<T> folds, Op op) {
  DOSI_FOLD_LANES(T, lane);
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * kFoldWarps;
  for (std::size_t chunk = static_cast<std::size_t>(blockIdx.x) * kFoldWarps + threadIdx.x / kFoldLanes;
       chunk < folds.size; chunk += stride) {
    std::size_t low = 0, high = ranges.size;  // the last range that begins at or before the chunk
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      if (firsts[middle] <= chunk) {
        low = middle;
      } else {
        high = middle;
      }
    }
    const std::size_t first = ranges[low].first + (chunk - firsts[low]) * kFoldChunk;
    const std::size_t left = ranges[low].last - first;
    const T sum = fold_chunk<T>(lane, f, first, left < kFoldChunk ? left : kFoldChunk, op);
    if (threadIdx.x % kFoldLanes == 0) folds[chunk] = sum;
    __syncwarp();
  }
}

#undef DOSI_FOLD_LANES

// The CUDA side of segmented.hpp: out[s] for the segments of at most kFoldChunk elements.
template <class T, class F, class Op, class Finish>
void fold_short_segments(Context& ctx, View<const std::uint64_t> offsets, const F& f, View<T> out, const Op& op,
                         const Finish& finish) {
  if (out.empty()) return;
  launch(ctx, "launch of fold_short_segments", fold_short_segments_kernel<T, F, Op, Finish>,
         blocks_for(ctx, out.size * kFoldLanes), kThreads, 0, offsets, f, out, op, finish);
}

// folds[c] for the chunks firsts[r] .. firsts[r+1]-1 of range r.
template <class T, class F, class Op>
void fold_chunks_of(Context& ctx, View<const SegmentRange> ranges, View<const std::uint64_t> firsts, const F& f,
                    View<T> folds, const Op& op) {
  if (folds.empty()) return;
  launch(ctx, "launch of fold_chunks", fold_chunks_kernel<T, F, Op>, blocks_for(ctx, folds.size * kFoldLanes), kThreads, 0,
         ranges, firsts, f, folds, op);
}

}  // namespace detail

template <class T, class F, class Op = Plus>
T reduce(Context& ctx, std::size_t n, F f, T init, Op op = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (n == 0) return init;
  Buffer<T> partials(ctx, fold_chunks(n));
  detail::launch(ctx, "launch of reduce", detail::fold_kernel<T, F, Op>, detail::blocks_for(ctx, partials.size() * kFoldLanes),
                 detail::kThreads, 0, n, f, op, partials.view().data);
  if (partials.size() == 1) return op(init, detail::fetch(ctx, partials.view().data));
  return reduce(ctx, partials.size(), Load<T>{partials.view()}, init, op);
}

}  // namespace dosi::cuda::par
