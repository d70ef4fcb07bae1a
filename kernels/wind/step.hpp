// One step of all cells: on a GPU a cell a thread, with its populations in registers; on a CPU runs of a row, with their
// populations in the first cache and a cell a SIMD lane. The arithmetic of a cell is the same.
#pragma once

#ifndef DOSI_BACKEND
#error "step.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <algorithm>

#include "kernels/core/team.hpp"
#include "kernels/core/view.hpp"
#include "kernels/wind/collide.hpp"
#include "kernels/wind/domain.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/storage.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

template <class Stored, bool regularised, bool subgrid, bool forced>
struct Step_cell {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> populations;
  View<const float> mixing;      // by layer
  Relaxation relaxation;
  unsigned parity;

  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    const std::uint8_t flag = flags[n];
    if (kind_of(flag) != Kind::fluid) return;
    const Forward forward(grid, n, grid.cell(n));
    const unsigned first = Grid::first_slot(parity);
    float g[kPopulations];
    g[0] = decoded(populations[n]);
    unrolled<kPairs>([&](auto p) {
      g[2 * p + 1] = decoded(populations[grid.place(p, first, n)]);
      g[2 * p + 2] = decoded(populations[grid.place(p, 1 - first, forward.n[p])]);
    });
    collide<regularised, subgrid, forced>(g, relaxation, subgrid ? mixing[flag >> kLayerShift] : 0.0f);
    encode(g[0], populations[n]);
    unrolled<kPairs>([&](auto p) {
      encode(g[2 * p + 2], populations[grid.place(p, first, n)]);
      encode(g[2 * p + 1], populations[grid.place(p, 1 - first, forward.n[p])]);
    });
  }
};

#if !DOSI_ON_CUDA

inline constexpr std::uint32_t kRun = 64;           // cells
inline constexpr std::size_t kRowsTogether = 8;     // for one core
static_assert(kRun % kLanes == 0);

template <class Stored, bool regularised, bool subgrid, bool forced>
struct Step_row {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> populations;
  View<const float> mixing;
  Relaxation relaxation;
  unsigned parity;

  std::size_t rows() const { return std::size_t{grid.ny} * grid.nz; }
  std::size_t teams() const { return (rows() + kRowsTogether - 1) / kRowsTogether; }

  // Row: y + ny z.
  void operator()(Team&, std::size_t at) const {
    alignas(64) float g[kPopulations][kRun] = {};
    for (std::size_t row = at * kRowsTogether; row < std::min(rows(), (at + 1) * kRowsTogether); ++row) {
      const Cell begin{0, static_cast<std::uint32_t>(row % grid.ny), static_cast<std::uint32_t>(row / grid.ny)};
      for (std::uint32_t x = 0; x < grid.nx; x += kRun) run(begin, x, std::min(kRun, grid.nx - x), g);
    }
  }

 private:
  void run(Cell begin, std::uint32_t x, std::uint32_t count, float (&g)[kPopulations][kRun]) const {
    const std::uint32_t base = grid.index(begin) + x;
    const std::uint8_t* const flag = flags.data + base;
    std::uint32_t fluid = 0;
    for (std::uint32_t k = 0; k < count; ++k) fluid += kind_of(flag[k]) == Kind::fluid;
    if (fluid == 0) return;
    Stored* places[kPopulations];
    places[0] = populations.data + base;
    for (int p = 0; p < kPairs; ++p) {
      const Direction d = pair_direction(p);
      const unsigned first = Grid::first_slot(parity);
      places[2 * p + 1] = populations.data + grid.place(p, first, base);
      places[2 * p + 2] = populations.data + grid.place(p, 1 - first, grid.index(grid.moved(begin, {0, d.y, d.z})) + x);
    }
    // More streams than the processor follows by itself: what the next run reads.
    for (const Stored* const place : places)
      for (std::uint32_t k = 0; k < kRun * sizeof(Stored); k += 64) __builtin_prefetch(reinterpret_cast<const char*>(place + kRun) + k, 1);
    const bool last = x + count == grid.nx;
    decode_run(places[0], g[0], count);
    for (int p = 0; p < kPairs; ++p) {
      decode_run(places[2 * p + 1], g[2 * p + 1], count);
      ahead(p, last, count, places[2 * p + 2], [](Stored* from, float* to, std::uint32_t n) { decode_run(from, to, n); }, g[2 * p + 2]);
    }
    if (fluid < count)
      for (std::uint32_t k = 0; k < count; ++k)
        if (kind_of(flag[k]) != Kind::fluid)
          for (auto& line : g) line[k] = 0;
    for (std::uint32_t k = 0; k < count; k += kLanes) collide_lanes(g, k, flag, count);
    encode_run(g[0], places[0], count);
    for (int p = 0; p < kPairs; ++p) {
      encode_run(g[2 * p + 2], places[2 * p + 1], count);
      ahead(p, last, count, places[2 * p + 2], [](Stored* to, float* from, std::uint32_t n) { encode_run(from, to, n); }, g[2 * p + 1]);
    }
  }

  // Along a pair that leads to higher x the places of a row's last cell are at its begin.
  template <class Copy>
  void ahead(int p, bool last, std::uint32_t count, Stored* place, Copy copy, float* line) const {
    if (pair_direction(p).x == 0) return copy(place, line, count);
    if (!last) return copy(place + 1, line, count);
    copy(place + 1, line, count - 1);
    copy(place + count - grid.nx, line + count - 1, 1);
  }

  void collide_lanes(float (&lines)[kPopulations][kRun], std::uint32_t from, const std::uint8_t* flag, std::uint32_t count) const {
    Lanes mixed{};
    if constexpr (subgrid)
      for (std::uint32_t k = 0; k < kLanes && from + k < count; ++k) mixed[k] = mixing[flag[from + k] >> kLayerShift];
    Lanes g[kPopulations];
    unrolled<kPopulations>([&](auto i) { g[i] = load_lanes(lines[i] + from); });
    collide<regularised, subgrid, forced>(g, relaxation, mixed);
    unrolled<kPopulations>([&](auto i) { store_lanes(lines[i] + from, g[i]); });
  }
};

#endif

}  // namespace dosi::DOSI_BACKEND::wind
