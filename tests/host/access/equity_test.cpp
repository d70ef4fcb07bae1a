#include "host/access/equity.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/reference/equity.hpp"

namespace dosi::access {
namespace {

Inequality of(const std::vector<double>& access, const std::vector<double>& people) {
  std::vector<std::size_t> order(access.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return access[a] < access[b]; });
  return inequality(access, people, order);
}

TEST(Equity, EqualsItsDefinitions) {
  std::mt19937 rng(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> access, people;
    for (std::size_t n = 1 + rng() % 60; n > 0; --n) {
      access.push_back(rng() % 5 == 0 ? 0.0 : rng() % 3 == 0 ? 7.0 : static_cast<double>(rng() % 1000) / 8);
      people.push_back(static_cast<double>(rng() % 9));
    }
    access.push_back(1);
    people.push_back(1);
    const auto got = of(access, people);
    EXPECT_NEAR(got.gini, reference::gini(access, people), 1e-12);
    const double palma = reference::palma(access, people);
    if (std::isfinite(palma)) EXPECT_NEAR(got.palma, palma, 1e-9 * palma);
    else EXPECT_TRUE(std::isnan(got.palma));
  }
}

TEST(Equity, KnownCases) {
  EXPECT_EQ(of({5, 5, 5}, {1, 2, 3}).gini, 0);
  EXPECT_DOUBLE_EQ(of({5, 5}, {1, 1}).palma, 0.25);  // a tenth over four tenths
  EXPECT_DOUBLE_EQ(of({0, 1}, {3, 1}).gini, 0.75);   // a quarter of the people reach all
  EXPECT_TRUE(std::isnan(of({0, 1}, {3, 1}).palma));
  EXPECT_TRUE(std::isnan(of({0, 0}, {3, 1}).gini));
  EXPECT_TRUE(std::isnan(of({1, 2}, {0, 0}).gini));
  EXPECT_TRUE(std::isnan(of({}, {}).gini));
}

}  // namespace
}  // namespace dosi::access
