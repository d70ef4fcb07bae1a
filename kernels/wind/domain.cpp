// What is wrong with a question, and what its cells need. See domain.hpp.
#include "kernels/wind/domain.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/wind/grid.hpp"

namespace dosi::wind {
namespace {

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
  const auto moving = static_cast<std::size_t>(std::count(q.kinds.begin(), q.kinds.end(), Kind::velocity));
  say(q.velocities.size() != moving, "there are ", q.velocities.size(), " velocities for ", moving, " cells of kind velocity");
  say(!(q.viscosity > 0 && q.viscosity <= 10), "the viscosity is ", q.viscosity, ", must be above 0 and at most 10 cells^2 / step");
  say(!(q.magic > 0 && q.magic <= 1), "the magic parameter is ", q.magic, ", must be above 0 and at most 1");
  say(!(q.smagorinsky >= 0 && q.smagorinsky <= 1), "the Smagorinsky constant is ", q.smagorinsky, ", must be 0 to 1");
  for (const auto& [name, length] : {std::pair{"ground", q.ground_roughness}, {"buildings", q.building_roughness}})
    say(!(length >= 0 && length <= 0.5), "the roughness length of ", name, " is ", length,
        " cells, must be 0 to 0.5: the log law begins above the roughness, and the first speed is known half a cell from the wall");
  say(!(std::fabs(q.outlet_density - 1) <= 0.5), "the density at outlets is ", q.outlet_density, ", must be 0.5 to 1.5");
  say(!(q.outlet_relaxation >= 0 && q.outlet_relaxation <= 1), "the relaxation of outlets is ", q.outlet_relaxation, ", must be 0 to 1");
  const auto fast = [](const Velocity& u) { return !(std::hypot(u.x, u.y, u.z) <= 0.4f); };
  const auto too_fast = std::find_if(q.velocities.begin(), q.velocities.end(), fast);
  say(too_fast != q.velocities.end(), "velocity ", too_fast - q.velocities.begin(), " is not a number up to 0.4 cells / step");
  say(!(std::hypot(q.force.x, q.force.y, q.force.z) <= 0.1f), "the force is not a number up to 0.1");
  if (wrong.tellp() > 0) throw std::invalid_argument("wind: " + wrong.str());
}

// Each fluid cell's layer: cells with a wall among their 26 neighbours are the first, their neighbours the second.
void number_layers(const Grid& grid, std::vector<std::uint8_t>& flags) {
  std::vector<std::uint32_t> front, next;
  std::vector<bool> met(flags.size());
  for (std::uint32_t n = 0; n < flags.size(); ++n)
    if (solid(kind_of(flags[n]))) front.push_back(n);
  for (int layer = 1; layer < kLayers && !front.empty(); ++layer) {
    for (const std::uint32_t n : front)
      for (int k = 0; k < 27; ++k) {
        const std::uint32_t other = grid.index(grid.moved(grid.cell(n), {k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1}));
        if (met[other] || kind_of(flags[other]) != Kind::fluid) continue;
        met[other] = true;
        flags[other] = static_cast<std::uint8_t>(layer << kLayerShift);
        next.push_back(other);
      }
    front.swap(next);
    next.clear();
  }
}

}  // namespace

Domain make_domain(const Question& q) {
  check(q);
  const Grid grid{q.nx, q.ny, q.nz, 0};
  Domain domain;
  domain.flags.resize(grid.cells());
  if (q.kinds.empty()) return domain;
  for (std::size_t n = 0; n < q.kinds.size(); ++n) {
    const Kind kind = q.kinds[n];
    const bool smooth = (kind == Kind::ground && q.ground_roughness == 0) || (kind == Kind::building && q.building_roughness == 0);
    domain.flags[n] = static_cast<std::uint8_t>(smooth ? Kind::wall : kind);
  }
  for (std::uint32_t n = 0; n < domain.flags.size(); ++n) {
    if (q.kinds[n] == Kind::velocity) domain.moving_cells.push_back(n);
    if (q.kinds[n] != Kind::fluid) continue;
    bool boundary = false, beside_rough = false;
    std::int8_t axis = 0;
    for (int i = 1; i < kPopulations; ++i) {
      const Direction d = direction(i);
      const Kind kind = kind_of(domain.flags[grid.index(grid.moved(grid.cell(n), d))]);
      boundary |= kind != Kind::fluid;
      const bool straight = pair_of(i) < 3;
      beside_rough |= straight && rough(kind);
      if (kind == Kind::outlet && straight && axis == 0) axis = static_cast<std::int8_t>(d.x + 2 * d.y + 3 * d.z);
    }
    if (boundary) domain.boundary_cells.push_back(n);
    if (beside_rough) domain.rough_cells.push_back(n);
    if (axis == 0) continue;
    domain.outlet_cells.push_back(n);
    domain.outlet_axis.push_back(axis);
  }
  if (q.smagorinsky > 0) number_layers(grid, domain.flags);
  return domain;
}

}  // namespace dosi::wind
