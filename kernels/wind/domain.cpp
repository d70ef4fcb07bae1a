// What the cells of a question need. See domain.hpp.
#include "kernels/wind/domain.hpp"

#include <cmath>

#include "kernels/wind/grid.hpp"

namespace dosi::wind {
namespace {

constexpr int kGiven = 3;   // the wall that is a plane of given velocity

// f(n) of all fluid cells among the 26 neighbours of some cells.
template <class F>
void around(const Grid& grid, const std::vector<std::uint8_t>& flags, const std::vector<std::uint32_t>& cells, F f) {
  for (const std::uint32_t n : cells)
    for (int k = 0; k < 27; ++k) {
      const std::uint32_t other = grid.index(grid.moved(grid.cell(n), {k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1}));
      if (kind_of(flags[other]) == Kind::fluid) f(other);
    }
}

std::uint8_t flag_of(int layer, int wall) { return static_cast<std::uint8_t>((layer * kWalls + wall) << kMixingShift); }

// Each fluid cell's layer: cells with a wall among their 26 neighbours are the first, their neighbours the second.
void number_layers(const Grid& grid, std::vector<std::uint8_t>& flags) {
  std::vector<std::uint32_t> front[kWalls], next[kWalls];
  std::vector<bool> met(flags.size());
  for (std::uint32_t n = 0; n < flags.size(); ++n) {
    const Kind kind = kind_of(flags[n]);
    if (solid(kind)) front[kind == Kind::building ? 2 : kind == Kind::ground ? 1 : 0].push_back(n);
    if (kind == Kind::velocity) front[kGiven].push_back(n);
  }
  for (int layer = 1; layer < kLayers; ++layer)
    for (int wall = 2; wall >= 0; --wall) {
      around(grid, flags, front[wall], [&](std::uint32_t n) {
        if (met[n]) return;
        met[n] = true;
        flags[n] = flag_of(layer, wall);
        next[wall].push_back(n);
      });
      front[wall].swap(next[wall]);
      next[wall].clear();
    }
  met.assign(flags.size(), false);
  for (int layer = 1; layer <= 2; ++layer) {
    around(grid, flags, front[kGiven], [&](std::uint32_t n) {
      if (met[n]) return;
      met[n] = true;
      next[kGiven].push_back(n);
      if ((flags[n] >> kMixingShift) % kWalls == 0) flags[n] = flag_of(layer, kGiven);
    });
    front[kGiven].swap(next[kGiven]);
  }
}

}  // namespace

double mixing_length(const Question& q, int layer, int wall) {
  const double constant = q.smagorinsky, distance = layer - 0.5;
  if (constant == 0 || layer == 0) return constant;
  if (wall == kGiven) return constant + 0.6 * std::exp(0.5 - distance);
  const double roughness = wall == 2 ? q.building_roughness : wall == 1 ? q.ground_roughness : 0, by_wall = kKarman * (distance + roughness);
  if (wall == 0) return 1 / std::sqrt(1 / (constant * constant) + 1 / (by_wall * by_wall));
  return constant + (by_wall - constant) * std::exp(-std::pow(distance / 4, 2));
}

Domain make_domain(const Question& q) {
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
    bool boundary = false, beside = false, beside_rough = false;
    std::uint32_t links = 0;
    std::int8_t axis = 0;
    for (int i = 1; i < kPopulations; ++i) {
      const Direction d = direction(i);
      const Kind kind = kind_of(domain.flags[grid.index(grid.moved(grid.cell(n), d))]);
      boundary |= kind != Kind::fluid;
      links |= solid(kind) ? 1u << i : kind != Kind::fluid ? 1u : 0u;
      const bool straight = pair_of(i) < 3;
      beside |= straight && kind != Kind::fluid;
      beside_rough |= straight && rough(kind);
      if (kind == Kind::outlet && straight && axis == 0) axis = static_cast<std::int8_t>(d.x + 2 * d.y + 3 * d.z);
    }
    if (boundary) domain.boundary_cells.push_back(n), domain.boundary_links.push_back(links);
    if (beside) domain.straight_cells.push_back(n);
    if (beside_rough) domain.rough_cells.push_back(n);
    if (axis == 0) continue;
    domain.outlet_cells.push_back(n);
    domain.outlet_axis.push_back(axis);
  }
  if (q.smagorinsky > 0) number_layers(grid, domain.flags);
  return domain;
}

}  // namespace dosi::wind
