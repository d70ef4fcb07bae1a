#include "host/scan/neighbours.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dosi::scan {
namespace {

using job::Json;

Question question(const Json& more = Json::object()) {
  Json given{{"cases", "c"}, {"model", "permutation"}};
  given.update(more);
  return Question(job::Parameters(declared_parameters(), given, "test"));
}

// Places on a line at 0, 1, 2, …, each as large.
Study_data line(std::size_t n) {
  Study_data s;
  for (std::size_t i = 0; i < n; ++i) {
    s.places.x.push_back(static_cast<double>(i));
    s.places.y.push_back(0);
    s.places.label.push_back(std::to_string(i));
  }
  s.scans.push_back({.place_measure = std::vector<double>(n, 1.0), .step_share = {1.0}});
  return s;
}

TEST(Scan_neighbours, ByDistanceThenInOrder) {
  const auto s = line(10);
  const auto q = question();
  const auto n = neighbours_of(s, q, Distances(s.places, q));
  ASSERT_EQ(n.first.size(), 11u);
  EXPECT_EQ(n.reach[0][4], 5u) << "half of the measure";
  EXPECT_EQ(std::vector<std::uint32_t>(n.place.begin() + static_cast<std::ptrdiff_t>(n.first[4]),
                                       n.place.begin() + static_cast<std::ptrdiff_t>(n.first[4]) + 5),
            (std::vector<std::uint32_t>{4, 3, 5, 2, 6}));
}

TEST(Scan_neighbours, LimitsEndADisc) {
  const auto s = line(10);
  EXPECT_EQ(neighbours_of(s, question({{"max_distance", 1.5}}), Distances(s.places, question())).reach[0][4], 3u);
  EXPECT_EQ(neighbours_of(s, question({{"max_population", 20}}), Distances(s.places, question())).reach[0][4], 2u);
  EXPECT_EQ(neighbours_of(s, question({{"max_population", 9.9}}), Distances(s.places, question())).reach[0][4], 0u);
}

TEST(Scan_neighbours, ChordsOnTheSphere) {
  Place_set p;
  p.x = p.y = {0, 0};
  p.longitude = {0, 90};
  p.latitude = {0, 0};
  EXPECT_NEAR(Distances(p, question()).between(0, 1), 6'371'008.8 * std::sqrt(2.0), 1e-3);
  EXPECT_EQ(Distances(p, question({{"distance", "plane"}})).between(0, 1), 0);
}

// An ellipse holds a place where rotating it back and squeezing its long axis brings the place into a circle.
TEST(Scan_neighbours, Ellipses) {
  Place_set p;
  p.x = {0, 30, 0, 3};
  p.y = {0, 40, 5, -4};
  const Distances d(p, question({{"ellipses", {4}}}));
  const double along = std::atan2(40.0, 30.0);
  // 50 m along the long axis of 4:1 are 12.5 m across; a circle as large has twice that radius.
  EXPECT_NEAR(d.between(0, 1, {4, along}), 25, 1e-9);
  // (3, -4) is 4.8 along the axis at right angles to (3, 4), and 1.4 across.
  EXPECT_NEAR(d.between(0, 3, {4, along + std::acos(-1.0) / 2}), 2 * std::hypot(4.8 / 4, 1.4), 1e-9);
  EXPECT_NEAR(d.between(0, 2, {1, 0.7}), 5, 1e-12);
  EXPECT_EQ(shapes_of({}).size(), 1u);
  EXPECT_EQ(shapes_of({1.5, 2, 5}).size(), 1u + 4 + 6 + 15);
}

// By hand: an axis four times the other counts 16/25 of a circle, or, at half the power, 4/5.
TEST(Scan_neighbours, PenaltyOnLongEllipses) {
  EXPECT_DOUBLE_EQ(weight_of({4, 0}, 1), 0.64);
  EXPECT_DOUBLE_EQ(weight_of({4, 0}, 0.5), 0.8);
  EXPECT_DOUBLE_EQ(weight_of({4, 0}, 0), 1);
  EXPECT_DOUBLE_EQ(weight_of({1, 0}, 0.5), 1);
  EXPECT_NEAR(weight_of({2, 1}, 0.25), std::sqrt(std::sqrt(8.0 / 9)), 1e-15);
  const auto s = line(6);
  const auto penalised = question({{"ellipses", {4}}}), free = question({{"ellipses", {4}}, {"compactness", 0}}),
             circles = question();
  const auto n = neighbours_of(s, penalised, Distances(s.places, penalised));
  ASSERT_EQ(n.weight.size(), 6 * n.shapes.size());
  for (std::size_t c = 0; c < n.weight.size(); ++c) EXPECT_DOUBLE_EQ(n.weight[c], n.shape_of(c).ratio == 4 ? 0.8 : 1);
  EXPECT_TRUE(neighbours_of(s, free, Distances(s.places, free)).weight.empty());
  EXPECT_TRUE(neighbours_of(s, circles, Distances(s.places, circles)).weight.empty());
}

TEST(Scan_neighbours, SmallerDiscsAreTheFirstOfLargerOnes) {
  const auto s = line(10);
  const auto wide = question(), narrow = question({{"max_population", 20}});
  const auto n = neighbours_of(s, wide, Distances(s.places, wide));
  EXPECT_EQ(reach_within(s, n, 0, 0.2), neighbours_of(s, narrow, Distances(s.places, narrow)).reach[0]);
  EXPECT_EQ(reach_within(s, n, 0, 0.5), n.reach[0]);
}

TEST(Scan_neighbours, PlacesTakenOutAreInNoDisc) {
  auto s = line(10);
  s.gone.assign(10, 0);
  s.gone[3] = s.gone[4] = 1;
  const auto q = question();
  const auto n = neighbours_of(s, q, Distances(s.places, q));
  EXPECT_EQ(n.reach[0][4], 0u);
  EXPECT_EQ(std::vector<std::uint32_t>(n.place.begin() + static_cast<std::ptrdiff_t>(n.first[5]),
                                       n.place.begin() + static_cast<std::ptrdiff_t>(n.first[6])),
            (std::vector<std::uint32_t>{5, 6, 7, 2, 8}));
}

}  // namespace
}  // namespace dosi::scan
