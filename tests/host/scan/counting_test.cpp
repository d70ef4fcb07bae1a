#include "host/scan/counting.hpp"

#include <gtest/gtest.h>

#include "kernels/core/philox.hpp"

namespace dosi::scan {
namespace {

std::uint32_t nearest(const Place_set& p, double x, double y) {
  std::uint32_t best = 0;
  for (std::uint32_t i = 1; i < p.size(); ++i)
    if (std::hypot(p.x[i] - x, p.y[i] - y) < std::hypot(p.x[best] - x, p.y[best] - y)) best = i;
  return best;
}

// Over places in squares, all in a row, all in one point, and far apart.
TEST(Scan_counting, NearestPlaceIsTheNearest) {
  Random random(1, 0);
  for (const std::size_t n : {1u, 2u, 40u, 700u})
    for (const double stretch : {1.0, 0.0, 1000.0}) {
      Place_set p;
      for (std::size_t i = 0; i < n; ++i) {
        p.x.push_back(random.below(2000) * stretch);
        p.y.push_back(random.below(50) * 20.0);
      }
      const Placer placer(p, 0);
      for (int i = 0; i < 300; ++i) {
        const double x = (3000.0 * random.uniform() - 500) * std::max(1.0, stretch),
                     y = 3000.0 * random.uniform() - 500;
        const auto got = placer.find(x, y), expected = nearest(p, x, y);
        ASSERT_EQ(std::hypot(p.x[got] - x, p.y[got] - y), std::hypot(p.x[expected] - x, p.y[expected] - y))
            << n << " places, at " << x << " " << y;
      }
    }
}

TEST(Scan_counting, SquaresHoldTheirPoints) {
  Grid grid(250);
  EXPECT_EQ(grid.add(10, 10), 0u);
  EXPECT_EQ(grid.add(-10, 10), 1u);
  EXPECT_EQ(grid.add(249.9, 0), 0u);
  EXPECT_EQ(grid.find(250, 0), geometry::kNoZone);
  const auto places = grid.places();
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places.x[1], -125);
  const Placer placer(places, 250);
  EXPECT_EQ(placer.find(-249, 100), 1u);
  EXPECT_EQ(placer.find(0, -1), geometry::kNoZone);
}

}  // namespace
}  // namespace dosi::scan
