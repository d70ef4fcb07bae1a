// Seconds of the work asked of a context since this was made, by the device's own events.
#pragma once

#include "kernels/par/cuda/context.cuh"

namespace dosi::cuda::par {

class Stopwatch {
 public:
  explicit Stopwatch(const Context& ctx) : ctx_(ctx) {
    ctx_.activate();
    DOSI_CUDA_CHECK(cudaEventCreate(&begin_));
    DOSI_CUDA_CHECK(cudaEventCreate(&end_));
    DOSI_CUDA_CHECK(cudaEventRecord(begin_, ctx_.stream()));
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }

  // Waits for the work.
  double seconds() const {
    ctx_.activate();
    DOSI_CUDA_CHECK(cudaEventRecord(end_, ctx_.stream()));
    DOSI_CUDA_CHECK(cudaEventSynchronize(end_));
    float milliseconds = 0;
    DOSI_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return milliseconds / 1e3;
  }

 private:
  const Context& ctx_;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

}  // namespace dosi::cuda::par
