// How populations lie in memory: float, or IEEE halves of 2^15 times the deviation from rest, which is below 2.
// Converted by the processor where it can.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/core/backend.hpp"

#if DOSI_ON_CUDA
#include <cuda_fp16.h>
#elif defined(__F16C__)
#include <immintrin.h>
#endif

namespace dosi::wind {

struct Half {
  std::uint16_t bits;
};
inline constexpr float kHalfScale = 32768.0f;

DOSI_HD inline float decoded(float stored) { return stored; }
DOSI_HD inline void encode(float value, float& stored) { stored = value; }

DOSI_HD inline float decoded(Half stored) {
#if DOSI_ON_CUDA
  return __half2float(__half(__half_raw{stored.bits})) * (1.0f / kHalfScale);
#elif defined(__F16C__)
  return _cvtsh_ss(stored.bits) * (1.0f / kHalfScale);
#else
  _Float16 half;
  std::memcpy(&half, &stored.bits, sizeof half);
  return static_cast<float>(half) * (1.0f / kHalfScale);
#endif
}

DOSI_HD inline void encode(float value, Half& stored) {
#if DOSI_ON_CUDA
  stored.bits = __half_raw(__float2half_rn(value * kHalfScale)).x;
#elif defined(__F16C__)
  stored.bits = _cvtss_sh(value * kHalfScale, _MM_FROUND_TO_NEAREST_INT);
#else
  const auto half = static_cast<_Float16>(value * kHalfScale);
  std::memcpy(&stored.bits, &half, sizeof half);
#endif
}

#if !DOSI_ON_CUDA

// Runs of populations.
inline void decode_run(const float* from, float* to, std::size_t count) {
  std::memcpy(to, from, count * sizeof(float));
}
inline void encode_run(const float* from, float* to, std::size_t count) {
  std::memcpy(to, from, count * sizeof(float));
}

inline void decode_run(const Half* from, float* to, std::size_t count) {
  std::size_t k = 0;
#if defined(__F16C__)
  const __m256 scale = _mm256_set1_ps(1.0f / kHalfScale);
  for (; k + 8 <= count; k += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + k));
    _mm256_storeu_ps(to + k, _mm256_mul_ps(_mm256_cvtph_ps(halves), scale));
  }
#endif
  for (; k < count; ++k) to[k] = decoded(from[k]);
}

inline void encode_run(const float* from, Half* to, std::size_t count) {
  std::size_t k = 0;
#if defined(__F16C__)
  const __m256 scale = _mm256_set1_ps(kHalfScale);
  for (; k + 8 <= count; k += 8) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_mul_ps(_mm256_loadu_ps(from + k), scale), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + k), halves);
  }
#endif
  for (; k < count; ++k) encode(from[k], to[k]);
}

#endif

}  // namespace dosi::wind
