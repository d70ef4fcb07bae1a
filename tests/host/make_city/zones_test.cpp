// Dong and districts tile the city, hold everything in it, and their residents add up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "host/make_city/zones.hpp"
#include "tests/host/make_city/cities.hpp"

namespace dosi::make_city {
namespace {

struct Case {
  std::int64_t people;
  std::uint64_t seed;
};

class Make_city_zones : public ::testing::TestWithParam<Case> {
 protected:
  const city::City city_ = testing::made(GetParam().people, GetParam().seed);
};

double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

double twice_area(const city::Polygons& p, std::size_t ring) {
  double twice = 0;
  const auto first = p.vertex_first[ring];
  for (auto v = first + 1; v < p.vertex_first[ring + 1]; ++v)
    twice += (p.x[v - 1] - p.x[first]) * (p.y[v] - p.y[first]) - (p.y[v - 1] - p.y[first]) * (p.x[v] - p.x[first]);
  return twice;
}

double twice_area(const city::Polygons& p) {
  double twice = 0;
  for (std::size_t r = 0; r < p.ring_is_hole.size(); ++r) twice += twice_area(p, r);
  return twice;
}

using Segment = std::array<double, 4>;

// Sides without a partner running the other way: the outline of the whole.
std::set<Segment> outline(const city::Polygons& p, std::size_t& repeated) {
  std::set<Segment> open;
  for (std::size_t r = 0; r < p.ring_is_hole.size(); ++r)
    for (auto v = p.vertex_first[r] + 1; v < p.vertex_first[r + 1]; ++v) {
      if (open.erase({p.x[v], p.y[v], p.x[v - 1], p.y[v - 1]}) == 0)
        repeated += !open.insert({p.x[v - 1], p.y[v - 1], p.x[v], p.y[v]}).second;
    }
  return open;
}

TEST_P(Make_city_zones, residents_add_up_everywhere) {
  const double people = static_cast<double>(GetParam().people);
  for (const char* layer : {"zones:dong", "zones:districts", "points:buildings"}) {
    const auto t = city_.read_attributes(city_.find(layer, {"zones", "points"}));
    const auto all = testing::numbers(t, "residents"), young = testing::numbers(t, "age_0_14"),
               middle = testing::numbers(t, "age_15_64"), old = testing::numbers(t, "age_65_up");
    EXPECT_EQ(sum(all), people) << layer;
    for (std::size_t i = 0; i < all.size(); ++i)
      ASSERT_EQ(young[i] + middle[i] + old[i], all[i]) << layer << " row " << i;
    EXPECT_NEAR(sum(young) / people, 0.12, 0.04);
    EXPECT_NEAR(sum(old) / people, 0.18, 0.05);
  }
  const auto dong = city_.read_zones("dong").attributes, buildings = city_.read_points("buildings").attributes;
  std::map<double, double> of_dong;
  const auto code = testing::numbers(buildings, "dong"), residents = testing::numbers(buildings, "residents");
  for (std::size_t i = 0; i < code.size(); ++i) of_dong[code[i]] += residents[i];
  const auto codes = testing::numbers(dong, "code"), totals = testing::numbers(dong, "residents");
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(of_dong[codes[i]], totals[i]);
}

TEST_P(Make_city_zones, dong_have_names_and_like_numbers_of_residents) {
  const auto dong = city_.read_zones("dong").attributes;
  const auto n = dong.rows;
  EXPECT_EQ(n,
            std::max<std::size_t>(6, static_cast<std::size_t>(static_cast<double>(GetParam().people) / 23000 + 0.5)));
  for (const char* column : {"name", "name_ko"}) {
    const auto names = dong.find(column)->as_text();
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), n);
  }
  const auto residents = testing::numbers(dong, "residents");
  const double fair = static_cast<double>(GetParam().people) / static_cast<double>(n);
  EXPECT_LT(*std::max_element(residents.begin(), residents.end()), 2 * fair);
  EXPECT_GT(*std::min_element(residents.begin(), residents.end()), 0.3 * fair);
}

TEST_P(Make_city_zones, zones_tile_without_gap_or_overlap) {
  const auto dong = city_.read_zones("dong").polygons, districts = city_.read_zones("districts").polygons;
  std::size_t repeated = 0;
  const auto rim = outline(dong, repeated);
  EXPECT_EQ(repeated, 0u);
  EXPECT_EQ(rim, outline(districts, repeated));
  EXPECT_NEAR(twice_area(dong), twice_area(districts), 1e-6 * twice_area(dong));
  for (std::size_t r = 0; r < dong.ring_is_hole.size(); ++r)
    EXPECT_EQ(twice_area(dong, r) < 0, dong.ring_is_hole[r] == 1);
  // The area inside the rim, traced by its sides alone, is the sum of the dong.
  double twice = 0;
  for (const auto& [x0, y0, x1, y1] : rim) twice += (x0 - 200000) * (y1 - 550000) - (y0 - 550000) * (x1 - 200000);
  EXPECT_NEAR(twice, twice_area(dong), 1e-6 * twice);
  for (std::size_t z = 0; z < dong.size(); ++z) {
    EXPECT_EQ(dong.ring_is_hole[dong.ring_first[z]], 0) << "dong " << z;
    for (auto r = dong.ring_first[z] + 1; r < dong.ring_first[z + 1]; ++r)
      EXPECT_EQ(dong.ring_is_hole[r], 1) << "dong " << z;
  }
}

TEST_P(Make_city_zones, borders_do_not_cross) {
  const auto p = city_.read_zones("dong").polygons;
  std::set<Segment> sides;
  for (std::size_t r = 0; r < p.ring_is_hole.size(); ++r)
    for (auto v = p.vertex_first[r] + 1; v < p.vertex_first[r + 1]; ++v)
      if (!sides.contains({p.x[v], p.y[v], p.x[v - 1], p.y[v - 1]}))
        sides.insert({p.x[v - 1], p.y[v - 1], p.x[v], p.y[v]});
  const std::vector<Segment> all(sides.begin(), sides.end());  // by x
  const auto turn = [](double ax, double ay, double bx, double by, double cx, double cy) {
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  };
  std::size_t crossings = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size() && all[j][0] < all[i][0] + 400; ++j) {
      const auto& [ax, ay, bx, by] = all[i];
      const auto& [cx, cy, dx, dy] = all[j];
      const bool share =
          (ax == cx && ay == cy) || (ax == dx && ay == dy) || (bx == cx && by == cy) || (bx == dx && by == dy);
      if (share) continue;
      crossings += turn(ax, ay, bx, by, cx, cy) * turn(ax, ay, bx, by, dx, dy) <= 0 &&
                   turn(cx, cy, dx, dy, ax, ay) * turn(cx, cy, dx, dy, bx, by) <= 0;
    }
  EXPECT_EQ(crossings, 0u);
}

TEST_P(Make_city_zones, everything_lies_in_the_city_and_on_dry_land) {
  const auto dong = city_.read_zones("dong");
  const auto water = city_.read_zones("water").polygons;
  const Locator in_dong(dong.polygons, 60), in_water(water, 60);
  const auto codes = testing::numbers(dong.attributes, "code");
  for (const auto& layer : city_.layers()) {
    if (layer.kind != "points") continue;
    const auto points = city_.read_points(layer.name);
    std::size_t outside = 0, wet = 0, wrong = 0;
    const auto code = layer.name == "buildings" ? testing::numbers(points.attributes, "dong") : std::vector<double>{};
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto zone = in_dong({points.x[i], points.y[i]});
      outside += zone == Locator::kNowhere;
      wet += in_water({points.x[i], points.y[i]}) != Locator::kNowhere;
      if (!code.empty() && zone != Locator::kNowhere) wrong += codes[zone] != code[i];
    }
    EXPECT_EQ(outside, 0u) << layer.name;
    EXPECT_EQ(wet, 0u) << layer.name;
    EXPECT_EQ(wrong, 0u) << layer.name;
  }
}

TEST_P(Make_city_zones, centre_is_denser_than_the_whole) {
  const auto dong = city_.read_zones("dong");
  const auto residents = testing::numbers(dong.attributes, "residents");
  for (std::size_t z = 0; z < dong.size(); ++z)
    EXPECT_LT(residents[z] / (0.5 * twice_area(dong.polygons, dong.polygons.ring_first[z])) * 1e6, 100000)
        << "dong " << z;
  const auto x = testing::truth(city_, "centres", "x")[0], y = testing::truth(city_, "centres", "y")[0],
             radius = testing::truth(city_, "centres", "radius")[0];
  const auto b = city_.read_points("buildings");
  const auto people = testing::numbers(b.attributes, "residents");
  double inside = 0;
  for (std::size_t i = 0; i < b.size(); ++i) inside += std::hypot(b.x[i] - x, b.y[i] - y) < radius ? people[i] : 0;
  const double whole = static_cast<double>(GetParam().people) / (0.5 * twice_area(dong.polygons));
  EXPECT_GT(inside / (3.1416 * radius * radius), 1.6 * whole);
}

INSTANTIATE_TEST_SUITE_P(Cities, Make_city_zones, ::testing::Values(Case{20000, 5}, Case{20000, 7}, Case{100000, 2}),
                         [](const auto& i) {
                           return std::to_string(i.param.people) + "_seed_" + std::to_string(i.param.seed);
                         });

}  // namespace
}  // namespace dosi::make_city
