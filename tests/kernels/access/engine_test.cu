// The engine against Dijkstra, pair by pair, and against loops over all pairs, in every form of the question.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kernels/access/access.hpp"
#include "tests/reference/access.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/networks.hpp"

namespace dosi::DOSI_BACKEND::access_test {

using namespace dosi::access;
using networks::Test_network;

// A network, places scattered over it, and the true times between them.
struct Case {
  Case(const Test_network& n, std::size_t count, std::uint32_t seed) : hierarchy(n.arcs()) {
    auto edges = make_edges(n.arcs());
    const Snapper snapper(edges, n.x, n.y);
    std::mt19937 rng(seed);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < count; ++i) {
      const auto v = rng() % n.nodes;
      // On nodes, beside them, on top of one another, and some out of reach.
      x.push_back(n.x[v] + (i % 3 == 0 ? 0.0 : static_cast<double>(rng() % 40) - 20) + (i % 17 == 5 ? 1e6 : 0));
      y.push_back(n.y[v] + (i % 4 == 0 ? 0.0 : static_cast<double>(rng() % 40) - 20));
      if (i % 11 == 7 && i > 0) {
        x.back() = x[i - 1];
        y.back() = y[i - 1];
      }
    }
    places = snapper.snap(x, y, 300, 4.5, hierarchy.ranks()).places;
    std::vector<std::uint32_t> identity(n.nodes);
    for (std::uint32_t v = 0; v < n.nodes; ++v) identity[v] = v;
    std::vector<reference::Arc> arcs;
    for (std::size_t i = 0; i < n.tail.size(); ++i) arcs.push_back({n.tail[i], n.head[i], n.time[i]});
    std::vector<std::uint32_t> all(count);
    for (std::uint32_t i = 0; i < count; ++i) all[i] = i;
    times = reference::times_from(n.nodes, arcs, snapper.edges(), snapper.snap(x, y, 300, 4.5, identity).places, all);
  }
  Hierarchy hierarchy;
  std::vector<Place> places;
  std::vector<std::vector<std::uint32_t>> times;
};

// times(root, leaf) as the direction has it.
std::uint32_t truth(const Case& c, Direction d, std::size_t root, std::size_t leaf) {
  return d == Direction::from_roots ? c.times[root][leaf] : c.times[leaf][root];
}

void check_matrix(const Case& c, const std::string& name, Method method) {
  const auto engine = DOSI_BACKEND::access::make_engine(c.hierarchy.view(), 0, method);
  for (const auto d : {Direction::from_roots, Direction::to_roots}) {
    std::vector<std::uint32_t> got(c.places.size() * c.places.size(), 1);
    engine->by_root(*engine->prepare(d, c.places), c.places, {.matrix = true}, {.times = got});
    for (std::size_t r = 0; r < c.places.size(); ++r)
      for (std::size_t l = 0; l < c.places.size(); ++l)
        ASSERT_EQ(got[r * c.places.size() + l], truth(c, d, r, l)) << name << ", root " << r << ", leaf " << l;
  }
}

void check_matrix(const Case& c, const std::string& name) {
  for (const auto method : {Method::sweeps, Method::labels}) check_matrix(c, name, method);
}

void check_reductions(const Case& c, std::size_t n_roots, int k, Method method) {
  const std::span<const Place> roots = std::span(c.places).first(n_roots), leaves = c.places;
  std::mt19937 rng(7);
  std::vector<std::uint64_t> ones(c.places.size(), 1), people(c.places.size());
  for (auto& p : people) p = rng() % 1000;
  std::vector<std::uint32_t> fading(100);
  for (std::size_t i = 0; i < fading.size(); ++i)
    fading[i] = kWeightOne - static_cast<std::uint32_t>(i) * (kWeightOne / 128);
  const std::vector<std::uint32_t> step(30, kWeightOne);
  const std::vector<Sum> sums{{0, 5'000}, {1, 30'000}, {1, 0, 0}, {0, 0, 1}, {1, kNever - 1}, {0, 60'000}};
  const std::vector<std::span<const std::uint64_t>> columns{ones, people};
  const std::vector<std::span<const std::uint32_t>> decays{fading, step};

  const auto expect = [&](const char* what, const auto& time, std::size_t rows, std::size_t others,
                          const std::vector<std::uint64_t>& got, const std::vector<std::uint32_t>& near_t,
                          const std::vector<std::uint32_t>& near_p) {
    for (std::size_t r = 0; r < rows; ++r) {
      std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
      for (std::size_t o = 0; o < others; ++o) order.emplace_back(time(r, o), static_cast<std::uint32_t>(o));
      std::sort(order.begin(), order.end());
      for (int i = 0; i < k; ++i) {
        const bool there =
            static_cast<std::size_t>(i) < order.size() && order[static_cast<std::size_t>(i)].first != kNever;
        const auto at = r * static_cast<std::size_t>(k) + static_cast<std::size_t>(i);
        ASSERT_EQ(near_t[at], there ? order[static_cast<std::size_t>(i)].first : kNever)
            << what << ", row " << r << ", " << i;
        ASSERT_EQ(near_p[at], there ? order[static_cast<std::size_t>(i)].second : kNever)
            << what << ", row " << r << ", " << i;
      }
      for (std::size_t s = 0; s < sums.size(); ++s) {
        std::uint64_t total = 0;
        for (std::size_t o = 0; o < others; ++o) {
          const auto t = time(r, o);
          if (t == kNever) continue;
          const auto value = columns[sums[s].column][o];
          if (sums[s].decay < 0) total += t <= sums[s].cutoff ? value : 0;
          else if (t / 1000 < decays[static_cast<std::size_t>(sums[s].decay)].size())
            total += value * decays[static_cast<std::size_t>(sums[s].decay)][t / 1000];
        }
        ASSERT_EQ(got[r * sums.size() + s], total) << what << ", row " << r << ", sum " << s;
      }
    }
  };
  const auto engine = DOSI_BACKEND::access::make_engine(c.hierarchy.view(), 0, method);
  const Reduction reduction{.nearest = k, .sums = sums, .columns = columns, .decays = decays};
  const std::vector<std::span<const std::uint64_t>> of_roots{columns[0].first(n_roots), columns[1].first(n_roots)};
  const Reduction by_leaf{.nearest = k, .sums = sums, .columns = of_roots, .decays = decays};
  for (const auto d : {Direction::from_roots, Direction::to_roots}) {
    const auto kk = static_cast<std::size_t>(k);
    std::vector<std::uint64_t> got(n_roots * sums.size(), 9);
    std::vector<std::uint32_t> near_t(n_roots * kk, 9), near_p(n_roots * kk, 9);
    engine->by_root(*engine->prepare(d, leaves), roots, reduction, {near_t, near_p, got, {}});
    expect(
        "by root", [&](auto r, auto l) { return truth(c, d, r, l); }, n_roots, leaves.size(), got, near_t, near_p);

    got.assign(leaves.size() * sums.size(), 9);
    near_t.assign(leaves.size() * kk, 9);
    near_p.assign(leaves.size() * kk, 9);
    engine->by_leaf(*engine->prepare(d, leaves), roots, by_leaf, {near_t, near_p, got, {}});
    expect(
        "by leaf", [&](auto l, auto r) { return truth(c, d, r, l); }, leaves.size(), n_roots, got, near_t, near_p);
  }
}

void check_reductions(const Case& c, std::size_t n_roots, int k) {
  for (const auto method : {Method::sweeps, Method::labels}) check_reductions(c, n_roots, k, method);
}

DOSI_TEST(Access_engine, EqualsDijkstraOnRandomNetworks) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const auto nodes = 1 + seed * 17 % 200;
    check_matrix(Case(networks::random_network(nodes, nodes + seed * 13 % 300, seed), 60, seed),
                 "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Access_engine, EqualsDijkstraOnPathologicalNetworks) {
  for (const auto& n : networks::pathological_networks()) {
    check_matrix(Case(n, 70, 1), n.name);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Larger than one part of a sweep, so that parts, top and entries below the selection all occur.
DOSI_TEST(Access_engine, EqualsDijkstraAcrossParts) {
  check_matrix(Case(networks::grid_network(64, 3), 90, 4), "grid");
  if (testing::Test::HasFatalFailure()) return;
  check_matrix(Case(networks::random_network(6000, 5000, 8), 90, 5), "random");
  if (testing::Test::HasFatalFailure()) return;
  check_reductions(Case(networks::grid_network(64, 6), 150, 7), 100, 4);
}

DOSI_TEST(Access_engine, TreesEqualDijkstra) {
  for (const auto& n :
       {networks::grid_network(64, 1), networks::random_network(3000, 3000, 2), networks::random_network(1, 0, 1)}) {
    const Hierarchy hierarchy(n.arcs());
    const auto engine = DOSI_BACKEND::access::make_engine(hierarchy.view(), 0);
    const auto graph = n.graph();
    std::vector<Place> roots;
    for (std::uint32_t i = 0; i < 70; ++i) roots.push_back(place_at(hierarchy.rank(i * 37 % n.nodes)));
    std::vector<std::uint32_t> times(roots.size() * n.nodes);
    engine->trees(Direction::from_roots, roots, times);
    for (std::uint32_t i = 0; i < 70; ++i) {
      const auto expected = graph.from(i * 37 % n.nodes);
      for (std::uint32_t v = 0; v < n.nodes; ++v)
        ASSERT_EQ(times[std::size_t{i} * n.nodes + hierarchy.rank(v)],
                  expected[v] == reference::kUnreached ? kNever : static_cast<std::uint32_t>(expected[v]))
            << n.name << ", root " << i << ", node " << v;
    }
  }
}

DOSI_TEST(Access_engine, ReductionsEqualLoopsOverAllPairs) {
  for (const std::size_t roots : {1, 31, 32, 33, 100})
    for (const int k : {1, 3, 64}) {
      check_reductions(Case(networks::grid_network(12, 5), 120, 9), roots, k);
      if (testing::Test::HasFatalFailure()) return;
    }
  check_reductions(Case(networks::random_network(150, 200, 4), 90, 2), 90, 5);
}

DOSI_TEST(Access_engine, NoRootsOrNoLeaves) {
  const Case c(networks::grid_network(5, 5), 10, 1);
  for (const auto method : {Method::sweeps, Method::labels}) {
    const auto engine = DOSI_BACKEND::access::make_engine(c.hierarchy.view(), 0, method);
    std::vector<std::uint32_t> t(10, 5), p(10, 5);
    engine->by_root(*engine->prepare(Direction::from_roots, {}), c.places, {.nearest = 1}, {t, p, {}, {}});
    EXPECT_EQ(t, std::vector<std::uint32_t>(10, kNever));
    t.assign(10, 5);
    engine->by_leaf(*engine->prepare(Direction::from_roots, c.places), {}, {.nearest = 1}, {t, p, {}, {}});
    EXPECT_EQ(t, std::vector<std::uint32_t>(10, kNever));
    engine->by_root(*engine->prepare(Direction::from_roots, c.places), {}, {.nearest = 1}, {});
  }
}

// One pair is not worth a plan of all nodes; from everywhere to everywhere is.
DOSI_TEST(Access_engine, ChoosesTheCheaperMethod) {
  const auto n = networks::grid_network(100, 2);
  const Hierarchy hierarchy(n.arcs());
  const auto engine = DOSI_BACKEND::access::make_engine(hierarchy.view(), 0);
  std::vector<Place> all;
  for (std::uint32_t v = 0; v < n.nodes; ++v) all.push_back(place_at(v));
  const std::span<const Place> places(all);
  EXPECT_EQ(engine->method(*engine->prepare(Direction::from_roots, places.first(2)), places.last(2)), Method::labels);
  EXPECT_EQ(engine->method(*engine->prepare(Direction::from_roots, places), places), Method::sweeps);
  EXPECT_EQ(engine->method(*engine->prepare(Direction::from_roots, places), {}), Method::sweeps);
  std::vector<std::uint32_t> chosen(4), swept(4);
  const auto sweeps = DOSI_BACKEND::access::make_engine(hierarchy.view(), 0, Method::sweeps);
  engine->by_root(*engine->prepare(Direction::from_roots, places.last(2)), places.first(2), {.matrix = true},
                  {.times = chosen});
  sweeps->by_root(*sweeps->prepare(Direction::from_roots, places.last(2)), places.first(2), {.matrix = true},
                  {.times = swept});
  EXPECT_EQ(chosen, swept);
}

}  // namespace dosi::DOSI_BACKEND::access_test
