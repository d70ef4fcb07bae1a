// Layers inside the faces of the box where the viscosity grows, so that waves and vortices are gone before they meet
// the face. From the coordinates of a cell, without memory.
#pragma once

#include <cstdint>

#include "kernels/core/lanes.hpp"
#include "kernels/wind/grid.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

struct Sponge {
  float low_over[3] = {}, high_over[3] = {};  // 1 / width at the lower and at the upper face of an axis, or 0
  float size[3] = {};                         // of the box
  float time = 0;                             // that the relaxation time grows by; 0: there is no sponge

  Sponge() = default;
  explicit Sponge(const Question& q)
      : size{static_cast<float>(q.nx), static_cast<float>(q.ny), static_cast<float>(q.nz)} {
    for (int a = 0; a < 3; ++a)
      for (const int side : {0, 1}) {
        const std::uint32_t width = q.sponge[static_cast<std::size_t>(2 * a + side)];
        if (width == 0) continue;
        (side == 0 ? low_over : high_over)[a] = 1 / static_cast<float>(width);
        time = static_cast<float>(3 * (q.sponge_viscosity - q.viscosity));
      }
  }

  // How far into the sponge along an axis: 0 at its begin, 1 at the face; below 0 before it.
  DOSI_HD float depth(int axis, std::uint32_t at) const {
    const float middle = static_cast<float>(at) + 0.5f;
    const float low = low_over[axis] > 0 ? fused(-middle, low_over[axis], 1.0f) : 0.0f,
                high = high_over[axis] > 0 ? fused(middle - size[axis], high_over[axis], 1.0f) : 0.0f;
    return low > high ? low : high;
  }
  // What the relaxation time grows by, where the deepest of three depths is `depth`: smooth at both ends.
  DOSI_HD float grown(float depth) const { return depth > 0 ? time * depth * depth * (3.0f - 2.0f * depth) : 0.0f; }
  DOSI_HD float grown(Cell c) const {
    const float x = depth(0, c.x), y = depth(1, c.y), z = depth(2, c.z), yz = y > z ? y : z;
    return grown(x > yz ? x : yz);
  }
  // Whether none of a row's cells x .. last is in it: an axis' depth is greatest at one of the ends.
  DOSI_HD bool spares(Cell c, std::uint32_t last) const {
    return !(depth(0, c.x) > 0 || depth(0, last) > 0 || depth(1, c.y) > 0 || depth(2, c.z) > 0);
  }
};

}  // namespace dosi::wind
