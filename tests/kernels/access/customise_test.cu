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

void check(const Test_network& n, std::uint32_t seed, std::uint32_t subtree_nodes = 0) {
  const Elimination el(n.arcs());
  const Elimination_view view{el.nodes(), el.up_first, el.up_head, el.parent};
  const auto customiser = DOSI_BACKEND::access::make_customiser(view, 0, subtree_nodes);
  std::mt19937 rng(seed);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::uint32_t> up(el.up_head.size(), kFar), down = up;
    for (std::size_t i = 0; i < n.tail.size(); ++i) {
      const auto a = el.rank[n.tail[i]], b = el.rank[n.head[i]];
      if (a == b || n.time[i] >= kFar || (round == 2 && rng() % 3 == 0)) continue;
      auto& t = (a < b ? up : down)[el.place_of(std::min(a, b), std::max(a, b))];
      t = std::min(t, round == 0 ? n.time[i] : static_cast<std::uint32_t>(rng() % 50));
    }
    const auto truth = reference::customised(view, up, down);
    customiser->customise(up, down);
    ASSERT_EQ(up, truth.up) << n.name << ", round " << round;
    ASSERT_EQ(down, truth.down) << n.name << ", round " << round;
  }
}

DOSI_TEST(Access_customise, EqualsItsDefinitionOnRandomNetworks) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) check(networks::random_network(100 + 5 * seed, 260 + 10 * seed, seed), seed, seed % 3 * 8);
}

DOSI_TEST(Access_customise, EqualsItsDefinitionOnPathologicalNetworks) {
  for (const auto& n : networks::pathological_networks())
    if (n.nodes <= 1500) check(n, 3, 4);
}

// Several stages of chains, and nodes with more neighbours than a warp has lanes.
DOSI_TEST(Access_customise, EqualsItsDefinitionAcrossStages) { check(networks::grid_network(34, 7), 7, 20); }

}  // namespace dosi::DOSI_BACKEND::customise_test
