// The baselines of the benchmark are exact: a hierarchy that loses a shortcut would make them quick, and wrong.
#include "bench/access/contraction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/reference/shortest_paths.hpp"

namespace dosi::bench::contraction {
namespace {

using Labels = std::vector<std::uint32_t>;

struct Network {
  std::uint32_t nodes = 0;
  Labels tail, head, time;

  void arc(std::uint32_t a, std::uint32_t b, std::uint32_t t) {
    tail.push_back(a);
    head.push_back(b);
    time.push_back(t);
  }
  Contraction contraction() const { return {nodes, tail, head, time}; }
  Streets streets() const { return {nodes, tail, head, time}; }
  // From root to every node, kFar where there is no way.
  Labels reference(std::uint32_t root) const {
    std::vector<reference::Arc> arcs;
    for (std::size_t i = 0; i < tail.size(); ++i) arcs.push_back({tail[i], head[i], time[i]});
    Labels times;
    for (const std::uint64_t t : reference::Graph(nodes, arcs).from(root))
      times.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(t, kFar)));
    return times;
  }
};

std::uint32_t below(std::mt19937& rng, std::uint32_t bound) { return static_cast<std::uint32_t>(rng() % bound); }

Labels some_nodes(const Network& n, std::size_t count, std::mt19937& rng) {
  Labels nodes(count);
  for (auto& v : nodes) v = below(rng, n.nodes);
  return nodes;
}

// Directed, mostly between near numbers, with loops, multi-edges, zero times, closed arcs, arcs so long that two of
// them are no way, and parts that cannot be reached.
Network random_network(std::uint32_t seed) {
  std::mt19937 rng(seed);
  Network n;
  n.nodes = 1 + below(rng, 250);
  for (std::uint32_t i = below(rng, 3 * n.nodes); i > 0; --i) {
    const std::uint32_t a = below(rng, n.nodes);
    const std::uint32_t b = below(rng, 5) ? std::min(n.nodes - 1, a + below(rng, 4)) : below(rng, n.nodes);
    const std::uint32_t kind = below(rng, 20), usual = below(rng, 100'000);
    const std::uint32_t t = kind < 3 ? 0 : kind == 3 ? kNever : kind == 4 ? kFar - 1 - usual % 3 : usual;
    n.arc(a, b, t);
    if (below(rng, 3)) n.arc(b, a, below(rng, 4) ? t : below(rng, 100'000));
    if (below(rng, 6) == 0) n.arc(a, b, below(rng, 100'000));
  }
  return n;
}

// Blocks of a town of which a quarter of the streets are one-way.
Network town(std::uint32_t side) {
  std::mt19937 rng(side);
  Network n;
  n.nodes = side * side;
  const auto street = [&](std::uint32_t a, std::uint32_t b) {
    const std::uint32_t ways = below(rng, 8), t = 1 + below(rng, 50'000);
    if (ways != 0) n.arc(a, b, t);
    if (ways != 1) n.arc(b, a, below(rng, 2) ? t : 1 + below(rng, 50'000));
  };
  for (std::uint32_t v = 0; v < n.nodes; ++v) {
    if (v % side + 1 < side) street(v, v + 1);
    if (v / side + 1 < side) street(v, v + side);
  }
  return n;
}

// Every way to travel times against the reference, from each of the roots.
void expect_exact(const Network& n, const Labels& roots, const Labels& targets) {
  const Contraction contraction = n.contraction();
  const Streets streets = n.streets();
  const Targets restricted(contraction, targets);
  Workspace workspace(contraction);
  Buckets buckets;
  const Labels table = contraction.table(roots, targets, 1);
  EXPECT_EQ(contraction.table(roots, targets, 3), table);
  // What was there before must not matter.
  Labels all(std::size_t{n.nodes} * kLanes, 1), some(std::size_t{restricted.rows()} * kLanes, 1);
  Labels fast(n.nodes, 1), plain(n.nodes, 1);
  for (std::size_t first = 0; first < roots.size(); first += kLanes) {
    const std::span group(roots.data() + first, std::min<std::size_t>(kLanes, roots.size() - first));
    contraction.trees(group, workspace, all.data());
    restricted.trees(group, workspace, some.data());
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const bool used = lane < group.size();
      const Labels expected = used ? n.reference(group[lane]) : Labels(n.nodes, kFar);
      if (used) {
        dijkstra_tree(streets, group[lane], buckets, fast);
        textbook_tree(streets, group[lane], plain);
      }
      for (std::uint32_t v = 0; v < n.nodes; ++v) {
        const std::uint32_t time = expected[v];
        ASSERT_EQ(all[std::size_t{contraction.position(v)} * kLanes + lane], time) << "lane " << lane << ", node " << v;
        if (!used) continue;
        ASSERT_EQ(fast[streets.position(v)], time) << "lane " << lane << ", node " << v;
        ASSERT_EQ(plain[streets.position(v)], time) << "lane " << lane << ", node " << v;
      }
      for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::uint32_t time = expected[targets[i]];
        ASSERT_EQ(some[std::size_t{restricted.row(i)} * kLanes + lane], time) << "lane " << lane << ", target " << i;
        if (!used) continue;
        ASSERT_EQ(table[(first + lane) * targets.size() + i], time == kFar ? kNever : time)
            << "lane " << lane << ", target " << i;
      }
    }
  }
}

TEST(Contraction, IsExactOnRandomMultigraphs) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Network n = random_network(seed);
    std::mt19937 rng(seed);
    expect_exact(n, some_nodes(n, kLanes + 5, rng), some_nodes(n, 20, rng));
    if (HasFatalFailure()) return;
  }
}

TEST(Contraction, IsExactInATownOfOneWayStreets) {
  const Network n = town(60);
  std::mt19937 rng(1);
  expect_exact(n, some_nodes(n, kLanes, rng), some_nodes(n, 100, rng));
}

// As long as a path may be, and a millisecond longer.
TEST(Contraction, SumsThatReachFarAreNoWay) {
  Network n;
  n.nodes = 4;
  n.arc(0, 1, kFar / 2);
  n.arc(1, 2, kFar - 1 - kFar / 2);
  n.arc(2, 3, 1);
  expect_exact(n, {0, 1, 2, 3}, {0, 1, 2, 3});
  EXPECT_EQ(n.contraction().table(Labels{0}, Labels{2, 3}, 1), (Labels{kFar - 1, kNever}));
}

TEST(Contraction, NothingIsAnsweredWithNothing) {
  const Network none;
  EXPECT_EQ(none.contraction().arcs(), 0u);
  expect_exact(none, {}, {});
  Network one;
  one.nodes = 1;
  one.arc(0, 0, 7);
  expect_exact(one, {0, 0}, {0});
  expect_exact(one, {0}, {});
}

// A queue out of order would slow every search down and change no answer.
TEST(Contraction, TheQueueHandsOutTheLeastFirst) {
  std::mt19937 rng(1);
  Queue queue;
  Labels pushed, popped;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    pushed.push_back(below(rng, 500));
    queue.push(pushed.back(), i);
  }
  std::sort(pushed.begin(), pushed.end());
  while (!queue.empty()) {
    EXPECT_EQ(queue.least(), pushed[popped.size()]);
    popped.push_back(queue.pop().first);
  }
  EXPECT_EQ(popped, pushed);
}

// Shortcuts are few: of a contracted planar network about as many as it has arcs.
TEST(Contraction, AddsFewShortcutsToATown) {
  const Network n = town(40);
  EXPECT_LT(n.contraction().arcs(), 3 * n.tail.size());
}

// Sweeping for some targets must not cost what sweeping for all does.
TEST(Contraction, FewTargetsNeedFewRows) {
  const Network n = town(40);
  const Contraction contraction = n.contraction();
  EXPECT_LT(Targets(contraction, Labels{0, 1, 39}).rows(), n.nodes / 10);
}

}  // namespace
}  // namespace dosi::bench::contraction
