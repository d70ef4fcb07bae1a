// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
// as easy as 1, 2, 3" (SC 2011). A draw is a pure function of (seed, item, replica, draw), so an answer
// does not depend on the order, the device or the number of workers that produced it.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/backend.hpp"

namespace dosi {

struct PhiloxCounter {
  std::uint32_t word[4] = {0, 0, 0, 0};
};

struct PhiloxKey {
  std::uint32_t word[2] = {0, 0};
};

// The bijection itself: 128 random bits of the counter under the key. Exact on every device.
DOSI_HD inline PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53u;
  constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;
  constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter.word[0];
    const std::uint64_t product1 = kMultiplier1 * counter.word[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32) ^ counter.word[1] ^ key.word[0],
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ counter.word[3] ^ key.word[1],
                static_cast<std::uint32_t>(product0)}};
    key.word[0] += kWeyl0;
    key.word[1] += kWeyl1;
  }
  return counter;
}

// Block `draw` of the stream (seed, item, replica): counter words are draw, replica, item low, item high.
DOSI_HD inline PhiloxCounter philox_block(std::uint64_t seed, std::uint64_t item, std::uint32_t replica,
                                          std::uint32_t draw) {
  const PhiloxCounter counter{
      {draw, replica, static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32)}};
  const PhiloxKey key{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  return philox4x32_10(counter, key);
}

// The stream of one (seed, item, replica), read word by word: 2^34 words before it repeats.
// All but normal() are bit-identical on every device.
class Random {
 public:
  DOSI_HD Random(std::uint64_t seed, std::uint64_t item, std::uint32_t replica = 0)
      : seed_(seed), item_(item), replica_(replica) {}

  // Uniform over all 32-bit values.
  DOSI_HD std::uint32_t bits() {
    if (used_ == 4) {
      block_ = philox_block(seed_, item_, replica_, draw_++);
      used_ = 0;
    }
    return block_.word[used_++];
  }

  // Uniform over all 64-bit values; takes two words, the low half first.
  DOSI_HD std::uint64_t bits64() {
    const std::uint64_t low = bits();
    return static_cast<std::uint64_t>(bits()) << 32 | low;
  }

  // Uniform in [0, 1), a multiple of 2^-53.
  DOSI_HD double uniform() { return static_cast<double>(bits64() >> 11) * 0x1.0p-53; }

  // Uniform in 0 .. bound-1 without bias, for bound >= 1 (0 for bound 0): Lemire's multiply and reject,
  // "Fast random integer generation in an interval" (2019). Takes one word, rarely more.
  DOSI_HD std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = static_cast<std::uint64_t>(bits()) * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0u - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = static_cast<std::uint64_t>(bits()) * bound;
      }
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  // The same over 64 bits, by masking and rejecting: fewer than two tries on average.
  DOSI_HD std::uint64_t below64(std::uint64_t bound) {
    if (bound <= 1) return 0;
    std::uint64_t mask = bound - 1;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    std::uint64_t value = bits64() & mask;
    while (value >= bound) value = bits64() & mask;
    return value;
  }

  // Standard normal by Box and Muller. Not bit-identical between devices: their log and cos differ in
  // the last place. Takes four words.
  DOSI_HD double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586476925 * uniform());
  }

 private:
  std::uint64_t seed_;
  std::uint64_t item_;
  std::uint32_t replica_;
  std::uint32_t draw_ = 0;
  std::uint32_t used_ = 4;
  PhiloxCounter block_;
};

}  // namespace dosi
