#include "kernels/core/philox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace dosi {
namespace {

struct KnownAnswer {
  PhiloxCounter counter;
  PhiloxKey key;
  PhiloxCounter answer;
};

// kat_vectors of Random123, philox 4x32 10.
constexpr KnownAnswer kKnownAnswers[] = {
    {{{0, 0, 0, 0}}, {{0, 0}}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     {{0xffffffff, 0xffffffff}},
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     {{0xa4093822, 0x299f31d0}},
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
};

TEST(Philox, known_answers) {
  for (const KnownAnswer& known : kKnownAnswers) {
    const PhiloxCounter answer = philox4x32_10(known.counter, known.key);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(answer.word[i], known.answer.word[i]);
  }
}

TEST(Philox, stream_reads_blocks_in_order) {
  const std::uint64_t seed = 0x0123456789abcdefu, item = 0xfedcba9876543210u;
  Random random(seed, item, 7);
  for (std::uint32_t draw = 0; draw < 3; ++draw) {
    const PhiloxCounter block = philox_block(seed, item, 7, draw);
    for (std::uint32_t word : block.word) EXPECT_EQ(random.bits(), word);
  }
}

TEST(Philox, item_replica_and_seed_give_other_streams) {
  const std::uint64_t base = Random(1, 2, 3).bits64();
  EXPECT_NE(base, Random(2, 2, 3).bits64());
  EXPECT_NE(base, Random(1, 2, 4).bits64());
  EXPECT_NE(base, Random(1, 3, 3).bits64());
  EXPECT_NE(base, Random(1 + (std::uint64_t{1} << 32), 2, 3).bits64());
  EXPECT_NE(base, Random(1, 2 + (std::uint64_t{1} << 32), 3).bits64());
}

TEST(Philox, uniform_is_in_range_with_the_right_moments) {
  Random random(11, 0);
  const int n = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.004);
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.004);
}

TEST(Philox, below_stays_below_and_is_even) {
  Random random(5, 9);
  for (std::uint32_t bound : {1u, 2u, 3u, 0x80000000u, 0x80000001u, 0xffffffffu}) {
    for (int i = 0; i < 1000; ++i) ASSERT_LT(random.below(bound), bound);
  }
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts[random.below(6)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 500);
}

// A bound of 3 * 2^30 leaves a quarter of the words over: without rejection, thirds would come out 2:1:1.
TEST(Philox, below_rejects_what_would_bias) {
  Random random(6, 1);
  std::array<int, 3> counts{};
  for (int i = 0; i < 60000; ++i) ++counts[random.below(3u << 30) % 3];
  for (int count : counts) EXPECT_NEAR(count, 20000, 700);
}

TEST(Philox, below64_stays_below_and_is_even) {
  Random random(5, 10);
  for (std::uint64_t bound : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    for (int i = 0; i < 1000; ++i) ASSERT_LT(random.below64(bound), bound);
  }
  std::array<int, 5> counts{};
  for (int i = 0; i < 50000; ++i) ++counts[random.below64(5)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Philox, normal_has_the_right_moments) {
  Random random(13, 0);
  const int n = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0.0, 0.01);
  EXPECT_NEAR(squares / n, 1.0, 0.02);
  EXPECT_NEAR(fourth / n, 3.0, 0.15);
}

}  // namespace
}  // namespace dosi
