// As many local fits as there are lanes, one in each: what local_fit.hpp does, with the same pivots and ridge, for what
// a fit says of its own place alone. L D L' takes no roots; the unit diagonal of the scaled matrix is its own diagonal
// here.
#pragma once

#include "kernels/gwr/local_fit.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Lane l's number stands `stride` behind that of lane l - 1.
DOSI_INLINE DOSI_HD Pack load_apart(const double* p, std::size_t stride) {
#if DOSI_ON_CUDA
  return p[lane() * stride];
#else
  Pack v;
  for (std::size_t l = 0; l < kLanes; ++l) v[l] = p[l * stride];
  return v;
#endif
}

struct Lane_fit {
  Pack fitted, leverage, regular;  // x'b; x'A^-1 x; 1, or 0 where columns are collinear
};

// K columns, or 0: `columns`. `moments`: of each lane the upper triangle with the response last, `stride` apart; x: of
// the place.
template <int K>
DOSI_HD Lane_fit fit_lanes(const double* moments, std::size_t stride, int columns, const double* x, double ridge) {
  constexpr int kSize = Local_fit<K>::kSize;
  const int k = K > 0 ? K : columns;
  Pack lower[kSize * (kSize - 1) / 2 + 1], inverse[kSize], z[kSize], v[kSize], row[kSize];
  Lane_fit fit{splat(0), splat(0), splat(1)};
  for (int a = 0; a < k; ++a) {
    const auto of = [&](int b) DOSI_INLINE_LAMBDA { return load_apart(moments + product(k + 1, b, a), stride); };
    Pack *own = lower + a * (a - 1) / 2, left = splat(x[a]), right = load_apart(moments + product(k + 1, a, k), stride);
    const Pack diagonal = load_apart(moments + product(k + 1, a, a), stride), unit = diagonal > 0 ? diagonal : splat(1);
    Pack pivot = fused(splat(ridge), unit, positive(diagonal));
    for (int b = 0; b < a; ++b) {
      const Pack* other = lower + b * (b - 1) / 2;
      Pack s = of(b);
      for (int c = 0; c < b; ++c) s = fused(-row[c], other[c], s);
      row[b] = s;
      own[b] = s * inverse[b];
      pivot = fused(-s, own[b], pivot);
      left = fused(-own[b], z[b], left);
      right = fused(-own[b], v[b], right);
    }
    const Pack bound = kCollinear * unit;
    fit.regular = pivot > bound ? fit.regular : splat(0);
    inverse[a] = 1.0 / (pivot > bound ? pivot : kRidge * unit);
    z[a] = left;
    v[a] = right;
    const Pack share = left * inverse[a];
    fit.fitted = fused(share, right, fit.fitted);
    fit.leverage = fused(share, left, fit.leverage);
  }
  return fit;
}

// With a ridge where columns are collinear.
template <int K>
DOSI_HD Lane_fit fit_lanes(const double* moments, std::size_t stride, int columns, const double* x) {
  const Lane_fit fit = fit_lanes<K>(moments, stride, columns, x, 0);
  if (!any_up_to(fit.regular, splat(0))) return fit;
  const Lane_fit ridged = fit_lanes<K>(moments, stride, columns, x, kRidge);
  return {fit.regular > 0 ? fit.fitted : ridged.fitted, fit.regular > 0 ? fit.leverage : ridged.leverage, fit.regular};
}

}  // namespace dosi::DOSI_BACKEND::gwr
