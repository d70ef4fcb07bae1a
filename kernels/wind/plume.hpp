// A species on a device: its populations, what enters at sources and what leaves where the air does, and the budget.
//
// After a step's collision come the sources, which add to the population at rest, then the links: what left a fluid
// cell straight towards a cell that is not comes back, less what the wind carries on. What leaves and what enters is
// counted as it is stored, cell by cell, so that the budget holds but for the rounding of collisions.
#pragma once

#ifndef DOSI_BACKEND
#error "plume.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/links.hpp"
#include "kernels/wind/measure.hpp"
#include "kernels/wind/species.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

template <class Stored>
struct Emit {
  View<const Source> sources;
  View<Stored> species;
  View<double> emitted;
  DOSI_HD void operator()(std::size_t i) const {
    Stored& rest = species[sources[i].cell];
    const float before = decoded(rest);
    encode(before + sources[i].rate, rest);
    emitted[i] += static_cast<double>(decoded(rest)) - before;
  }
};

template <class Stored, bool forced>
struct Carry_out {
  Links<Stored> air;  // with the populations of the air after its collision
  View<Stored> species;
  View<const std::uint32_t> cells;
  View<double> left;
  unsigned parity;

  DOSI_HD void operator()(std::size_t at) const {
    const Grid& grid = air.grid;
    const std::uint32_t n = cells[at];
    const Cell c = grid.cell(n);
    for (int i = 1; i < kSpeciesPopulations; ++i) {
      const Direction d = direction(i);
      const std::uint32_t other = grid.index(grid.moved(c, d));
      const Kind kind = kind_of(air.flags[other]);
      if (kind == Kind::fluid) continue;
      float out = 0;
      if (kind == Kind::velocity) out = along(d, air.velocities[position(air.moving_cells, other)]);
      if (kind == Kind::outlet) {
        const auto m = air.template collided<forced>(c, parity);
        out = along(d, Velocity{m.x, m.y, m.z});
      }
      const float gone = sent(c, i);
      Stored& back = species[grid.arrival(c, opposite(i), parity ^ 1u)];
      encode(out > 0 ? fused(-out, mass(c), gone) : gone, back);
      left[at] += static_cast<double>(gone) - decoded(back);
    }
  }

 private:
  DOSI_HD float sent(Cell c, int i) const {
    return decoded(species[air.grid.arrival(air.grid.moved(c, direction(i)), i, parity ^ 1u)]);
  }
  DOSI_HD float mass(Cell c) const {
    float h[kSpeciesPopulations];
    for (int i = 0; i < kSpeciesPopulations; ++i) h[i] = sent(c, i);
    return concentration(h);
  }
  DOSI_HD static float along(Direction d, Velocity u) {
    return static_cast<float>(d.x) * u.x + static_cast<float>(d.y) * u.y + static_cast<float>(d.z) * u.z;
  }
};

// Equilibrium at a concentration.
template <class Stored>
struct Start_species {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const float> concentration, x, y, z;  // empty: 0
  View<Stored> species;
  float unit;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    const Cell c = grid.cell(n);
    const bool fluid = kind_of(flags[n]) == Kind::fluid;
    const float mass = fluid && !concentration.empty() ? concentration[n] * unit : 0.0f;
    const float u[3] = {x.empty() ? 0.0f : x[n], y.empty() ? 0.0f : y[n], z.empty() ? 0.0f : z[n]};
    float rest = mass;
    unrolled<kSpeciesPairs>([&](auto p) {
      const float sum = mass * fused(u[p], u[p], 0.25f), flux = mass * u[p];
      encode(0.5f * (sum + flux), species[grid.arrival(c, 2 * p + 1, 0)]);
      encode(0.5f * (sum - flux), species[grid.arrival(c, 2 * p + 2, 0)]);
      rest -= sum;
    });
    encode(rest, species[n]);
  }
};

template <class Stored>
struct Concentration {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const Stored> species;
  unsigned parity;
  DOSI_HD float operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    if (kind_of(flags[n]) != Kind::fluid) return 0;
    float h[kSpeciesPopulations];
    const Cell c = grid.cell(n);
    unrolled<kSpeciesPopulations>([&](auto i) { h[i] = decoded(species[grid.arrival(c, i, parity)]); });
    return wind::concentration(h);
  }
};

template <class Stored>
struct Inside {
  Concentration<Stored> concentration;
  DOSI_HD double operator()(std::size_t at) const { return concentration(at); }
};

template <class Stored>
struct Put_concentration {
  Concentration<Stored> concentration;
  float over_unit;
  View<float> out;
  DOSI_HD void operator()(std::size_t at) const { out[at] = concentration(at) * over_unit; }
};

// Of the sources that fall on a cell, one. Rates in units of the storage.
inline std::vector<Source> merged(std::span<const Source> sources, double unit) {
  std::map<std::uint32_t, double> rates;
  for (const Source& s : sources) rates[s.cell] += s.rate;
  std::vector<Source> all;
  for (const auto& [cell, rate] : rates) all.push_back({cell, static_cast<float>(rate * unit)});
  return all;
}

// A power of two that makes 512 steps of the strongest source, or the largest concentration that is asked for, at most
// 1: halves hold populations below 2.
inline double unit_of(const Species& species) {
  double largest = species.largest;
  if (largest == 0)
    for (const Source& s : merged(species.sources, 1)) largest = std::max(largest, 512.0 * std::fabs(s.rate));
  return largest > 0 ? std::exp2(-std::ceil(std::log2(largest))) : 1;
}

template <class Stored>
class Plume {
 public:
  Plume(par::Context& ctx, const Species& species, const Grid& grid, std::span<const std::uint32_t> boundary)
      : ctx_(&ctx), grid_(grid),
        unit_(unit_of(species)), dispersion_{static_cast<float>(4 * species.diffusivity + 0.5),
                                             static_cast<float>(4 / (3 * species.turbulent_schmidt))},
        sources_(ctx, std::span<const Source>(merged(species.sources, unit_))), boundary_(ctx, boundary),
        emitted_(ctx, sources_.size()), left_(ctx, boundary.size()),
        populations_(ctx, kSpeciesPopulations * grid.stride) {}

  const Dispersion& dispersion() const { return dispersion_; }
  double unit() const { return unit_; }
  View<Stored> populations() { return populations_.view(); }
  View<const Stored> populations() const { return populations_.view(); }

  void start(View<const std::uint8_t> flags, View<const float> concentration, View<const float> x, View<const float> y,
             View<const float> z) {
    par::for_each(
        *ctx_, grid_.cells(),
        Start_species<Stored>{grid_, flags, concentration, x, y, z, populations_.view(), static_cast<float>(unit_)});
    emitted_.fill(0);
    left_.fill(0);
    at_start_ = inside(flags, 0);
  }

  // After the collision of a step of this parity.
  template <bool forced>
  void enter_and_leave(const Links<Stored>& air, unsigned parity) {
    par::for_each(*ctx_, sources_.size(),
                  Emit<Stored>{std::as_const(sources_).view(), populations_.view(), emitted_.view()});
    par::for_each(
        *ctx_, boundary_.size(),
        Carry_out<Stored, forced>{air, populations_.view(), std::as_const(boundary_).view(), left_.view(), parity});
  }

  Budget budget(View<const std::uint8_t> flags, unsigned parity) const {
    return {at_start_ / unit_ + sum(emitted_) / unit_, inside(flags, parity) / unit_, sum(left_) / unit_};
  }
  void concentration(View<const std::uint8_t> flags, unsigned parity, View<float> out) const {
    par::for_each(*ctx_, grid_.cells(),
                  Put_concentration<Stored>{{grid_, flags, populations(), parity}, static_cast<float>(1 / unit_), out});
  }

  void save(View<const std::uint8_t> flags, unsigned parity, Checkpoint& c) const {
    par::for_each(*ctx_, grid_.cells(),
                  Clear_idle<Stored, kSpeciesPopulations>{grid_, flags, populations_.view(), parity});
    c.emitted = emitted_.to_host();
    c.emitted.push_back(at_start_);
    c.left = left_.to_host();
  }
  bool fits(const Checkpoint& c) const {
    return c.emitted.size() == emitted_.size() + 1 && c.left.size() == left_.size();
  }
  std::size_t bytes() const { return kSpeciesPopulations * grid_.cells() * sizeof(Stored); }
  void give(const Engine::Take& take) const { give_rows(*ctx_, populations_, grid_, kSpeciesPopulations, take); }
  void fill(const Engine::Fill& from) { fill_rows(*ctx_, populations_, grid_, kSpeciesPopulations, from); }
  void restore(const Checkpoint& c) {
    emitted_.upload(std::span(c.emitted).first(emitted_.size()));
    at_start_ = c.emitted.back();
    left_.upload(c.left);
  }

 private:
  double sum(const par::Buffer<double>& of) const {
    return par::reduce(*ctx_, of.size(), par::Load<double>{of.view()}, 0.0, par::Plus{});
  }
  double inside(View<const std::uint8_t> flags, unsigned parity) const {
    return par::reduce(*ctx_, grid_.cells(), Inside<Stored>{{grid_, flags, populations(), parity}}, 0.0, par::Plus{});
  }

  par::Context* ctx_;
  Grid grid_;
  double unit_;  // what a mass of 1 is stored as
  Dispersion dispersion_;
  par::Buffer<Source> sources_;
  par::Buffer<std::uint32_t> boundary_;
  par::Buffer<double> emitted_, left_;
  mutable par::Buffer<Stored> populations_;
  double at_start_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::wind
