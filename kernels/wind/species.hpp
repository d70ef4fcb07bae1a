// The collision of a species: seven populations, in registers. See Species in wind.hpp. About 40 operations, 70 with
// halves.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/wind/collide.hpp"
#include "kernels/wind/lattice.hpp"

namespace dosi::wind {

// Rest and the first three pairs of D3Q19, in its numbering.
inline constexpr int kSpeciesPairs = 3;
inline constexpr int kSpeciesPopulations = 1 + 2 * kSpeciesPairs;

struct Dispersion {
  float time;       // 4 diffusivity + 1/2
  float turbulent;  // of the relaxation time by that of the flow's subgrid model: 4 / (3 Schmidt's number)
};

template <class Real>
DOSI_INLINE DOSI_HD Real concentration(const Real (&h)[kSpeciesPopulations]) {
  return ((h[0] + (h[1] + h[2])) + (h[3] + h[4])) + (h[5] + h[6]);
}

template <class Real>
DOSI_INLINE DOSI_HD void disperse(Real (&h)[kSpeciesPopulations], const Collided<Real>& flow,
                                  const Dispersion& dispersion) {
  const Real mass = concentration(h), u[3] = {flow.x, flow.y, flow.z};
  const Real rate = 1.0f / fused(dispersion.turbulent, flow.turbulent_time, dispersion.time + Real{});
  Real rest = mass;
  unrolled<kSpeciesPairs>([&](auto p) {
    const Real flux = h[2 * p + 1] - h[2 * p + 2], kept = fused(rate, fused(mass, u[p], -flux), flux);
    const Real sum = mass * fused(u[p], u[p], 0.25f + Real{});
    h[2 * p + 1] = 0.5f * (sum + kept);
    h[2 * p + 2] = 0.5f * (sum - kept);
    rest -= sum;
  });
  h[0] = rest;
}

// Halves that keep a species' mass. Seven roundings a cell and a step, the same ones where the flow is steady, would
// add up to per cents in a thousand steps. So the six moving populations are rounded here, what that takes or gives
// goes to the one at rest, and that one is rounded up or down at random, with the chances that keep its mean
// (stochastic rounding: Croci et al., R. Soc. Open Sci. 9, 211631, 2022).

// Random bits: a function of a cell and a step.
template <class Bits>
DOSI_INLINE DOSI_HD Bits dither(Bits cell, std::uint32_t step) {
  Bits x = cell * 0x9E3779B1u + step * 0x85EBCA6Bu;
  x ^= x >> 15;
  x *= 0x2C1B3C6Du;
  x ^= x >> 12;
  return x * 0x297A2D39u;
}

// The 13 bits of a float that a half has not.
inline constexpr std::uint32_t kLostBits = 0x1FFF;
DOSI_INLINE DOSI_HD float rounded_up_or_down(float value, std::uint32_t random) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + (random >> 19)) & ~kLostBits);
}
#if !DOSI_ON_CUDA
typedef std::uint32_t Lane_bits __attribute__((vector_size(sizeof(std::uint32_t) * kLanes)));
DOSI_INLINE Lanes rounded_up_or_down(Lanes value, Lane_bits random) {
  return std::bit_cast<Lanes>((std::bit_cast<Lane_bits>(value) + (random >> 19)) & ~kLostBits);
}
#endif

// To the 11 digits of a half (Veltkamp's splitting).
template <class Real>
DOSI_INLINE DOSI_HD Real split(Real value) {
  const Real large = 8193.0f * value;
  return large + (value - large);
}

template <class Real, class Bits>
DOSI_INLINE DOSI_HD void round_to_halves(Real (&h)[kSpeciesPopulations], Bits random) {
  for (int i = 1; i < kSpeciesPopulations; ++i) {
    const Real half = split(h[i]);
    h[0] += h[i] - half;
    h[i] = half;
  }
  h[0] = rounded_up_or_down(h[0], random);
}

}  // namespace dosi::wind
