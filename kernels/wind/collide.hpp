// The collision of a cell: 19 populations less their weights (deviations from rest), in registers. Real is float, or
// Lanes for several cells at once. By pairs of opposite directions: the even part of a pair carries density and stress,
// the odd part momentum. About 190 operations for bgk and trt, 270 for regularised.
#pragma once

#include "kernels/core/lanes.hpp"
#include "kernels/wind/lattice.hpp"

namespace dosi::wind {

struct Relaxation {
  float time;       // of the stress: 3 viscosity + 1/2
  float even, odd;  // rates: 1 / time, and that of the odd parts
  float magic;      // (1 / even - 1/2) (1 / odd - 1/2), or 0 where odd is even
  float force[3];
};

template <class Real>
struct Moments {
  Real excess;  // density less 1
  Real density;
  Real x, y, z;  // velocity
};

// Half of a step's force belongs to the velocity: `half` is 1/2 before a collision, -1/2 after it.
template <bool forced, class Real>
DOSI_INLINE DOSI_HD Moments<Real> moments(const Real (&g)[kPopulations], const float (&force)[3], float half) {
  Real excess = g[0], x{}, y{}, z{};
  unrolled<kPairs>([&](auto p) {
    constexpr Direction c = pair_direction(p);
    const Real sum = g[2 * p + 1] + g[2 * p + 2], difference = g[2 * p + 1] - g[2 * p + 2];
    excess += sum;
    if constexpr (c.x > 0) x += difference;
    if constexpr (c.y > 0) y += difference;
    if constexpr (c.y < 0) y -= difference;
    if constexpr (c.z > 0) z += difference;
    if constexpr (c.z < 0) z -= difference;
  });
  const Real density = 1.0f + excess, specific = 1.0f / density;
  if constexpr (forced) {
    x += half * force[0];
    y += half * force[1];
    z += half * force[2];
  }
  return {excess, density, x * specific, y * specific, z * specific};
}

// The even and the odd part of the equilibrium of a population: their sum is that of the one along a pair's direction,
// their difference that of the one against it.
template <class Real>
struct Equilibrium {
  Real base, square, line;
  DOSI_INLINE DOSI_HD explicit Equilibrium(const Moments<Real>& m)
      : base(fused(-1.5f * m.density, fused(m.x, m.x, fused(m.y, m.y, m.z * m.z)), m.excess)), square(4.5f * m.density),
        line(3.0f * m.density) {}
  DOSI_INLINE DOSI_HD Real rest() const { return kRestWeight * base; }
  DOSI_INLINE DOSI_HD Real even(float weight, Real cu) const { return weight * fused(square * cu, cu, base); }
  DOSI_INLINE DOSI_HD Real odd(float weight, Real cu) const { return (weight * line) * cu; }
};

// What the populations carry of momentum beyond the equilibrium.
template <class Real>
struct Stress {
  Real xx{}, yy{}, zz{}, xy{}, xz{}, yz{};
  template <int p>
  DOSI_INLINE DOSI_HD void add(Real q) {
    constexpr Direction c = pair_direction(p);
    if constexpr (c.x != 0) xx += q;
    if constexpr (c.y != 0) yy += q;
    if constexpr (c.z != 0) zz += q;
    if constexpr (c.x * c.y != 0) xy += static_cast<float>(c.x * c.y) * q;
    if constexpr (c.x * c.z != 0) xz += static_cast<float>(c.x * c.z) * q;
    if constexpr (c.y * c.z != 0) yz += static_cast<float>(c.y * c.z) * q;
  }
  // (c c - 1/3) : stress
  template <int p>
  DOSI_INLINE DOSI_HD Real along(Real third_of_trace) const {
    constexpr Direction c = pair_direction(p);
    Real q = -third_of_trace;
    if constexpr (c.x != 0) q += xx;
    if constexpr (c.y != 0) q += yy;
    if constexpr (c.z != 0) q += zz;
    if constexpr (c.x * c.y != 0) q = fused(2.0f * (c.x * c.y), xy, q);
    if constexpr (c.x * c.z != 0) q = fused(2.0f * (c.x * c.z), xz, q);
    if constexpr (c.y * c.z != 0) q = fused(2.0f * (c.y * c.z), yz, q);
    return q;
  }
  DOSI_INLINE DOSI_HD Real norm() const {
    const Real off = fused(xy, xy, fused(xz, xz, yz * yz));
    return square_root(fused(xx, xx, fused(yy, yy, fused(zz, zz, 2.0f * off))));
  }
};

// Half of the odd part of a regularised cell's populations, from the momentum and the moments of third order c_a^2 c_b:
// on this lattice they say all that there is of it. Out of equilibrium they follow from the stress (Malaspinas 2015).
template <class Real>
struct Third_order {
  Real x, y, z, xxy, yyx, xxz, zzx, yyz, zzy;
  DOSI_INLINE DOSI_HD Third_order(const Moments<Real>& m, const Stress<Real>& stress, Real keep)
      : x(m.density * m.x), y(m.density * m.y), z(m.density * m.z),
        xxy(moment(y, m.x, m.y, keep * stress.xx, keep * stress.xy)),
        yyx(moment(x, m.y, m.x, keep * stress.yy, keep * stress.xy)),
        xxz(moment(z, m.x, m.z, keep * stress.xx, keep * stress.xz)),
        zzx(moment(x, m.z, m.x, keep * stress.zz, keep * stress.xz)),
        yyz(moment(z, m.y, m.z, keep * stress.yy, keep * stress.yz)),
        zzy(moment(y, m.z, m.y, keep * stress.zz, keep * stress.yz)) {}
  template <int p>
  DOSI_INLINE DOSI_HD Real odd() const {
    if constexpr (p == 0) return 0.5f * (x - (yyx + zzx));
    if constexpr (p == 1) return 0.5f * (y - (xxy + zzy));
    if constexpr (p == 2) return 0.5f * (z - (xxz + yyz));
    if constexpr (p == 3) return 0.25f * (yyx + xxy);
    if constexpr (p == 4) return 0.25f * (yyx - xxy);
    if constexpr (p == 5) return 0.25f * (zzx + xxz);
    if constexpr (p == 6) return 0.25f * (zzx - xxz);
    if constexpr (p == 7) return 0.25f * (zzy + yyz);
    if constexpr (p == 8) return 0.25f * (zzy - yyz);
  }

 private:
  // Of c_a^2 c_b: momentum along b, velocities along a and b, stress a a and a b.
  DOSI_INLINE DOSI_HD static Real moment(Real momentum, Real a, Real b, Real aa, Real ab) {
    return fused(fused(a, a, 1.0f / 3 + Real{}), momentum, fused(b, aa, 2.0f * a * ab));
  }
};

// What of a collision a species needs.
template <class Real>
struct Collided {
  Real x, y, z;         // velocity
  Real turbulent_time;  // 3 nu_t
};

// What the wall that is next to a cell makes of it. mixing: 18 sqrt(2) l^2 with the mixing length l of the subgrid
// model; drag: force against the horizontal velocity, over density times squared horizontal speed, where the collision
// is regularised.
struct Near_wall {
  float mixing, drag;
};

// `varied`: by a subgrid model or a sponge. `grown`: the relaxation time added by a sponge.
template <bool regularised, bool varied, bool forced, class Real>
DOSI_INLINE DOSI_HD Collided<Real> collide(Real (&g)[kPopulations], const Relaxation& relaxation, Real mixing,
                                           Real drag, Real grown) {
  const Moments<Real> m = moments<forced>(g, relaxation.force, 0.5f);
  const Equilibrium<Real> equilibrium(m);
  Real even = relaxation.even + Real{}, odd = relaxation.odd + Real{};
  Stress<Real> stress;
  Real turbulent_time{};
  if constexpr (regularised || varied) {
    unrolled<kPairs>([&](auto p) {
      stress.template add<p>((g[2 * p + 1] + g[2 * p + 2]) -
                             2.0f * equilibrium.even(pair_weight(p), along<p>(m.x, m.y, m.z)));
    });
  }
  if constexpr (varied) {
    // tau = tau_0 + 3 l^2 |S| and |S| = 3 |stress| / (sqrt(2) density tau), solved for tau.
    const Real time_0 = relaxation.time + grown;
    const Real time = 0.5f * (time_0 + square_root(fused(mixing, stress.norm() / m.density, time_0 * time_0)));
    turbulent_time = time - time_0;
    even = 1.0f / time;
    if (relaxation.magic > 0) odd = 1.0f / (0.5f + relaxation.magic / (time - 0.5f));
    else odd = even;
  }
  const Real even_force = 1.0f - 0.5f * even, odd_force = 1.0f - 0.5f * odd;
  Real uf{};
  if constexpr (forced) uf = 3.0f * (m.x * relaxation.force[0] + m.y * relaxation.force[1] + m.z * relaxation.force[2]);
  const Real half_even = 0.5f * even, half_odd = 0.5f * odd, keep = 1.0f - even;
  // The drag's force is all momentum: its work and its stress are of second order in it.
  Moments<Real> slowed = m;
  if constexpr (regularised && varied) {
    const Real rate = drag * square_root(fused(m.x, m.x, m.y * m.y));
    slowed.x = fused(-rate, m.x, m.x);
    slowed.y = fused(-rate, m.y, m.y);
  }
  const Third_order<Real> third(slowed, stress, keep);
  const Real third_of_trace = (stress.xx + stress.yy + stress.zz) * (1.0f / 3);
  unrolled<kPairs>([&](auto p) {
    constexpr float weight = pair_weight(p);
    const Real cu = along<p>(m.x, m.y, m.z), at_even = equilibrium.even(weight, cu),
               at_odd = equilibrium.odd(weight, cu);
    Real& forth = g[2 * p + 1];
    Real& back = g[2 * p + 2];
    Real add_even, add_odd;
    if constexpr (regularised) {
      add_even = fused(keep * (4.5f * weight), stress.template along<p>(third_of_trace), at_even);
      add_odd = third.template odd<p>();
    } else {
      add_even = half_even * fused(2.0f, at_even, -(forth + back));
      add_odd = half_odd * fused(2.0f, at_odd, -(forth - back));
    }
    if constexpr (forced) {
      const float cf = along<p>(relaxation.force[0], relaxation.force[1], relaxation.force[2]);
      add_even = fused(even_force * weight, fused(9.0f * cu, cf, -uf), add_even);
      // Regularised populations carry momentum u - F/2 into the collision and u + F/2 out of it, whatever the rate.
      if constexpr (regularised) add_odd += (1.5f * weight) * cf;
      else add_odd = fused(odd_force * (3.0f * weight), cf, add_odd);
    }
    if constexpr (regularised) {
      forth = add_even + add_odd;
      back = add_even - add_odd;
    } else {
      forth += add_even + add_odd;
      back += add_even - add_odd;
    }
  });
  if constexpr (regularised) g[0] = fused(keep * (-4.5f * kRestWeight), third_of_trace, equilibrium.rest());
  else g[0] = fused(even, equilibrium.rest() - g[0], g[0]);
  if constexpr (forced) g[0] = fused(even_force * -kRestWeight, uf, g[0]);
  return {m.x, m.y, m.z, turbulent_time};
}

}  // namespace dosi::wind
