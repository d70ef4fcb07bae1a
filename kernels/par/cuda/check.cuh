// Turns CUDA's error codes into exceptions that name the call, and counts what was launched.
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "kernels/par/cuda/launches.hpp"
#include "kernels/par/errors.hpp"

namespace dosi::cuda::par::detail {

inline void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  throw std::runtime_error(std::string(call) + ": " + cudaGetErrorString(status) + " (" +
                           cudaGetErrorName(status) + ")");
}

// After a kernel launch, and after an algorithm of CUB's that launches its own.
inline void launched(cudaError_t status, const char* what) {
  check(status, what);
  launches.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace dosi::cuda::par::detail

#define DOSI_CUDA_CHECK(call) ::dosi::cuda::par::detail::check((call), #call)
