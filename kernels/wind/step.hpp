// One step of all cells: on a GPU a cell a thread, with its populations in registers; on a CPU runs of a row, with
// their populations in the first cache and a cell a SIMD lane. The arithmetic of a cell is the same.
#pragma once

#ifndef DOSI_BACKEND
#error "step.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include "kernels/core/team.hpp"
#include "kernels/core/view.hpp"
#include "kernels/wind/collide.hpp"
#include "kernels/wind/domain.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/rows.hpp"
#include "kernels/wind/species.hpp"
#include "kernels/wind/sponge.hpp"
#include "kernels/wind/storage.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

// Where the populations of the first pairs that arrive in a cell lie in a step of one parity: at rest; along each pair,
// in the cell; against it, in the next. Worked out once, not by each thread of a GPU.
template <class Stored, int pairs>
struct Planes {
  Stored *rest = nullptr, *along[pairs] = {}, *against[pairs] = {};
  Planes() = default;
  Planes(const Grid& grid, View<Stored> all, unsigned parity) : rest(all.data) {
    const unsigned first = Grid::first_slot(parity);
    for (int p = 0; p < pairs && !all.empty(); ++p) {
      along[p] = &all[grid.place(p, first, 0)];
      against[p] = &all[grid.place(p, 1 - first, 0)];
    }
  }
};

// What a step reads and writes.
template <class Stored>
struct Air {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> populations, species;  // of the species: empty where there is none
  View<const Near_wall> near_wall;    // by what the flag says of the next wall
  Relaxation relaxation;
  Sponge sponge;
  Dispersion dispersion;
  unsigned parity;
  std::uint32_t step;  // its low bits
  Planes<Stored, kPairs> planes{grid, populations, parity};
  Planes<Stored, kSpeciesPairs> species_planes{grid, species, parity};
};

// The populations of the first pairs that arrive in a cell, in registers; and back crosswise.
template <int pairs, class Stored>
DOSI_INLINE DOSI_HD void load(const Planes<Stored, pairs>& from, std::uint32_t n, const Forward& forward,
                              float (&g)[1 + 2 * pairs]) {
  g[0] = decoded(from.rest[n]);
  unrolled<pairs>([&](auto p) {
    g[2 * p + 1] = decoded(from.along[p][n]);
    g[2 * p + 2] = decoded(from.against[p][forward.n[p]]);
  });
}
template <int pairs, class Stored>
DOSI_INLINE DOSI_HD void store(const Planes<Stored, pairs>& to, std::uint32_t n, const Forward& forward,
                               const float (&g)[1 + 2 * pairs]) {
  encode(g[0], to.rest[n]);
  unrolled<pairs>([&](auto p) {
    encode(g[2 * p + 2], to.along[p][n]);
    encode(g[2 * p + 1], to.against[p][forward.n[p]]);
  });
}

// The same cells, but not to a GPU's compiler: it would keep the addresses of all that was loaded, two registers each,
// until they are stored to, and half as many threads would fit.
DOSI_INLINE DOSI_HD void forget([[maybe_unused]] std::uint32_t& n, [[maybe_unused]] Forward& forward) {
#if defined(__CUDA_ARCH__)
  asm volatile("" : "+r"(n));
  unrolled<kPairs>([&](auto p) { asm volatile("" : "+r"(forward.n[p])); });
#endif
}

template <class Stored, bool regularised, bool varied, bool forced, bool species>
struct Step_cell {
  static constexpr unsigned kMostRegisters = 64;  // a processor then holds 1,024 threads, which hide what memory takes
  Air<Stored> air;

  DOSI_HD void operator()(std::size_t at) const {
    auto n = static_cast<std::uint32_t>(at);
    const std::uint8_t flag = air.flags[n];
    if (kind_of(flag) != Kind::fluid) return;
    const Cell cell = air.grid.cell(n);
    Forward forward(air.grid, n, cell);
    float g[kPopulations];
    load(air.planes, n, forward, g);
    Near_wall near{};
    float grown = 0;
    if constexpr (varied) {
      near = air.near_wall[flag >> kMixingShift];
      if (air.sponge.time > 0) grown = air.sponge.grown(cell);
    }
    const auto flow = collide<regularised, varied, forced>(g, air.relaxation, near.mixing, near.drag, grown);
    forget(n, forward);
    store(air.planes, n, forward, g);
    if constexpr (species) {
      float h[kSpeciesPopulations];
      load(air.species_planes, n, forward, h);
      disperse(h, flow, air.dispersion);
      if constexpr (std::is_same_v<Stored, Half>) round_to_halves(h, dither(n, air.step));
      forget(n, forward);
      store(air.species_planes, n, forward, h);
    }
  }
};

#if !DOSI_ON_CUDA

template <class Stored, bool regularised, bool varied, bool forced, bool species>
struct Step_row {
  Air<Stored> air;

  void operator()(Team&, std::size_t team) const {
    alignas(64) Lines<kPopulations> g = {};
    alignas(64) Lines<kSpeciesPopulations> h = {};
    for_each_run(air.grid, team, [&](const Run& run) { step(run, g, h); });
  }

 private:
  void step(const Run& run, Lines<kPopulations>& g, Lines<kSpeciesPopulations>& h) const {
    const std::uint8_t* const flag = air.flags.data + run.base;
    const std::uint32_t fluid = count_fluid(flag, run.count);
    if (fluid == 0) return;
    const Places<Stored, kPairs> places(air.grid, air.populations.data, run, air.parity);
    places.load(g);
    if (fluid < run.count) clear_solid<kPopulations>(flag, run.count, g);
    if constexpr (species) {
      const Places<Stored, kSpeciesPairs> substance(air.grid, air.species.data, run, air.parity);
      substance.load(h);
      if (fluid < run.count) clear_solid<kSpeciesPopulations>(flag, run.count, h);
      collide_run(run, flag, g, h);
      substance.store(h);
    } else {
      collide_run(run, flag, g, h);
    }
    places.store(g);
  }

  void collide_run(const Run& run, const std::uint8_t* flag, Lines<kPopulations>& lines,
                   [[maybe_unused]] Lines<kSpeciesPopulations>& substance) const {
    const bool thick =
        varied && air.sponge.time > 0 && !air.sponge.spares({run.x, run.begin.y, run.begin.z}, run.x + run.count - 1);
    for (std::uint32_t from = 0; from < run.count; from += kLanes) {
      Lanes mixing{}, drag{}, grown{}, g[kPopulations];
      if constexpr (varied)
        for (std::uint32_t k = 0; k < kLanes && from + k < run.count; ++k) {
          const Near_wall near = air.near_wall[flag[from + k] >> kMixingShift];
          mixing[k] = near.mixing, drag[k] = near.drag;
        }
      if (thick)
        for (std::uint32_t k = 0; k < kLanes; ++k)
          grown[k] = air.sponge.grown({run.x + from + k, run.begin.y, run.begin.z});
      unrolled<kPopulations>([&](auto i) { g[i] = load_lanes(lines[i] + from); });
      [[maybe_unused]] const auto flow = collide<regularised, varied, forced>(g, air.relaxation, mixing, drag, grown);
      unrolled<kPopulations>([&](auto i) { store_lanes(lines[i] + from, g[i]); });
      if constexpr (species) {
        Lanes h[kSpeciesPopulations];
        unrolled<kSpeciesPopulations>([&](auto i) { h[i] = load_lanes(substance[i] + from); });
        disperse(h, flow, air.dispersion);
        if constexpr (std::is_same_v<Stored, Half>) {
          Lane_bits cells;
          for (std::uint32_t k = 0; k < kLanes; ++k) cells[k] = run.base + from + k;
          round_to_halves(h, dither(cells, air.step));
        }
        unrolled<kSpeciesPopulations>([&](auto i) { store_lanes(substance[i] + from, h[i]); });
      }
    }
  }
};

#endif

}  // namespace dosi::DOSI_BACKEND::wind
