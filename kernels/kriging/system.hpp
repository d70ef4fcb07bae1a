// The kriging system of one place, in a team's fast memory.
#pragma once

#include "kernels/core/team.hpp"
#include "kernels/kriging/kriging.hpp"

namespace dosi::DOSI_BACKEND::kriging {

using dosi::kriging::Variogram;

// The lower triangle of a square of `order` rows, its columns one after another; order: the neighbours and the three rows below.
struct Triangle {
  View<double> value;
  std::size_t order;
  // Row i of it, i >= c, is column(c)[i].
  DOSI_HD double* column(std::size_t c) const { return value.data + c * order - c * (c + 1) / 2; }
  static constexpr DOSI_HD std::size_t size(std::size_t order) { return order * (order + 1) / 2; }
};
inline constexpr std::size_t kRowsBelow = 3;  // covariances with the place, ones, values

// Eliminates the first `n` columns. A pivot below `least` is a sample that others say already: its column is left out. Returns
// whether there was one.
DOSI_HD inline bool eliminate(Team& team, const Triangle& a, std::size_t n, double least) {
  bool singular = false;
  for (std::size_t j = 0; j < n; ++j) {
    double* const pivot = a.column(j);
    const double d = pivot[j];
    const bool dependent = !(d > least);
    const double scale = dependent ? 0 : 1 / std::sqrt(d);
    singular = singular || dependent;
    team.sync();
    team.for_each_simd(a.order - j, [&](std::size_t i) { pivot[j + i] *= scale; });
    team.sync();
#if defined(__CUDA_ARCH__)
    team.for_each(a.order - j - 1, [&](std::size_t r) {
      const std::size_t i = j + 1 + r;
      for (std::size_t c = j + 1; c <= i; ++c) a.column(c)[i] -= pivot[c] * pivot[i];
    });
    team.sync();
#else
    for (std::size_t c = j + 1; c < a.order; ++c) {
      double* const to = a.column(c);
      const double factor = pivot[c];
      DOSI_SIMD
      for (std::size_t i = c; i < a.order; ++i) to[i] -= factor * pivot[i];
    }
#endif
  }
  return singular;
}

struct Kriged_place {
  double mean, variance;
  bool singular;
};

// `near`: the samples that count; near_x(i), near_y(i), near_value(i) of the i-th. `middle`: taken off the values before and added after.
template <class Sample>
DOSI_HD Kriged_place krige(Team& team, const Triangle& a, std::size_t n, const Variogram& v, double x, double y, const Sample& sample) {
  const double own = v.nugget + v.sill;
  double middle = 0;
  for (std::size_t i = 0; i < n; ++i) middle += sample(i).value;
  middle /= static_cast<double>(n);
  for (std::size_t c = 0; c < n; ++c) {
    double* const column = a.column(c);
    const auto at = sample(c);
    const double dx = at.x - x, dy = at.y - y, to_place = v.sill * v.rho(std::sqrt(dx * dx + dy * dy));
    team.for_each_simd(n - c, [&](std::size_t r) {
      const auto other = sample(c + r);
      const double ex = other.x - at.x, ey = other.y - at.y;
      column[c + r] = r == 0 ? own : v.sill * v.rho(std::sqrt(ex * ex + ey * ey));
    });
    if (team.rank() == 0) {
      column[n] = to_place;
      column[n + 1] = 1;
      column[n + 2] = at.value - middle;
    }
  }
  team.for_each(kRowsBelow, [&](std::size_t c) {
    for (std::size_t r = c; r < kRowsBelow; ++r) a.column(n + c)[n + r] = 0;
  });
  team.sync();
  const bool singular = eliminate(team, a, n, 1e-10 * own);
  // What is left is -B' C^-1 B of the rows below, B = (c, 1, z).
  const double *const of_place = a.column(n), *const of_ones = a.column(n + 1);
  const double cc = -of_place[n], c1 = -of_place[n + 1], cz = -of_place[n + 2], ones = -of_ones[n + 1], oz = -of_ones[n + 2];
  const double mean = oz / ones, short_of_one = 1 - c1;
  team.sync();
  return {middle + cz + short_of_one * mean, own - cc + short_of_one * short_of_one / ones, singular};
}

}  // namespace dosi::DOSI_BACKEND::kriging
