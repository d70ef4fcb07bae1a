// What left a fluid cell towards a neighbour without fluid comes back: to the cell itself, or past a plane without
// friction to the next one. A pass of its own over the cells at boundaries, after all have collided. It takes a population
// from where the collision has put it, and puts it where it will be read in the next step: a place of the neighbour, so
// that no two links meet. See wind.hpp for the kinds.
#pragma once

#include <cstdint>

#include "kernels/core/view.hpp"
#include "kernels/wind/collide.hpp"
#include "kernels/wind/domain.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/storage.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

// The position of a cell in an ascending list that has it; its size where it has not.
DOSI_HD inline std::size_t position(View<const std::uint32_t> cells, std::uint32_t n) {
  std::size_t low = 0, high = cells.size;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (cells[middle] < n) low = middle + 1;
    else high = middle;
  }
  return low < cells.size && cells[low] == n ? low : cells.size;
}

template <class Stored>
struct Links {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> populations;
  View<const std::uint32_t> moving_cells, outlet_cells;   // ascending: of kind velocity; of fluid beside an outlet
  View<const Velocity> velocities;
  View<const std::int8_t> outlet_axis;                    // of outlet_cells: 1, 2, 3 for an outlet at higher x, y, z; negative: at lower
  View<float> outlet_velocity;                            // of outlet_cells: the slow part of the velocity out
  float force[3];
  float outlet_excess, outlet_relaxation;
  float ground_drag, building_drag;                       // of rough walls: stress over density times squared speed

  // For a fluid cell that has collided in a step of this parity, and its links to cells that are not: bit i for direction i.
  template <bool forced>
  DOSI_HD void apply(std::uint32_t n, std::uint32_t which, unsigned parity) const {
    const Cell c = grid.cell(n);
    Moments<float> m{};
    float pressure = 0;
    bool known = false;
    for (int i = 1; which >> i != 0; ++i) {
      if ((which >> i & 1u) == 0) continue;
      const Link link = resolved(c, i);
      float value = sent(c, i, parity);
      if ((link.kind == Kind::velocity || link.kind == Kind::outlet) && !known) {
        m = collided<forced>(c, parity);
        if (position(outlet_cells, n) < outlet_cells.size) pressure = outlet_pressure(position(outlet_cells, n), m);
        else pressure = outlet_excess;
        known = true;
      }
      const Direction d = direction(i);
      if (link.kind == Kind::velocity) {
        const Velocity u = velocities[position(moving_cells, grid.index(link.other))];
        value = fused(-6.0f * weight(i) * m.density, dot(d, u.x, u.y, u.z), value);
      } else if (link.kind == Kind::outlet) {
        const float cu = dot(d, m.x, m.y, m.z), square = fused(m.x, m.x, fused(m.y, m.y, m.z * m.z));
        value = fused(2.0f * weight(i), fused(m.density, fused(4.5f * cu, cu, -1.5f * square), pressure), -value);
      }
      encode(value, populations[grid.arrival(link.target, link.as, parity ^ 1u)]);
    }
  }

  // For a fluid cell with rough walls straight ahead, after apply(). Of what came back, the populations aslant take up
  // what the wall's stress does not take; where only one of two is at the wall, the straight one makes up for the mass.
  template <bool forced>
  DOSI_HD void roughen(std::uint32_t n, unsigned parity) const {
    const Cell c = grid.cell(n);
    float g[kPopulations];
    all_sent(c, parity, g);
    const Moments<float> m = moments<forced>(g, force, -0.5f);
    const auto put = [&](int i, float value) { encode(value, populations[grid.arrival(c, opposite(i), parity ^ 1u)]); };
    for (int i = 1; i <= 6; ++i) {
      const Direction d = direction(i);
      const Kind kind = kind_at(grid.moved(c, d));
      if (!rough(kind)) continue;
      const float u[3] = {d.x == 0 ? m.x : 0, d.y == 0 ? m.y : 0, d.z == 0 ? m.z : 0};
      const float speed = square_root(fused(u[0], u[0], fused(u[1], u[1], u[2] * u[2])));
      const float friction = 0.5f * (kind == Kind::ground ? ground_drag : building_drag) * m.density * speed;
      float straight = g[i];
      for (int a = 0; a < 3; ++a) {
        const Direction t{a == 0, a == 1, a == 2};
        if (dot(d, static_cast<float>(t.x), static_cast<float>(t.y), static_cast<float>(t.z)) != 0) continue;
        const int forth = population({d.x + t.x, d.y + t.y, d.z + t.z}), back = population({d.x - t.x, d.y - t.y, d.z - t.z});
        const float surplus = fused(-friction, u[a], g[forth] - g[back]);
        if (rubs(c, forth, t)) put(forth, g[forth] - surplus), straight += surplus;
        if (rubs(c, back, {-t.x, -t.y, -t.z})) put(back, g[back] + surplus), straight -= surplus;
      }
      put(i, straight);
    }
  }

  // Of a fluid cell after its collision.
  template <bool forced>
  DOSI_HD Moments<float> collided(Cell c, unsigned parity) const {
    float g[kPopulations];
    all_sent(c, parity, g);
    return moments<forced>(g, force, -0.5f);
  }

 private:
  // All that a cell has sent: what its collision has put crosswise to where it had read.
  DOSI_HD void all_sent(Cell c, unsigned parity, float (&g)[kPopulations]) const {
    const std::uint32_t n = grid.index(c);
    const Forward forward(grid, n, c);
    const unsigned first = Grid::first_slot(parity);
    g[0] = decoded(populations[n]);
    unrolled<kPairs>([&](auto p) {
      g[2 * p + 2] = decoded(populations[grid.place(p, first, n)]);
      g[2 * p + 1] = decoded(populations[grid.place(p, 1 - first, forward.n[p])]);
    });
  }
  // Whether a population that leaves along a wall comes back from it, and not from another wall beside.
  DOSI_HD bool rubs(Cell c, int i, Direction beside) const { return !solid(kind_at(grid.moved(c, beside))) && rough(resolved(c, i).kind); }
  // What becomes of population i that leaves a cell: it arrives in `target` as another one, as `kind` has it.
  struct Link {
    Kind kind;
    Cell other, target;
    int as;
  };
  DOSI_HD Link resolved(Cell c, int i) const {
    const Direction d = direction(i);
    const Cell other = grid.moved(c, d);
    const Kind kind = kind_at(other);
    if (kind != Kind::slip) return {kind, other, c, opposite(i)};
    const Direction normal{slips(c, {d.x, 0, 0}) ? d.x : 0, slips(c, {0, d.y, 0}) ? d.y : 0, slips(c, {0, 0, d.z}) ? d.z : 0};
    if (normal.x == 0 && normal.y == 0 && normal.z == 0) return {kind, other, c, opposite(i)};
    const Direction past{d.x - normal.x, d.y - normal.y, d.z - normal.z};
    const Cell next = grid.moved(c, past);
    if (kind_at(next) != Kind::fluid) return {kind_at(next), next, c, opposite(i)};
    return {kind, other, next, population({past.x - normal.x, past.y - normal.y, past.z - normal.z})};
  }
  DOSI_HD float sent(Cell c, int i, unsigned parity) const { return decoded(populations[grid.arrival(grid.moved(c, direction(i)), i, parity ^ 1u)]); }
  DOSI_HD static float dot(Direction d, float x, float y, float z) {
    return fused(static_cast<float>(d.x), x, fused(static_cast<float>(d.y), y, static_cast<float>(d.z) * z));
  }
  DOSI_HD static float weight(int i) { return pair_weight(pair_of(i)); }
  DOSI_HD Kind kind_at(Cell c) const { return kind_of(flags[grid.index(c)]); }
  DOSI_HD bool slips(Cell c, Direction d) const { return (d.x != 0 || d.y != 0 || d.z != 0) && kind_at(grid.moved(c, d)) == Kind::slip; }

  // Density less 1 at an outlet: a wave that goes out raises it as it would raise it in open air.
  DOSI_HD float outlet_pressure(std::size_t at, const Moments<float>& m) const {
    constexpr float kOverSoundSpeed = 1.7320508f;
    const int axis = outlet_axis[at];
    const float along = axis == 1 || axis == -1 ? m.x : axis == 2 || axis == -2 ? m.y : m.z;
    const float out = axis > 0 ? along : -along, fast = out - outlet_velocity[at];
    outlet_velocity[at] = fused(outlet_relaxation, fast, outlet_velocity[at]);
    return fused(m.density * kOverSoundSpeed, fast, outlet_excess);
  }
};

}  // namespace dosi::wind
