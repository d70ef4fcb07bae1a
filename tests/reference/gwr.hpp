// What `gwr` must answer, the obvious way: at every place all weights, the dense normal equations by elimination with
// long doubles on the raw columns, the whole hat matrix. From the definitions in Fotheringham, Brunsdon and Charlton,
// "Geographically Weighted Regression" (2002).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/gwr/gwr.hpp"

#ifdef __CUDACC__
#pragma nv_diag_suppress 20208  // long double: all of this runs on the host
#endif

namespace dosi::reference {

using Real = long double;
using Matrix = std::vector<std::vector<Real>>;

struct Gwr_place {
  double h = 0;
  std::vector<double> coefficient, variance, hat;  // hat: the row of S
  double fitted = 0, leverage = 0, condition = 0, local_r2 = 0;
  bool singular = false;
};
struct Gwr_answer {
  std::vector<Gwr_place> places;
  gwr::Sums sums;
};

inline double weight_of(gwr::Kernel kernel, double d, double h) {
  const double z = d / h;
  switch (kernel) {
    case gwr::Kernel::bisquare: return z < 1 ? (1 - z * z) * (1 - z * z) : 0;
    case gwr::Kernel::tricube: return z < 1 ? std::pow(1 - z * z * z, 3) : 0;
    case gwr::Kernel::gaussian: return std::exp(-z * z / 2);
    case gwr::Kernel::exponential: return std::exp(-z);
  }
  return 0;
}

// The inverse by Gauss and Jordan with the largest pivot; false where there is none.
inline bool invert(Matrix a, Matrix& inverse) {
  const std::size_t k = a.size();
  std::vector<Real> scale(k);
  for (std::size_t i = 0; i < k; ++i) scale[i] = a[i][i] > 0 ? 1 / std::sqrt(a[i][i]) : 1;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) a[i][j] *= scale[i] * scale[j];
  inverse.assign(k, std::vector<Real>(k, 0));
  for (std::size_t i = 0; i < k; ++i) inverse[i][i] = 1;
  for (std::size_t c = 0; c < k; ++c) {
    std::size_t best = c;
    for (std::size_t r = c; r < k; ++r)
      if (std::fabs(a[r][c]) > std::fabs(a[best][c])) best = r;
    if (std::fabs(a[best][c]) < 1e-15L) return false;
    std::swap(a[c], a[best]);
    std::swap(inverse[c], inverse[best]);
    const Real pivot = a[c][c];
    for (std::size_t j = 0; j < k; ++j) {
      a[c][j] /= pivot;
      inverse[c][j] /= pivot;
    }
    for (std::size_t r = 0; r < k; ++r) {
      if (r == c) continue;
      const Real f = a[r][c];
      for (std::size_t j = 0; j < k; ++j) {
        a[r][j] -= f * a[c][j];
        inverse[r][j] -= f * inverse[c][j];
      }
    }
  }
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) inverse[i][j] *= scale[i] * scale[j];
  return true;
}

// The root of the ratio of the extreme eigenvalues of a symmetric positive matrix, by power iteration on it and its
// inverse.
inline double condition_of(const Matrix& a) {
  const std::size_t k = a.size();
  Matrix scaled = a, inverse;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) scaled[i][j] = a[i][j] / std::sqrt(a[i][i] * a[j][j]);
  if (!invert(scaled, inverse)) return INFINITY;
  const auto largest = [&](const Matrix& m) {
    std::vector<Real> v(k), next(k);
    for (std::size_t i = 0; i < k; ++i) v[i] = 1 + Real(i) / 7;
    Real norm = 1, before = 0;
    for (int step = 0; step < 5000 && std::fabs(norm - before) > 1e-9L * norm; ++step) {
      before = norm;
      norm = 0;
      for (std::size_t i = 0; i < k; ++i) {
        next[i] = 0;
        for (std::size_t j = 0; j < k; ++j) next[i] += m[i][j] * v[j];
        norm += next[i] * next[i];
      }
      norm = std::sqrt(norm);
      for (std::size_t i = 0; i < k; ++i) v[i] = next[i] / norm;
    }
    return norm;
  };
  return static_cast<double>(std::sqrt(largest(scaled) * largest(inverse)));
}

// A point of the model's space, or a list of the distances from it.
struct Spot {
  double x, y, z = 0;
  const gwr::Listed* near = nullptr;
  std::size_t list = 0;
  double t = 0;
};
inline Spot spot_of(const gwr::Model& m, std::size_t i) {
  return {
      m.x[i], m.y[i], m.z.empty() ? 0 : m.z[i], m.near.first.empty() ? nullptr : &m.near, i, m.t.empty() ? 0 : m.t[i]};
}

// Of all places: in a straight line, on the sphere, there with time, or as listed; of those that are not listed
// infinite.
inline std::vector<double> distances_from(const gwr::Model& m, const Spot& s) {
  std::vector<double> d(m.x.size(), INFINITY);
  if (s.near != nullptr)
    for (auto e = s.near->first[s.list]; e < s.near->first[s.list + 1]; ++e)
      d[s.near->place[e]] = s.near->distance[e] * s.near->unit;
  for (std::size_t j = 0; j < d.size() && s.near == nullptr; ++j) {
    d[j] = std::hypot(m.x[j] - s.x, m.y[j] - s.y, m.z.empty() ? 0 : m.z[j] - s.z);
    if (m.radius > 0) d[j] = 2 * m.radius * std::asin(std::min(1.0, d[j] / (2 * m.radius)));
    if (!m.t.empty()) d[j] = std::hypot(d[j], m.t[j] - s.t);
  }
  return d;
}

inline double bandwidth_at(const gwr::Model& m, const gwr::Bandwidth& b, const Spot& s) {
  if (!b.adaptive) return b.value;
  auto d = distances_from(m, s);
  d.erase(std::remove(d.begin(), d.end(), INFINITY), d.end());
  std::sort(d.begin(), d.end());
  return d[std::min(static_cast<std::size_t>(b.value), d.size()) - 1] * gwr::kBeyondKth;
}

// The fit at a point with the columns given; `own` of the places' number: none.
inline Gwr_place gwr_at(const gwr::Model& m, const gwr::Bandwidth& b, const Spot& spot, const double* columns,
                        std::size_t own) {
  const std::size_t n = m.x.size(), k = m.columns;
  Gwr_place at;
  at.h = bandwidth_at(m, b, spot);
  const auto d = distances_from(m, spot);
  std::vector<Real> w(n);
  for (std::size_t j = 0; j < n; ++j) w[j] = at.h > 0 ? weight_of(b.kernel, d[j], at.h) : d[j] == 0;
  Matrix a(k, std::vector<Real>(k, 0)), inverse;
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t d = 0; d < k; ++d) a[c][d] += w[j] * m.design[j * k + c] * m.design[j * k + d];
  at.singular = !invert(a, inverse);
  if (at.singular) return at;
  at.condition = condition_of(a);
  at.coefficient.assign(k, 0);
  at.variance.assign(k, 0);
  at.hat.assign(n, 0);
  for (std::size_t j = 0; j < n; ++j) {
    Real hat = 0;
    for (std::size_t c = 0; c < k; ++c) {
      Real row = 0;
      for (std::size_t d = 0; d < k; ++d) row += inverse[c][d] * m.design[j * k + d] * w[j];
      at.coefficient[c] += static_cast<double>(row * m.response[j]);
      at.variance[c] += static_cast<double>(row * row);
      hat += row * columns[c];
    }
    at.hat[j] = static_cast<double>(hat);
    at.fitted += static_cast<double>(hat * m.response[j]);
  }
  if (own < n) at.leverage = at.hat[own];
  else
    for (const double s : at.hat) at.leverage += s * s;
  return at;
}

inline Gwr_answer gwr_fit(const gwr::Model& m, const gwr::Bandwidth& b) {
  const std::size_t n = m.x.size();
  Gwr_answer answer;
  std::vector<double> e(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    answer.places.push_back(gwr_at(m, b, spot_of(m, i), m.design.data() + i * m.columns, i));
    const auto& at = answer.places.back();
    e[i] = m.response[i] - at.fitted;
    answer.sums.rss += e[i] * e[i];
    answer.sums.trace += at.leverage;
    for (const double s : at.hat) answer.sums.trace2 += s * s;
    answer.sums.press += e[i] * e[i] / ((1 - at.leverage) * (1 - at.leverage));
    answer.sums.singular += at.singular;
  }
  for (std::size_t i = 0; i < n; ++i) {
    Real w = 0, wy = 0, total = 0, rest = 0;
    std::vector<Real> weight(n);
    const auto d = distances_from(m, spot_of(m, i));
    for (std::size_t j = 0; j < n; ++j) {
      weight[j] = weight_of(b.kernel, d[j], answer.places[i].h);
      w += weight[j];
      wy += weight[j] * m.response[j];
    }
    for (std::size_t j = 0; j < n; ++j) {
      total += weight[j] * (m.response[j] - wy / w) * (m.response[j] - wy / w);
      rest += weight[j] * e[j] * e[j];
    }
    answer.places[i].local_r2 = static_cast<double>(1 - rest / total);
  }
  return answer;
}

}  // namespace dosi::reference
