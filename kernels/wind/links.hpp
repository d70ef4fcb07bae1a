// What left a fluid cell towards a neighbour without fluid comes back: to the cell itself, or past a plane without
// friction to the next one. A pass of its own over the cells at boundaries, after all have collided. It takes a
// population from where the collision has put it, and puts it where it will be read in the next step: a place of the
// neighbour, so that no two links meet. See wind.hpp for the kinds.
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
  View<const std::uint32_t> moving_cells, outlet_cells;  // ascending: of kind velocity; of fluid beside an outlet
  View<const Velocity> velocities;
  View<const std::int8_t> outlet_axis;  // of outlet_cells: 1, 2, 3 for an outlet at higher x, y, z; negative: at lower
  View<float> outlet_velocity;          // of outlet_cells: the slow part of the velocity out
  float force[3];
  float stress_above[2];  // of slip planes at higher z
  float outlet_excess, outlet_relaxation;
  float ground_drag, building_drag;  // of rough walls: stress over density times squared speed

  // For a fluid cell that has collided in a step of this parity; `solid_links` as Domain has them. What a solid cell
  // sends back goes from one slot of a pair to the other.
  template <bool forced>
  DOSI_HD void apply(std::uint32_t n, std::uint32_t solid_links, unsigned parity) const {
    const Cell c = grid.cell(n);
    const Forward forward(grid, n, c);
    const unsigned first = Grid::first_slot(parity ^ 1u);
    unrolled<kPairs>([&](auto p) {
      if (solid_links >> (2 * p + 1) & 1u)
        populations[grid.place(p, 1 - first, forward.n[p])] = populations[grid.place(p, first, forward.n[p])];
      if (solid_links >> (2 * p + 2) & 1u)
        populations[grid.place(p, first, n)] = populations[grid.place(p, 1 - first, n)];
    });
    if (solid_links & 1u) apply_others<forced>(c, n, solid_links, parity);
  }

  // For a fluid cell with rough walls straight ahead, after apply(). Of what came back, the populations aslant take up
  // what the wall's stress does not take. Where only one of two comes back from the wall, at an edge, the wall stays
  // without slip: streets of one cell have little else, and anything that lets them slip there makes waves.
  template <bool forced>
  DOSI_HD void roughen(std::uint32_t n, unsigned parity) const {
    const Cell c = grid.cell(n);
    const Moments<float> m = collided<forced>(c, parity);
    const auto put = [&](int i, float value) { encode(value, populations[grid.arrival(c, opposite(i), parity ^ 1u)]); };
    unrolled<6>([&](auto straight) DOSI_INLINE_LAMBDA {
      constexpr Direction d = direction(straight + 1);
      const Kind kind = kind_at(grid.moved(c, d));
      if (!rough(kind)) return;
      const float u[3] = {d.x == 0 ? m.x : 0, d.y == 0 ? m.y : 0, d.z == 0 ? m.z : 0};
      const float speed = square_root(fused(u[0], u[0], fused(u[1], u[1], u[2] * u[2])));
      const float friction = 0.5f * (kind == Kind::ground ? ground_drag : building_drag) * m.density * speed;
      unrolled<3>([&](auto a) DOSI_INLINE_LAMBDA {
        constexpr int axis = decltype(a)::value;
        constexpr Direction t{axis == 0, axis == 1, axis == 2}, out = direction(decltype(straight)::value + 1);
        if constexpr (out.x * t.x + out.y * t.y + out.z * t.z == 0) {
          constexpr int forth = population({out.x + t.x, out.y + t.y, out.z + t.z}),
                        back = population({out.x - t.x, out.y - t.y, out.z - t.z});
          if (!rubs(c, forth, t) || !rubs(c, back, {-t.x, -t.y, -t.z})) return;
          const float at_forth = sent(c, forth, parity), at_back = sent(c, back, parity),
                      surplus = fused(-friction, u[a], at_forth - at_back);
          put(forth, at_forth - surplus);
          put(back, at_back + surplus);
        }
      });
    });
  }

  // Of a fluid cell after its collision.
  template <bool forced>
  DOSI_HD Moments<float> collided(Cell c, unsigned parity) const {
    float g[kPopulations];
    const auto n = grid.index(c);
    const Forward forward(grid, n, c);
    const unsigned first = Grid::first_slot(parity ^ 1u);
    g[0] = decoded(populations[n]);
    unrolled<kPairs>([&](auto p) DOSI_INLINE_LAMBDA {
      g[2 * p + 1] = decoded(populations[grid.place(p, first, forward.n[p])]);
      g[2 * p + 2] = decoded(populations[grid.place(p, 1 - first, n)]);
    });
    return moments<forced>(g, force, -0.5f);
  }

 private:
  // What neither fluid nor solid neighbours send back.
  template <bool forced>
  DOSI_HD void apply_others(Cell c, std::uint32_t n, std::uint32_t solid_links, unsigned parity) const {
    Moments<float> m{};
    float pressure = 0;
    bool known = false;
    unrolled<kPopulations - 1>([&](auto before) DOSI_INLINE_LAMBDA {
      constexpr int i = before + 1;
      if (solid_links >> i & 1u) return;
      const Link link = resolved(c, i);
      if (link.kind == Kind::fluid) return;
      float value = sent(c, i, parity);
      if ((link.kind == Kind::velocity || link.kind == Kind::outlet) && !known) {
        m = collided<forced>(c, parity);
        if (position(outlet_cells, n) < outlet_cells.size) pressure = outlet_pressure(position(outlet_cells, n), m);
        else pressure = outlet_excess;
        known = true;
      }
      constexpr Direction d = direction(i);
      if constexpr (d.z > 0 && (d.x != 0 || d.y != 0))
        if (link.kind == Kind::slip && link.as == population({d.x, d.y, -d.z}))
          value += 0.5f * dot(d, stress_above[0], stress_above[1], 0);
      if (link.kind == Kind::velocity) {
        const Velocity u = halfway(c, d, link.other);
        value = fused(-6.0f * weight(i) * m.density, dot(d, u.x, u.y, u.z), value);
      } else if (link.kind == Kind::outlet) {
        const float cu = dot(d, m.x, m.y, m.z), square = fused(m.x, m.x, fused(m.y, m.y, m.z * m.z));
        value = fused(2.0f * weight(i), fused(m.density, fused(4.5f * cu, cu, -1.5f * square), pressure), -value);
      }
      encode(value, populations[grid.arrival(link.target, link.as, parity ^ 1u)]);
    });
  }

  // Whether a population that leaves along a wall comes back from it, and not from another wall beside.
  DOSI_INLINE DOSI_HD bool rubs(Cell c, int i, Direction beside) const {
    return !solid(kind_at(grid.moved(c, beside))) && rough(resolved(c, i).kind);
  }
  // What becomes of population i that leaves a cell: it arrives in `target` as another one, as `kind` has it.
  struct Link {
    Kind kind;
    Cell other, target;
    int as;
  };
  DOSI_INLINE DOSI_HD Link resolved(Cell c, int i) const {
    const Direction d = direction(i);
    const Cell other = grid.moved(c, d);
    const Kind kind = kind_at(other);
    if (kind != Kind::slip) return {kind, other, c, opposite(i)};
    const Direction normal{slips(c, {d.x, 0, 0}) ? d.x : 0, slips(c, {0, d.y, 0}) ? d.y : 0,
                           slips(c, {0, 0, d.z}) ? d.z : 0};
    if (normal.x == 0 && normal.y == 0 && normal.z == 0) return {kind, other, c, opposite(i)};
    const Direction past{d.x - normal.x, d.y - normal.y, d.z - normal.z};
    const Cell next = grid.moved(c, past);
    if (kind_at(next) != Kind::fluid) return {kind_at(next), next, c, opposite(i)};
    return {kind, other, next, population({past.x - normal.x, past.y - normal.y, past.z - normal.z})};
  }
  DOSI_INLINE DOSI_HD float sent(Cell c, int i, unsigned parity) const {
    return decoded(populations[grid.arrival(grid.moved(c, direction(i)), i, parity ^ 1u)]);
  }
  DOSI_INLINE DOSI_HD static float dot(Direction d, float x, float y, float z) {
    return fused(static_cast<float>(d.x), x, fused(static_cast<float>(d.y), y, static_cast<float>(d.z) * z));
  }
  // The velocity of a plane half-way to a cell of it: aslant that is between two of its cells, or three in a corner.
  // Any other place would push the air along the plane where its velocity changes.
  DOSI_HD Velocity halfway(Cell c, Direction d, Cell other) const {
    Velocity sum{};
    float count = 0;
    const auto add = [&](Cell at) {
      if (kind_at(at) != Kind::velocity) return;
      const Velocity u = velocities[position(moving_cells, grid.index(at))];
      sum = {sum.x + u.x, sum.y + u.y, sum.z + u.z};
      count += 1;
    };
    add(other);
    if (d.x * d.x + d.y * d.y + d.z * d.z == 2) {
      if (d.x != 0) add(grid.moved(c, {d.x, 0, 0}));
      if (d.y != 0) add(grid.moved(c, {0, d.y, 0}));
      if (d.z != 0) add(grid.moved(c, {0, 0, d.z}));
    }
    const float share = 1.0f / count;
    return {share * sum.x, share * sum.y, share * sum.z};
  }
  DOSI_HD static float weight(int i) { return pair_weight(pair_of(i)); }
  DOSI_INLINE DOSI_HD Kind kind_at(Cell c) const { return kind_of(flags[grid.index(c)]); }
  DOSI_INLINE DOSI_HD bool slips(Cell c, Direction d) const {
    return (d.x != 0 || d.y != 0 || d.z != 0) && kind_at(grid.moved(c, d)) == Kind::slip;
  }

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
