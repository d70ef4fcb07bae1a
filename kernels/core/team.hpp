// A team: the workers that share one piece of work and its fast memory. On a GPU it is a block of threads,
// on a CPU one thread whose loops use SIMD lanes. Kernels written against it read the same on both.
//
// Every member of the team runs the same code and must reach every sync() and every shared() call.
#pragma once

#ifndef DOSI_BACKEND
#error "team.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "kernels/core/backend.hpp"
#include "kernels/core/view.hpp"

namespace dosi::DOSI_BACKEND {

class Team {
 public:
  // True where a team is one worker: rank() is 0, size() is 1 and sync() does nothing.
  static constexpr bool serial = DOSI_ON_CUDA == 0;

  // Used by par::for_each_team. `slot` tells teams that run at the same time apart.
  DOSI_HD Team(std::byte* scratch, std::size_t scratch_bytes, std::size_t slot)
      : scratch_(scratch), scratch_bytes_(scratch_bytes), slot_(slot) {}

  DOSI_HD unsigned rank() const {
#if defined(__CUDA_ARCH__)
    return threadIdx.x;
#else
    return 0;
#endif
  }

  DOSI_HD unsigned size() const {
#if defined(__CUDA_ARCH__)
    return blockDim.x;
#else
    return 1;
#endif
  }

  // Below Context::teams_at_once(): the index of this team's own part of a workspace in global memory.
  DOSI_HD std::size_t slot() const { return slot_; }

  // Waits for the whole team; what its members wrote before is then visible to all of them.
  DOSI_HD void sync() const {
#if defined(__CUDA_ARCH__)
    __syncthreads();
#endif
  }

  // f(i) for i in [0, n), spread over the team. Iterations must be independent of each other; atomics on
  // the team's memory are allowed. Does not sync at the end.
  template <class F>
  DOSI_HD void for_each(std::size_t n, F f) const {
#if defined(__CUDA_ARCH__)
    for (std::size_t i = threadIdx.x; i < n; i += blockDim.x) f(i);
#else
    for (std::size_t i = 0; i < n; ++i) f(i);
#endif
  }

  // The same where no two iterations touch the same memory, atomics included: SIMD lanes on a CPU.
  template <class F>
  DOSI_HD void for_each_simd(std::size_t n, F f) const {
#if defined(__CUDA_ARCH__)
    for (std::size_t i = threadIdx.x; i < n; i += blockDim.x) f(i);
#else
    DOSI_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) f(i);
#endif
  }

  // n elements of the team's fast memory, uninitialised, the same for every member; lives as long as the
  // team. More than the scratch_bytes asked of for_each_team throws std::bad_alloc on a CPU and traps on a GPU.
  template <class T>
  DOSI_HD View<T> shared(std::size_t n) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64);
    const std::size_t first = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    if (first > scratch_bytes_ || n > (scratch_bytes_ - first) / sizeof(T)) out_of_scratch();
    used_ = first + n * sizeof(T);
    return {reinterpret_cast<T*>(scratch_ + first), n};
  }

  // Bytes to ask for so that shared<T>(n) fits whatever was carved out before it.
  template <class T>
  static constexpr DOSI_HD std::size_t shared_bytes(std::size_t n) {
    return n * sizeof(T) + alignof(T) - 1;
  }

  // Adds and returns the value before. Only for memory that this team alone writes: on a CPU it is a plain
  // addition. Sums of floating-point numbers depend on the order on a GPU: use integers where that matters.
  template <class T>
  DOSI_HD T atomic_add(T* target, T value) const {
    static_assert(std::is_arithmetic_v<T> && sizeof(T) >= 4);
#if defined(__CUDA_ARCH__)
    if constexpr (std::is_floating_point_v<T>) {
      return atomicAdd(target, value);
    } else if constexpr (sizeof(T) == 8) {
      return static_cast<T>(
          atomicAdd(reinterpret_cast<unsigned long long*>(target), static_cast<unsigned long long>(value)));
    } else {
      return static_cast<T>(atomicAdd(reinterpret_cast<unsigned*>(target), static_cast<unsigned>(value)));
    }
#else
    const T before = *target;
    *target = before + value;
    return before;
#endif
  }

  // Lowers *target to value if that is smaller; returns the value before. Memory as for atomic_add.
  template <class T>
  DOSI_HD T atomic_min(T* target, T value) const {
    static_assert(std::is_integral_v<T> && sizeof(T) >= 4);
#if defined(__CUDA_ARCH__)
    return static_cast<T>(atomicMin(reinterpret_cast<Native<T>*>(target), static_cast<Native<T>>(value)));
#else
    const T before = *target;
    if (value < before) *target = value;
    return before;
#endif
  }

  // Raises *target to value if that is larger; returns the value before. Memory as for atomic_add.
  template <class T>
  DOSI_HD T atomic_max(T* target, T value) const {
    static_assert(std::is_integral_v<T> && sizeof(T) >= 4);
#if defined(__CUDA_ARCH__)
    return static_cast<T>(atomicMax(reinterpret_cast<Native<T>*>(target), static_cast<Native<T>>(value)));
#else
    const T before = *target;
    if (before < value) *target = value;
    return before;
#endif
  }

 private:
  // The type of the same width and sign that CUDA's atomics are declared for.
  template <class T>
  using Native =
      std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, long long, unsigned long long>,
                         std::conditional_t<std::is_signed_v<T>, int, unsigned>>;

  DOSI_HD static void out_of_scratch() {
#if defined(__CUDA_ARCH__)
    __trap();
#else
    throw std::bad_alloc();
#endif
  }

  std::byte* scratch_;
  std::size_t scratch_bytes_;
  std::size_t slot_;
  std::size_t used_ = 0;
};

}  // namespace dosi::DOSI_BACKEND
