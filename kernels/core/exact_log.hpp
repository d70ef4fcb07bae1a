// A logarithm whose bits do not depend on the device.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/core/backend.hpp"

namespace dosi {

// The natural logarithm of a normal x > 0 within 2 units in the last place, from IEEE operations alone: the same bits
// on every device. With x = 2^k m, m in [sqrt(1/2), sqrt(2)), and s = (m - 1) / (m + 1): log m = 2 artanh s.
DOSI_HD inline double exact_log(double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  std::uint64_t k = bits >> 52;
  std::uint64_t mantissa = (bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
  if (mantissa > 0x3FF6A09E667F3BCDull) {
    mantissa -= 0x0010000000000000ull;
    ++k;
  }
  const double m = std::bit_cast<double>(mantissa), exponent = static_cast<double>(static_cast<std::int64_t>(k) - 1023);
  const double s = (m - 1) / (m + 1), z = s * s;
  double sum = 1.0 / 23;
  for (int odd = 21; odd >= 3; odd -= 2) sum = sum * z + 1.0 / odd;
  // ln 2 in two parts, the first with zeros at its end, so that its product with k is exact.
  return exponent * 0x1.62e42fefa0000p-1 + (exponent * 0x1.cf79abc9e3b3ap-40 + 2 * s * z * sum + 2 * s);
}

}  // namespace dosi
