// IEEE halves on a simulated GPU.
#pragma once

#include <bit>

struct __half_raw {
  unsigned short x;
};
struct __half {
  explicit __half(__half_raw raw) : bits(raw.x) {}
  operator __half_raw() const { return {bits}; }
  unsigned short bits;
};
inline float __half2float(__half h) { return static_cast<float>(std::bit_cast<_Float16>(h.bits)); }
inline __half __float2half_rn(float f) { return __half(__half_raw{std::bit_cast<unsigned short>(static_cast<_Float16>(f))}); }
