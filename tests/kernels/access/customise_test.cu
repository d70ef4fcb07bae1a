// Customisation against its definition, on networks of every shape, and again with other times.
#include "kernels/access/customise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "host/access/elimination.hpp"
#include "tests/reference/customise.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/networks.hpp"

namespace dosi::DOSI_BACKEND::customise_test {

using namespace dosi::access;
using networks::Test_network;

void check(const Test_network& n, const Elimination& el, std::uint32_t seed, std::uint32_t subtree_nodes,
           int rounds = 3) {
  const Elimination_view view{el.nodes(), el.up_first, el.up_head, el.parent};
  const auto customiser = DOSI_BACKEND::access::make_customiser(view, 0, subtree_nodes);
  std::mt19937 rng(seed);
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::uint32_t> up(el.up_head.size(), kFar), down = up;
    for (std::size_t i = 0; i < n.tail.size(); ++i) {
      const auto a = el.rank[n.tail[i]], b = el.rank[n.head[i]];
      if (a == b || n.time[i] >= kFar || (round == 2 && rng() % 3 == 0)) continue;
      auto& t = (a < b ? up : down)[el.place_of(std::min(a, b), std::max(a, b))];
      t = std::min(t, round == 0 ? n.time[i] : static_cast<std::uint32_t>(rng() % 50));
    }
    const auto truth = reference::customised(view, up, down);
    customiser->customise(up, down);
    ASSERT_EQ(up, truth.up) << n.name << ", subtrees of " << subtree_nodes << ", round " << round;
    ASSERT_EQ(down, truth.down) << n.name << ", subtrees of " << subtree_nodes << ", round " << round;
  }
}

// Scenarios of one call against customisations of their own: none, few, and most streets changed, closed, and again.
void check_scenarios(const Test_network& n, const Elimination& el, std::uint32_t seed, std::uint32_t subtree_nodes,
                     std::size_t scenarios) {
  const Elimination_view view{el.nodes(), el.up_first, el.up_head, el.parent};
  const auto customiser = DOSI_BACKEND::access::make_customiser(view, 0, subtree_nodes);
  std::mt19937 rng(seed);
  std::vector<std::uint32_t> up(el.up_head.size(), kFar), down = up;
  for (std::size_t i = 0; i < n.tail.size(); ++i) {
    const auto a = el.rank[n.tail[i]], b = el.rank[n.head[i]];
    if (a != b && n.time[i] < kFar) (a < b ? up : down)[el.place_of(std::min(a, b), std::max(a, b))] = n.time[i];
  }
  std::vector<Differences> streets(scenarios);
  std::vector<reference::Customised> truth;
  for (std::size_t s = 0; s < scenarios; ++s) {
    auto own_up = up, own_down = down;
    // The first changes nothing, the second one street, which the third does too.
    const auto change = [&](std::vector<std::uint32_t>& own, std::vector<Arc_time>& list, std::size_t only) {
      for (std::uint32_t e = 0; e < own.size(); ++e) {
        if (s == 0 || (s < 3 ? e != only : rng() % (s % 3 == 0 ? 2 : 60) != 0)) continue;
        const auto time = s < 3 || s % 2 == 1 || rng() % 3 == 0 ? kFar : static_cast<std::uint32_t>(rng() % 900);
        if (time != own[e]) list.push_back({e, own[e] = time});
      }
    };
    change(own_up, streets[s].up, up.size() / 2);
    change(own_down, streets[s].down, up.size() / 3);
    truth.push_back(reference::customised(view, own_up, own_down));
  }
  auto base_up = up, base_down = down;
  const auto found = customiser->customise(base_up, base_down, streets);
  const auto base = reference::customised(view, up, down);
  ASSERT_EQ(base_up, base.up) << n.name;
  ASSERT_EQ(base_down, base.down) << n.name;
  ASSERT_EQ(found.size(), scenarios);
  for (std::size_t s = 0; s < scenarios; ++s) {
    auto now_up = base_up, now_down = base_down;
    for (const auto& [arc, time] : found[s].up) now_up[arc] = time;
    for (const auto& [arc, time] : found[s].down) now_down[arc] = time;
    ASSERT_EQ(now_up, truth[s].up) << n.name << ", subtrees of " << subtree_nodes << ", scenario " << s;
    ASSERT_EQ(now_down, truth[s].down) << n.name << ", subtrees of " << subtree_nodes << ", scenario " << s;
    // Only what differs, each once.
    std::size_t differ = 0;
    for (std::size_t e = 0; e < now_up.size(); ++e) differ += (now_up[e] != base_up[e]) + (now_down[e] != base_down[e]);
    ASSERT_EQ(found[s].up.size() + found[s].down.size(), differ) << "scenario " << s;
  }
  EXPECT_TRUE(found[0].up.empty() && found[0].down.empty());
}

void check(const Test_network& n, std::uint32_t seed, std::uint32_t subtree_nodes = 0) {
  check(n, Elimination(n.arcs()), seed, subtree_nodes);
}

// Nodes in rows of the given widths, the last of them on top. A row is a clique; every node has arcs to `above` nodes
// of the next row, the first row's to the last of it, the second's to the first, and so on in turn. Eliminated row by
// row.
Test_network rows_of_cliques(const std::vector<std::uint32_t>& widths, std::uint32_t above, std::uint32_t seed) {
  Test_network n;
  n.name = "rows of cliques";
  std::mt19937 rng(seed);
  const auto street = [&](std::uint32_t a, std::uint32_t b) {
    if (rng() % 8 != 0) n.arc(a, b, rng() % 1000);
    n.arc(b, a, rng() % 1000);
  };
  std::uint32_t first = 0;
  for (std::size_t r = 0; r < widths.size(); ++r) {
    const std::uint32_t next = first + widths[r];
    for (std::uint32_t a = first; a < next; ++a) {
      for (std::uint32_t b = a + 1; b < next; ++b) street(a, b);
      if (r + 1 == widths.size()) continue;
      const std::uint32_t most = std::min(above, widths[r + 1]), skipped = r % 2 == 0 ? widths[r + 1] - most : 0;
      for (std::uint32_t b = 0; b < most; ++b) street(a, next + skipped + b);
    }
    first = next;
  }
  n.nodes = first;
  n.x.assign(n.nodes, 0.0);
  n.y.assign(n.nodes, 0.0);
  return n;
}

DOSI_TEST(Access_customise, EqualsItsDefinitionOnRandomNetworks) {
  for (std::uint32_t seed = 0; seed < 20; ++seed)
    check(networks::random_network(100 + 5 * seed, 260 + 10 * seed, seed), seed, seed % 3 * 8);
}

DOSI_TEST(Access_customise, EqualsItsDefinitionOnPathologicalNetworks) {
  for (const auto& n : networks::pathological_networks())
    if (n.nodes <= 1500) check(n, 3, 4);
}

// Several stages of chains, and nodes with more neighbours than a warp has lanes.
DOSI_TEST(Access_customise, EqualsItsDefinitionAcrossStages) { check(networks::grid_network(34, 7), 7, 20); }

// Fronts as wide as registers, tiles and blocks, and one node more or less; above subtrees, within them, and across.
DOSI_TEST(Access_customise, EqualsItsDefinitionAtTheEdgesOfBlocks) {
  for (const std::uint32_t width : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33})
    for (const std::uint32_t above : {1, 4, 7, 8, 9, 16, 17}) {
      const auto n = rows_of_cliques({width, above + width % 3, 2, width + 1, 1}, above, width * 100 + above);
      std::vector<std::uint32_t> order(n.nodes);
      for (std::uint32_t v = 0; v < n.nodes; ++v) order[v] = v;
      const Elimination el(n.arcs(), order);
      check(n, el, width, above % 2 == 0 ? 1 : above == 7 ? width + above : 1000);
      if (testing::Test::HasFatalFailure()) return;
    }
}

// Fronts as large as the registers of a GPU's team hold, in three sizes, and one node more.
DOSI_TEST(Access_customise, EqualsItsDefinitionAtTheEdgesOfRegisters) {
  for (const std::uint32_t side : {64, 65, 128, 129, 192, 193}) {
    const std::uint32_t width = side * 2 / 3;
    const auto n = rows_of_cliques({width, side - width, 2}, side - width, side);
    std::vector<std::uint32_t> order(n.nodes);
    for (std::uint32_t v = 0; v < n.nodes; ++v) order[v] = v;
    check(n, Elimination(n.arcs(), order), side, 1, 1);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// A subtree with more arcs than a triangle can tell is cut further down.
DOSI_TEST(Access_customise, EqualsItsDefinitionBeyondTheReachOfTriangles) {
  const auto n = rows_of_cliques({60, 60, 60, 2}, 30, 5);
  std::vector<std::uint32_t> order(n.nodes);
  for (std::uint32_t v = 0; v < n.nodes; ++v) order[v] = v;
  check(n, Elimination(n.arcs(), order), 5, 1000, 1);
}

DOSI_TEST(Access_customise, ScenariosAreCustomisationsOfTheirOwn) {
  for (std::uint32_t seed = 0; seed < 8; ++seed) {
    const auto n = networks::random_network(60 + 9 * seed, 150 + 20 * seed, seed);
    check_scenarios(n, Elimination(n.arcs()), seed, seed % 4 * 6, 1 + seed % 5);
    if (testing::Test::HasFatalFailure()) return;
  }
  const auto grid = networks::grid_network(16, 5);
  const Elimination el(grid.arcs());
  for (const auto& [subtree, scenarios] : {std::pair{1u, 6u}, {9u, 33u}, {60u, 6u}, {1000u, 4u}}) {
    check_scenarios(grid, el, subtree, subtree, scenarios);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Most of their fronts are small, and what lies beyond a register's last time is a neighbour's.
DOSI_TEST(Access_customise, EqualsItsDefinitionInSubtreesOfAnySize) {
  const auto grid = networks::grid_network(14, 5);
  const Elimination el(grid.arcs());
  for (const std::uint32_t subtree : {1, 2, 3, 5, 8, 13, 40, 196}) {
    check(grid, el, subtree, subtree);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace dosi::DOSI_BACKEND::customise_test
