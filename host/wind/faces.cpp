#include "host/wind/faces.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::wind {
namespace {

constexpr double kAlong = 0.0175;      // sine of one degree

Kind face(double outward) { return outward < -kAlong ? Kind::velocity : outward > kAlong ? Kind::outlet : Kind::slip; }

}  // namespace

double fastest_inflow(const City_site& site, const Profile& profile) {
  double fastest = 0;
  for (std::uint32_t layer = 1; layer < site.box().nz; ++layer) fastest = std::max(fastest, profile.speed((layer - 0.5) * site.box().cell));
  return fastest;
}

Boundary boundary_of(const City_site& site, const Profile& profile, Heading heading, const Scales& scales) {
  const Box& b = site.box();
  Boundary out{.faces = {face(-heading.east), face(heading.east), face(-heading.north), face(heading.north), Kind::slip}, .kinds = site.kinds(), .velocities = {}, .deviations = {}};
  set_faces(out.kinds, b.nx, b.ny, b.nz, out.faces);
  // Cells of the inlets lie in the outermost rows of each layer, so few cells are looked at.
  const auto look = [&](std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    const std::size_t column = b.column(x, y);
    if (out.kinds[z * b.columns() + column] != Kind::velocity) return;
    const double height = (static_cast<double>(z) + 0.5 - site.ground()[column]) * b.cell;
    const double speed = scales.speed_in(profile.speed(height));
    out.velocities.push_back({static_cast<float>(speed * heading.east), static_cast<float>(speed * heading.north), 0});
    out.deviations.push_back(static_cast<float>(scales.speed_in(profile.deviation(height))));
  };
  for (std::uint32_t z = 0; z < b.nz; ++z)
    for (std::uint32_t y = 0; y < b.ny; ++y) {
      const bool whole = y == 0 || y + 1 == b.ny || z + 1 == b.nz;
      for (std::uint32_t x = 0; x < b.nx; x += whole ? 1 : b.nx - 1) look(x, y, z);
    }
  return out;
}

}  // namespace dosi::wind
