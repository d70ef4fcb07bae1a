// The street network: one piece on foot and by car, no way over the river but bridges, times that fit lengths.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "host/make_city/geometry.hpp"
#include "tests/host/make_city/cities.hpp"

namespace dosi::make_city {
namespace {

struct Case {
  std::int64_t people;
  std::uint64_t seed;
};

class Make_city_streets : public ::testing::TestWithParam<Case> {
 protected:
  const city::City city_ = testing::made(GetParam().people, GetParam().seed);
  const city::Network net_ = city_.read_network("streets");
};

std::size_t reached(const city::Network& net, const std::string& mode, bool reverse) {
  std::vector<std::vector<std::uint32_t>> next(net.nodes());
  for (std::size_t a = 0; a < net.arcs(); ++a) {
    if (net.times.at(mode)[a] == city::kNever) continue;
    (reverse ? next[net.arc_head[a]] : next[net.arc_tail[a]]).push_back(reverse ? net.arc_tail[a] : net.arc_head[a]);
  }
  std::vector<std::uint8_t> seen(net.nodes());
  std::vector<std::uint32_t> open{0};
  seen[0] = 1;
  std::size_t count = 0;
  while (!open.empty()) {
    const auto n = open.back();
    open.pop_back();
    ++count;
    for (const auto m : next[n])
      if (!seen[m]) seen[m] = 1, open.push_back(m);
  }
  return count;
}

TEST_P(Make_city_streets, every_node_reaches_every_other_on_foot_and_by_car) {
  for (const char* mode : {"walk", "drive"}) {
    EXPECT_EQ(reached(net_, mode, false), net_.nodes()) << mode;
    EXPECT_EQ(reached(net_, mode, true), net_.nodes()) << mode;
  }
}

TEST_P(Make_city_streets, there_are_as_many_nodes_as_the_people_need) {
  const double per_person = static_cast<double>(net_.nodes()) / static_cast<double>(GetParam().people);
  EXPECT_GT(per_person, 0.105);
  EXPECT_LT(per_person, 0.16);
  const double arcs_per_node = static_cast<double>(net_.arcs()) / static_cast<double>(net_.nodes());
  EXPECT_GT(arcs_per_node, 2.6);
  EXPECT_LT(arcs_per_node, 4);
}

// Segments against segments of the water's outline, through a coarse grid.
TEST_P(Make_city_streets, only_bridges_cross_the_river) {
  const auto water = city_.read_zones("water").polygons;
  const auto a = testing::truth(city_, "bridges", "node_a"), b = testing::truth(city_, "bridges", "node_b");
  std::set<std::pair<std::uint32_t, std::uint32_t>> bridges;
  for (std::size_t i = 0; i < a.size(); ++i) {
    bridges.emplace(a[i], b[i]);
    bridges.emplace(b[i], a[i]);
  }
  EXPECT_GE(a.size(), 2u);
  constexpr double kCell = 150;
  std::map<std::pair<int, int>, std::vector<std::size_t>> at;
  const auto cell = [](double v) { return static_cast<int>(std::floor(v / kCell)); };
  for (std::size_t v = 1; v < water.x.size(); ++v)
    for (int i = cell(std::min(water.x[v - 1], water.x[v])); i <= cell(std::max(water.x[v - 1], water.x[v])); ++i)
      for (int j = cell(std::min(water.y[v - 1], water.y[v])); j <= cell(std::max(water.y[v - 1], water.y[v])); ++j)
        at[{i, j}].push_back(v);
  const auto point = [&](std::uint32_t n) { return Point{net_.node_x[n], net_.node_y[n]}; };
  std::size_t crossings = 0;
  for (std::size_t arc = 0; arc < net_.arcs(); ++arc) {
    const Point p = point(net_.arc_tail[arc]), q = point(net_.arc_head[arc]);
    if (bridges.contains({net_.arc_tail[arc], net_.arc_head[arc]})) continue;
    for (int i = cell(std::min(p.x, q.x)); i <= cell(std::max(p.x, q.x)); ++i)
      for (int j = cell(std::min(p.y, q.y)); j <= cell(std::max(p.y, q.y)); ++j) {
        const auto found = at.find({i, j});
        if (found == at.end()) continue;
        for (const auto v : found->second) {
          const Point r{water.x[v - 1], water.y[v - 1]}, s{water.x[v], water.y[v]};
          crossings += (cross(q - p, r - p) > 0) != (cross(q - p, s - p) > 0) &&
                       (cross(s - r, p - r) > 0) != (cross(s - r, q - r) > 0);
        }
      }
  }
  EXPECT_EQ(crossings, 0u);
}

TEST_P(Make_city_streets, times_fit_lengths_and_classes) {
  const auto &walk = net_.times.at("walk"), &bicycle = net_.times.at("bicycle"), &drive = net_.times.at("drive");
  std::size_t no_car = 0;
  for (std::size_t a = 0; a < net_.arcs(); ++a) {
    const double dx = net_.node_x[net_.arc_tail[a]] - net_.node_x[net_.arc_head[a]];
    const double dy = net_.node_y[net_.arc_tail[a]] - net_.node_y[net_.arc_head[a]];
    ASSERT_NEAR(net_.arc_length[a], std::sqrt(dx * dx + dy * dy), 0.002);
    ASSERT_NE(walk[a], city::kNever);
    const double kmh = net_.arc_length[a] / (walk[a] + 0.5) * 3600;
    ASSERT_LT(kmh, 5.5);
    if (net_.arc_length[a] > 5) {
      ASSERT_GT(kmh, 0.6);
    }
    no_car += drive[a] == city::kNever;
    if (drive[a] != city::kNever) {
      ASSERT_LE(drive[a], walk[a]);
    }
    if (net_.arc_class[a] == static_cast<std::uint8_t>(city::Road::primary)) {
      ASSERT_NE(drive[a], city::kNever);
    }
    if (net_.arc_class[a] == static_cast<std::uint8_t>(city::Road::footway)) {
      ASSERT_EQ(drive[a], city::kNever);
    }
    if (bicycle[a] != city::kNever) {
      ASSERT_LE(bicycle[a], walk[a]);
    }
  }
  EXPECT_GT(no_car, net_.arcs() / 50);
  EXPECT_LT(no_car, net_.arcs() / 4);
}

TEST_P(Make_city_streets, streets_are_no_lattice) {
  std::vector<int> degree(net_.nodes());
  for (const auto t : net_.arc_tail) ++degree[t];
  std::map<int, std::size_t> count;
  for (const int d : degree) ++count[d];
  EXPECT_GT(count[1], net_.nodes() / 100);  // dead ends
  EXPECT_GT(count[3], net_.nodes() / 3);    // T-junctions
  EXPECT_GT(count[4], net_.nodes() / 40);   // crossings
}

INSTANTIATE_TEST_SUITE_P(Cities, Make_city_streets, ::testing::Values(Case{20000, 5}, Case{20000, 7}, Case{100000, 2}),
                         [](const auto& i) {
                           return std::to_string(i.param.people) + "_seed_" + std::to_string(i.param.seed);
                         });

}  // namespace
}  // namespace dosi::make_city
