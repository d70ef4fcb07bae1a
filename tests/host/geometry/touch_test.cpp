// Segments that touch an area, against every border and every corner looked at one by one.
#include "host/geometry/touch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dosi::geometry {
namespace {

city::Polygons polygons(const std::vector<std::vector<std::pair<double, double>>>& rings) {
  city::Polygons p;
  for (const auto& ring : rings) {
    for (const auto& [x, y] : ring) {
      p.x.push_back(x);
      p.y.push_back(y);
    }
    p.vertex_first.push_back(p.x.size());
    p.ring_is_hole.push_back(0);
    p.ring_first.push_back(p.vertex_first.size() - 1);
  }
  return p;
}

std::vector<std::pair<double, double>> square(double x, double y, double side) {
  return {{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}};
}

TEST(Touching, ASquare) {
  const auto p = polygons({square(0, 0, 10)});
  const std::vector<Segment> segments{{2, 2, 3, 3},     {-5, 5, 15, 5}, {-5, 5, 5, 5},    {-5, 20, 15, 20},
                                      {-5, -5, -1, 20}, {-5, 5, 0, 5},  {10, 10, 20, 20}, {-3, 7, 7, 17},
                                      {-2, 0, 12, 0},   {11, 0, 20, 0}, {5, 5, 5, 5},     {15, 5, 15, 5}};
  const std::vector<bool> expected{true, true, true, false, false, true, true, true, true, false, true, false};
  EXPECT_EQ(touching(p, segments), expected);
  EXPECT_EQ(touching(polygons({}), segments), std::vector<bool>(segments.size(), false));
}

// A convex polygon and a segment touch unless a line along one of their sides parts them.
bool parted(const std::vector<std::pair<double, double>>& ring, const Segment& s) {
  const std::vector<std::pair<double, double>> ends{{s.x0, s.y0}, {s.x1, s.y1}};
  const auto parts = [&](double nx, double ny) {
    double a0 = INFINITY, a1 = -INFINITY, b0 = INFINITY, b1 = -INFINITY;
    for (const auto& [x, y] : ring) a0 = std::min(a0, nx * x + ny * y), a1 = std::max(a1, nx * x + ny * y);
    for (const auto& [x, y] : ends) b0 = std::min(b0, nx * x + ny * y), b1 = std::max(b1, nx * x + ny * y);
    return a1 < b0 || b1 < a0;
  };
  if (parts(s.y1 - s.y0, s.x0 - s.x1) || parts(s.x1 - s.x0, s.y1 - s.y0)) return true;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i)
    if (parts(ring[i + 1].second - ring[i].second, ring[i].first - ring[i + 1].first)) return true;
  return false;
}

TEST(Touching, ManySquaresAndRandomSegments) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> at(-1000, 1000), size(1, 200), step(-150, 150);
  std::vector<std::vector<std::pair<double, double>>> rings;
  for (int i = 0; i < 40; ++i) rings.push_back(square(at(random), at(random), size(random)));
  std::vector<Segment> segments;
  for (int i = 0; i < 5000; ++i) {
    const double x = at(random), y = at(random);
    segments.push_back({x, y, x + step(random), y + step(random)});
  }
  const auto touch = touching(polygons(rings), segments);
  std::size_t touched = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool expected =
        std::any_of(rings.begin(), rings.end(), [&](const auto& r) { return !parted(r, segments[i]); });
    EXPECT_EQ(touch[i], expected) << i;
    touched += expected;
  }
  EXPECT_GT(touched, 500u);
  EXPECT_LT(touched, 4500u);
}

}  // namespace
}  // namespace dosi::geometry
