// Keys as unsigned integers of the same order, for the radix sort.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace dosi::cpu::par::detail {

template <class K>
struct KeyBits {
  static_assert((std::is_integral_v<K> || std::is_same_v<K, float> || std::is_same_v<K, double>)&&(sizeof(K) == 4 ||
                                                                                                   sizeof(K) == 8),
                "keys are 32- or 64-bit integers, float or double");
  using Bits = std::conditional_t<sizeof(K) == 4, std::uint32_t, std::uint64_t>;
  static constexpr Bits kSign = Bits{1} << (8 * sizeof(K) - 1);

  // -0.0 and 0.0 give the same bits.
  static Bits ordered(K key) {
    if constexpr (std::is_floating_point_v<K>) {
      Bits bits = std::bit_cast<Bits>(key);
      bits = bits == kSign ? Bits{0} : bits;
      return bits ^ ((bits & kSign) ? ~Bits{0} : kSign);
    } else if constexpr (std::is_signed_v<K>) {
      return static_cast<Bits>(key) ^ kSign;
    } else {
      return static_cast<Bits>(key);
    }
  }
};

}  // namespace dosi::cpu::par::detail
