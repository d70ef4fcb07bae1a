// The kriging system of one place, in a team's fast memory.
#pragma once

#include "kernels/core/team.hpp"
#include "kernels/kriging/kriging.hpp"

namespace dosi::DOSI_BACKEND::kriging {

using dosi::kriging::Variogram;

// The lower triangle of a square of `order` rows, its columns one after another; order: the neighbours and the three
// rows below. On a CPU columns are whole, of whole packs of kPack rows: what is above the diagonal in a pack is worked
// on too and not looked at.
inline constexpr std::size_t kPack = Team::serial ? 8 : 1;

struct Triangle {
  View<double> value;
  std::size_t order;

  static constexpr DOSI_HD std::size_t rows(std::size_t order) { return (order + kPack - 1) / kPack * kPack; }
  static constexpr DOSI_HD std::size_t size(std::size_t order) {
    return Team::serial ? order * rows(order) : order * (order + 1) / 2;
  }
  static DOSI_HD std::size_t first(std::size_t c) { return c / kPack * kPack; }
  // Row i of it, first(c) <= i < rows(order), is column(c)[i].
  DOSI_HD double* column(std::size_t c) const {
    return value.data + (Team::serial ? c * rows(order) : c * order - c * (c + 1) / 2);
  }
};
inline constexpr std::size_t kRowsBelow = 3;  // covariances with the place, ones, values

// f(i) for the rows of a column from that of row c on, whole packs.
template <class F>
DOSI_INLINE DOSI_HD void for_rows(Team& team, const Triangle& a, std::size_t c, const F& f) {
#if defined(__CUDA_ARCH__)
  team.for_each(a.order - c, [&](std::size_t r) { f(c + r); });
#else
  (void)team;
  const std::size_t last = Triangle::rows(a.order);
  for (std::size_t i = Triangle::first(c); i < last; i += kPack) {
    DOSI_SIMD
    for (std::size_t l = 0; l < kPack; ++l) f(i + l);
  }
#endif
}

// Divides column j by the root of its pivot. A pivot below `least` is a sample that others say already: its column is
// left out. Returns whether it was.
DOSI_HD inline bool take_pivot(Team& team, const Triangle& a, std::size_t j, double least) {
  double* const pivot = a.column(j);
  const double d = pivot[j];
  const bool dependent = !(d > least);
  const double scale = dependent ? 0 : 1 / std::sqrt(d);
  team.sync();
  for_rows(team, a, j, [=](std::size_t i) { pivot[i] *= scale; });
  team.sync();
  return dependent;
}

// Eliminates the first `n` columns; whether a sample was left out. Each element meets the columns before it in their
// order, however many are taken at once.
DOSI_HD inline bool eliminate(Team& team, const Triangle& a, std::size_t n, double least) {
  bool singular = false;
#if defined(__CUDA_ARCH__)
  for (std::size_t j = 0; j < n; ++j) {
    singular = take_pivot(team, a, j, least) || singular;
    const double* const pivot = a.column(j);
    team.for_each(a.order - j - 1, [&](std::size_t r) {
      const std::size_t i = j + 1 + r;
      for (std::size_t c = j + 1; c <= i; ++c) a.column(c)[i] -= pivot[c] * pivot[i];
    });
    team.sync();
  }
#else
  constexpr std::size_t kAtOnce = 4;
  const auto subtract = [&](std::size_t c, std::size_t j) {
    double* const to = a.column(c);
    const double* const pivot = a.column(j);
    const double factor = pivot[c];
    for_rows(team, a, c, [=](std::size_t i) { to[i] -= factor * pivot[i]; });
  };
  std::size_t j = 0;
  for (; j + kAtOnce <= n; j += kAtOnce) {
    for (std::size_t b = j; b < j + kAtOnce; ++b) {
      for (std::size_t before = j; before < b; ++before) subtract(b, before);
      singular = take_pivot(team, a, b, least) || singular;
    }
    const double *const p = a.column(j), *const q = a.column(j + 1), *const r = a.column(j + 2),
                        *const s = a.column(j + 3);
    for (std::size_t c = j + kAtOnce; c < a.order; ++c) {
      double* const to = a.column(c);
      const double by_p = p[c], by_q = q[c], by_r = r[c], by_s = s[c];
      for_rows(team, a, c,
               [=](std::size_t i) { to[i] = to[i] - by_p * p[i] - by_q * q[i] - by_r * r[i] - by_s * s[i]; });
    }
  }
  for (; j < n; ++j) {
    singular = take_pivot(team, a, j, least) || singular;
    for (std::size_t c = j + 1; c < a.order; ++c) subtract(c, j);
  }
#endif
  return singular;
}

struct Kriged_place {
  double mean, variance;
  bool singular;
};

// Covariances of the samples with each other and with the place, by squared distance.
template <class Sample, class Covariance>
DOSI_HD void fill(Team& team, const Triangle& a, std::size_t n, double x, double y, const Sample& sample,
                  const Covariance& covariance) {
  for (std::size_t c = 0; c < n; ++c) {
    double* const column = a.column(c);
    const auto at = sample(c);
    const std::size_t first = Triangle::first(c);
    team.for_each_simd(n - first, [=](std::size_t r) {
      const auto other = sample(first + r);
      const double dx = other.x - at.x, dy = other.y - at.y;
      column[first + r] = covariance(dx * dx + dy * dy);
    });
  }
  team.for_each(n, [&](std::size_t c) {
    const auto at = sample(c);
    const double dx = at.x - x, dy = at.y - y;
    a.column(c)[n] = covariance(dx * dx + dy * dy);
  });
}

// At (x, y) from n samples: sample(i) has x, y and value.
template <class Sample>
DOSI_HD Kriged_place krige(Team& team, const Triangle& a, std::size_t n, const Variogram& v, double x, double y,
                           const Sample& sample) {
  const double own = v.nugget + v.sill;
  double middle = 0;
  for (std::size_t i = 0; i < n; ++i) middle += sample(i).value;
  middle /= static_cast<double>(n);
  // A shape without a call in it becomes SIMD lanes.
  const double per_range = 1 / v.range;
  if (v.shape == dosi::kriging::Shape::spherical)
    fill(team, a, n, x, y, sample, [=](double d2) { return v.sill * Variogram::spherical(std::sqrt(d2) * per_range); });
  else fill(team, a, n, x, y, sample, [=](double d2) { return v.sill * v.rho(std::sqrt(d2)); });
  team.sync();
  team.for_each(n, [&](std::size_t c) {
    double* const column = a.column(c);
    column[c] = own;
    column[n + 1] = 1;
    column[n + 2] = sample(c).value - middle;
    for (std::size_t r = a.order; r < Triangle::rows(a.order); ++r) column[r] = 0;
  });
  team.for_each(kRowsBelow, [&](std::size_t c) {
    for (std::size_t r = Team::serial ? Triangle::first(n + c) : n + c; r < Triangle::rows(a.order); ++r)
      a.column(n + c)[r] = 0;
  });
  team.sync();
  const bool singular = eliminate(team, a, n, 1e-10 * own);
  // What is left is -B' C^-1 B of the rows below, B = (c, 1, z).
  const double *const of_place = a.column(n), *const of_ones = a.column(n + 1);
  const double cc = -of_place[n], c1 = -of_place[n + 1], cz = -of_place[n + 2], ones = -of_ones[n + 1],
               oz = -of_ones[n + 2];
  const double mean = oz / ones, short_of_one = 1 - c1;
  team.sync();
  return {middle + cz + short_of_one * mean, own - cc + short_of_one * short_of_one / ones, singular};
}

}  // namespace dosi::DOSI_BACKEND::kriging
