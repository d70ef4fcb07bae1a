// A city as cells: equal to a look at every column's middle, with outlines of any shape; faces with their order.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/philox.hpp"
#include "kernels/wind/voxels.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::wind_voxels {

using namespace dosi::wind;

struct Town {
  std::uint32_t nx = 45, ny = 38, nz = 20;
  std::vector<std::int32_t> ground, surface;
  std::vector<std::uint64_t> side_first{0};
  std::vector<Side> sides;
  std::vector<std::int32_t> top;
  Site site() const { return {nx, ny, nz, ground, surface, {side_first, sides, top}}; }
};

// Random outlines: stars that may cross themselves and leave the box, some with a hole.
inline Town random_town(std::uint64_t seed, bool with_surface) {
  Town t;
  Random random(seed, 0);
  const auto columns = std::size_t{t.nx} * t.ny;
  for (std::size_t i = 0; i < columns; ++i) t.ground.push_back(1 + static_cast<std::int32_t>(3 * random.uniform()));
  for (std::size_t i = 0; with_surface && i < columns; ++i)
    t.surface.push_back(static_cast<std::int32_t>(8 * random.uniform()));
  for (int b = 0; b < 25; ++b) {
    const double x = random.uniform() * t.nx * kUnits, y = random.uniform() * t.ny * kUnits;
    for (int ring = 0; ring < (b % 3 == 0 ? 2 : 1); ++ring) {
      const int corners = 3 + static_cast<int>(9 * random.uniform());
      std::vector<Side> mine;
      for (int k = 0; k < corners; ++k) {
        const double angle = 6.283185307 * k / corners, far = (0.3 + random.uniform()) * (ring == 0 ? 6 : 2) * kUnits;
        const auto px = static_cast<std::int32_t>(x + far * std::cos(angle)),
                   py = static_cast<std::int32_t>(y + far * std::sin(angle));
        if (k > 0) mine.back().x1 = px, mine.back().y1 = py;
        mine.push_back({px, py, 0, 0});
      }
      mine.back().x1 = mine.front().x0, mine.back().y1 = mine.front().y0;
      t.sides.insert(t.sides.end(), mine.begin(), mine.end());
    }
    t.side_first.push_back(t.sides.size());
    t.top.push_back(static_cast<std::int32_t>(1 + 30 * random.uniform()));
  }
  return t;
}

// The obvious way: the middle of each column against each building, in floating point.
inline std::int32_t open_roof_of(const Town& t, std::uint32_t x, std::uint32_t y) {
  const std::size_t column = std::size_t{y} * t.nx + x;
  std::int32_t highest = t.ground[column];
  if (x == 0 || y == 0 || x + 1 == t.nx || y + 1 == t.ny) return highest;
  if (!t.surface.empty()) highest = std::max(highest, t.surface[column]);
  const double px = (x + 0.5) * kUnits, py = (y + 0.5) * kUnits;
  for (std::size_t b = 0; b < t.top.size(); ++b) {
    int crossings = 0;
    for (auto s = t.side_first[b]; s < t.side_first[b + 1]; ++s) {
      const Side& e = t.sides[s];
      if ((e.y0 > py) == (e.y1 > py)) continue;
      const double at = e.x0 + (py - e.y0) / (static_cast<double>(e.y1) - e.y0) * (static_cast<double>(e.x1) - e.x0);
      crossings += at > px ? 1 : 0;
    }
    if (crossings % 2 == 1) highest = std::max(highest, t.top[b]);
  }
  return std::min(highest, static_cast<std::int32_t>(t.nz) - 2);
}

// And between two that are built over, as high as the lower one; four times over.
inline std::vector<std::int32_t> roofs_of(const Town& t) {
  std::vector<std::int32_t> roof;
  for (std::uint32_t y = 0; y < t.ny; ++y)
    for (std::uint32_t x = 0; x < t.nx; ++x) roof.push_back(open_roof_of(t, x, y));
  for (int round = 0; round < 4; ++round) {
    const auto before = roof;
    for (std::size_t y = 1; y + 1 < t.ny; ++y)
      for (std::size_t x = 1; x + 1 < t.nx; ++x) {
        const auto built = [&](std::size_t i, std::size_t j) {
          return before[j * t.nx + i] > t.ground[j * t.nx + i] ? before[j * t.nx + i] : 0;
        };
        auto& r = roof[y * t.nx + x];
        r = std::max({r, std::min(built(x - 1, y), built(x + 1, y)), std::min(built(x, y - 1), built(x, y + 1))});
      }
  }
  return roof;
}

DOSI_TEST(Wind_voxels, are_what_a_look_at_every_column_finds) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Town t = random_town(seed, seed % 2 == 0);
    const auto v = wind::make_voxels(t.site(), 0);
    const auto roofs = roofs_of(t);
    for (std::uint32_t y = 0; y < t.ny; ++y)
      for (std::uint32_t x = 0; x < t.nx; ++x) {
        const std::size_t column = std::size_t{y} * t.nx + x;
        ASSERT_EQ(v.roof[column], roofs[column]) << seed << ": " << x << ", " << y;
        for (std::uint32_t z = 0; z < t.nz; ++z) {
          const auto layer = static_cast<std::int32_t>(z);
          const Kind wanted = layer < t.ground[column] ? Kind::ground
                              : layer < v.roof[column] ? Kind::building
                                                       : Kind::fluid;
          ASSERT_EQ(v.kinds[(std::size_t{z} * t.ny + y) * t.nx + x], wanted) << seed;
        }
      }
  }
}

DOSI_TEST(Wind_voxels, say_what_does_not_fit) {
  Town t = random_town(3, false);
  t.ground.pop_back();
  EXPECT_THROW(wind::make_voxels(t.site(), 0), std::invalid_argument);
  t = random_town(3, false);
  t.top.pop_back();
  EXPECT_THROW(wind::make_voxels(t.site(), 0), std::invalid_argument);
  t = random_town(3, false);
  t.nz = 2;
  EXPECT_THROW(wind::make_voxels(t.site(), 0), std::invalid_argument);
  // So that a run with nothing wrong goes through the device as well.
  EXPECT_NO_THROW(wind::make_voxels(random_town(4, true).site(), 0));
}

}  // namespace dosi::DOSI_BACKEND::wind_voxels

#if !DOSI_ON_CUDA
namespace dosi::wind {
namespace {

TEST(Wind_faces, inlets_go_before_outlets_and_those_before_slip) {
  std::vector<Kind> kinds(4 * 5 * 6, Kind::fluid);
  const auto at = [&](int x, int y, int z) -> Kind& { return kinds[static_cast<std::size_t>((z * 5 + y) * 4 + x)]; };
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 4; ++x) at(x, y, 0) = Kind::ground;
  at(0, 2, 1) = Kind::ground;  // a slope that meets the face
  set_faces(kinds, 4, 5, 6, {Kind::velocity, Kind::outlet, Kind::slip, Kind::outlet, Kind::slip});
  EXPECT_EQ(at(0, 2, 1), Kind::ground);
  EXPECT_EQ(at(0, 2, 2), Kind::velocity);
  EXPECT_EQ(at(0, 4, 5), Kind::velocity) << "a corner of an inlet, an outlet and the top";
  EXPECT_EQ(at(3, 0, 3), Kind::outlet) << "an edge of an outlet and a plane without friction";
  EXPECT_EQ(at(1, 0, 3), Kind::slip);
  EXPECT_EQ(at(1, 2, 5), Kind::slip);
  EXPECT_EQ(at(3, 2, 5), Kind::outlet);
  EXPECT_EQ(at(1, 2, 3), Kind::fluid);
}

}  // namespace
}  // namespace dosi::wind
#endif
