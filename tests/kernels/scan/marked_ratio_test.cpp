// Ratios of marked individuals: worked by hand, against the reference, and their bounds.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/philox.hpp"
#include "kernels/scan/likelihood.hpp"
#include "kernels/scan/marks.hpp"
#include "tests/reference/marked_scan.hpp"

namespace dosi::scan {
namespace {

Group_ratio ratio_of(Model model, const std::vector<std::uint32_t>& total, Rates rates = Rates::both) {
  std::vector<std::uint32_t> group, cell;
  for (std::uint32_t k = 0; k < total.size(); ++k) group.insert(group.end(), total[k], k);
  cell.assign(group.size(), 0);
  return group_ratio_of({.model = model,
                         .rates = rates,
                         .marks = {.cell = cell, .group = group, .groups = static_cast<std::uint32_t>(total.size())}});
}

// Values 1, 2, 3, 10: squares of 50 around one mean, of 2 around those of {10} and the others. N/2 ln(50/2) = 2 ln 25.
TEST(Scan_ratio, normal_by_hand) {
  const auto f = likelihood_of(Model::normal, 16, 4, 50);
  EXPECT_NEAR(f(10, 1), 2 * std::log(25.0), 1e-12);
  EXPECT_NEAR(f(6, 3), 2 * std::log(25.0), 1e-12) << "the others have the same";
  EXPECT_NEAR(f(8, 2), 0, 1e-15) << "the mean of all";
  EXPECT_EQ(f(16, 4), 0) << "all of them";
  const auto two = likelihood_of(Model::normal, 2, 4, 1);
  EXPECT_NEAR(two(2, 2), 2 * std::log(1e12), 1e-3) << "nothing is left of 0, 0, 1, 1";
}

// 3 events in a time of 6, of 5 in 30: 3 ln(3/6) + 2 ln(2/24) - 5 ln(5/30).
TEST(Scan_ratio, exponential_by_hand) {
  const auto f = likelihood_of(Model::poisson, 5, 5);
  EXPECT_NEAR(f(3, 6 * 5.0 / 30), 1.9095425, 1e-7);
}

// Shares inside of 1/10, 4/10, 3/10: in rising order the last two are one pool, in falling order all are.
TEST(Scan_ratio, ordinal_and_multinomial_by_hand) {
  const std::uint32_t inside[] = {1, 4, 3};
  const auto high = ratio_of(Model::ordinal, {10, 10, 10}, Rates::high),
             low = ratio_of(Model::ordinal, {10, 10, 10}, Rates::low);
  const auto up = high.pooled(inside, true), down = low.pooled(inside, false);
  ASSERT_EQ(up.count, 2u);
  EXPECT_EQ(std::tuple(up.pool[1].first, up.pool[1].last, up.pool[1].inside, up.pool[1].all),
            std::tuple(1u, 2u, 7u, 20u));
  ASSERT_EQ(down.count, 1u) << "5/20 is less than 3/10";
  EXPECT_EQ(low(8, inside), 0);
  const auto term = [](double c, double C) {
    return c * std::log(c * 30 / (8 * C)) + (C - c) * std::log((C - c) * 30 / (22 * C));
  };
  EXPECT_NEAR(high(8, inside), term(1, 10) + term(7, 20), 1e-12);
  EXPECT_NEAR(high(8, inside), 1.1976, 1e-4);
  EXPECT_NEAR(ratio_of(Model::multinomial, {10, 10, 10})(8, inside), term(1, 10) + term(4, 10) + term(3, 10), 1e-12);
}

// On shares that rise, fall, tie or jump: pools against the max-min formula.
TEST(Scan_ratio, groups_are_the_reference_s_and_below_their_bound) {
  Random random(4, 0);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint32_t groups = 2 + random.below(6);
    std::vector<std::uint32_t> total, inside;
    std::uint32_t n = 0, all = 0;
    for (std::uint32_t k = 0; k < groups; ++k) {
      total.push_back(1 + random.below(i % 3 == 0 ? 4 : 200));
      const double share = std::pow(random.uniform(), i % 2 == 0 ? 1 : 4);
      inside.push_back(std::min(total[k], static_cast<std::uint32_t>(share * (total[k] + 1))));
      n += inside[k];
      all += total[k];
    }
    if (n == 0 || n == all) continue;
    const reference::Group_counts counts{
        {inside.begin(), inside.end()}, {total.begin(), total.end()}, static_cast<double>(n), static_cast<double>(all)};
    const double multinomial = reference::multinomial_ratio(counts);
    const auto f = ratio_of(Model::multinomial, total);
    ASSERT_NEAR(f(n, inside.data()), multinomial, 1e-9 * (1 + multinomial));
    ASSERT_GE(f.bound(n, inside.data()) * (1 + 1e-9) + 1e-9, multinomial);
    for (const bool high : {true, false}) {
      const auto g = ratio_of(Model::ordinal, total, high ? Rates::high : Rates::low);
      const double ordinal = reference::ordinal_ratio(counts, high);
      ASSERT_NEAR(g(n, inside.data()), ordinal, 1e-9 * (1 + ordinal)) << i;
      ASSERT_LE(ordinal, multinomial + 1e-9);
    }
  }
}

// The border of the normal model is where the ratio is, and the polygon over it lies inside.
TEST(Scan_ratio, normal_border_is_inside_and_tight) {
  const auto f = likelihood_of(Model::normal, 123.5, 4000, 9.5e5);
  for (const bool high : {true, false}) {
    std::int64_t first = 0;
    std::vector<double> levels;
    const auto nodes = border_nodes(f, high, first, levels);
    const Borders borders{nodes.data(), first};
    Random random(6, 0);
    for (int i = 0; i < 20'000; ++i) {
      const int level = static_cast<int>(random.below(kLevels));
      const double m = 1 + random.below(3999), wanted = levels[static_cast<std::size_t>(level)];
      ASSERT_LE(f(borders.at(level, m), m), wanted * (1 + 1e-9)) << m << ", level " << level;
      const double exact = border(f, m, wanted, high, f.rate * m);
      ASSERT_NEAR(f(exact, m), wanted, 1e-6 * wanted) << m << ", level " << level;
      ASSERT_GE(f.bound(exact, m) * (1 + 1e-12), f(exact, m));
    }
  }
}

// What is dealt of 5.1, 5.2 and 5.4: whole numbers, small enough for exact sums, in the proportions of the values.
TEST(Scan_ratio, values_are_dealt_as_whole_numbers) {
  const std::vector<double> value{5.1, 5.2, 5.4, 1e-3};
  const std::vector<std::uint32_t> cell{0, 1, 2, 0}, event{1, 0, 1, 1};
  for (const auto model : {Model::normal, Model::exponential}) {
    const auto d = dealt_marks(
        {.model = model, .marks = {cell, value, model == Model::normal ? std::span<const std::uint32_t>{} : event, 0}});
    double sum = 0;
    for (const double v : d.value) {
      EXPECT_EQ(v, std::round(v));
      sum += std::abs(v);
    }
    EXPECT_GT(sum, 0x1p50);
    EXPECT_LE(sum, 0x1p52);
    EXPECT_NEAR((d.value[2] - d.value[0]) / (d.value[1] - d.value[3]), (5.4 - 5.1) / (5.2 - 1e-3), 1e-12);
  }
  // Of groups all but the largest are dealt, and have rows.
  const std::vector<std::uint32_t> group{1, 2, 1, 0};
  const auto d = dealt_marks({.model = Model::multinomial, .marks = {cell, {}, group, 3}});
  EXPECT_EQ(d.dealt, 2u);
  EXPECT_EQ(d.given, (std::vector<std::uint32_t>{1, 3, 0, 2}));
  EXPECT_EQ(d.row, (std::vector<std::uint32_t>{1, 0, kNoRow, kNoRow}));
  EXPECT_EQ(d.group_of_row, (std::vector<std::uint32_t>{0, 2, 1}));
}

}  // namespace
}  // namespace dosi::scan
