// cub::DeviceSelect on a simulated GPU.
#pragma once

#include <cuda_runtime.h>

namespace cub {
struct DeviceSelect {
  template <class In, class Out, class Count, class Predicate>
  static cudaError_t If(void* scratch, std::size_t& bytes, In in, Out* out, Count* count, std::int64_t n, Predicate predicate, cudaStream_t) {
    if (scratch == nullptr) return bytes = 1, cudaSuccess;
    dosi::simulated::work([&] {
      std::size_t taken = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        const Out value = in[i];
        if (predicate(value)) out[taken++] = value;
      }
      *count = static_cast<Count>(taken);
    });
    return cudaSuccess;
  }
};
}  // namespace cub
