#include "io/report/topology.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "io/report/distribution.hpp"
#include "tests/io/report/support.hpp"

namespace dosi::report {
namespace {

TEST(Topology, NeighboursShareTheirBorder) {
  const auto t = make_topology(test_support::squares(3));
  ASSERT_EQ(t.zones.size(), 3u);
  EXPECT_EQ(t.width, 300);
  EXPECT_EQ(t.height, 100);
  // Outer left, hole, border 1|2, two sides of the middle, border 2|3, outer right.
  EXPECT_EQ(t.borders.size(), 7u);
  std::vector<int> uses(t.borders.size());
  for (const auto& z : t.zones)
    for (const auto& ring : z)
      for (const auto b : ring) ++uses[static_cast<std::size_t>(b >= 0 ? b : ~b)];
  EXPECT_EQ(std::count(uses.begin(), uses.end(), 2), 2);
  EXPECT_EQ(t.zones[0].size(), 2u) << "the hole";
}

TEST(Topology, RingsCloseAndNoBorderMovesMoreThanItMay) {
  city::Polygons p;
  for (int i = 0; i <= 2000; ++i) {
    const double a = 2 * std::acos(-1.0) * (i % 2000) / 2000;
    p.x.push_back(6000 * std::cos(a));
    p.y.push_back(6000 * std::sin(a));
  }
  p.vertex_first.push_back(p.x.size());
  p.ring_is_hole.push_back(0);
  p.ring_first.push_back(1);
  const auto t = make_topology(p);
  ASSERT_EQ(t.borders.size(), 1u);
  const auto& line = t.borders[0];
  EXPECT_EQ(line.front(), line.back());
  EXPECT_LT(line.size(), 400u);
  double area = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    area += static_cast<double>(line[i - 1][0] * line[i][1] - line[i][0] * line[i - 1][1]) / 2;
    EXPECT_NEAR(std::hypot(static_cast<double>(line[i][0]) + t.x0, static_cast<double>(line[i][1]) + t.y0), 6000,
                t.tolerance + 1);
  }
  EXPECT_NEAR(std::abs(area) / (std::acos(-1.0) * 36e6), 1, 1e-3);
}

TEST(Topology, NoZonesAndZonesSmallerThanAMetre) {
  EXPECT_TRUE(make_topology({}).zones.empty());
  city::Polygons p;
  p.x = {0, 0.1, 0.1, 0};
  p.y = {0, 0, 0.1, 0};
  p.vertex_first.push_back(4);
  p.ring_is_hole.push_back(0);
  p.ring_first.push_back(1);
  const auto t = make_topology(p);
  ASSERT_EQ(t.zones.size(), 1u);
  EXPECT_TRUE(t.zones[0].empty());
}

TEST(Distribution, WeighsAndCountsWhatIsNeverReached) {
  const std::vector<double> v{1, 2, 3, std::nan("")}, w{1, 1, 1, 7};
  const auto endless = distribute(v, w, true);
  EXPECT_TRUE(std::isnan(endless.median));
  EXPECT_EQ(endless.missing, 7);
  EXPECT_EQ(endless.total, 10);
  const auto left_out = distribute(v, w, false);
  EXPECT_EQ(left_out.median, 2);
  EXPECT_EQ(left_out.p90, 3);
  double sum = left_out.above;
  for (const double b : left_out.weights) sum += b;
  EXPECT_EQ(sum, 3);
}

TEST(Distribution, NothingAndOneValue) {
  EXPECT_TRUE(distribute({}, {}, true).weights.empty());
  const std::vector<double> none(3, std::nan("")), one{5};
  EXPECT_TRUE(std::isnan(distribute(none, {}, false).median));
  EXPECT_EQ(distribute(one, {}, false).median, 5);
}

}  // namespace
}  // namespace dosi::report
