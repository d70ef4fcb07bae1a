#include "host/scan/inference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "kernels/core/philox.hpp"

namespace dosi::scan {
namespace {

std::vector<double> first(int n) {
  std::vector<double> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 1.0);
  return v;
}

TEST(Scan_inference, p_is_the_rank_with_ties_counted) {
  const Maxima maxima(first(99));
  EXPECT_DOUBLE_EQ(maxima.p_value(100).p, 0.01);
  EXPECT_DOUBLE_EQ(maxima.p_value(99).p, 0.02);
  EXPECT_DOUBLE_EQ(maxima.p_value(99 + 1e-12).p, 0.02) << "a tie but for rounding";
  EXPECT_DOUBLE_EQ(maxima.p_value(50.5).p, 0.50);
  EXPECT_DOUBLE_EQ(maxima.p_value(0).p, 1);
}

TEST(Scan_inference, critical_values_are_what_p_says) {
  const Maxima maxima(first(999));
  EXPECT_EQ(maxima.critical(0.05), 950);
  EXPECT_EQ(maxima.critical(0.001), 999);
  EXPECT_TRUE(std::isnan(maxima.critical(0.0001)));
  EXPECT_LE(maxima.p_value(maxima.critical(0.05) + 0.5).p, 0.05);
  EXPECT_GT(maxima.p_value(maxima.critical(0.05)).p, 0.05);
}

// Wilson's interval for 10 of 100, from the formula's own literature: 5.52 % to 17.44 %.
TEST(Scan_inference, interval_of_p) {
  const Maxima maxima(first(100));
  const auto p = maxima.p_value(90.5);
  EXPECT_NEAR(p.low, 0.0552, 5e-5);
  EXPECT_NEAR(p.high, 0.1744, 5e-5);
}

// By hand: mean 2 and variance 1 make the scale 6^0.5 / pi = 0.779697 and the location 2 - 0.577216 * 0.779697
// = 1.549947; beyond 3 lie 1 - exp(-exp(-1.859765)) = 0.144192.
TEST(Scan_inference, gumbel_by_hand) {
  EXPECT_NEAR(Maxima({1, 2, 3}).p_value(3).gumbel, 0.144192, 1e-6);
  EXPECT_NEAR(Maxima({3, 1, 2}).p_value(1.549947).gumbel, 1 - std::exp(-1.0), 1e-6) << "at the location";
}

// By hand: of 19 replicas the largest is the least that 1 of 20 reaches, the second largest 2 of 20.
TEST(Scan_inference, critical_values_by_hand) {
  const Maxima maxima({4, 19, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
  EXPECT_EQ(maxima.critical(0.05), 19);
  EXPECT_EQ(maxima.critical(0.1), 18);
  EXPECT_EQ(maxima.critical(0.149), 18);
  EXPECT_TRUE(std::isnan(maxima.critical(0.049)));
}

// By hand: the fourth replica is the second that does as well as 4.
TEST(Scan_inference, stopped_replicas) {
  const Maxima maxima({5, 1, 2, 4}, true);
  EXPECT_DOUBLE_EQ(maxima.p_value(4).p, 0.5);
  EXPECT_DOUBLE_EQ(maxima.p_value(1.5).p, 0.75) << "of a secondary cluster";
  EXPECT_TRUE(std::isnan(maxima.critical(0.05)));
  EXPECT_TRUE(does_as_well(4 - 1e-10, 4));
  EXPECT_FALSE(does_as_well(4 - 1e-8, 4));
}

TEST(Scan_inference, gumbel_finds_its_own_tail) {
  std::vector<double> draws;
  for (std::uint64_t i = 0; i < 200'000; ++i) draws.push_back(7 - 2 * std::log(-std::log(Random(4, i).uniform())));
  const Maxima maxima(draws);
  for (const double x : {7.0, 12.0, 20.0}) {
    const double truth = -std::expm1(-std::exp(-(x - 7) / 2));
    EXPECT_NEAR(maxima.p_value(x).gumbel / truth, 1, 0.05) << x;
  }
}

// The example of Benjamini and Hochberg (1995), section 3: with 15 tests at 0.05 the four smallest are declared.
TEST(Scan_inference, false_discovery_rates) {
  const std::vector<double> p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                              0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
  const auto q = false_discovery_rates(p);
  int declared = 0;
  for (const double v : q) declared += v <= 0.05 ? 1 : 0;
  EXPECT_EQ(declared, 4);
  EXPECT_NEAR(q[0], 0.0015, 1e-12);
  EXPECT_NEAR(q[14], 1.0, 1e-12);
}

}  // namespace
}  // namespace dosi::scan
