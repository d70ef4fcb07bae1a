// Amounts and times as the whole numbers that the engine adds up.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace dosi::access {

inline std::uint32_t to_ms(double minutes) { return static_cast<std::uint32_t>(std::llround(minutes * 60'000)); }

// Whole numbers of 2^-bits, so that sums are exact in any order.
struct Fixed {
  std::vector<std::uint64_t> values;
  int bits = 0;
  double real(std::uint64_t sum) const { return std::ldexp(static_cast<double>(sum), -bits); }
};

// With as many bits as leave room for the sum of all in 64; `weighted`: times decay weights of up to 2^30.
Fixed fixed(const std::vector<double>& amounts, bool weighted);

}  // namespace dosi::access
