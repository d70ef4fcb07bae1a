// Profiles and scales; a city's part as a box of cells, from outlines, points and rasters; what is wrong with it, by
// name.
#include <gmock/gmock.h>

#include <cmath>

#include "host/wind/inflow.hpp"
#include "host/wind/site.hpp"
#include "io/error.hpp"
#include "tests/host/wind/town.hpp"

namespace dosi::wind {
namespace {

using job::Json;
using test_support::Temp_folder;
using test_support::Town;
using testing::AllOf;
using testing::HasSubstr;

Case case_of(const Json& given) { return Case(job::Parameters(declared_parameters(), given, "dosi wind")); }

template <class F>
std::string said(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Wind_profile, log_power_and_table) {
  const auto log = case_of({{"speed", 5}, {"reference_height", 10}, {"roughness", 0.1}});
  EXPECT_DOUBLE_EQ(Profile(log).speed(10), 5);
  EXPECT_NEAR(Profile(log).speed(100) / Profile(log).speed(1), std::log(1001) / std::log(11), 1e-12);
  const double friction = 0.4 * 5 / std::log(101.0);
  EXPECT_NEAR(Profile(log).energy(3), friction * friction / 0.3, 1e-12);
  EXPECT_NEAR(Profile(log).deviation(3), std::sqrt(2.0 / 3 * friction * friction / 0.3), 1e-12);
  const auto power = case_of({{"profile", "power"}, {"exponent", 0.25}, {"gradient_height", 300}});
  EXPECT_NEAR(Profile(power).speed(160), 5 * 2, 1e-12);
  EXPECT_EQ(Profile(power).speed(300), Profile(power).speed(500));
  const double intensity = std::sqrt(Profile(power).energy(30)) / Profile(power).speed(30);
  EXPECT_NEAR(intensity, 0.1 * std::pow(0.1, -0.3), 1e-12);
  const auto table =
      case_of({{"profile", "table"},
               {"inflow", Json::array({{{"height", 1}, {"speed", 2}, {"energy", 0.4}}, {{"height", 3}, {"speed", 6}}})},
               {"turbulence", 0.5}});
  EXPECT_DOUBLE_EQ(Profile(table).speed(2), 4);
  EXPECT_DOUBLE_EQ(Profile(table).speed(9), 6);
  EXPECT_DOUBLE_EQ(Profile(table).energy(0.2), 0.4);
  EXPECT_DOUBLE_EQ(Profile(table).energy(3), 0);
  EXPECT_NEAR(Profile(table).deviation(1), 0.5 * std::sqrt(2.0 / 3 * 0.4), 1e-12);
  EXPECT_LT(Profile(table).speed(0.5), 2);
}

// Where no roughness is given the ground's is the one that the profile has: of a log law its own, of a power law one
// whose log law is within 2.1 % of it in seven cells.
TEST(Wind_profile, says_what_ground_it_belongs_to) {
  for (const double roughness : {0.3, 0.02}) {
    Json table = Json::array();
    for (double z = 1; z < 60; z *= 1.3) table.push_back({{"height", z}, {"speed", 2 * std::log(z / roughness + 1)}});
    const auto fitted = case_of({{"profile", "table"}, {"inflow", table}, {"cell", 4}});
    EXPECT_NEAR(fitted.roughness / roughness, 1, 0.03);
    EXPECT_NEAR(friction_over_own(fitted), 1, 1e-12);
    EXPECT_GT(friction_over_own(case_of({{"profile", "table"}, {"inflow", table}, {"cell", 4}, {"roughness", 0.9}})),
              1.5);
  }
  const auto power = case_of({{"profile", "power"}, {"exponent", 0.22}, {"cell", 2}});
  EXPECT_NEAR(power.roughness / 2, 0.0178, 0.0005);
  double least = INFINITY, most = 0;
  for (double z = 1; z < 14; z += 2) {
    const double ratio = Profile(power).speed(z) / std::log(z / power.roughness + 1);
    least = std::min(least, ratio), most = std::max(most, ratio);
  }
  EXPECT_LT(most / least, 1.045);
  // A table that begins above the lowest cells, and one that is too steep for ground of cells of this size.
  EXPECT_NO_THROW(case_of({{"profile", "table"},
                           {"inflow", Json::array({{{"height", 50}, {"speed", 5}}, {{"height", 100}, {"speed", 6}}})},
                           {"cell", 4}}));
  EXPECT_NEAR(case_of({{"profile", "power"}, {"exponent", 0.95}, {"cell", 2}}).roughness, 0.5, 1e-9);
  EXPECT_EQ(case_of({}).roughness, 0.1);
  EXPECT_FALSE(case_of({}).roughness_of_profile);
}

TEST(Wind_profile, blows_from_where_it_is_said_to) {
  EXPECT_NEAR(heading_of(270).east, 1, 1e-12);
  EXPECT_EQ(heading_of(270).north, 0);
  EXPECT_NEAR(heading_of(0).north, -1, 1e-12);
  EXPECT_NEAR(heading_of(45).east, -std::sqrt(0.5), 1e-12);
}

TEST(Wind_scales, name_the_largest_stable_step) {
  const auto q = case_of({{"cell", 2}});
  const auto s = scales_of(q, 10);
  EXPECT_NEAR(s.speed_in(10), 0.08, 1e-12);
  EXPECT_NEAR(s.speed_out(s.speed_in(3.3)), 3.3, 1e-12);
  EXPECT_TRUE(s.viscosity_raised);
  EXPECT_THAT(said([] {
                scales_of(case_of({{"cell", 2}, {"time_step", 0.1}}), 10);
              }),
              AllOf(HasSubstr("time_step"), HasSubstr("not stable"), HasSubstr("0.04 s")));
  EXPECT_NO_THROW(scales_of(case_of({{"cell", 2}, {"time_step", 0.04}}), 10));
}

TEST(Wind_case, contradictions_are_said_together) {
  const auto text = said([] {
    case_of({{"roughness", 5},
             {"centre", {1}},
             {"directions", {0, 360}},
             {"profile", "table"},
             {"heights", {10, 5}},
             {"emission", "gram"},
             {"source_classes", {"alley"}},
             {"surface_above", "ground"}});
  });
  for (const char* part : {"roughness: 5 m is more than a quarter", "centre: 1 numbers", "directions: 0 is named twice",
                           "inflow: a table of two heights", "heights: must ascend", "emission: there are no sources",
                           "there is no 'alley'", "surface_above: there is no surface"})
    EXPECT_THAT(text, HasSubstr(part));
}

struct Wind_site : testing::Test {
  Temp_folder folder;
  Town town;
  City_site site(const Json& given) {
    const auto city = city::City::open(town.write(folder / "town.h5"));
    const Device device = Device::choose("cpu", 1);
    return City_site(city, case_of(given), device);
  }
  std::string wrong(const Json& given) {
    return said([&] { site(given); });
  }
};

TEST_F(Wind_site, is_the_blocks_with_bare_ground_around) {
  const auto s = site({{"buildings", "blocks"}, {"size", {100}}, {"cell", 2}});
  const Box& b = s.box();
  EXPECT_EQ(b.inner_nx, 50u);
  EXPECT_EQ(b.inner_x, 61u) << "five times 24 m, and the face";
  EXPECT_EQ(b.nx, 172u);
  EXPECT_EQ(b.nz, 74u) << "24 m and five times as much, ground and top";
  EXPECT_EQ(s.buildings(), 4u);
  EXPECT_DOUBLE_EQ(s.highest(), 24);
  EXPECT_DOUBLE_EQ(s.mean_height(), 16);
  EXPECT_DOUBLE_EQ(b.x(b.inner_x), Town::kX - 49);
  const auto roof = [&](double x, double y) {
    return s.roof()[b.column(static_cast<std::uint32_t>((x - b.x0) / 2), static_cast<std::uint32_t>((y - b.y0) / 2))];
  };
  EXPECT_EQ(roof(Town::kX, Town::kY), 1);
  EXPECT_EQ(roof(Town::kX - 25, Town::kY - 25), 7);
  EXPECT_EQ(roof(Town::kX - 25, Town::kY + 25), 13);
  EXPECT_EQ(roof(Town::kX + 11, Town::kY + 39), 9);
  EXPECT_EQ(roof(Town::kX + 9, Town::kY + 39), 1);
  std::size_t built = 0;
  for (const Kind k : s.kinds()) built += k == Kind::building ? 1 : 0;
  EXPECT_EQ(built, 15u * 15 * (6 + 12 + 6 + 8));
  EXPECT_FALSE(s.air_at(Town::kX - 25, Town::kY - 25, 11));
  EXPECT_TRUE(s.air_at(Town::kX - 25, Town::kY - 25, 13));
}

TEST_F(Wind_site, of_points_has_squares_and_of_rasters_their_shape) {
  const auto points = site({{"buildings", "houses"}, {"size", {100}}, {"cell", 2}});
  std::size_t built = 0;
  for (const Kind k : points.kinds()) built += k == Kind::building ? 1 : 0;
  EXPECT_EQ(built, 15u * 15 * (6 + 8));
  const auto raster = site({{"surface", "surface"}, {"terrain", "terrain"}, {"size", {100}}, {"cell", 4}});
  EXPECT_NEAR(raster.highest(), 12, 0.01);
  const Box& b = raster.box();
  EXPECT_NEAR(b.z0 + b.cell, 30 - 0.1 * 48, 0.3) << "the lowest ground";
  const auto column = [&](double x, double y) {
    return b.column(static_cast<std::uint32_t>((x - b.x0) / 4), static_cast<std::uint32_t>((y - b.y0) / 4));
  };
  EXPECT_EQ(raster.roof()[column(Town::kX + 25, Town::kY + 25)] - raster.ground()[column(Town::kX + 25, Town::kY + 25)],
            3);
  EXPECT_GT(raster.ground()[column(Town::kX + 45, Town::kY)], raster.ground()[column(Town::kX - 45, Town::kY)]);
  EXPECT_EQ(raster.ground()[column(Town::kX + 90, Town::kY)], raster.ground()[column(Town::kX + 49, Town::kY)])
      << "bare ground goes on as at the rim";
  const auto above = site({{"buildings", "blocks"}, {"terrain", "terrain"}, {"size", {100}}, {"cell", 4}});
  EXPECT_EQ(above.roof()[above.box().column(above.box().inner_x + 9, above.box().inner_y + 9)],
            above.roof()[above.box().column(above.box().inner_x + 4, above.box().inner_y + 4)])
      << "a flat roof on a slope";
}

TEST_F(Wind_site, emits_from_points_zones_and_streets) {
  const Json blocks{{"buildings", "blocks"}, {"size", {100}}, {"cell", 2}};
  const auto with = [&](Json more) {
    auto q = blocks;
    q.update(more);
    return site(q);
  };
  const auto sum = [](const City_site& s) {
    double all = 0;
    for (const auto& e : s.emissions()) {
      EXPECT_EQ(s.kinds()[e.cell], Kind::fluid);
      all += e.rate;
    }
    return all;
  };
  EXPECT_NEAR(sum(with({{"sources", "stacks"}, {"emission", "gram"}})), 2.5, 1e-12) << "the other one is far away";
  EXPECT_NEAR(sum(with({{"sources", "streets"}, {"emission_rate", 3}})), 3 * 0.1, 1e-9)
      << "100 m of street, once for both ways";
  town.blocks.polygons = {};
  test_support::add_block(town.blocks, Town::kX - 8, Town::kY - 8, Town::kX + 8, Town::kY + 8);
  town.blocks.attributes = {};
  town.blocks.attributes.rows = 1;
  town.blocks.attributes.add("height_m", std::vector<double>{6}, "m");
  EXPECT_NEAR(sum(site({{"buildings", "houses"},
                        {"centre", {Town::kX, Town::kY}},
                        {"size", {100}},
                        {"cell", 2},
                        {"sources", "blocks"},
                        {"emission_rate", 4}})),
              4, 1e-9);
}

TEST_F(Wind_site, says_what_is_wrong) {
  const Json blocks{{"buildings", "blocks"}, {"size", {100}}, {"cell", 2}};
  const auto with = [&](Json more) {
    auto q = blocks;
    q.update(more);
    return wrong(q);
  };
  EXPECT_THAT(with({{"top", 20}}), AllOf(HasSubstr("top: 20 m is not above all that stands"),
                                         HasSubstr("zones:blocks: row 1: its roof is 24.0 m"), HasSubstr("or more")));
  EXPECT_THAT(with({{"height", "storeys"}}), AllOf(HasSubstr("no column 'storeys'"), HasSubstr("height_m")));
  EXPECT_THAT(with({{"cell", 0.01}, {"roughness", 0.001}, {"building_roughness", 0}}),
              AllOf(HasSubstr("cells, at most"), HasSubstr("larger cell")));
  EXPECT_THAT(wrong({{"size", {100}}}), HasSubstr("centre: is needed"));
  EXPECT_THAT(wrong({{"surface", "surface"}, {"size", {100}}}), HasSubstr("terrain is needed too"));
  EXPECT_THAT(wrong({{"terrain", "terrain"}, {"size", {900}}, {"cell", 8}}),
              AllOf(HasSubstr("reach beyond the terrain"), HasSubstr("covers x")));
  town.stacks.x[0] = Town::kX - 25;
  town.stacks.y[0] = Town::kY - 25;
  EXPECT_THAT(with({{"sources", "stacks"}}),
              AllOf(HasSubstr("points/stacks"), HasSubstr("row 0"), HasSubstr("inside a building")));
  town.probes.x[1] = Town::kX + 25;
  town.probes.y[1] = Town::kY + 25;
  town.probes.attributes.columns.clear();
  town.probes.attributes.add("z", std::vector<double>{2, 3}, "m");
  EXPECT_THAT(with({{"probes", "probes"}}), AllOf(HasSubstr("row 1"), HasSubstr("in a building")));
  town.surface.values[30 * 60 + 30] = NAN;
  EXPECT_THAT(
      wrong({{"surface", "surface"}, {"terrain", "terrain"}, {"size", {100}}, {"cell", 4}}),
      AllOf(HasSubstr("raster:surface: has no height at"), HasSubstr("the first at"), HasSubstr("fill its holes")));
  const auto blocks_before = town.blocks;
  test_support::add_block(town.blocks, Town::kX - 2e6, Town::kY - 1, Town::kX + 2e6, Town::kY + 1);
  town.blocks.attributes = {};
  town.blocks.attributes.rows = 5;
  town.blocks.attributes.add("height_m", std::vector<double>{12, 24, 12, 16, 9}, "m");
  EXPECT_THAT(with(Json::object()), AllOf(HasSubstr("row 4: its outline reaches"), HasSubstr("is it a building?")));
  town.blocks = blocks_before;
  auto& heights = std::get<std::vector<double>>(town.blocks.attributes.columns[0].values);
  heights[2] = -3;
  EXPECT_THAT(with(Json::object()), AllOf(HasSubstr("zones:blocks"), HasSubstr("row 2: height_m = -3")));
}

}  // namespace
}  // namespace dosi::wind
