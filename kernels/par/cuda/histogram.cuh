// Counting into bins on a device: each block counts in shared memory where the bins fit, then adds to the result; more
// bins are counted in global memory, where they seldom collide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/loops.cuh"

namespace dosi::cuda::par {

namespace detail {

inline constexpr std::size_t kSharedBins = 8192;
// So that a block's 32-bit counts cannot overflow.
inline constexpr std::size_t kBlockItems = std::size_t{1} << 31;

template <class F>
__global__ void histogram_shared_kernel(std::size_t n, F f_bin, View<std::uint64_t> out) {
  extern __shared__ unsigned counts[];
  for (std::size_t bin = threadIdx.x; bin < out.size; bin += blockDim.x) counts[bin] = 0;
  __syncthreads();
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) {
    const auto bin = static_cast<std::uint64_t>(f_bin(i));
    if (bin < out.size) atomicAdd(&counts[bin], 1u);
  }
  __syncthreads();
  for (std::size_t bin = threadIdx.x; bin < out.size; bin += blockDim.x) {
    if (counts[bin] > 0) {
      atomicAdd(reinterpret_cast<unsigned long long*>(&out[bin]), static_cast<unsigned long long>(counts[bin]));
    }
  }
}

template <class F>
struct CountInto {
  F f_bin;
  View<std::uint64_t> out;
  __device__ void operator()(std::size_t i) const {
    const auto bin = static_cast<std::uint64_t>(f_bin(i));
    if (bin < out.size) atomicAdd(reinterpret_cast<unsigned long long*>(&out[bin]), 1ull);
  }
};

}  // namespace detail

template <class F>
void histogram(Context& ctx, std::size_t n, F f_bin, View<std::uint64_t> out) {
  if (out.empty()) return;
  ctx.activate();
  DOSI_CUDA_CHECK(cudaMemsetAsync(out.data, 0, out.size * sizeof(std::uint64_t), ctx.stream()));
  if (n == 0) return;
  if (out.size > detail::kSharedBins) {
    for_each(ctx, n, detail::CountInto<F>{f_bin, out});
    return;
  }
  const std::size_t full = static_cast<std::size_t>(ctx.processors()) * 4;
  const std::size_t needed = (n + detail::kThreads - 1) / detail::kThreads;
  const std::size_t blocks = std::max(std::min(full, needed), n / detail::kBlockItems + 1);
  detail::launch(ctx, "launch of histogram", detail::histogram_shared_kernel<F>, blocks, detail::kThreads,
                 out.size * sizeof(unsigned), n, f_bin, out);
}

}  // namespace dosi::cuda::par
