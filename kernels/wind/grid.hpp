// The cells of a periodic box, and where their populations lie: esoteric pull (Lehmann, Computation 10:92, 2022).
//
// Each pair of directions has two slots in every cell, which change their parts from step to step. A cell reads the
// population along the pair's direction from its own first slot, and the one against it from the second slot of the
// neighbour along the direction. After the collision it writes both back crosswise. So a cell touches the same 19
// places when it reads and when it writes, no two cells touch the same, and in the next step, with the slots' parts
// changed, everything lies where it is to be read one cell further on.
//
// The places of a cell without fluid lie idle, but for what its neighbours put there: a wall needs nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/wind/lattice.hpp"

namespace dosi::wind {

struct Cell {
  std::uint32_t x, y, z;
};

struct Grid {
  std::uint32_t nx, ny, nz;
  std::size_t stride;  // from one population of a cell to its next one

  DOSI_INLINE DOSI_HD std::uint32_t cells() const { return nx * ny * nz; }
  DOSI_INLINE DOSI_HD Cell cell(std::uint32_t n) const {
    const std::uint32_t row = n / nx;
    return {n - row * nx, row % ny, row / ny};
  }
  DOSI_INLINE DOSI_HD std::uint32_t index(Cell c) const { return (c.z * ny + c.y) * nx + c.x; }
  DOSI_INLINE DOSI_HD Cell moved(Cell c, Direction d) const {
    return {wrapped(c.x, d.x, nx), wrapped(c.y, d.y, ny), wrapped(c.z, d.z, nz)};
  }

  // Where population i that arrives in a cell is read in a step of this parity.
  DOSI_INLINE DOSI_HD std::size_t arrival(Cell c, int i, unsigned parity) const {
    if (i == 0) return index(c);
    const int pair = pair_of(i);
    if (i % 2 == 1) return place(pair, first_slot(parity), index(c));
    return place(pair, 1 - first_slot(parity), index(moved(c, pair_direction(pair))));
  }

  DOSI_INLINE DOSI_HD std::size_t place(int pair, unsigned slot, std::uint32_t n) const {
    return (1 + 2 * static_cast<std::size_t>(pair) + slot) * stride + n;
  }
  DOSI_HD static unsigned first_slot(unsigned parity) { return parity; }

 private:
  DOSI_INLINE DOSI_HD static std::uint32_t wrapped(std::uint32_t at, int by, std::uint32_t n) {
    if (by > 0) return at + 1 == n ? 0 : at + 1;
    if (by < 0) return at == 0 ? n - 1 : at - 1;
    return at;
  }
};

// The directions of links lead from cell to cell; indices of the nine cells that a cell's pairs lead to.
struct Forward {
  std::uint32_t n[kPairs];
  DOSI_HD Forward(const Grid& grid, std::uint32_t at, Cell c) {
    const std::uint32_t layer = grid.nx * grid.ny;
    const std::uint32_t x = c.x + 1 == grid.nx ? 1 - grid.nx : 1;
    const std::uint32_t up_y = c.y + 1 == grid.ny ? grid.nx - layer : grid.nx,
                        down_y = c.y == 0 ? layer - grid.nx : 0 - grid.nx;
    const std::uint32_t up_z = c.z + 1 == grid.nz ? layer - layer * grid.nz : layer,
                        down_z = c.z == 0 ? layer * grid.nz - layer : 0 - layer;
    unrolled<kPairs>([&](auto p) {
      constexpr Direction d = pair_direction(p);
      n[p] = at + (d.x > 0 ? x : 0) + (d.y > 0 ? up_y : d.y < 0 ? down_y : 0) + (d.z > 0 ? up_z : d.z < 0 ? down_z : 0);
    });
  }
};

}  // namespace dosi::wind
