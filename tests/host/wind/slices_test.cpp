// Vertical slices: where they lie, what they read of a field, what is said of those that cannot be; and in a result,
// its page and its exports.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <map>

#include "host/job/run.hpp"
#include "host/wind/slices.hpp"
#include "host/wind/wind_job.hpp"
#include "io/report/data.hpp"
#include "tests/host/wind/town.hpp"
#include "tests/support/program.hpp"

namespace dosi::wind {
namespace {

using job::Json;
using test_support::run_dosi;
using test_support::Temp_folder;
using test_support::Town;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kX = Town::kX, kY = Town::kY;

Case case_of(const Json& slices, const Json& further = {}) {
  Json q{{"buildings", "blocks"}, {"size", {100}},      {"cell", 4},       {"fetch", 40}, {"top", 72},
         {"sources", "stacks"},   {"emission", "gram"}, {"slices", slices}};
  if (!further.is_null()) q.update(further);
  return Case(job::Parameters(declared_parameters(), q, "dosi wind"));
}

struct Site {
  const Temp_folder folder;
  const Case c;
  const City_site site;
  explicit Site(const Json& slices, const Json& further = {})
      : c(case_of(slices, further)),
        site(city::City::open(Town().write(folder / "town.h5")), c, Device::choose("cpu", 1)) {}
};

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::usage);
    return e.what();
  }
  return "nothing";
}

// A field that is linear in the place is read exactly wherever there is air all around, along any line; the air beside
// walls reads cells of air alone.
TEST(Wind_slices, read_a_linear_field_exactly) {
  const Site s(
      Json::array({{{"name", "aslant"}, {"through", {kX + 3, kY - 1}}, {"bearing", 37}},
                   {{"name", "가로"}, {"from", {kX - 60, kY + 25}}, {"to", {kX + 60, kY + 25.5}}, {"height", 30}}}),
      {{"terrain", "terrain"}});
  const Slices slices(s.site, s.c.slices);
  const Box& b = s.site.box();
  Averages a;
  for (auto* v : {&a.x, &a.y, &a.z, &a.energy, &a.concentration}) v->resize(b.cells());
  for (std::size_t n = 0; n < b.cells(); ++n) {
    const double x = b.x(static_cast<double>(n % b.nx)) - kX, y = b.y(static_cast<double>(n / b.nx % b.ny)) - kY,
                 z = b.z0 + (static_cast<double>(n / b.columns()) + 0.5) * b.cell;
    a.x[n] = static_cast<float>(1 + 0.01 * x + 0.02 * y), a.y[n] = static_cast<float>(0.5 - 0.01 * y),
    a.z[n] = static_cast<float>(0.01 * z);
    a.energy[n] = static_cast<float>(x), a.concentration[n] = static_cast<float>(y);
    // What stands is not read.
    if (s.site.kinds()[n] != Kind::fluid) a.x[n] = a.y[n] = a.z[n] = a.energy[n] = a.concentration[n] = 1e9f;
  }
  result::Rows_schema schema;
  slices.declare(schema);
  std::map<std::string, std::vector<float>> held;
  for (const auto& v : schema.variables) held[v.name].resize(schema.elements_a_row(v), -1);
  slices.fill([&](const std::string& name) { return std::span<float>(held.at(name)); }, a);
  ASSERT_EQ(slices.all().size(), 2u);
  for (std::size_t which = 0; which < 2; ++which) {
    const Slice& slice = slices.all()[which];
    const auto of = [&](const char* name, std::size_t i) {
      return static_cast<double>(held.at(fmt::format("slice_{}_{}", which, name))[i]);
    };
    const double length = std::hypot(slice.to.x - slice.from.x, slice.to.y - slice.from.y),
                 ex = (slice.to.x - slice.from.x) / length, ey = (slice.to.y - slice.from.y) / length;
    std::size_t air = 0, solid = 0;
    for (std::size_t k = 0; k < slice.height.size(); ++k)
      for (std::size_t i = 0; i < slice.distance.size(); ++i) {
        const std::size_t n = k * slice.distance.size() + i;
        const std::size_t cell = k * b.columns() + b.column(static_cast<std::uint32_t>((slice.x[i] - b.x0) / b.cell),
                                                            static_cast<std::uint32_t>((slice.y[i] - b.y0) / b.cell));
        const bool stands = s.site.kinds()[cell] != Kind::fluid;
        (stands ? solid : air) += 1;
        for (const char* name : {"along", "across", "up", "energy", "speed", "concentration"})
          ASSERT_EQ(std::isnan(of(name, n)), stands) << name;
        if (stands) continue;
        EXPECT_LT(of("energy", n), 200) << "what stands was read";
        EXPECT_NEAR(of("up", n), 0.01 * slice.height[k], 1e-5);
        if (k + 1 < slice.height.size()) continue;  // far above all that stands all four columns are air
        const double x = slice.x[i] - kX, y = slice.y[i] - kY, east = 1 + 0.01 * x + 0.02 * y, north = 0.5 - 0.01 * y;
        EXPECT_NEAR(of("energy", n), x, 1e-4);
        EXPECT_NEAR(of("concentration", n), y, 1e-4);
        EXPECT_NEAR(of("along", n), ex * east + ey * north, 1e-5);
        EXPECT_NEAR(of("across", n), ex * north - ey * east, 1e-5);
        EXPECT_NEAR(of("speed", n), std::sqrt(east * east + north * north + std::pow(of("up", n), 2)), 1e-5);
      }
    EXPECT_GT(air, 0u);
    EXPECT_GT(solid, 0u);
    EXPECT_NEAR(slice.distance.back() + slice.distance.front(), length, 1e-9);
  }
  // At 37 degrees through what is built up, from its south to its north.
  const Slice& aslant = slices.all()[0];
  EXPECT_NEAR(aslant.from.y, kY - 50, 1e-6);
  EXPECT_NEAR(aslant.to.y, kY + 50, 1e-6);
  EXPECT_NEAR(std::atan2(aslant.to.x - aslant.from.x, 100) * 180 / M_PI, 37, 1e-6);
  EXPECT_EQ(slices.all()[1].height.size(), 1 + 8u) << "30 m";
}

TEST(Wind_slices, what_cannot_be_is_said_together) {
  const auto lines = [](const Json& slices) { return message_of([&] { case_of(slices); }); };
  EXPECT_THAT(
      lines(Json::array({{{"name", "a b"}, {"through", {kX, kY}}},
                         {{"name", "x"}, {"from", {kX, kY}}, {"to", {kX, kY}}, {"colour", 2}},
                         {{"name", "x"}, {"bearing", 400}},
                         {{"from", {kX, kY}}, {"length", 5}},
                         {{"name", "both"}, {"from", {kX, kY}}, {"to", {kX + 9, kY}}, {"bearing", 3}, {"height", -2}},
                         {{"name", "none"}}})),
      AllOf(HasSubstr("slices[0]: name = 'a b': must have"),
            HasSubstr("slices[0]: through and bearing belong together; bearing is missing"),
            HasSubstr("slices[1]: from and to are the same point"), HasSubstr("slices[1]: unknown key 'colour'"),
            HasSubstr("slices[2]: bearing = 400"), HasSubstr("slices[2]: slices[1] is named 'x' too"),
            AllOf(HasSubstr("slices[3]: name is missing"),
                  HasSubstr("slices[3]: from and to belong together; to is missing"),
                  HasSubstr("slices[3]: length goes with"), HasSubstr("slices[4]: height = -2"),
                  HasSubstr("slices[4]: has from and to, and through and bearing"),
                  HasSubstr("slices[5]: needs from and to, or"))));
  const auto placed = [](const Json& slices, const Json& further = {}) {
    const Site s(slices, further);
    return message_of([&] { Slices(s.site, s.c.slices); });
  };
  const auto all = placed(Json::array({{{"name", "far"}, {"through", {kX + 1e4, kY}}, {"bearing", 10}},
                                       {{"name", "out"}, {"from", {kX, kY}}, {"to", {kX, kY + 1e4}}},
                                       {{"name", "dot"}, {"from", {kX, kY}}, {"to", {kX, kY + 3}}},
                                       {{"name", "high"}, {"through", {kX, kY}}, {"bearing", 10}, {"height", 1000}},
                                       {{"name", "good"}, {"through", {kX, kY}}, {"bearing", 360}}}));
  EXPECT_THAT(
      all,
      AllOf(HasSubstr("slice 'far': the line through (210000.0, 550000.0) at 10 degrees misses what is built up"),
            HasSubstr("slice 'out': ends at (200000.0, 560000.0), outside of the box"),
            HasSubstr("slice 'dot': is 3 m long; must be two cells, 8 m"),
            HasSubstr("slice 'high': height = 1000 m: the box ends below; give 72 m or less"), Not(HasSubstr("good"))));
  // The ground rises to the east: its lowest is far below this line.
  EXPECT_THAT(placed(Json::array({Json{
                         {"name", "deep"}, {"from", {kX + 45, kY - 40}}, {"to", {kX + 45, kY + 40}}, {"height", 4}}}),
                     {{"terrain", "terrain"}}),
              AllOf(HasSubstr("slice 'deep'"), HasSubstr("below the ground")));
}

// A line through the middles of cells has what the volume has there; and what a page and a table show of it.
TEST(Wind_slices, are_a_result_a_page_and_rows) {
  const Temp_folder folder;
  const Json q{
      {"buildings", "blocks"},
      {"size", {100}},
      {"cell", 4},
      {"fetch", 40},
      {"top", 72},
      {"spin_up", 2},
      {"average", 3},
      {"directions", {270, 200}},
      {"volume", true},
      {"heights", Json::array()},
      {"slices",
       Json::array({Json{{"name", "row"}, {"from", {kX - 46, kY + 20}}, {"to", {kX + 46, kY + 20}}, {"height", 40}}})}};
  job::run(wind_kind(), {Town().write(folder / "town.h5"), folder / "out.h5", q, "test"});
  const auto r = result::Result::open(folder / "out.h5");
  ASSERT_EQ(r.kind("slice_row"), result::Table_kind::slice);
  const auto g = r.root().group("slice_row"), street = r.root().group("street");
  for (const auto& v : street.variables()) EXPECT_THAT(v, Not(HasSubstr("slice")));
  const auto along = stream::read_all<float>(g, "along"), across = stream::read_all<float>(g, "across"),
             up = stream::read_all<float>(g, "up"), energy = stream::read_all<float>(g, "energy"),
             stands = stream::read_all<float>(g, "standing");
  const auto x = stream::read_all<double>(g, "x"), y = stream::read_all<double>(g, "y"),
             height = stream::read_all<double>(g, "height"), distance = stream::read_all<double>(g, "distance");
  const auto bx = stream::read_all<double>(street, "box_x"), by = stream::read_all<double>(street, "box_y"),
             bz = stream::read_all<double>(street, "z");
  const auto velocity = stream::read_all<float>(street, "velocity"),
             volume_energy = stream::read_all<float>(street, "volume_energy");
  ASSERT_EQ(x.size(), 23u);
  ASSERT_EQ(height.size(), 11u);
  EXPECT_EQ(height, std::vector<double>(bz.begin(), bz.begin() + 11));
  std::size_t air = 0, ground = 0, building = 0;
  for (std::size_t d = 0; d < 2; ++d)
    for (std::size_t k = 0; k < height.size(); ++k)
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = [](const std::vector<double>& axis, double v) {
          return static_cast<std::size_t>(std::lround((v - axis[0]) / 4));
        };
        const std::size_t n = ((d * bz.size() + k) * by.size() + at(by, y[i])) * bx.size() + at(bx, x[i]),
                          m = (d * height.size() + k) * x.size() + i;
        ASSERT_NEAR(bx[at(bx, x[i])], x[i], 1e-6);
        ASSERT_NEAR(by[at(by, y[i])], y[i], 1e-6);
        const float stood = stands[k * x.size() + i];
        (std::isnan(stood) ? air : stood == 1 ? ground : building) += 1;
        ASSERT_EQ(std::isnan(along[m]), !std::isnan(stood));
        if (!std::isnan(stood)) continue;
        EXPECT_EQ(along[m], velocity[3 * n]);
        EXPECT_EQ(across[m], velocity[3 * n + 1]);
        EXPECT_EQ(up[m], velocity[3 * n + 2]);
        EXPECT_EQ(energy[m], volume_energy[n]);
      }
  EXPECT_GT(air, 0u);
  EXPECT_EQ(ground, 2 * 23u);
  EXPECT_GT(building, 2 * 30u);
  EXPECT_EQ(distance[1] - distance[0], 4);

  report::Page_data page;
  page.add(folder / "out.h5");
  const Json panels = page.results()[0]["panels"];
  const auto slice =
      std::find_if(panels.begin(), panels.end(), [](const Json& p) { return p.value("table", "") == "slice_row"; });
  ASSERT_NE(slice, panels.end());
  EXPECT_THAT((*slice)["title"]["ko"].get<std::string>(), HasSubstr("연직 단면 row"));
  EXPECT_TRUE((*slice)["grid"]["upright"].get<bool>());
  EXPECT_EQ((*slice)["grid"]["columns"], 23);
  EXPECT_EQ((*slice)["grid"]["rows"], 11);
  EXPECT_EQ((*slice)["grid"]["places"].size(), 2u);
  EXPECT_FALSE((*slice)["grid"]["places"][0]["arrows"].empty());
  EXPECT_TRUE((*slice)["grid"].contains("solid"));

#if DOSI_WITH_GDAL
  const auto exported = run_dosi({"export", folder / "out.h5", "--table", "slice_row", "--out", folder / "row.csv"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("506"));  // two directions of 23 x 11 cells
  std::ifstream csv(folder / "row.csv");
  std::string header, first;
  std::getline(csv, header);
  std::getline(csv, first);
  EXPECT_THAT(header, HasSubstr("x,y,direction,distance,height,across,along,energy,speed,standing,up"));
  EXPECT_THAT(first, AllOf(HasSubstr("W (270°),2,-2,"), HasSubstr(",1,"))) << "ground, half a cell down";
  const auto refused = run_dosi({"export", folder / "out.h5", "--table", "slice_row", "--out", folder / "row.tif"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is no table of maps"));
#endif
}

}  // namespace
}  // namespace dosi::wind
