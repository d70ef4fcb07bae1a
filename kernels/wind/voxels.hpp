// A city as cells: columns of ground, buildings that stand on it, and what bounds the box. A cell belongs to the
// ground, or to a building, where its centre does; gaps of one cell between buildings are closed. Exact on any device:
// integers alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/wind/wind.hpp"

namespace dosi::wind {

inline constexpr std::int32_t kUnits = 4096;  // of a cell's side

// A side of an outline, in units from the box's corner; within +-2^29.
struct Side {
  std::int32_t x0, y0, x1, y1;
};

// Buildings: the sides of all rings of building b are side_first[b] .. side_first[b + 1]; inside is what an odd number
// of them lies beside. `top`: layers of cells, counted from the bottom of the box, that it fills where it stands.
struct Buildings {
  std::span<const std::uint64_t> side_first;
  std::span<const Side> sides;
  std::span<const std::int32_t> top;
};

struct Site {
  std::uint32_t nx = 0, ny = 0, nz = 0;
  std::span<const std::int32_t> ground;   // [ny][nx], layers that are ground: 1 .. nz - 2
  std::span<const std::int32_t> surface;  // [ny][nx], or empty: layers below a surface measured from above
  Buildings buildings;
};

struct Voxels {
  std::vector<std::int32_t> roof;  // [ny][nx], layers that are solid: at least the ground's
  std::vector<Kind> kinds;         // [nz][ny][nx]: `ground`, `building` and fluid
};

// What the faces -x +x -y +y +z of a box are; the bottom is ground.
using Faces = std::array<Kind, 5>;
// Puts the faces' kinds where there is no ground: in edges and corners an inlet goes before an outlet, and that before
// slip.
void set_faces(std::vector<Kind>& kinds, std::uint32_t nx, std::uint32_t ny, std::uint32_t nz, const Faces& faces);

}  // namespace dosi::wind

// The solid cells; among a box's outermost columns they are ground alone. Throws std::invalid_argument for spans that
// do not fit each other, std::bad_alloc, and std::runtime_error with CUDA's message.
namespace dosi::cpu::wind {
dosi::wind::Voxels make_voxels(const dosi::wind::Site& site, int device);
}
namespace dosi::cuda::wind {
dosi::wind::Voxels make_voxels(const dosi::wind::Site& site, int device);
}
