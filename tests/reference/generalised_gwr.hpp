// What `gwr` must answer for counts and events, the obvious way: Fisher scoring at every place with all weights, the
// dense normal equations on the raw columns in long doubles. From Nakaya et al. (2005): h_ii = a_i x_i' A^-1 x_i, and
// the variance of the coefficients is that of A^-1 X'WA times z, whose errors have the variances 1 / a.
#pragma once

#include "tests/reference/gwr.hpp"

namespace dosi::reference {

struct Generalised_place {
  double h = 0, fitted = 0, link = 0, link_variance = 0, leverage = 0, deviance = 0, explained = 0;
  std::vector<double> coefficient, variance;
  bool settled = false;
};

inline double deviance_of(gwr::Family family, double y, double mean) {
  if (family == gwr::Family::poisson) return 2 * ((y > 0 ? y * std::log(y / mean) : 0) - (y - mean));
  return -2 * (y > 0.5 ? std::log(mean) : std::log(1 - mean));
}

inline Generalised_place generalised_at(const gwr::Model& m, const gwr::Bandwidth& bandwidth, const Spot& spot,
                                        const double* columns, double exposure) {
  const std::size_t n = m.x.size(), k = m.columns;
  const bool poisson = m.family == gwr::Family::poisson;
  Generalised_place at;
  at.h = bandwidth_at(m, bandwidth, spot);
  const auto d = distances_from(m, spot);
  std::vector<Real> b(k, 0);
  const auto exposed = [&](std::size_t j) { return m.exposure.empty() ? Real(1) : Real(m.exposure[j]); };
  const auto mean_of = [&](Real link, Real t) { return poisson ? t * std::exp(link) : 1 / (1 + std::exp(-link)); };
  Real mean_rate = 0, exposures = 0;
  for (std::size_t j = 0; j < n; ++j) {
    mean_rate += m.response[j];
    exposures += exposed(j);
  }
  // From a constant model, which an intercept in column 0 stands for; else from nothing.
  if (m.intercept) b[0] = poisson ? std::log(mean_rate / exposures) : std::log(mean_rate / (Real(n) - mean_rate));
  Matrix inverse, spread;
  for (int round = 0; round < 100; ++round) {
    Matrix a(k, std::vector<Real>(k, 0));
    spread = a;
    std::vector<Real> score(k, 0);
    for (std::size_t j = 0; j < n; ++j) {
      const Real w = weight_of(bandwidth.kernel, d[j], at.h);
      Real link = 0;
      for (std::size_t c = 0; c < k; ++c) link += b[c] * m.design[j * k + c];
      const Real mean = mean_of(link, exposed(j)), v = poisson ? mean : mean * (1 - mean);
      for (std::size_t c = 0; c < k; ++c) {
        score[c] += w * m.design[j * k + c] * (m.response[j] - mean);
        for (std::size_t d = 0; d < k; ++d) {
          a[c][d] += w * v * m.design[j * k + c] * m.design[j * k + d];
          spread[c][d] += w * w * v * m.design[j * k + c] * m.design[j * k + d];
        }
      }
    }
    if (!invert(a, inverse)) return at;
    Real change = 0;
    for (std::size_t c = 0; c < k; ++c) {
      Real step = 0;
      for (std::size_t d = 0; d < k; ++d) step += inverse[c][d] * score[d];
      b[c] += step;
      change = std::max(change, std::fabs(step) / (1 + std::fabs(b[c])));
    }
    at.settled = change < 1e-14L;
    if (at.settled) break;
  }
  const auto form = [&](const Matrix& q, auto left, auto right) {
    Real s = 0;
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t d = 0; d < k; ++d) s += left(c) * q[c][d] * right(d);
    return s;
  };
  const auto variance_of = [&](auto of) {  // of' A^-1 spread A^-1 of
    std::vector<Real> v(k, 0);
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t d = 0; d < k; ++d) v[c] += inverse[c][d] * of(d);
    const auto at_c = [&](std::size_t c) { return v[c]; };
    return static_cast<double>(form(spread, at_c, at_c));
  };
  const auto own = [&](std::size_t c) { return Real(columns[c]); };
  for (std::size_t c = 0; c < k; ++c) {
    at.coefficient.push_back(static_cast<double>(b[c]));
    at.variance.push_back(variance_of([&](std::size_t d) { return Real(d == c ? 1 : 0); }));
    at.link += static_cast<double>(b[c] * columns[c]);
  }
  const Real mean = mean_of(at.link, exposure);
  at.fitted = static_cast<double>(mean);
  at.link_variance = variance_of(own);
  at.leverage = static_cast<double>(form(inverse, own, own) * (poisson ? mean : mean * (1 - mean)));
  return at;
}

inline std::vector<Generalised_place> generalised_fit(const gwr::Model& m, const gwr::Bandwidth& bandwidth) {
  const std::size_t n = m.x.size();
  const auto exposed = [&](std::size_t j) { return m.exposure.empty() ? 1.0 : m.exposure[j]; };
  std::vector<Generalised_place> places;
  for (std::size_t i = 0; i < n; ++i) {
    places.push_back(generalised_at(m, bandwidth, spot_of(m, i), m.design.data() + i * m.columns, exposed(i)));
    places.back().deviance = deviance_of(m.family, m.response[i], places.back().fitted);
  }
  for (std::size_t i = 0; i < n; ++i) {
    Real events = 0, at_risk = 0, left = 0, total = 0;
    std::vector<double> w(n);
    const auto d = distances_from(m, spot_of(m, i));
    for (std::size_t j = 0; j < n; ++j) {
      w[j] = weight_of(bandwidth.kernel, d[j], places[i].h);
      events += w[j] * m.response[j];
      at_risk += w[j] * exposed(j);
    }
    for (std::size_t j = 0; j < n; ++j) {
      left += w[j] * places[j].deviance;
      total += w[j] * deviance_of(m.family, m.response[j], static_cast<double>(events / at_risk) * exposed(j));
    }
    places[i].explained = static_cast<double>(1 - left / total);
  }
  return places;
}

}  // namespace dosi::reference
