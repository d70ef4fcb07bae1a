// Where the CUDA backend works: a device, a stream, and memory that the stream allocates and frees in its order.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/par/cuda/check.cuh"

namespace dosi::cuda::par {

namespace detail {

// Shared memory that the system keeps for itself in each block, and what for_each_team declares beside the scratch.
inline constexpr std::size_t kReservedSharedBytes = 1024 + 64;

}  // namespace detail

// Used by one host thread at a time. Freed memory stays with the device's pool until release_scratch().
class Context {
 public:
  // Throws std::runtime_error where the device does not exist.
  explicit Context(int device) : device_(device) {
    DOSI_CUDA_CHECK(cudaSetDevice(device));
    DOSI_CUDA_CHECK(cudaGetDeviceProperties(&properties_, device));
    DOSI_CUDA_CHECK(cudaDeviceGetDefaultMemPool(&pool_, device));
    std::uint64_t keep = std::numeric_limits<std::uint64_t>::max();
    DOSI_CUDA_CHECK(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep));
    DOSI_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (cudaSetDevice(device_) == cudaSuccess) cudaStreamDestroy(stream_);
  }

  int device() const { return device_; }
  cudaStream_t stream() const { return stream_; }
  const cudaDeviceProp& properties() const { return properties_; }
  int processors() const { return properties_.multiProcessorCount; }

  // Makes this context's device the calling thread's; every primitive begins so.
  void activate() const { DOSI_CUDA_CHECK(cudaSetDevice(device_)); }

  // Waits until everything asked of this context is done; throws what went wrong in it.
  void synchronize() const {
    activate();
    DOSI_CUDA_CHECK(cudaStreamSynchronize(stream_));
  }

  // How many teams run at the same time, by the device's threads, blocks and shared memory. At least 1. Registers may
  // allow fewer; for_each_team runs no more than this, so slots below it are never shared.
  int teams_at_once(int threads_per_team, std::size_t scratch_bytes) const {
    const std::size_t shared = properties_.sharedMemPerMultiprocessor / (scratch_bytes + detail::kReservedSharedBytes);
    const int threads = properties_.maxThreadsPerMultiProcessor / std::max(threads_per_team, 1);
    const int blocks = std::min(threads, properties_.maxBlocksPerMultiProcessor);
    return std::max(1, static_cast<int>(std::min<std::size_t>(shared, static_cast<std::size_t>(blocks))) *
                           processors());
  }

  // Bytes that can still be allocated, those waiting in the pool among them.
  std::size_t free_memory() const {
    activate();
    std::size_t free = 0, total = 0;
    DOSI_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    std::uint64_t reserved = 0, used = 0;
    DOSI_CUDA_CHECK(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrReservedMemCurrent, &reserved));
    DOSI_CUDA_CHECK(cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrUsedMemCurrent, &used));
    return free + static_cast<std::size_t>(reserved - used);
  }

  // Gives memory that waits in the pool back to the device.
  void release_scratch() {
    synchronize();
    DOSI_CUDA_CHECK(cudaMemPoolTrimTo(pool_, 0));
  }

  // Memory in the order of the stream; null for zero bytes. Throws AllocationError.
  void* allocate(std::size_t bytes) const {
    if (bytes == 0) return nullptr;
    activate();
    void* memory = nullptr;
    const cudaError_t status = cudaMallocAsync(&memory, bytes, stream_);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw AllocationError(bytes, "memory of CUDA device " + std::to_string(device_));
    }
    DOSI_CUDA_CHECK(status);
    return memory;
  }
  void release(void* memory) const noexcept {
    if (memory && cudaSetDevice(device_) == cudaSuccess) cudaFreeAsync(memory, stream_);
  }

 private:
  int device_;
  cudaDeviceProp properties_{};
  cudaMemPool_t pool_ = nullptr;
  cudaStream_t stream_ = nullptr;
};

}  // namespace dosi::cuda::par
