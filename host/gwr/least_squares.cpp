#include "host/gwr/least_squares.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::gwr {
namespace {

constexpr double kExplained = 1e-10;

// The design by columns, centred where there is an intercept and of unit length, after modified Gram and Schmidt:
// X D = Q R. Columns that vanish stay out of Q.
struct Orthogonal {
  explicit Orthogonal(const Model& m)
      : k(m.columns), n(m.x.size()), q(k, std::vector<double>(n)), r(k, std::vector<double>(k, 0)), centre(k, 0),
        size(k), collinear(k, false) {
    for (std::size_t c = 0; c < k; ++c) {
      auto& v = q[c];
      for (std::size_t i = 0; i < n; ++i) v[i] = m.design[i * k + c];
      if (m.intercept && c > 0) {
        for (const double x : v) centre[c] += x / static_cast<double>(n);
        for (double& x : v) x -= centre[c];
      }
      size[c] = norm(v);
      if (size[c] == 0) size[c] = 1;
      for (double& x : v) x /= size[c];
      for (int again = 0; again < 2; ++again)
        for (std::size_t b = 0; b < c; ++b) {
          if (collinear[b]) continue;
          const double s = dot(q[b], v);
          r[b][c] += s;
          for (std::size_t i = 0; i < n; ++i) v[i] -= s * q[b][i];
        }
      r[c][c] = norm(v);
      collinear[c] = r[c][c] * r[c][c] < kExplained;
      for (double& x : v) x = collinear[c] ? 0 : x / r[c][c];
    }
  }
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double s = 0;
    for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
    return s;
  }
  static double norm(const std::vector<double>& a) { return std::sqrt(dot(a, a)); }

  // R b = v, over the columns before `end` that are not collinear.
  std::vector<double> back(std::vector<double> v, std::size_t end) const {
    for (std::size_t c = end; c-- > 0;) {
      if (collinear[c]) {
        v[c] = 0;
        continue;
      }
      for (std::size_t d = c + 1; d < end; ++d) v[c] -= r[c][d] * v[d];
      v[c] /= r[c][c];
    }
    return v;
  }

  std::size_t k, n;
  std::vector<std::vector<double>> q, r;
  std::vector<double> centre, size;
  std::vector<bool> collinear;
};

}  // namespace

Least_squares least_squares(const Model& m) {
  const Orthogonal o(m);
  Least_squares answer;
  std::vector<double> rest(m.response.begin(), m.response.end()), projected;
  for (std::size_t c = 0; c < o.k; ++c) {
    projected.push_back(Orthogonal::dot(o.q[c], rest));
    for (std::size_t i = 0; i < o.n; ++i) rest[i] -= projected[c] * o.q[c][i];
  }
  answer.rss = Orthogonal::dot(rest, rest);
  for (std::size_t i = 0; i < o.n; ++i) {
    double leverage = 0;
    for (const auto& column : o.q) leverage += column[i] * column[i];
    answer.press += rest[i] * rest[i] / ((1 - leverage) * (1 - leverage));
  }
  auto b = o.back(projected, o.k);
  for (std::size_t c = 0; c < o.k; ++c) b[c] /= o.size[c];
  // Row c of R^-1 D, and for the intercept the share of the centres that it takes over.
  std::vector<std::vector<double>> inverse;
  for (std::size_t c = 0; c < o.k; ++c) {
    std::vector<double> unit(o.k, 0);
    unit[c] = o.collinear[c] ? 0 : 1;
    inverse.push_back(o.back(unit, o.k));  // a column of R^-1
  }
  const auto used = o.k - static_cast<std::size_t>(std::count(o.collinear.begin(), o.collinear.end(), true));
  const double error = answer.rss / static_cast<double>(o.n - used);
  for (std::size_t c = 0; c < o.k; ++c) {
    double variance = 0;
    for (std::size_t d = 0; d < o.k; ++d) {
      double v = inverse[d][c] / o.size[c];
      if (c == 0 && m.intercept)
        for (std::size_t e = 1; e < o.k; ++e) v -= o.centre[e] * inverse[d][e] / o.size[e];
      variance += v * v;
    }
    answer.standard_error.push_back(std::sqrt(variance * error));
  }
  if (m.intercept)
    for (std::size_t c = 1; c < o.k; ++c) b[0] -= b[c] * o.centre[c];
  answer.coefficient = b;
  for (std::size_t c = 0; c < o.k; ++c)
    if (o.collinear[c]) answer.coefficient[c] = answer.standard_error[c] = std::nan("");
  return answer;
}

Least_squares generalised_least_squares(const Model& m) {
  constexpr int kMostRounds = 100;
  const std::size_t n = m.x.size(), k = m.columns;
  const bool poisson = m.family == Family::poisson;
  const auto exposure = [&](std::size_t i) { return m.exposure.empty() ? 1.0 : m.exposure[i]; };
  const auto mean_of = [&](double link, std::size_t i) {
    return poisson ? exposure(i) * std::exp(std::clamp(link, -30.0, 30.0))
                   : 1 / (1 + std::exp(-std::clamp(link, -30.0, 30.0)));
  };
  const auto deviance_of = [&](double y, double mean) {
    return poisson ? 2 * ((y > 0 ? y * std::log(y / mean) : 0) - (y - mean)) : -2 * std::log(y > 0.5 ? mean : 1 - mean);
  };
  double events = 0, at_risk = 0;
  for (std::size_t i = 0; i < n; ++i) {
    events += m.response[i];
    at_risk += exposure(i);
  }
  const double rate = events / at_risk;
  std::vector<double> link(n), design(n * k), response(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double first = poisson ? (m.response[i] + rate * exposure(i)) / 2 : (m.response[i] + 0.5) / 2;
    link[i] = poisson ? std::log(first / exposure(i)) : std::log(first / (1 - first));
  }
  Least_squares answer;
  double before = INFINITY;
  for (int round = 0; round < kMostRounds; ++round) {
    for (std::size_t i = 0; i < n; ++i) {
      const double mean = mean_of(link[i], i), a = poisson ? mean : mean * (1 - mean), root = std::sqrt(a);
      for (std::size_t c = 0; c < k; ++c) design[i * k + c] = root * m.design[i * k + c];
      response[i] = root * (link[i] + (m.response[i] - mean) / a);
    }
    answer = least_squares({.x = m.x, .y = m.y, .design = design, .columns = k, .response = response});
    const double dispersion = answer.rss / static_cast<double>(n - k);
    for (double& e : answer.standard_error) e /= std::sqrt(dispersion);
    answer.rss = answer.deviance = 0;
    for (std::size_t i = 0; i < n; ++i) {
      link[i] = 0;
      for (std::size_t c = 0; c < k; ++c)
        if (std::isfinite(answer.coefficient[c])) link[i] += m.design[i * k + c] * answer.coefficient[c];
      const double mean = mean_of(link[i], i);
      answer.rss += (m.response[i] - mean) * (m.response[i] - mean);
      answer.deviance += deviance_of(m.response[i], mean);
    }
    if (std::fabs(before - answer.deviance) <= 1e-12 * (1 + answer.deviance)) break;
    before = answer.deviance;
  }
  answer.press = std::nan("");
  for (std::size_t i = 0; i < n; ++i) answer.null_deviance += deviance_of(m.response[i], rate * exposure(i));
  return answer;
}

std::vector<std::pair<std::size_t, std::vector<std::size_t>>> collinear_columns(const Model& m) {
  const Orthogonal o(m);
  std::vector<std::pair<std::size_t, std::vector<std::size_t>>> found;
  for (std::size_t c = 0; c < o.k; ++c) {
    if (!o.collinear[c]) continue;
    std::vector<double> v(o.k, 0);
    for (std::size_t b = 0; b < c; ++b) v[b] = o.r[b][c];
    const auto share = o.back(v, c);
    std::vector<std::size_t> by;
    for (std::size_t b = 0; b < c; ++b)
      if (std::fabs(share[b]) > 1e-5) by.push_back(b);
    found.emplace_back(c, by);
  }
  return found;
}

}  // namespace dosi::gwr
