// Memory where the CPU backend works.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/context.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/errors.hpp"

namespace dosi::cpu::par {

// n elements, 64-byte aligned, not initialised. The Context must outlive the Buffer.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(Context& ctx, std::size_t n)
      : ctx_(&ctx), data_(static_cast<T*>(detail::allocate(bytes_of(n, sizeof(T), "host memory")))), size_(n) {}
  Buffer(Context& ctx, std::span<const T> host) : Buffer(ctx, host.size()) { upload(host); }
  Buffer(Buffer&& other) noexcept
      : ctx_(other.ctx_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(ctx_, other.ctx_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { detail::release(data_); }

  View<T> view() { return {data_, size_}; }
  View<const T> view() const { return {data_, size_}; }
  std::size_t size() const { return size_; }

  // Copies host.size() elements to, or from, the front. Throws std::invalid_argument if they do not fit.
  void upload(std::span<const T> host) {
    require_size("Buffer::upload: buffer", size_, host.size());
    if (!host.empty()) std::memcpy(static_cast<void*>(data_), host.data(), host.size_bytes());
  }
  void download(std::span<T> host) const {
    require_size("Buffer::download: buffer", size_, host.size());
    if (!host.empty()) std::memcpy(static_cast<void*>(host.data()), data_, host.size_bytes());
  }
  std::vector<T> to_host() const {
    std::vector<T> host(size_);
    download(host);
    return host;
  }
  void fill(T value) {
    if (size_ > 0) for_each(*ctx_, size_, [data = data_, value](std::size_t i) { data[i] = value; });
  }

 private:
  Context* ctx_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dosi::cpu::par
