// Several floats in one register of the processor, with the operators of a float. Code that is a template over the type
// it computes with does so for one value on a GPU and for kLanes of them on a CPU, each rounded as it would be alone.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/core/backend.hpp"

#if !DOSI_ON_CUDA && defined(__AVX__)
#include <immintrin.h>
#endif

namespace dosi {

// a b + c, rounded once where the processor can: it is then the same on all devices.
DOSI_INLINE DOSI_HD float fused(float a, float b, float c) {
#if defined(__CUDA_ARCH__) || defined(__FMA__)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

DOSI_INLINE DOSI_HD float square_root(float a) { return std::sqrt(a); }

#if !DOSI_ON_CUDA

#if defined(__AVX512F__)
inline constexpr std::uint32_t kLanes = 16;
#elif defined(__AVX__)
inline constexpr std::uint32_t kLanes = 8;
#else
inline constexpr std::uint32_t kLanes = 4;
#endif

typedef float Lanes __attribute__((vector_size(sizeof(float) * kLanes)));

DOSI_INLINE Lanes load_lanes(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
DOSI_INLINE void store_lanes(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

DOSI_INLINE Lanes spread(Lanes a) { return a; }
DOSI_INLINE Lanes spread(float a) { return a - Lanes{}; }

template <class A, class B, class C>
requires(std::is_same_v<A, Lanes> || std::is_same_v<B, Lanes> || std::is_same_v<C, Lanes>) DOSI_INLINE Lanes
    fused(A a, B b, C c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(spread(a), spread(b), spread(c));
#elif defined(__AVX__) && defined(__FMA__)
  return _mm256_fmadd_ps(spread(a), spread(b), spread(c));
#else
  return spread(a) * spread(b) + spread(c);
#endif
}

DOSI_INLINE Lanes square_root(Lanes a) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xFFFF, a);  // GCC 12 warns of an uninitialised value in _mm512_sqrt_ps
#elif defined(__AVX__)
  return _mm256_sqrt_ps(a);
#else
  for (std::uint32_t k = 0; k < kLanes; ++k) a[k] = std::sqrt(a[k]);
  return a;
#endif
}

#endif

}  // namespace dosi
