// CUDA's words for device code, on a simulated GPU. Included before everything else, as nvcc does.
#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <type_traits>

#include "tests/simulated_gpu/grid.hpp"

#define __host__
#define __device__
#define __global__
#define __maxnreg__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))
// A block stays on one operating-system thread, and no two blocks are on it at the same time.
#define __shared__ thread_local

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
extern thread_local uint3 threadIdx, blockIdx;
extern thread_local dim3 blockDim, gridDim;

inline void __syncthreads() { dosi::simulated::wait_for_block(); }
inline void __syncwarp(unsigned mask = 0xFFFFFFFFu) { dosi::simulated::exchange(dosi::simulated::Together::sync, mask, 0); }
[[noreturn]] inline void __trap() { throw dosi::simulated::Fault("__trap"); }
inline int __popc(unsigned v) { return __builtin_popcount(v); }

namespace dosi::simulated {

template <class T>
T shuffled(Together what, unsigned mask, T value, unsigned lane) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange(what, mask, bits)[lane];
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Blocks may meet in global memory.
template <class T, class Change>
T atomically(T* target, Change change) {
  std::atomic_ref<T> place(*target);
  T before = place.load();
  while (!place.compare_exchange_weak(before, change(before))) {
  }
  return before;
}

}  // namespace dosi::simulated

template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return dosi::simulated::shuffled(dosi::simulated::Together::shuffle, mask, value, static_cast<unsigned>(lane) % 32);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int step) {
  return dosi::simulated::shuffled(dosi::simulated::Together::shuffle_xor, mask, value, (threadIdx.x ^ static_cast<unsigned>(step)) % 32);
}
inline unsigned __ballot_sync(unsigned mask, bool vote) {
  const auto* votes = dosi::simulated::exchange(dosi::simulated::Together::ballot, mask, vote ? 1 : 0);
  unsigned all = 0;
  for (unsigned l = 0; l < 32; ++l) all |= static_cast<unsigned>(votes[l]) << l;
  return all;
}

template <class T>
T atomicAdd(T* target, std::type_identity_t<T> value) {
  return dosi::simulated::atomically(target, [=](T before) { return static_cast<T>(before + value); });
}
template <class T>
T atomicMin(T* target, std::type_identity_t<T> value) {
  return dosi::simulated::atomically(target, [=](T before) { return value < before ? value : before; });
}
template <class T>
T atomicMax(T* target, std::type_identity_t<T> value) {
  return dosi::simulated::atomically(target, [=](T before) { return before < value ? value : before; });
}

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

namespace dosi::simulated {
// Dynamic shared memory that a kernel may ask for; beyond 48 KiB it has to be allowed first.
void allow_shared(const void* kernel, std::size_t bytes);
// Work of the device's that is no kernel.
void work(const std::function<void()>& what);
cudaError_t launch(const void* kernel, const cudaLaunchConfig_t& config, const std::function<void()>& thread);
}  // namespace dosi::simulated

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute, int bytes) {
  if (bytes < 0 || static_cast<std::size_t>(bytes) > dosi::simulated::kSharedBytes) return cudaErrorInvalidValue;
  dosi::simulated::allow_shared(reinterpret_cast<const void*>(kernel), static_cast<std::size_t>(bytes));
  return cudaSuccess;
}
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...), Arguments&&... arguments) {
  return dosi::simulated::launch(reinterpret_cast<const void*>(kernel), *config, [&] { kernel(static_cast<Parameters>(arguments)...); });
}
