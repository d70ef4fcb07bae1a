// cub::DeviceScan on a simulated GPU. Without scratch it says how much it needs, as CUB does; out may be in.
#pragma once

#include <cuda_runtime.h>

namespace cub {
struct DeviceScan {
  template <class T, class Op>
  static cudaError_t InclusiveScan(void* scratch, std::size_t& bytes, const T* in, T* out, Op op, std::size_t n, cudaStream_t) {
    if (scratch == nullptr) return bytes = 1, cudaSuccess;
    dosi::simulated::work([&] {
      T sum = in[0];
      out[0] = sum;
      for (std::size_t i = 1; i < n; ++i) out[i] = sum = op(sum, in[i]);
    });
    return cudaSuccess;
  }
  template <class T, class Op>
  static cudaError_t ExclusiveScan(void* scratch, std::size_t& bytes, const T* in, T* out, Op op, T init, std::size_t n, cudaStream_t) {
    if (scratch == nullptr) return bytes = 1, cudaSuccess;
    dosi::simulated::work([&] {
      for (std::size_t i = 0; i < n; ++i) {
        const T next = op(init, in[i]);
        out[i] = init;
        init = next;
      }
    });
    return cudaSuccess;
  }
};
}  // namespace cub
