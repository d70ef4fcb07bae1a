// Flows are as large as the textbook's, and so are the sides of the cuts nearest to either set, also where a flow
// between smaller sets has gone before.
#include "host/access/unit_flow.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <random>
#include <set>

namespace dosi::access {
namespace {

using Sides = std::vector<std::uint8_t>;

struct Truth {
  std::uint32_t size = 0;
  Sides from_sources, to_sinks;
};

// Breadth-first augmenting paths from one source to one sink behind the sets (Edmonds and Karp 1972).
Truth textbook(const Part& p, const Sides& side) {
  const std::uint32_t n = p.size(), source = n, sink = n + 1;
  constexpr int kPlenty = 1'000'000;
  std::vector<std::map<std::uint32_t, int>> left(n + 2);
  for (std::uint32_t v = 0; v < n; ++v) {
    for (auto e = p.first[v]; e < p.first[v + 1]; ++e) left[v][p.neighbour[e]] = 1;
    if (side[v] == 1) left[source][v] = left[v][source] = kPlenty;
    if (side[v] == 2) left[v][sink] = left[sink][v] = kPlenty;
  }
  const auto reached = [&](std::uint32_t start, bool forward) {
    std::vector<std::uint32_t> before(n + 2, kNone), queue{start};
    before[start] = start;
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const auto& [u, room] : left[queue[i]])
        if (before[u] == kNone && (forward ? room : left[u][queue[i]]) > 0) {
          before[u] = queue[i];
          queue.push_back(u);
        }
    return before;
  };
  Truth truth;
  for (auto before = reached(source, true); before[sink] != kNone; before = reached(source, true), ++truth.size)
    for (std::uint32_t v = sink; v != source; v = before[v]) {
      --left[before[v]][v];
      ++left[v][before[v]];
    }
  const auto from = reached(source, true), to = reached(sink, false);
  for (std::uint32_t v = 0; v < n; ++v) {
    truth.from_sources.push_back(from[v] != kNone);
    truth.to_sinks.push_back(to[v] != kNone);
  }
  return truth;
}

Part random_part(std::uint32_t n, std::mt19937& rng) {
  std::vector<std::set<std::uint32_t>> neighbours(n);
  const auto edge = [&](std::uint32_t a, std::uint32_t b) {
    if (a == b) return;
    neighbours[a].insert(b);
    neighbours[b].insert(a);
  };
  // Near numbers are neighbours, so that paths are long; a few are not.
  for (std::uint32_t i = 0; i < 2 * n; ++i) {
    const std::uint32_t a = rng() % n;
    edge(a, rng() % 30 == 0 ? rng() % n : std::min<std::uint32_t>(n - 1, a + rng() % 6));
  }
  Part p;
  p.node.resize(n);
  std::iota(p.node.begin(), p.node.end(), 0u);
  p.first.assign(1, 0);
  for (const auto& of : neighbours) {
    p.neighbour.insert(p.neighbour.end(), of.begin(), of.end());
    p.first.push_back(static_cast<std::uint32_t>(p.neighbour.size()));
  }
  p.x.assign(n, 0.0);
  p.y.assign(n, 0.0);
  return p;
}

TEST(Unit_flow, EqualsTheTextbook) {
  std::mt19937 rng(1);
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t n = 4 + rng() % 90;
    const Part p = random_part(n, rng);
    Unit_flow flow(p);
    for (int again = 0; again < 2; ++again) {
      flow.clear();
      std::vector<std::uint32_t> order(n);
      std::iota(order.begin(), order.end(), 0u);
      if (again == 1) std::shuffle(order.begin(), order.end(), rng);
      for (const std::uint32_t count : {std::max(1u, n / 8), std::max(1u, n / 4), n / 2}) {
        const std::span sources(order.data(), count), sinks(order.data() + (n - count), count);
        Sides side(n), reached(n);
        for (const auto v : sources) side[v] = 1;
        for (const auto v : sinks) side[v] = 2;
        const Truth truth = textbook(p, side);
        if (truth.size > 0) {
          const std::uint32_t limit = 1 + rng() % truth.size, size = flow.run(side, sources, sinks, limit);
          ASSERT_TRUE(size >= limit && size <= truth.size) << "round " << round;
        }
        ASSERT_EQ(flow.run(side, sources, sinks, kNone), truth.size)
            << "round " << round << ", " << count << " of " << n;
        flow.mark_reached_from_sources(reached, side);
        ASSERT_EQ(reached, truth.from_sources) << "round " << round << ", " << count << " of " << n;
        flow.mark_reaching_sinks(reached, side);
        ASSERT_EQ(reached, truth.to_sinks) << "round " << round << ", " << count << " of " << n;
      }
    }
  }
}

}  // namespace
}  // namespace dosi::access
