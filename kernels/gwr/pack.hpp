// A pack: the numbers that a team handles in one step, one a lane. On a CPU it is a SIMD register, on a GPU each thread
// of a team of 32 holds its own lane. Code written in packs reads the same on both.
#pragma once

#ifndef DOSI_BACKEND
#error "pack.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <cmath>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "kernels/core/backend.hpp"

#if !DOSI_ON_CUDA && (defined(__AVX512F__) || (defined(__AVX__) && defined(__FMA__)))
#include <immintrin.h>
#endif
#if !DOSI_ON_CUDA && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // packs are passed between inlined functions alone
#endif

namespace dosi::DOSI_BACKEND::gwr {

// Pack of double, Singles of float: as many bytes, so on a CPU twice as many.
#if DOSI_ON_CUDA
inline constexpr std::size_t kLanes = 32;
using Pack = double;
using Singles = float;
#elif defined(__AVX512F__)
inline constexpr std::size_t kLanes = 8;
typedef double Pack __attribute__((vector_size(64)));
typedef float Singles __attribute__((vector_size(64)));
typedef float Narrow __attribute__((vector_size(32)));
typedef long long Bits __attribute__((vector_size(64)));
#else
inline constexpr std::size_t kLanes = 4;
typedef double Pack __attribute__((vector_size(32)));
typedef float Singles __attribute__((vector_size(32)));
typedef float Narrow __attribute__((vector_size(16)));
typedef long long Bits __attribute__((vector_size(32)));
#endif
template <class Real>
using Pack_of = std::conditional_t<std::is_same_v<Real, float>, Singles, Pack>;
template <class Real>
inline constexpr std::size_t kLanesOf = DOSI_ON_CUDA || std::is_same_v<Real, double> ? kLanes : 2 * kLanes;

DOSI_INLINE DOSI_HD std::size_t lane() {
#if defined(__CUDA_ARCH__)
  return threadIdx.x % kLanes;
#else
  return 0;
#endif
}

template <class Real>
DOSI_INLINE DOSI_HD Pack_of<Real> all_lanes(Real v) {
#if DOSI_ON_CUDA
  return v;
#else
  return v - Pack_of<Real>{};
#endif
}
DOSI_INLINE DOSI_HD Pack splat(double v) { return all_lanes(v); }

// p[0 .. lanes), of any alignment.
template <class Real>
DOSI_INLINE DOSI_HD Pack_of<Real> load(const Real* p) {
#if DOSI_ON_CUDA
  return p[lane()];
#else
  Pack_of<Real> v;
  std::memcpy(&v, p, sizeof v);
  return v;
#endif
}

template <class Real>
DOSI_INLINE DOSI_HD void store(Real* p, Pack_of<Real> v) {
#if DOSI_ON_CUDA
  p[lane()] = v;
#else
  std::memcpy(p, &v, sizeof v);
#endif
}

// a * b + c, rounded once where the processor can.
DOSI_INLINE DOSI_HD double fused(double a, double b, double c) {
#if DOSI_ON_CUDA || defined(__FMA__)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

#if DOSI_ON_CUDA
DOSI_INLINE DOSI_HD float fused(float a, float b, float c) { return std::fma(a, b, c); }
#else
DOSI_INLINE DOSI_HD Singles fused(Singles a, Singles b, Singles c) {
#if defined(__AVX512F__)
  return (Singles)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX__) && defined(__FMA__)
  return (Singles)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}
DOSI_INLINE DOSI_HD Pack fused(Pack a, Pack b, Pack c) {
#if defined(__AVX512F__)
  return (Pack)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX__) && defined(__FMA__)
  return (Pack)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
  return a * b + c;
#endif
}
#endif

// Not fmax, which is a call where its NaN and zeros have to be minded.
DOSI_INLINE DOSI_HD double larger(double a, double b) { return a > b ? a : b; }
DOSI_INLINE DOSI_HD double positive(double v) { return v > 0 ? v : 0.0; }
#if !DOSI_ON_CUDA
DOSI_INLINE Pack larger(Pack a, Pack b) { return a > b ? a : b; }
DOSI_INLINE Pack positive(Pack v) {
#if defined(__AVX512F__)
  return (Pack)_mm512_maskz_max_pd(0xFF, (__m512d)v, (__m512d)Pack{});
#else
  return v > 0 ? v : Pack{};
#endif
}
#endif

// Floats as a Pack, and back.
DOSI_INLINE DOSI_HD Pack load_widened(const float* p) {
#if DOSI_ON_CUDA
  return p[lane()];
#else
  Narrow v;
  std::memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, Pack);
#endif
}
DOSI_INLINE DOSI_HD void store_narrowed(float* p, Pack v) {
#if DOSI_ON_CUDA
  p[lane()] = static_cast<float>(v);
#else
  const Narrow narrow = __builtin_convertvector(v, Narrow);
  std::memcpy(p, &narrow, sizeof narrow);
#endif
}

// The first `count` of p, which alone are read, and 0 behind them.
DOSI_INLINE DOSI_HD Pack load_leading(const double* p, std::size_t count) {
#if DOSI_ON_CUDA
  return lane() < count ? p[lane()] : 0.0;
#elif defined(__AVX512F__)
  return (Pack)_mm512_maskz_loadu_pd(static_cast<__mmask8>(count < kLanes ? (1u << count) - 1 : 0xFF), p);
#else
  Pack v{};
  for (std::size_t l = 0; l < kLanes && l < count; ++l) v[l] = p[l];
  return v;
#endif
}

// Lane l is about p[first + l], as far as there are `count`; lanes behind read the last, and write nothing.
DOSI_INLINE DOSI_HD Pack load_lanes(const double* p, std::size_t first, std::size_t count) {
#if DOSI_ON_CUDA
  return p[first + lane() < count ? first + lane() : count - 1];
#else
  if (first + kLanes <= count) return load(p + first);
  Pack v;
  for (std::size_t l = 0; l < kLanes; ++l) v[l] = p[first + l < count ? first + l : count - 1];
  return v;
#endif
}
DOSI_INLINE DOSI_HD void store_lanes(double* p, std::size_t first, std::size_t count, Pack v) {
#if DOSI_ON_CUDA
  if (first + lane() < count) p[first + lane()] = v;
#else
  for (std::size_t l = 0; l < kLanes && first + l < count; ++l) p[first + l] = v[l];
#endif
}

// Whether v <= bound in any lane, in all.
DOSI_INLINE DOSI_HD bool any_up_to(Pack v, Pack bound) {
#if defined(__CUDA_ARCH__)
  return __ballot_sync(0xFFFFFFFFu, v <= bound) != 0;
#elif DOSI_ON_CUDA
  return v <= bound;
#elif defined(__AVX512F__)
  return _mm512_cmp_pd_mask((__m512d)v, (__m512d)bound, _CMP_LE_OQ) != 0;
#else
  bool any = false;
  for (std::size_t l = 0; l < kLanes; ++l) any |= v[l] <= bound[l];
  return any;
#endif
}
DOSI_INLINE DOSI_HD bool all_up_to(Pack v, Pack bound) {
#if defined(__CUDA_ARCH__)
  return __ballot_sync(0xFFFFFFFFu, v <= bound) == 0xFFFFFFFFu;
#elif DOSI_ON_CUDA
  return v <= bound;
#elif defined(__AVX512F__)
  return _mm512_cmp_pd_mask((__m512d)v, (__m512d)bound, _CMP_LE_OQ) == 0xFF;
#else
  bool all = true;
  for (std::size_t l = 0; l < kLanes; ++l) all = all && v[l] <= bound[l];
  return all;
#endif
}

DOSI_INLINE DOSI_HD Pack root(Pack v) {
#if DOSI_ON_CUDA
  return std::sqrt(v);
#elif defined(__AVX512F__)
  return (Pack)_mm512_maskz_sqrt_pd(0xFF, (__m512d)v);
#else
  for (std::size_t l = 0; l < kLanes; ++l) v[l] = std::sqrt(v[l]);
  return v;
#endif
}

// exp of numbers that are not above 0; 0 below -708.
DOSI_INLINE DOSI_HD Pack exp_of_negative(Pack v) {
#if DOSI_ON_CUDA
  return v < -708.0 ? 0.0 : std::exp(v);
#else
  constexpr double kLog2e = 1.4426950408889634074, kHigh = 6.93147180369123816490e-01,
                   kLow = 1.90821492927058770002e-10;
  constexpr double kRound = 0x1.8p52;  // adding it leaves a whole number in the low bits
  const Pack x = v < -708.0 ? splat(-708.0) : v;
  const Pack shifted = fused(x, splat(kLog2e), splat(kRound)), whole = shifted - kRound;
  const Pack r = fused(whole, splat(-kLow), fused(whole, splat(-kHigh), x));
  Pack p = splat(1.0 / 6227020800.0);
  constexpr double kInverse[] = {
      1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
      1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0,         1.0};
  for (const double c : kInverse) p = fused(p, r, splat(c));
  const Bits scaled = (Bits)p + ((Bits)shifted << 52);
  return v < -708.0 ? Pack{} : (Pack)scaled;
#endif
}

// arcsin(sqrt(s))^2 for 0 <= s <= 1: by its power series up to 1/4, beyond by arcsin(v) = pi / 2 - 2 arcsin(sqrt((1 -
// v) / 2)).
DOSI_INLINE DOSI_HD Pack squared_arcsine_of_root(Pack s) {
  constexpr int kTerms = 24;
  const Pack rest = 0.5 - 0.5 * root(s), t = s <= 0.25 ? s : rest;
  Pack p = splat(0);
  // The n-th coefficient is (1/2 3/4 … (2n-1)/2n) / (2n + 1); the product is taken back step by step.
  double product = 1;
  for (int n = 1; n < kTerms; ++n) product *= (2 * n - 1) / (2.0 * n);
  for (int n = kTerms - 1; n >= 0; --n) {
    p = fused(p, t, splat(product / (2 * n + 1)));
    if (n > 0) product *= 2.0 * n / (2 * n - 1);
  }
  const Pack beyond = 1.57079632679489661923 - 2.0 * (root(t) * p);
  return s <= 0.25 ? t * p * p : beyond * beyond;
}

#if !DOSI_ON_CUDA
DOSI_INLINE double squared_arcsine_of_root(double s) {
  const double a = std::asin(std::sqrt(s));
  return a * a;
}
#endif

// Over all lanes, the same for each member of the team, in a fixed order.
DOSI_INLINE DOSI_HD double sum(Pack v) {
#if defined(__CUDA_ARCH__)
  for (int step = 16; step > 0; step /= 2) v += __shfl_xor_sync(0xFFFFFFFFu, v, step);
  return v;
#elif DOSI_ON_CUDA
  return v;
#else
  double half[kLanes];
  store(half, v);
  for (std::size_t n = kLanes / 2; n > 0; n /= 2)
    for (std::size_t l = 0; l < n; ++l) half[l] += half[l + n];
  return half[0];
#endif
}

DOSI_INLINE DOSI_HD double largest(Pack v) {
#if defined(__CUDA_ARCH__)
  for (int step = 16; step > 0; step /= 2) v = fmax(v, __shfl_xor_sync(0xFFFFFFFFu, v, step));
  return v;
#elif DOSI_ON_CUDA
  return v;
#else
  double m = v[0];
  for (std::size_t l = 1; l < kLanes; ++l) m = v[l] > m ? v[l] : m;
  return m;
#endif
}

// Lane l of packs[e / kLanes] for element e = … * kLanes + l.
DOSI_INLINE DOSI_HD double element(const Pack* packs, std::size_t e) {
#if defined(__CUDA_ARCH__)
  return __shfl_sync(0xFFFFFFFFu, packs[e / kLanes], static_cast<int>(e % kLanes));
#elif DOSI_ON_CUDA
  return packs[e / kLanes];
#else
  return packs[e / kLanes][e % kLanes];
#endif
}

// Writes values in (low, high] behind the first `count` of `out`, as far as there is room, and returns the new count.
DOSI_INLINE DOSI_HD unsigned append_between([[maybe_unused]] Pack value, [[maybe_unused]] double low,
                                            [[maybe_unused]] double high, [[maybe_unused]] double* out, unsigned count,
                                            [[maybe_unused]] unsigned most) {
#if defined(__CUDA_ARCH__)
  const bool take = value > low && value <= high;
  const unsigned all = __ballot_sync(0xFFFFFFFFu, take);
  const unsigned at = count + __popc(all & ((1u << lane()) - 1));
  if (take && at < most) out[at] = value;
  return count + __popc(all);
#elif DOSI_ON_CUDA
  return count;
#else
#if defined(__AVX512F__)
  if (count + kLanes <= most) {
    const __mmask8 take = _mm512_cmp_pd_mask((__m512d)value, _mm512_set1_pd(low), _CMP_GT_OQ) &
                          _mm512_cmp_pd_mask((__m512d)value, _mm512_set1_pd(high), _CMP_LE_OQ);
    store(out + count, (Pack)_mm512_maskz_compress_pd(take, (__m512d)value));
    return count + static_cast<unsigned>(__builtin_popcount(take));
  }
#endif
  for (std::size_t l = 0; l < kLanes; ++l)
    if (value[l] > low && value[l] <= high) {
      if (count < most) out[count] = value[l];
      ++count;
    }
  return count;
#endif
}

// Where this lane's item stands among those taken by all lanes, counted on from `count`, which grows by their number.
template <class Count>
DOSI_INLINE DOSI_HD Count place_among([[maybe_unused]] bool take, Count& count) {
  const Count before = count;
#if defined(__CUDA_ARCH__)
  const unsigned all = __ballot_sync(0xFFFFFFFFu, take);
  count += __popc(all);
  return before + __popc(all & ((1u << lane()) - 1));
#elif DOSI_ON_CUDA
  return before;
#else
  count += take ? 1 : 0;
  return before;
#endif
}

}  // namespace dosi::DOSI_BACKEND::gwr
