#include "host/wind/faces.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::wind {
namespace {

Kind face(double outward, Sides sides) {
  if (outward < -kAlong) return Kind::velocity;
  if (outward > kAlong) return Kind::outlet;
  return sides == Sides::periodic ? Kind::fluid : sides == Sides::inflow ? Kind::velocity : Kind::slip;
}

Kind face_above(Top above) {
  return above == Top::open ? Kind::outlet : above == Top::inflow ? Kind::velocity : Kind::slip;
}

// Between columns that are beside each other through periodic sides.
double highest_step(const City_site& site, const Faces& faces) {
  const Box& b = site.box();
  std::int32_t most = 0;
  const auto look = [&](std::size_t one, std::size_t other) {
    most = std::max(most, std::abs(site.ground()[one] - site.ground()[other]));
  };
  for (std::uint32_t y = 0; y < b.ny && faces[0] == Kind::fluid; ++y) look(b.column(0, y), b.column(b.nx - 1, y));
  for (std::uint32_t x = 0; x < b.nx && faces[2] == Kind::fluid; ++x) look(b.column(x, 0), b.column(x, b.ny - 1));
  return most * b.cell;
}

}  // namespace

double fastest_inflow(const City_site& site, const Profile& profile) {
  double fastest = 0;
  for (std::uint32_t layer = 1; layer < site.box().nz; ++layer)
    fastest = std::max(fastest, profile.speed((layer - 0.5) * site.box().cell));
  return fastest;
}

Boundary boundary_of(const City_site& site, const Case& c, const Profile& profile, Heading heading,
                     const Scales& scales) {
  const Box& b = site.box();
  const double outward[] = {-heading.east, heading.east, -heading.north, heading.north};
  Boundary out{
      .faces = {}, .kinds = site.kinds(), .velocities = {}, .deviations = {}, .stress_above = {}, .step_of_ground = 0};
  for (std::size_t f = 0; f < 4; ++f) out.faces[f] = face(outward[f], c.sides);
  out.faces[4] = face_above(c.above);
  set_faces(out.kinds, b.nx, b.ny, b.nz, out.faces);
  out.step_of_ground = highest_step(site, out.faces);
  if (c.above == Top::stress) {
    const double stress = std::pow(scales.speed_in(profile.friction_speed()), 2);
    out.stress_above = {static_cast<float>(stress * heading.east), static_cast<float>(stress * heading.north)};
  }
  // Cells of these faces lie in the outermost rows of each layer, so few cells are looked at.
  const auto look = [&](std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    const std::size_t column = b.column(x, y);
    if (out.kinds[z * b.columns() + column] != Kind::velocity) return;
    const bool on[] = {x == 0, x + 1 == b.nx, y == 0, y + 1 == b.ny};
    bool inlet = false;
    for (std::size_t f = 0; f < 4; ++f) inlet |= on[f] && outward[f] < -kAlong;
    // The plane above is half a cell below the middles of its cells.
    const double height =
        (static_cast<double>(z) + (z + 1 == b.nz && !inlet ? 0 : 0.5) - site.ground()[column]) * b.cell;
    const double speed = scales.speed_in(profile.speed(height));
    out.velocities.push_back({static_cast<float>(speed * heading.east), static_cast<float>(speed * heading.north), 0});
    out.deviations.push_back(inlet ? static_cast<float>(scales.speed_in(profile.deviation(height))) : 0.0f);
  };
  for (std::uint32_t z = 0; z < b.nz; ++z)
    for (std::uint32_t y = 0; y < b.ny; ++y) {
      const bool whole = y == 0 || y + 1 == b.ny || z + 1 == b.nz;
      for (std::uint32_t x = 0; x < b.nx; x += whole ? 1 : b.nx - 1) look(x, y, z);
    }
  return out;
}

}  // namespace dosi::wind
