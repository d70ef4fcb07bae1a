// The plan of a sweep: every node that is asked for has one row, and rows need only what was swept before them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kernels/access/plan.hpp"
#include "tests/support/networks.hpp"

namespace dosi::access {
namespace {

// What a row belongs to: a unit of the top, counted in strata, or a part.
struct Place_of_row {
  std::size_t stratum, unit;
};

Place_of_row place_of(const Sweep_plan& plan, std::uint32_t row) {
  const auto run_of = [](const std::vector<std::uint32_t>& first, std::uint32_t at) {
    return static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), at) - first.begin() - 1);
  };
  if (row >= plan.top) return {plan.stratum_first.size(), run_of(plan.part_first, row)};
  const std::size_t unit = run_of(plan.unit_first, row);
  return {run_of(plan.stratum_first, static_cast<std::uint32_t>(unit)), unit};
}

void check(const Hierarchy& h, const Sweep_plan& plan, const std::vector<bool>& wanted,
           std::span<const std::uint32_t> falling) {
  const auto view = h.view();
  ASSERT_EQ(plan.unit_first.front(), 0u);
  ASSERT_EQ(plan.unit_first.back(), plan.top);
  ASSERT_EQ(plan.stratum_first.back() + 1, plan.unit_first.size());
  ASSERT_TRUE(std::is_sorted(plan.unit_first.begin(), plan.unit_first.end(), std::less_equal<>()))
      << "a unit without rows";
  ASSERT_TRUE(std::is_sorted(plan.stratum_first.begin(), plan.stratum_first.end(), std::less_equal<>()))
      << "a stratum without units";
  std::vector<std::uint32_t> rows;
  for (std::uint32_t v = 0; v < view.nodes; ++v) {
    if (wanted[v]) {
      ASSERT_NE(plan.row_of[v], kNoNode);
    }
    if (plan.row_of[v] == kNoNode) continue;
    const std::uint32_t row = plan.row_of[v];
    rows.push_back(row);
    std::size_t arcs = 0;
    for (auto e = view.up_first[v]; e < view.up_first[v + 1]; ++e) arcs += falling[e] < kFar ? 1 : 0;
    ASSERT_EQ(plan.arc_first[row + 1] - plan.arc_first[row], arcs);
    const auto own = place_of(plan, row);
    for (auto e = plan.arc_first[row]; e < plan.arc_first[row + 1]; ++e) {
      const auto from = place_of(plan, plan.arcs[e].from);
      ASSERT_LT(plan.arcs[e].from, row);
      ASSERT_TRUE(from.stratum < own.stratum || from.unit == own.unit)
          << "row " << row << " needs a unit beside its own";
    }
  }
  std::sort(rows.begin(), rows.end());
  ASSERT_EQ(rows.size(), plan.rows());
  for (std::uint32_t r = 0; r < plan.rows(); ++r) ASSERT_EQ(rows[r], r);
}

TEST(Access_plan, RowsNeedOnlyStrataBeforeAndTheirOwnUnit) {
  std::size_t most_strata = 0, most_units = 0;
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const std::uint32_t nodes = 1 + seed * 71 % 600;
    const auto network = networks::random_network(nodes, nodes + seed * 29 % 400, seed);
    const Hierarchy h(network.arcs());
    const auto view = h.view();
    const auto ascent = make_ascent(view, view.time_up, 4);
    for (const bool all : {true, false})
      for (const auto& cuts : {std::vector<std::uint32_t>{}, {16}, {200, 60, 12}}) {
        std::vector<std::uint32_t> asked;
        for (std::uint32_t v = 0; v < nodes; v += 7) asked.push_back(v);
        std::vector<bool> wanted(nodes, all);
        for (const auto v : asked) wanted[v] = true;
        const auto plan =
            make_plan(view, view.time_down, all, all ? std::span<const std::uint32_t>() : asked, ascent, 4, cuts);
        check(h, plan, wanted, view.time_down);
        if (testing::Test::HasFatalFailure()) return;
        most_strata = std::max(most_strata, plan.stratum_first.size() - 1);
        most_units = std::max(most_units, plan.unit_first.size() - 1);
      }
  }
  EXPECT_EQ(most_strata, 4u);
  EXPECT_GT(most_units, 20u);
}

// A machine with little memory left sweeps fewer groups at a time, and no team is without a memory of its own.
TEST(Access_plan, GroupsFitTheMemoryThatIsThere) {
  std::mt19937_64 random(4);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t needed = 1 + below(i % 2 == 0 ? 8 : 2000), at_once = 1 + below(64),
                      a_group = 1 + below(50'000'000);
    const std::size_t output = i % 3 == 0 ? 0 : below(300'000'000), budget = below(std::size_t{1} << (10 + i % 36));
    const bool may_be_whole = i % 5 != 0;
    const auto w = wave_size(needed, at_once, a_group, output, budget, may_be_whole);
    EXPECT_GE(w.groups, 1u);
    if (w.whole) EXPECT_TRUE(may_be_whole && w.memories == at_once && needed >= at_once);
    else EXPECT_EQ(w.memories, w.groups);
    if (w.memories > 1) EXPECT_LE(w.memories * a_group + w.groups * output, budget + w.groups * output * w.whole);
  }
  EXPECT_FALSE(wave_size(100, 3, 1000, 0, 2500, true).whole);
  EXPECT_TRUE(wave_size(100, 3, 1000, 0, 4000, true).whole);
}

}  // namespace
}  // namespace dosi::access
