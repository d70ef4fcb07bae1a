// What a run starts from and what is read of it, a cell at a time: equilibrium, density and velocity, sums; and
// populations as a checkpoint has them, in pieces.
#pragma once

#ifndef DOSI_BACKEND
#error "measure.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <span>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/collide.hpp"
#include "kernels/wind/domain.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/pieces.hpp"
#include "kernels/wind/storage.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

// Rest, or equilibrium at a density and a velocity; places that lie idle are 0.
template <class Stored>
struct Start {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const float> density, x, y, z;
  View<Stored> populations;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    const bool fluid = kind_of(flags[n]) == Kind::fluid;
    Moments<float> m{0, 1, 0, 0, 0};
    if (fluid && density.size > 0) m.density = density[n], m.excess = density[n] - 1.0f;
    if (fluid && x.size > 0) m.x = x[n];
    if (fluid && y.size > 0) m.y = y[n];
    if (fluid && z.size > 0) m.z = z[n];
    const Equilibrium<float> equilibrium(m);
    const Cell c = grid.cell(n);
    encode(equilibrium.rest(), populations[n]);
    unrolled<kPairs>([&](auto p) {
      const float cu = along<p>(m.x, m.y, m.z);
      const float even = equilibrium.even(pair_weight(p), cu), odd = equilibrium.odd(pair_weight(p), cu);
      encode(even + odd, populations[grid.arrival(c, 2 * p + 1, 0)]);
      encode(even - odd, populations[grid.arrival(c, 2 * p + 2, 0)]);
    });
  }
};

template <class Stored>
struct Measured_air {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const Stored> populations;
  float force[3];
  unsigned parity;
  DOSI_HD bool fluid(std::uint32_t n) const { return kind_of(flags[n]) == Kind::fluid; }
  DOSI_HD Moments<float> at(std::uint32_t n) const {
    float g[kPopulations];
    const Cell c = grid.cell(n);
    unrolled<kPopulations>([&](auto i) { g[i] = decoded(populations[grid.arrival(c, i, parity)]); });
    return moments<true>(g, force, 0.5f);
  }
};

// Density 1 and no velocity where there is no fluid.
template <class Stored>
struct Measure {
  Measured_air<Stored> air;
  View<Moments<float>> out;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    out[n] = air.fluid(n) ? air.at(n) : Moments<float>{0, 1, 0, 0, 0};
  }
};

struct Add_totals {
  DOSI_HD Totals operator()(const Totals& a, const Totals& b) const {
    return {a.mass + b.mass, a.kinetic_energy + b.kinetic_energy,
            a.largest_speed > b.largest_speed ? a.largest_speed : b.largest_speed, a.outflow + b.outflow};
  }
};

template <class Stored>
struct Total_of_cell {
  Measured_air<Stored> air;
  DOSI_HD Totals operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    if (!air.fluid(n)) return {};
    const Moments<float> m = air.at(n);
    const double density = 1 + static_cast<double>(m.excess), x = m.x, y = m.y, z = m.z, square = x * x + y * y + z * z;
    return {density, 0.5 * density * square, std::sqrt(square), 0};
  }
};

template <class Stored>
struct Outflow_of_cell {
  Measured_air<Stored> air;
  View<const std::uint32_t> cells;
  View<const std::int8_t> axis;
  DOSI_HD Totals operator()(std::size_t i) const {
    const Moments<float> m = air.at(cells[i]);
    const double along = axis[i] == 1 || axis[i] == -1 ? m.x : axis[i] == 2 || axis[i] == -2 ? m.y : m.z;
    return {0, 0, 0, (1 + static_cast<double>(m.excess)) * (axis[i] > 0 ? along : -along)};
  }
};

// What nothing reads becomes 0, so that a checkpoint says the same wherever it is made.
template <class Stored, int populations>
struct Clear_idle {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> all;
  unsigned parity;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    if (kind_of(flags[n]) == Kind::fluid) return;
    const Cell c = grid.cell(n);
    unrolled<populations>([&](auto i) { encode(0.0f, all[grid.arrival(c, i, parity)]); });
  }
};

// Velocity out of each cell at an outlet, as it starts.
struct Start_outlets {
  View<const std::uint32_t> cells;
  View<const std::int8_t> axis;
  View<const float> x, y, z;
  View<float> out;
  DOSI_HD void operator()(std::size_t i) const {
    const int a = axis[i] < 0 ? -axis[i] : axis[i];
    const View<const float> u = a == 1 ? x : a == 2 ? y : z;
    const float value = u.size > 0 ? u[cells[i]] : 0.0f;
    out[i] = axis[i] > 0 ? value : -value;
  }
};

// [count][cells] of populations, without what is between their rows.
template <class Stored>
void give_rows(par::Context& ctx, const par::Buffer<Stored>& populations, const Grid& grid, std::size_t count,
               const Engine::Take& take) {
  for (std::size_t i = 0; i < count; ++i) give(ctx, populations, i * grid.stride, grid.cells(), take);
}
template <class Stored>
void fill_rows(par::Context& ctx, par::Buffer<Stored>& populations, const Grid& grid, std::size_t count,
               const Engine::Fill& from) {
  for (std::size_t i = 0; i < count; ++i) fill(ctx, populations, i * grid.stride, grid.cells(), from);
}

}  // namespace dosi::DOSI_BACKEND::wind
