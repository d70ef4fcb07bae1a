#include "host/wind/engine.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/wind/faces.hpp"

namespace dosi::wind {
namespace {

constexpr std::uint32_t kMostSponge = 24, kLeastSponge = 4, kTurbulenceEvery = 3;
constexpr double kSpongeViscosity = 0.1;  // cells^2 a step
// Of two relaxation times. 3/16, which puts a smooth wall half-way, would let the odd one be near 0 at the viscosity of
// air: what rough ground puts into the odd moments then goes with the wind for tens of cells, and the first cell behind
// an inlet is 20 % slow. Before a bare outlet it is stable alone.
constexpr double kMagic = 1e-4;

}  // namespace

std::unique_ptr<Engine> engine_of(const City_site& site, const Case& c, const Profile& profile, double direction,
                                  const Scales& scales, const Device& device, const Watched& watched) {
  const auto heading = heading_of(direction);
  const auto boundary = boundary_of(site, c, profile, heading, scales);
  const Box& b = site.box();
  dosi::wind::Question q;
  q.nx = b.nx;
  q.ny = b.ny;
  q.nz = b.nz;
  q.kinds = boundary.kinds;
  q.velocities = boundary.velocities;
  q.stress_above = boundary.stress_above;
  if (boundary.step_of_ground > 0)
    spdlog::warn(
        "wind: {:g} degrees: the ground at one periodic side is up to {:g} m higher than at the other: a wind through "
        "them meets a step",
        direction, boundary.step_of_ground);
  q.collision = c.collision;
  q.storage = c.storage;
  q.viscosity = scales.viscosity;
  q.smagorinsky = c.smagorinsky;
  q.ground_roughness = c.roughness / c.cell;
  q.building_roughness = c.building_roughness / c.cell;
  q.watched = watched.cells;
  q.speed_bins = watched.bins;
  q.speed_top = watched.top;
  // Air that leaves calms down in the outer half of the bare ground.
  const double out[] = {-heading.east, heading.east, -heading.north, heading.north};
  for (std::size_t f = 0; f < 4; ++f) {
    const std::uint32_t bare = f < 2 ? b.inner_x : b.inner_y;
    if (out[f] > 0 && boundary.faces[f] == Kind::outlet) q.sponge[f] = std::min(kMostSponge, bare / 2);
  }
  q.sponge_viscosity = kSpongeViscosity;
  bool bare_outlet = boundary.faces[4] == Kind::outlet;
  for (std::size_t f = 0; f < 4; ++f) bare_outlet |= boundary.faces[f] == Kind::outlet && q.sponge[f] < kLeastSponge;
  if (!bare_outlet) q.magic = kMagic;
  if (bare_outlet && c.collision != Collision::regularised)
    spdlog::warn(
        "wind: {:g} degrees: there is an outlet without a sponge of {} cells before it, where collision=bgk makes "
        "waves and trt is slow in the first cells; give {}, or collision=regularised",
        direction, kLeastSponge, boundary.faces[4] == Kind::outlet ? "another face above" : "a longer fetch");
  std::vector<float> deviations;
  if (c.turbulence > 0) {
    const double length = c.turbulence_scale.value_or(std::max(site.mean_height(), 4 * c.cell));
    const double carried = scales.speed_in(profile.speed(std::max(length, c.reference_height)));
    q.inflow.shear = profile.shear();
    // The shear adds to the variance along the wind; the energy stays.
    deviations = boundary.deviations;
    for (float& d : deviations) d /= static_cast<float>(std::sqrt(1 + q.inflow.shear * q.inflow.shear / 3));
    q.inflow.intensity = deviations;
    q.inflow.length_scale = std::max(1.0, length / c.cell);
    q.inflow.advection = {static_cast<float>(carried * heading.east), static_cast<float>(carried * heading.north), 0};
    q.inflow.seed = c.seed;
    q.inflow.every = kTurbulenceEvery;
  }
  std::vector<Source> sources;
  for (const auto& e : site.emissions()) sources.push_back({e.cell, static_cast<float>(e.rate * scales.step)});
  if (!sources.empty())
    q.species =
        Species{.diffusivity = scales.viscosity / c.schmidt, .turbulent_schmidt = c.schmidt, .sources = sources};
  auto engine = DOSI_BACKEND_OF(device, wind::make_engine)(q, device.argument());
  // Everywhere the inflow of its height: what is far from buildings is right from the first step.
  std::vector<float> x(b.cells()), y(b.cells());
#pragma omp parallel for schedule(static)
  for (std::uint32_t z = 0; z < b.nz; ++z)
    for (std::size_t column = 0; column < b.columns(); ++column) {
      const double height = (static_cast<double>(z) + 0.5 - site.roof()[column]) * b.cell;
      const double speed = height > 0 ? scales.speed_in(profile.speed(height)) : 0.0;
      x[z * b.columns() + column] = static_cast<float>(speed * heading.east);
      y[z * b.columns() + column] = static_cast<float>(speed * heading.north);
    }
  engine->start({}, x, y, {});
  return engine;
}

}  // namespace dosi::wind
