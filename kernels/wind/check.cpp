// What is wrong with a question, all of it.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/wind/domain.hpp"

namespace dosi::wind {
namespace {

const char* name(Kind kind) {
  constexpr const char* names[] = {"air",        "a wall",    "a cell of given velocity", "a slip plane", "an outlet",
                                   "the ground", "a building"};
  return names[static_cast<std::size_t>(kind) % 7];
}

}  // namespace

void check(const Question& q) {
  std::ostringstream wrong;
  const auto say = [&](bool bad, auto&&... words) {
    if (!bad) return;
    wrong << (wrong.tellp() > 0 ? "; " : "");
    (wrong << ... << words);
  };
  const std::uint64_t layer = std::uint64_t{q.nx} * q.ny;
  const bool sized = layer > 0 && q.nz > 0 && layer <= UINT32_MAX / q.nz;
  say(!sized, "the box is ", q.nx, " x ", q.ny, " x ", q.nz, " cells, must have 1 to 4294967295");
  const std::uint64_t cells = sized ? layer * q.nz : 0;
  if (sized && !q.kinds.empty()) {
    say(q.kinds.size() != cells, "there are ", q.kinds.size(), " kinds for ", cells, " cells");
    const auto strange = std::find_if(q.kinds.begin(), q.kinds.end(), [](Kind k) { return k > Kind::building; });
    say(strange != q.kinds.end(), "cell ", strange - q.kinds.begin(), " is of a kind that there is not");
  }
  const bool whole = sized && (q.kinds.empty() || q.kinds.size() == cells);
  const auto kind_at = [&](std::uint32_t n) { return q.kinds.empty() ? Kind::fluid : q.kinds[n]; };
  const auto moving = static_cast<std::size_t>(std::count(q.kinds.begin(), q.kinds.end(), Kind::velocity));
  say(q.velocities.size() != moving, "there are ", q.velocities.size(), " velocities for ", moving,
      " cells of kind velocity");
  say(!(q.viscosity > 0 && q.viscosity <= 10), "the viscosity is ", q.viscosity,
      ", must be above 0 and at most 10 cells^2 / step");
  say(!(q.magic > 0 && q.magic <= 1), "the magic parameter is ", q.magic, ", must be above 0 and at most 1");
  say(!(q.smagorinsky >= 0 && q.smagorinsky <= 1), "the Smagorinsky constant is ", q.smagorinsky, ", must be 0 to 1");
  for (const auto& [name, length] : {std::pair{"ground", q.ground_roughness}, {"buildings", q.building_roughness}})
    say(!(length >= 0 && length <= 0.5), "the roughness length of ", name, " is ", length,
        " cells, must be 0 to 0.5: the log law begins above the roughness, and the first speed is known half a cell "
        "from the wall");
  say(!(std::fabs(q.outlet_density - 1) <= 0.5), "the density at outlets is ", q.outlet_density,
      ", must be 0.5 to 1.5");
  say(!(q.outlet_relaxation >= 0 && q.outlet_relaxation <= 1), "the relaxation of outlets is ", q.outlet_relaxation,
      ", must be 0 to 1");
  const auto fast = [](const Velocity& u) { return !(std::hypot(u.x, u.y, u.z) <= 0.4f); };
  const auto too_fast = std::find_if(q.velocities.begin(), q.velocities.end(), fast);
  say(too_fast != q.velocities.end(), "velocity ", too_fast - q.velocities.begin(),
      " is not a number up to 0.4 cells / step");
  say(!(std::hypot(q.force.x, q.force.y, q.force.z) <= 0.1f), "the force is not a number up to 0.1");
  say(!(std::hypot(q.stress_above[0], q.stress_above[1]) <= 0.01f),
      "the stress of slip planes above is not a number up to 0.01");
  const bool sponge = std::any_of(q.sponge.begin(), q.sponge.end(), [](std::uint32_t width) { return width > 0; });
  say(sponge && !(q.sponge_viscosity >= q.viscosity && q.sponge_viscosity <= 10), "the viscosity of the sponge is ",
      q.sponge_viscosity, ", must be from that of the air, ", q.viscosity, ", to 10 cells^2 / step");
  const std::uint32_t sizes[3] = {q.nx, q.ny, q.nz};
  for (std::size_t a = 0; a < 3; ++a)
    say(std::uint64_t{q.sponge[2 * a]} + q.sponge[2 * a + 1] > sizes[a], "the sponges along ", "xyz"[a], " are ",
        q.sponge[2 * a], " and ", q.sponge[2 * a + 1], " cells wide, the box ", sizes[a]);
  if (!q.inflow.intensity.empty()) {
    const Inflow_turbulence& in = q.inflow;
    say(in.intensity.size() != moving, "there are ", in.intensity.size(), " intensities of turbulence for ", moving,
        " cells of kind velocity");
    const auto strong =
        std::find_if(in.intensity.begin(), in.intensity.end(), [](float i) { return !(i >= 0 && i <= 0.1f); });
    say(strong != in.intensity.end(), "intensity ", strong - in.intensity.begin(),
        " of turbulence is not a number from 0 to 0.1 cells / step");
    say(!(in.length_scale >= 1 && in.length_scale <= 1e6), "the length scale of turbulence is ", in.length_scale,
        ", must be 1 to 1e6 cells");
    say(fast(in.advection), "the advection of turbulence is not a velocity up to 0.4 cells / step");
    say(!(in.shear >= 0 && in.shear <= 1), "the shear of turbulence is ", in.shear, ", must be 0 to 1");
    say(in.shear > 0 && in.advection.x == 0 && in.advection.y == 0, "turbulence has a shear of ", in.shear,
        ", and no advection along the ground that it could be along");
    say(in.modes < 3 || in.modes > 126, "turbulence has ", in.modes, " modes, must have 3 to 126");
    say(in.every == 0, "turbulence changes every 0 steps, must be 1 or more");
  }
  if (q.species) {
    const Species& s = *q.species;
    say(!(s.diffusivity >= 0 && s.diffusivity <= 10), "the diffusivity is ", s.diffusivity,
        ", must be 0 to 10 cells^2 / step");
    say(!(s.turbulent_schmidt >= 0.1 && s.turbulent_schmidt <= 10), "the turbulent Schmidt number is ",
        s.turbulent_schmidt, ", must be 0.1 to 10");
    say(!(s.largest >= 0 && std::isfinite(s.largest)), "the largest concentration is ", s.largest,
        ", must be a number of at least 0");
    for (std::size_t i = 0; i < s.sources.size(); ++i) {
      const Source& source = s.sources[i];
      const bool inside = source.cell < cells && whole;
      say(whole && source.cell >= cells, "source ", i, " is in cell ", source.cell, " of ", cells);
      say(inside && kind_at(source.cell) != Kind::fluid, "source ", i, " is in cell ", source.cell, ", which is ",
          name(inside ? kind_at(source.cell) : Kind::fluid), ", not air");
      say(!(std::fabs(source.rate) < 1e30f), "the rate of source ", i, " is not a number below 1e30");
    }
  }
  for (std::size_t i = 0; whole && i < q.watched.size(); ++i)
    say(q.watched[i] >= cells || kind_at(q.watched[i]) != Kind::fluid, "watched cell ", q.watched[i], " is not air");
  if (!q.watched.empty()) {
    say(q.speed_bins < 1 || q.speed_bins > 65536, "there are ", q.speed_bins, " bins of speed, must be 1 to 65536");
    say(!(q.speed_top > 0 && q.speed_top <= 1), "the bins of speed end at ", q.speed_top,
        ", must be above 0 and at most 1 cells / step");
  }
  if (wrong.tellp() > 0) throw std::invalid_argument("wind: " + wrong.str());
}

}  // namespace dosi::wind
