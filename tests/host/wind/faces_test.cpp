// What bounds the box: inlets and outlets by the wind's direction, sides and the face above as they are chosen.
#include <gmock/gmock.h>

#include <cmath>

#include "host/job/run.hpp"
#include "host/wind/faces.hpp"
#include "host/wind/wind_job.hpp"
#include "io/error.hpp"
#include "tests/host/wind/town.hpp"

namespace dosi::wind {
namespace {

using job::Json;
using test_support::Temp_folder;
using test_support::Town;
using testing::AllOf;
using testing::HasSubstr;

Case case_of(const Json& further) {
  Json q{{"buildings", "blocks"}, {"size", {100}}, {"cell", 4}, {"fetch", 40}, {"top", 72}};
  q.update(further);
  return Case(job::Parameters(declared_parameters(), q, "dosi wind"));
}

struct Bounded {
  const Temp_folder folder;
  const Case c;
  const City_site site;
  const Profile profile{c};
  const Scales scales;
  const Boundary faces;
  explicit Bounded(const Json& further)
      : c(case_of(further)), site(city::City::open(Town().write(folder / "town.h5")), c, Device::choose("cpu", 1)),
        scales(scales_of(c, fastest_inflow(site, profile))),
        faces(boundary_of(site, c, profile, heading_of(c.directions[0]), scales)) {}
  // Of the cells in the middle of the faces -x +x -y +y +z.
  std::vector<Kind> kinds() const {
    const Box& b = site.box();
    const auto at = [&](std::uint32_t x, std::uint32_t y, std::uint32_t z) {
      return faces.kinds[z * b.columns() + b.column(x, y)];
    };
    const auto x = b.nx / 2, y = b.ny / 2, z = b.nz / 2;
    return {at(0, y, z), at(b.nx - 1, y, z), at(x, 0, z), at(x, b.ny - 1, z), at(x, y, b.nz - 1)};
  }
};

TEST(Wind_faces, are_as_they_are_chosen) {
  using enum Kind;
  EXPECT_EQ(Bounded(Json{{"directions", {270}}}).kinds(), (std::vector{velocity, outlet, slip, slip, slip}));
  EXPECT_EQ(Bounded({{"directions", {180}}, {"sides", "periodic"}, {"above", "open"}}).kinds(),
            (std::vector{fluid, fluid, velocity, outlet, outlet}));
  EXPECT_EQ(Bounded({{"directions", {269.5}}, {"sides", "inflow"}, {"above", "inflow"}}).kinds(),
            (std::vector{velocity, outlet, velocity, velocity, velocity}));
  EXPECT_EQ(Bounded({{"directions", {220}}, {"above", "stress"}}).kinds(),
            (std::vector{velocity, outlet, velocity, outlet, slip}));
}

// Turbulence comes in where the wind does; faces beside and above have the mean speed of their height.
TEST(Wind_faces, held_at_the_inflow_have_its_mean_speed) {
  const Bounded b({{"directions", {270}}, {"sides", "inflow"}, {"above", "inflow"}});
  const Box& box = b.site.box();
  ASSERT_EQ(b.faces.velocities.size(), b.faces.deviations.size());
  std::size_t i = 0, turbulent = 0, still = 0;
  for (std::size_t n = 0; n < box.cells(); ++n) {
    if (b.faces.kinds[n] != Kind::velocity) continue;
    const std::size_t x = n % box.nx, z = n / box.columns();
    const double height = (x > 0 && z + 1 == box.nz ? 18.0 : static_cast<double>(z) - 0.5) *
                          4;  // 72 m above: the plane below the last cells
    EXPECT_NEAR(b.scales.speed_out(b.faces.velocities[i].x), b.profile.speed(height), 1e-4) << z;
    EXPECT_EQ(b.faces.velocities[i].y, 0);
    EXPECT_EQ(b.faces.deviations[i] > 0, x == 0);
    ++(x == 0 ? turbulent : still);
    ++i;
  }
  EXPECT_EQ(i, b.faces.velocities.size());
  EXPECT_GT(turbulent, 0u);
  EXPECT_GT(still, 0u);
}

TEST(Wind_faces, the_stress_above_is_the_log_laws) {
  const Bounded b({{"directions", {225}}, {"above", "stress"}, {"speed", 6}, {"roughness", 0.5}});
  const double friction = 0.4 * 6 / std::log(10.5 / 0.5),
               stress = std::pow(b.scales.speed_in(friction), 2) * std::sqrt(0.5);
  EXPECT_NEAR(b.faces.stress_above[0], stress, 1e-6 * stress);
  EXPECT_NEAR(b.faces.stress_above[1], stress, 1e-6 * stress);
  EXPECT_EQ(Bounded(Json{{"directions", {225}}}).faces.stress_above[0], 0);
}

TEST(Wind_faces, what_cannot_be_is_said) {
  const auto said = [](const Json& q) {
    try {
      case_of(q);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(said({{"sides", "periodic"}, {"directions", {0, 45, 200.5, 269.5, 90.9}}}),
              AllOf(HasSubstr("sides: periodic needs a wind along two of them"), HasSubstr("not from 45, 200.5")));
  EXPECT_THAT(said({{"above", "stress"}, {"profile", "power"}}), HasSubstr("above: stress is that of a log profile"));
  EXPECT_THAT(said({{"above", "lid"}}), HasSubstr("above"));
  EXPECT_EQ(Bounded({{"directions", {270}}, {"sides", "periodic"}, {"terrain", "terrain"}}).faces.step_of_ground, 0)
      << "it rises along the wind";
  EXPECT_NEAR(Bounded({{"directions", {0}}, {"sides", "periodic"}, {"terrain", "terrain"}}).faces.step_of_ground, 10,
              2);
}

// Where the box lies across the wind is of no account between periodic sides: the maps of one moved by 8 cells are
// moved by them, in every bit; with other sides they are not.
TEST(Wind_faces, periodic_sides_are_nowhere) {
  const Temp_folder folder;
  const auto town = Town().write(folder / "town.h5");
  const auto east_of = [&](const char* sides, double north) {
    const auto out = folder / fmt::format("{}{}.h5", sides, north);
    job::run(wind_kind(), {town,
                           out,
                           {{"buildings", "blocks"},
                            {"centre", {Town::kX, Town::kY + north}},
                            {"size", {100, 172}},
                            {"cell", 4},
                            {"fetch", 12},
                            {"top", 60},
                            {"sides", sides},
                            {"turbulence", 0},
                            {"spin_up", 10},
                            {"average", 2}},
                           "test"});
    return stream::read_all<float>(result::Result::open(out).root().group("street"), "east");
  };
  const std::size_t nx = 25, ny = 43, moved = 8;
  for (const char* sides : {"periodic", "slip", "inflow"}) {
    const auto here = east_of(sides, 0), there = east_of(sides, 4.0 * moved);
    ASSERT_EQ(here.size(), nx * ny);
    double most = 0;
    for (std::size_t y = moved; y < ny; ++y)
      for (std::size_t x = 0; x < nx; ++x) {
        const double a = here[y * nx + x], b = there[(y - moved) * nx + x];
        ASSERT_EQ(std::isnan(a), std::isnan(b));
        if (!std::isnan(a)) most = std::max(most, std::fabs(a - b));
      }
    if (std::string(sides) == "periodic") EXPECT_EQ(most, 0);
    else EXPECT_GT(most, 0.01) << sides;
  }
}

}  // namespace
}  // namespace dosi::wind
