// How a CPU core reads and writes the populations of a run of cells in a row: from their places into lines in the first
// cache, a line a population, with a cell a SIMD lane.
#pragma once

#ifndef DOSI_BACKEND
#error "rows.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#if !DOSI_ON_CUDA

#include <algorithm>

#include "kernels/core/lanes.hpp"
#include "kernels/wind/domain.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/storage.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

inline constexpr std::uint32_t kRun = 64;        // cells
inline constexpr std::size_t kRowsTogether = 8;  // for one core
static_assert(kRun % kLanes == 0);

// A run of cells in a row. Row: y + ny z.
struct Run {
  Cell begin;  // of its row
  std::uint32_t x, count;
  bool last;           // of its row
  std::uint32_t base;  // index of its first cell
};

inline std::size_t row_teams(const Grid& grid) {
  return (std::size_t{grid.ny} * grid.nz + kRowsTogether - 1) / kRowsTogether;
}

// f(run) for the runs of a team's rows.
template <class F>
DOSI_INLINE void for_each_run(const Grid& grid, std::size_t team, F f) {
  const std::size_t rows = std::size_t{grid.ny} * grid.nz;
  for (std::size_t row = team * kRowsTogether; row < std::min(rows, (team + 1) * kRowsTogether); ++row) {
    const Cell begin{0, static_cast<std::uint32_t>(row % grid.ny), static_cast<std::uint32_t>(row / grid.ny)};
    for (std::uint32_t x = 0; x < grid.nx; x += kRun) {
      const std::uint32_t count = std::min(kRun, grid.nx - x);
      f(Run{begin, x, count, x + count == grid.nx, grid.index(begin) + x});
    }
  }
}

inline std::uint32_t count_fluid(const std::uint8_t* flag, std::uint32_t count) {
  std::uint32_t fluid = 0;
  for (std::uint32_t k = 0; k < count; ++k) fluid += kind_of(flag[k]) == Kind::fluid;
  return fluid;
}

template <int populations>
using Lines = float[populations][kRun];

template <int populations>
inline void clear_solid(const std::uint8_t* flag, std::uint32_t count, Lines<populations>& g) {
  for (std::uint32_t k = 0; k < count; ++k)
    if (kind_of(flag[k]) != Kind::fluid)
      for (auto& line : g) line[k] = 0;
}

// Of the first pairs of the lattice.
template <class Stored, int pairs>
class Places {
 public:
  Places(const Grid& grid, Stored* populations, const Run& run, unsigned parity)
      : count_(run.count), nx_(grid.nx), last_(run.last) {
    at_[0] = populations + run.base;
    for (int p = 0; p < pairs; ++p) {
      const Direction d = pair_direction(p);
      const unsigned first = Grid::first_slot(parity);
      at_[2 * p + 1] = populations + grid.place(p, first, run.base);
      at_[2 * p + 2] = populations + grid.place(p, 1 - first, grid.index(grid.moved(run.begin, {0, d.y, d.z})) + run.x);
    }
    // More streams than the processor follows by itself: what the next run reads.
    for (const Stored* const place : at_)
      for (std::uint32_t k = 0; k < kRun * sizeof(Stored); k += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(place + kRun) + k, 1);
  }

  void load(Lines<1 + 2 * pairs>& g) const {
    decode_run(at_[0], g[0], count_);
    for (int p = 0; p < pairs; ++p) {
      decode_run(at_[2 * p + 1], g[2 * p + 1], count_);
      ahead(
          p, at_[2 * p + 2], [](Stored* from, float* to, std::uint32_t n) { decode_run(from, to, n); }, g[2 * p + 2]);
    }
  }
  void store(Lines<1 + 2 * pairs>& g) const {
    encode_run(g[0], at_[0], count_);
    for (int p = 0; p < pairs; ++p) {
      encode_run(g[2 * p + 2], at_[2 * p + 1], count_);
      ahead(
          p, at_[2 * p + 2], [](Stored* to, float* from, std::uint32_t n) { encode_run(from, to, n); }, g[2 * p + 1]);
    }
  }

 private:
  // Along a pair that leads to higher x the places of a row's last cell are at its begin.
  template <class Copy>
  void ahead(int p, Stored* place, Copy copy, float* line) const {
    if (pair_direction(p).x == 0) return copy(place, line, count_);
    if (!last_) return copy(place + 1, line, count_);
    copy(place + 1, line, count_ - 1);
    copy(place + count_ - nx_, line + count_ - 1, 1);
  }

  Stored* at_[1 + 2 * pairs];
  std::uint32_t count_, nx_;
  bool last_;
};

}  // namespace dosi::DOSI_BACKEND::wind

#endif
