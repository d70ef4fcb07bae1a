// Orders are permutations, the same on any number of threads, and keep a grid's hierarchy small.
#include "host/access/order.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>

#include "host/access/hierarchy.hpp"
#include "tests/support/networks.hpp"

namespace dosi::access {
namespace {

std::vector<std::uint32_t> order_of(const networks::Test_network& n, int threads) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(threads);
  auto rank = nested_dissection(make_topology(n.nodes, n.tail, n.head, n.x, n.y));
  omp_set_num_threads(before);
  return rank;
}

void expect_permutation(std::vector<std::uint32_t> rank, const std::string& name) {
  std::sort(rank.begin(), rank.end());
  for (std::uint32_t i = 0; i < rank.size(); ++i) ASSERT_EQ(rank[i], i) << name;
}

TEST(Order, IsAPermutationOfHardNetworks) {
  for (const auto& n : networks::pathological_networks()) expect_permutation(order_of(n, 2), n.name);
}

// Large enough for parts to be ordered by tasks of their own.
TEST(Order, IsTheSameOnAnyNumberOfThreads) {
  const auto n = networks::grid_network(220, 1);
  const auto one = order_of(n, 1);
  expect_permutation(one, n.name);
  for (const int threads : {2, 3, 8}) EXPECT_EQ(order_of(n, threads), one) << threads << " threads";
}

TEST(Order, AGridStaysSmall) {
  const auto n = networks::grid_network(100, 1);
  const Hierarchy h(n.arcs());
  // Nested dissection keeps O(n log n) arcs and O(sqrt n) levels: a few separators of 100.
  EXPECT_LT(h.arcs(), 10'000u * 103 / 2);
  EXPECT_LT(h.depth(), 800u);
}

TEST(Order, ALongPathWithoutCoordinatesIsShallow) {
  networks::Test_network n;
  n.nodes = 200'000;
  n.x.assign(n.nodes, 0);
  n.y.assign(n.nodes, 0);
  for (std::uint32_t v = 0; v + 1 < n.nodes; ++v) n.arc(v, v + 1, 1);
  const Hierarchy h(n.arcs());
  EXPECT_LT(h.depth(), 60u);
  EXPECT_LT(h.arcs(), 3u * n.nodes);
}

}  // namespace
}  // namespace dosi::access
