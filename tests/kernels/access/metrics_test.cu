// Many metrics in one engine, roots of several as lanes of one sweep, against Dijkstra in each.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kernels/access/access.hpp"
#include "tests/reference/access.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/networks.hpp"

namespace dosi::DOSI_BACKEND::access_metrics_test {

using namespace dosi::access;
using networks::Test_network;

// A network with the times of several metrics, places scattered over it, and the true times between them in each.
struct Case {
  Case(const Test_network& n, std::uint32_t m, std::size_t count, std::uint32_t seed) : metrics(m) {
    const auto elimination = std::make_shared<Elimination>(n.arcs());
    const auto edges = make_edges(n.arcs());
    const Snapper snapper(edges, n.x, n.y);
    std::mt19937 rng(seed);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < count; ++i) {
      const auto v = rng() % n.nodes;
      x.push_back(n.x[v] + (i % 3 == 0 ? 0.0 : static_cast<double>(rng() % 40) - 20) + (i % 17 == 5 ? 1e6 : 0));
      y.push_back(n.y[v] + (i % 4 == 0 ? 0.0 : static_cast<double>(rng() % 40) - 20));
    }
    std::vector<std::uint32_t> identity(n.nodes), all(count);
    for (std::uint32_t v = 0; v < n.nodes; ++v) identity[v] = v;
    for (std::uint32_t i = 0; i < count; ++i) all[i] = i;
    const auto at_ranks = snapper.snap(x, y, 300, 4.5, elimination->rank).places,
               at_nodes = snapper.snap(x, y, 300, 4.5, identity).places;
    std::vector<std::vector<Arc_time>> changes;
    for (std::uint32_t k = 0; k < metrics; ++k) {
      auto time = n.time;
      if (k > 0) changes.emplace_back();
      // The second is as the first; the others close, slow or quicken few streets or most of them.
      if (k > 1)
        for (std::uint32_t a = 0; a < time.size(); ++a) {
          if (time[a] >= kFar || rng() % (k % 3 == 0 ? 2 : 40) != 0) continue;
          time[a] = rng() % 3 == 0 ? kNever : time[a] / 2 + static_cast<std::uint32_t>(rng() % 50'000);
          changes.back().push_back({a, time[a]});
        }
      Test_network changed = n;
      changed.time = time;
      const auto now = retimed(edges, changed.arcs(), edges_of(changed.arcs(), edges));
      std::vector<Place> of_nodes;
      for (std::size_t i = 0; i < count; ++i) {
        places.push_back(retimed(at_ranks[i], now, k));
        of_nodes.push_back(retimed(at_nodes[i], now, k));
      }
      std::vector<reference::Arc> arcs;
      for (std::size_t i = 0; i < n.tail.size(); ++i) arcs.push_back({n.tail[i], n.head[i], time[i]});
      times.push_back(reference::times_from(n.nodes, arcs, now, of_nodes, all));
      // On a street that is closed both ways nobody gets anywhere, not even along it.
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < count; ++j) {
          const auto e = of_nodes[i].edge;
          if (e != kNoNode && e == of_nodes[j].edge && now[e].time_ab == kNever && now[e].time_ba == kNever)
            times.back()[i][j] = kNever;
        }
    }
    hierarchy = std::make_unique<Hierarchy>(elimination, n.arcs(), Device::choose("cpu", 0), changes);
  }
  std::size_t count() const { return places.size() / metrics; }
  std::uint32_t truth(Direction d, std::size_t metric, std::size_t root, std::size_t leaf) const {
    return d == Direction::from_roots ? times[metric][root][leaf] : times[metric][leaf][root];
  }
  std::uint32_t metrics;
  std::unique_ptr<Hierarchy> hierarchy;
  std::vector<Place> places;                                   // [metric][place]
  std::vector<std::vector<std::vector<std::uint32_t>>> times;  // [metric][from][to]
};

// What a row must say: of (place, time) pairs with the numbers of places in their list.
void expect_row(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& others,
                const std::vector<std::uint64_t>& people, const Rows& got, std::size_t row, const std::string& where) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
  std::uint64_t near = 0, all = 0;
  for (const auto& [place, time] : others) {
    if (time == kNever) continue;
    order.emplace_back(time, place);
    near += time <= 90'000 ? people[place] : 0;
    all += people[place];
  }
  std::sort(order.begin(), order.end());
  order.resize(std::max<std::size_t>(order.size(), 2), {kNever, kNever});
  if (order[1].first == kNever) order[1].second = kNever;
  ASSERT_EQ(got.sums[2 * row], near) << where;
  ASSERT_EQ(got.sums[2 * row + 1], all) << where;
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(got.nearest_time[2 * row + i], order[i].first) << where << ", " << i;
    ASSERT_EQ(got.nearest_place[2 * row + i], order[i].second) << where << ", " << i;
  }
}

// `roots_of`: how many roots each metric has.
void check(const Case& c, const std::vector<std::size_t>& roots_of, Method method, const std::string& name) {
  const auto engine = DOSI_BACKEND::access::make_engine(c.hierarchy->view(), 0, method);
  const std::size_t n = c.count();
  std::vector<Place> roots;
  std::vector<std::pair<std::size_t, std::size_t>> of;  // metric and place of each root
  for (std::size_t m = 0; m < c.metrics; ++m)
    for (std::size_t i = 0; i < roots_of[m]; ++i) {
      of.emplace_back(m, (i * 7 + m) % n);
      roots.push_back(c.places[m * n + of.back().second]);
    }
  std::vector<std::uint64_t> people_of_leaves(c.places.size()), people_of_roots(roots.size());
  for (std::size_t i = 0; i < people_of_leaves.size(); ++i) people_of_leaves[i] = 1 + i * i % 1000;
  for (std::size_t i = 0; i < people_of_roots.size(); ++i) people_of_roots[i] = 1 + i * i % 777;
  const std::vector<Sum> sums{{0, 90'000}, {0, kNever - 1}};
  for (const auto d : {Direction::from_roots, Direction::to_roots}) {
    const auto leaves = engine->prepare(d, c.places, c.metrics);
    const std::string where = name + (d == Direction::from_roots ? ", from roots" : ", to roots");
    std::vector<std::uint32_t> time(2 * std::max(roots.size(), c.places.size()), 9), place = time,
                                                                                     matrix(roots.size() * n, 9);
    std::vector<std::uint64_t> sum(time.size(), 9);
    const std::vector<std::span<const std::uint64_t>> over_leaves{people_of_leaves}, over_roots{people_of_roots};
    const auto rows = [&](std::size_t count) {
      return Rows{
          std::span(time).first(2 * count), std::span(place).first(2 * count), std::span(sum).first(2 * count), {}};
    };
    auto out = rows(roots.size());
    out.times = matrix;
    engine->by_root(*leaves, roots, {.nearest = 2, .sums = sums, .columns = over_leaves, .matrix = true}, out);
    for (std::size_t r = 0; r < roots.size(); ++r) {
      const auto [m, root] = of[r];
      std::vector<std::pair<std::uint32_t, std::uint32_t>> others;
      for (std::size_t l = 0; l < n; ++l) {
        others.emplace_back(m * n + l, c.truth(d, m, root, l));
        ASSERT_EQ(matrix[r * n + l], others.back().second) << where << ", root " << r << ", leaf " << l;
      }
      expect_row(others, people_of_leaves, out, r, where + ", root " + std::to_string(r));
      if (testing::Test::HasFatalFailure()) return;
    }
    out = rows(c.places.size());
    engine->by_leaf(*leaves, roots, {.nearest = 2, .sums = sums, .columns = over_roots}, out);
    for (std::size_t m = 0; m < c.metrics; ++m)
      for (std::size_t l = 0; l < n; ++l) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> others;
        for (std::uint32_t r = 0; r < roots.size(); ++r)
          if (of[r].first == m) others.emplace_back(r, c.truth(d, m, of[r].second, l));
        expect_row(others, people_of_roots, out, m * n + l,
                   where + ", metric " + std::to_string(m) + ", leaf " + std::to_string(l));
        if (testing::Test::HasFatalFailure()) return;
      }
  }
}

void check(const Case& c, const std::vector<std::size_t>& roots_of, const std::string& name) {
  for (const auto method : {Method::sweeps, Method::labels}) {
    check(c, roots_of, method, name);
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Access_metrics, EqualDijkstraOnRandomNetworks) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const auto nodes = 2 + seed * 29 % 200, metrics = 1 + seed % 6;
    const Case c(networks::random_network(nodes, nodes + seed * 13 % 300, seed), metrics, 40, seed);
    std::vector<std::size_t> roots(metrics);
    for (std::size_t m = 0; m < metrics; ++m) roots[m] = (seed + m * 5) % 12;
    check(c, roots, "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// All that one run may have, with as many roots as fill blocks of lanes, groups of them, and neither.
DOSI_TEST(Access_metrics, EqualDijkstraInEveryLane) {
  const Case c(networks::grid_network(12, 3), 33, 12, 5);
  for (const std::size_t each : {1, 8, 11})
    check(c, std::vector<std::size_t>(33, each), std::to_string(each) + " roots");
}

// Larger than a part of a sweep: metrics mixed in the top, and each alone.
DOSI_TEST(Access_metrics, EqualDijkstraAcrossParts) {
  const Case c(networks::grid_network(50, 9), 4, 80, 8);
  check(c, {5, 0, 9, 3}, "few");
  if (testing::Test::HasFatalFailure()) return;
  check(c, {70, 64, 3, 80}, "many");
}

DOSI_TEST(Access_metrics, PlacesOfOtherMetricsAreRefused) {
  const Case c(networks::grid_network(5, 9), 3, 10, 8);
  const auto engine = DOSI_BACKEND::access::make_engine(c.hierarchy->view(), 0);
  EXPECT_THROW(engine->prepare(Direction::from_roots, c.places, 4), std::invalid_argument);
  std::vector<std::uint32_t> t(30), p(30);
  check(c, {2, 2, 2}, Method::sweeps, "as they should be");
  const auto two = engine->prepare(Direction::from_roots, std::span(c.places).first(20), 2);
  EXPECT_THROW(engine->by_root(*two, c.places, {.nearest = 1}, {t, p, {}, {}}), std::invalid_argument);
  auto mixed = c.places;
  std::reverse(mixed.begin(), mixed.end());
  EXPECT_THROW(
      engine->by_root(*engine->prepare(Direction::from_roots, c.places, 3), mixed, {.nearest = 1}, {t, p, {}, {}}),
      std::invalid_argument);
}

}  // namespace dosi::DOSI_BACKEND::access_metrics_test
