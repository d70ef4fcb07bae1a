// Boxes of random cells, what bounds them, and a start that is not at rest.
#pragma once

#include <string>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::test_support {

using wind::Kind;

struct Box {
  std::string name;
  std::uint32_t nx, ny, nz;
  std::vector<Kind> kinds;
  std::vector<wind::Velocity> velocities;
  std::vector<float> density, x, y, z;  // to start from

  std::size_t cells() const { return std::size_t{nx} * ny * nz; }
  Kind& at(std::uint32_t i, std::uint32_t j, std::uint32_t k) { return kinds[(std::size_t{k} * ny + j) * nx + i]; }
  wind::Question question() const {
    return {.nx = nx,
            .ny = ny,
            .nz = nz,
            .kinds = kinds,
            .velocities = velocities,
            .viscosity = 0.02,
            .ground_roughness = 0.1,
            .building_roughness = 0.02};
  }
};

inline Box empty_box(std::uint32_t nx, std::uint32_t ny, std::uint32_t nz) {
  Box b{.name = std::to_string(nx) + " x " + std::to_string(ny) + " x " + std::to_string(nz),
        .nx = nx,
        .ny = ny,
        .nz = nz,
        .kinds = {},
        .velocities = {},
        .density = {},
        .x = {},
        .y = {},
        .z = {}};
  b.kinds.assign(b.cells(), Kind::fluid);
  return b;
}

// Velocities for all cells of that kind, and a start in noise of 2 % about a wind along x.
inline Box& stir(Box& b, std::uint64_t seed) {
  Random random(seed, 0);
  const auto noise = [&](double size) { return static_cast<float>(size * (2 * random.uniform() - 1)); };
  b.velocities.clear();
  for (const Kind k : b.kinds)
    if (k == Kind::velocity) b.velocities.push_back({0.05f + noise(0.02), noise(0.02), noise(0.02)});
  for (std::size_t n = 0; n < b.cells(); ++n) {
    b.density.push_back(1 + noise(0.02));
    b.x.push_back(0.04f + noise(0.02));
    b.y.push_back(noise(0.02));
    b.z.push_back(noise(0.02));
  }
  return b;
}

// A tunnel: velocity at low x, outlet at high x, rough ground, slip at the sides and the top, and random rough blocks.
inline Box tunnel(std::uint32_t nx, std::uint32_t ny, std::uint32_t nz, std::uint64_t seed, double blocked) {
  Box b = empty_box(nx, ny, nz);
  b.name = "tunnel " + b.name;
  Random random(seed, 1);
  for (std::uint32_t k = 0; k < nz; ++k)
    for (std::uint32_t j = 0; j < ny; ++j)
      for (std::uint32_t i = 0; i < nx; ++i) {
        Kind kind = random.uniform() < blocked ? Kind::building : Kind::fluid;
        if (j == 0 || j + 1 == ny || k + 1 == nz) kind = Kind::slip;
        if (k == 0) kind = Kind::ground;
        if (k > 0 && i + 1 == nx) kind = Kind::outlet;
        if (k > 0 && i == 0) kind = Kind::velocity;
        b.at(i, j, k) = kind;
      }
  return stir(b, seed);
}

// Cells of all kinds anywhere: what no one would build.
inline Box rubble(std::uint32_t nx, std::uint32_t ny, std::uint32_t nz, std::uint64_t seed, double fluid) {
  Box b = empty_box(nx, ny, nz);
  b.name = "rubble " + b.name;
  Random random(seed, 2);
  for (auto& kind : b.kinds) kind = random.uniform() < fluid ? Kind::fluid : static_cast<Kind>(1 + random.below(6));
  return stir(b, seed);
}

inline std::vector<Box> boxes() {
  std::vector<Box> all;
  for (const auto& [x, y, z] :
       {std::tuple{7u, 5u, 6u}, {1u, 9u, 4u}, {70u, 3u, 2u}, {2u, 2u, 2u}, {64u, 1u, 1u}, {17u, 8u, 1u}}) {
    Box b = empty_box(x, y, z);
    all.push_back(stir(b, all.size()));
  }
  all.push_back(tunnel(12, 7, 8, 11, 0));
  all.push_back(tunnel(20, 9, 7, 12, 0.15));
  all.push_back(tunnel(67, 5, 5, 13, 0.1));
  all.push_back(tunnel(9, 5, 13, 14, 0));  // open ground
  all.push_back(tunnel(33, 4, 12, 15, 0.002));
  for (std::uint64_t s = 20; s < 26; ++s) all.push_back(rubble(9, 8, 7, s, 0.4 + 0.1 * static_cast<double>(s - 20)));
  return all;
}

}  // namespace dosi::test_support
