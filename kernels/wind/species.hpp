// The collision of a species: seven populations, in registers. See Species in wind.hpp. About 40 operations.
#pragma once

#include "kernels/wind/collide.hpp"
#include "kernels/wind/lattice.hpp"

namespace dosi::wind {

// Rest and the first three pairs of D3Q19, in its numbering.
inline constexpr int kSpeciesPairs = 3;
inline constexpr int kSpeciesPopulations = 1 + 2 * kSpeciesPairs;

struct Dispersion {
  float time;        // 4 diffusivity + 1/2
  float turbulent;   // of the relaxation time by that of the flow's subgrid model: 4 / (3 Schmidt's number)
};

template <class Real>
DOSI_INLINE DOSI_HD Real concentration(const Real (&h)[kSpeciesPopulations]) {
  return ((h[0] + (h[1] + h[2])) + (h[3] + h[4])) + (h[5] + h[6]);
}

template <class Real>
DOSI_INLINE DOSI_HD void disperse(Real (&h)[kSpeciesPopulations], const Collided<Real>& flow, const Dispersion& dispersion) {
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

}  // namespace dosi::wind
