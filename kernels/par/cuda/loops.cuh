// for_each and for_each_team on a device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "kernels/core/team.hpp"
#include "kernels/par/cuda/context.cuh"

namespace dosi::cuda::par {

namespace detail {

inline constexpr unsigned kThreads = 256;

// Blocks for n threads, at most so many that those of the last wave, which leave processors idle, are a hundredth of all:
// kernels stride over the rest.
inline unsigned blocks_for(const Context& ctx, std::size_t n) {
  const std::size_t most = static_cast<std::size_t>(ctx.processors()) * 128;
  return static_cast<unsigned>(std::clamp<std::size_t>((n + kThreads - 1) / kThreads, 1, most));
}

// Gives the device a kernel. `what` is for the error message; arguments become what the kernel's parameters are.
template <class... Parameters, class... Arguments>
void launch(const Context& ctx, const char* what, void (*kernel)(Parameters...), std::size_t blocks, std::size_t threads,
            std::size_t shared_bytes, Arguments... arguments) {
  ctx.activate();
  cudaLaunchConfig_t config{};
  config.gridDim.x = static_cast<unsigned>(blocks);
  config.blockDim.x = static_cast<unsigned>(threads);
  config.dynamicSmemBytes = shared_bytes;
  config.stream = ctx.stream();
  launched(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), what);
}

// Registers of a thread: as many as it likes, or fewer where a functor says so, that more threads fit.
template <class F>
constexpr unsigned most_registers() {
  if constexpr (requires { F::kMostRegisters; }) return F::kMostRegisters;
  else return 255;
}

template <class F>
__global__ void __maxnreg__(most_registers<F>()) for_each_kernel(std::size_t n, F f) {
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) f(i);
}

// Each block has a team of its own, then claims others one at a time from *d_next, so that long teams do not hold up
// others. d_next is null where there are no others.
template <class F>
__global__ void for_each_team_kernel(unsigned long long* d_next, std::size_t teams, std::size_t scratch_bytes, F f) {
  extern __shared__ __align__(64) unsigned char team_scratch[];
  __shared__ unsigned long long claimed;
  unsigned long long index = blockIdx.x;
  while (index < teams) {
    Team team(reinterpret_cast<std::byte*>(team_scratch), scratch_bytes, blockIdx.x);
    f(team, static_cast<std::size_t>(index));
    if (d_next == nullptr) return;
    __syncthreads();
    if (threadIdx.x == 0) claimed = gridDim.x + atomicAdd(d_next, 1ull);
    __syncthreads();
    index = claimed;
  }
}

}  // namespace detail

template <class F>
void for_each(Context& ctx, std::size_t n, F f) {
  if (n == 0) return;
  detail::launch(ctx, "launch of for_each", detail::for_each_kernel<F>, detail::blocks_for(ctx, n), detail::kThreads, 0, n, f);
}

template <class F>
void for_each_team(Context& ctx, std::size_t teams, int threads_per_team, std::size_t scratch_bytes, F f) {
  if (threads_per_team < 32 || threads_per_team > 1024 || threads_per_team % 32 != 0) {
    throw std::invalid_argument("threads_per_team is " + std::to_string(threads_per_team) +
                                ", must be a multiple of 32 from 32 to 1024");
  }
  if (scratch_bytes + 64 > ctx.properties().sharedMemPerBlockOptin) {
    throw std::invalid_argument("a team asks for " + std::to_string(scratch_bytes) + " bytes of scratch, the device has " +
                                std::to_string(ctx.properties().sharedMemPerBlockOptin) + " a block");
  }
  if (teams == 0) return;
  ctx.activate();
  const auto kernel = detail::for_each_team_kernel<F>;
  DOSI_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                       static_cast<int>(scratch_bytes)));
  const auto most = static_cast<std::size_t>(ctx.teams_at_once(threads_per_team, scratch_bytes));
  auto* const d_next = teams > most ? static_cast<unsigned long long*>(ctx.allocate(sizeof(unsigned long long))) : nullptr;
  const auto launch = [&] {
    if (d_next != nullptr) DOSI_CUDA_CHECK(cudaMemsetAsync(d_next, 0, sizeof *d_next, ctx.stream()));
    detail::launch(ctx, "launch of for_each_team", kernel, std::min(teams, most), static_cast<std::size_t>(threads_per_team),
                   scratch_bytes, d_next, teams, scratch_bytes, f);
  };
  try {
    launch();
  } catch (...) {
    ctx.release(d_next);
    throw;
  }
  ctx.release(d_next);
}

}  // namespace dosi::cuda::par
