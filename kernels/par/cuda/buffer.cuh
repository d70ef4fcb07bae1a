// Memory where the CUDA backend works.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/context.cuh"
#include "kernels/par/cuda/loops.cuh"
#include "kernels/par/errors.hpp"

namespace dosi::cuda::par {

namespace detail {

template <class T>
struct StoreValue {
  T* out;
  T value;
  __device__ void operator()(std::size_t i) const { out[i] = value; }
};

}  // namespace detail

// n elements on the device, not initialised. The Context must outlive the Buffer, and calls in other contexts must not
// use it without Context::synchronize() between.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(Context& ctx, std::size_t n)
      : ctx_(&ctx), d_data_(static_cast<T*>(ctx.allocate(bytes_of(n, sizeof(T), "device memory")))), size_(n) {}
  Buffer(Context& ctx, std::span<const T> host) : Buffer(ctx, host.size()) { upload(host); }
  Buffer(Buffer&& other) noexcept
      : ctx_(other.ctx_), d_data_(std::exchange(other.d_data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(ctx_, other.ctx_);
    std::swap(d_data_, other.d_data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (d_data_) ctx_->release(d_data_);
  }

  View<T> view() { return {d_data_, size_}; }
  View<const T> view() const { return {d_data_, size_}; }
  std::size_t size() const { return size_; }

  // Copies host.size() elements to, or from, the front, and waits for it. Throws std::invalid_argument if they do not
  // fit.
  void upload(std::span<const T> host) {
    require_size("Buffer::upload: buffer", size_, host.size());
    if (host.empty()) return;
    ctx_->activate();
    DOSI_CUDA_CHECK(cudaMemcpyAsync(d_data_, host.data(), host.size_bytes(), cudaMemcpyHostToDevice, ctx_->stream()));
    ctx_->synchronize();
  }
  void download(std::span<T> host) const {
    require_size("Buffer::download: buffer", size_, host.size());
    if (host.empty()) return;
    ctx_->activate();
    DOSI_CUDA_CHECK(cudaMemcpyAsync(host.data(), d_data_, host.size_bytes(), cudaMemcpyDeviceToHost, ctx_->stream()));
    ctx_->synchronize();
  }
  std::vector<T> to_host() const {
    std::vector<T> host(size_);
    download(host);
    return host;
  }
  void fill(T value) {
    if (size_ > 0) for_each(*ctx_, size_, detail::StoreValue<T>{d_data_, value});
  }

 private:
  Context* ctx_ = nullptr;
  T* d_data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

// One element from the device; waits for what is under way.
template <class T>
T fetch(Context& ctx, const T* d_value) {
  T value;
  ctx.activate();
  DOSI_CUDA_CHECK(cudaMemcpyAsync(&value, d_value, sizeof(T), cudaMemcpyDeviceToHost, ctx.stream()));
  ctx.synchronize();
  return value;
}

}  // namespace detail

}  // namespace dosi::cuda::par
