// What MGWR must answer, the obvious way: dense smoothers, the fit and the n x n hat matrices R_j carried through every
// round. From Fotheringham, Yang and Kang (2017) and Yu et al. (2020).
#pragma once

#include "tests/reference/gwr.hpp"

namespace dosi::reference {

using Dense = std::vector<std::vector<double>>;

// C of a smooth on one column: coefficients b = C t.
inline Dense smoother(const gwr::Model& m, std::size_t column, double neighbours) {
  const std::size_t n = m.x.size();
  Dense c(n, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i) {
    const double h = bandwidth_at(m, {gwr::Kernel::bisquare, true, neighbours}, spot_of(m, i));
    const auto d = distances_from(m, spot_of(m, i));
    double xx = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const double x = m.design[j * m.columns + column], w = weight_of(gwr::Kernel::bisquare, d[j], h);
      c[i][j] = w * x;
      xx += w * x * x;
    }
    for (std::size_t j = 0; j < n; ++j) c[i][j] /= xx;
  }
  return c;
}

struct Mgwr {
  explicit Mgwr(const gwr::Model& model)
      : m(model), n(m.x.size()), k(m.columns), part(k, std::vector<double>(n)), coefficient(k, std::vector<double>(n)),
        hat(k, Dense(n, std::vector<double>(n))), map(k, Dense(n, std::vector<double>(n, 0))), rest(n),
        rest_hat(n, std::vector<double>(n, 0)) {}

  void start(double neighbours) {
    const auto fit = gwr_fit(m, {gwr::Kernel::bisquare, true, neighbours});
    for (std::size_t i = 0; i < n; ++i) {
      const auto w = weights_at(i, fit.places[i].h);
      Matrix a(k, std::vector<Real>(k, 0)), inverse;
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t c = 0; c < k; ++c)
          for (std::size_t d = 0; d < k; ++d) a[c][d] += w[j] * m.design[j * k + c] * m.design[j * k + d];
      invert(a, inverse);
      rest[i] = m.response[i];
      rest_hat[i][i] = 1;
      for (std::size_t c = 0; c < k; ++c) {
        part[c][i] = fit.places[i].coefficient[c] * m.design[i * k + c];
        rest[i] -= part[c][i];
        for (std::size_t j = 0; j < n; ++j) {
          Real s = 0;
          for (std::size_t d = 0; d < k; ++d) s += inverse[c][d] * m.design[j * k + d] * w[j];
          hat[c][i][j] = static_cast<double>(s) * m.design[i * k + c];
          rest_hat[i][j] -= hat[c][i][j];
        }
      }
    }
  }

  // Smooths f_j + e; the sums of what it leaves. `keep`: does it.
  gwr::Sums smooth(std::size_t j, double neighbours, bool keep) {
    const Dense c = smoother(m, j, neighbours);
    gwr::Sums sums;
    std::vector<double> new_rest(n), new_part(n), new_coefficient(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double x = m.design[i * k + j];
      for (std::size_t l = 0; l < n; ++l) new_coefficient[i] += c[i][l] * (part[j][l] + rest[l]);
      new_part[i] = x * new_coefficient[i];
      new_rest[i] = part[j][i] + rest[i] - new_part[i];
      sums.rss += new_rest[i] * new_rest[i];
      sums.trace += x * c[i][i];
    }
    if (!keep) return sums;
    part[j] = new_part;
    rest = new_rest;
    coefficient[j] = new_coefficient;
    Dense target = hat[j];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t l = 0; l < n; ++l) target[i][l] += rest_hat[i][l];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t l = 0; l < n; ++l) {
        double s = 0;
        for (std::size_t q = 0; q < n; ++q) s += c[i][q] * target[q][l];
        map[j][i][l] = s;
        hat[j][i][l] = s * m.design[i * k + j];
        rest_hat[i][l] = target[i][l] - hat[j][i][l];
      }
    return sums;
  }

  std::vector<double> weights_at(std::size_t i, double h) const {
    auto w = distances_from(m, spot_of(m, i));
    for (double& d : w) d = weight_of(gwr::Kernel::bisquare, d, h);
    return w;
  }

  const gwr::Model m;
  std::size_t n, k;
  Dense part, coefficient;      // [column][place]
  std::vector<Dense> hat, map;  // R_j, C_j
  std::vector<double> rest;
  Dense rest_hat;
};

}  // namespace dosi::reference
