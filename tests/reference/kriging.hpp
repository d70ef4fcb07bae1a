// What kriging must answer, the obvious way: the ordinary kriging system with its Lagrange multiplier, semivariances
// and all, by elimination with long doubles (Cressie, "Statistics for Spatial Data", 1993, 3.2).
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/kriging/kriging.hpp"
#include "tests/reference/gwr.hpp"

namespace dosi::reference {

struct Kriged_at {
  double mean = 0, variance = 0;
  std::vector<std::size_t> used;
};

// From the `neighbours` samples nearest to (x, y), `own` not among them.
inline Kriged_at krige_at(const kriging::Samples& s, const kriging::Variogram& v, std::size_t neighbours, double x,
                          double y, std::size_t own = static_cast<std::size_t>(-1)) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < s.x.size(); ++i)
    if (i != own) order.push_back(i);
  const auto far = [&](std::size_t i) { return std::hypot(s.x[i] - x, s.y[i] - y); };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return std::pair(far(a), a) < std::pair(far(b), b); });
  order.resize(std::min(neighbours, order.size()));
  const std::size_t n = order.size();
  // Semivariances; a sample with itself 0, with another at its place the nugget.
  const auto gamma = [&](double h) { return static_cast<Real>(v.nugget + v.sill * (1 - v.rho(h))); };
  Matrix a(n + 1, std::vector<Real>(n + 2, 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      a[i][j] = i == j ? 0 : gamma(std::hypot(s.x[order[i]] - s.x[order[j]], s.y[order[i]] - s.y[order[j]]));
    a[i][n + 1] = gamma(far(order[i]));
  }
  a[n][n] = 0;
  for (std::size_t c = 0; c <= n; ++c) {
    std::size_t best = c;
    for (std::size_t r = c; r <= n; ++r)
      if (std::fabs(a[r][c]) > std::fabs(a[best][c])) best = r;
    std::swap(a[c], a[best]);
    for (std::size_t r = 0; r <= n; ++r) {
      if (r == c) continue;
      const Real f = a[r][c] / a[c][c];
      for (std::size_t j = c; j <= n + 1; ++j) a[r][j] -= f * a[c][j];
    }
  }
  Real mean = 0, variance = a[n][n + 1] / a[n][n];
  for (std::size_t i = 0; i < n; ++i) {
    const Real weight = a[i][n + 1] / a[i][i];
    mean += weight * s.value[order[i]];
    variance += weight * gamma(far(order[i]));
  }
  return {static_cast<double>(mean), static_cast<double>(variance), order};
}

inline kriging::Empirical empirical_variogram(const kriging::Samples& s, double cutoff, std::size_t classes) {
  kriging::Empirical e{std::vector<std::uint64_t>(classes, 0), std::vector<double>(classes, 0),
                       std::vector<double>(classes, 0)};
  for (std::size_t i = 0; i < s.x.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double d = std::hypot(s.x[i] - s.x[j], s.y[i] - s.y[j]);
      if (d > cutoff) continue;
      if (d == 0) {
        ++e.pairs_at_one_place;
        e.gamma_at_one_place += (s.value[i] - s.value[j]) * (s.value[i] - s.value[j]) / 2;
        continue;
      }
      std::size_t c = 0;
      while (c + 1 < classes && d > cutoff * static_cast<double>(c + 1) / static_cast<double>(classes)) ++c;
      ++e.pairs[c];
      e.distance[c] += d;
      e.gamma[c] += (s.value[i] - s.value[j]) * (s.value[i] - s.value[j]) / 2;
    }
  if (e.pairs_at_one_place > 0) e.gamma_at_one_place /= static_cast<double>(e.pairs_at_one_place);
  for (std::size_t c = 0; c < classes; ++c)
    if (e.pairs[c] > 0) {
      e.distance[c] /= static_cast<double>(e.pairs[c]);
      e.gamma[c] /= static_cast<double>(e.pairs[c]);
    }
  return e;
}

}  // namespace dosi::reference
