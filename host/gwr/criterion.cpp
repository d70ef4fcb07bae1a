#include "host/gwr/criterion.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace dosi::gwr {
namespace {

// The regularised incomplete beta function by its continued fraction (Lentz's method).
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x)) / a;
  constexpr double kTiny = 1e-300;
  double c = 1, d = 1 / std::max(1 - (a + b) * x / (a + 1), kTiny), f = d;
  for (int m = 1; m < 500; ++m) {
    for (const double step : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                              -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + step * d;
      c = 1 + step / c;
      if (std::fabs(d) < kTiny) d = kTiny;
      if (std::fabs(c) < kTiny) c = kTiny;
      d = 1 / d;
      f *= c * d;
    }
    if (std::fabs(c * d - 1) < 1e-15) break;
  }
  return front * f;
}

}  // namespace

double Quality::of(Criterion c) const {
  switch (c) {
    case Criterion::aicc: return aicc;
    case Criterion::aic: return aic;
    case Criterion::bic: return bic;
    case Criterion::cv: return cv;
  }
  return aicc;
}

Quality quality(double n, double rss, double parameters, double press) {
  Quality q;
  q.log_likelihood = -n / 2 * (std::log(2 * std::numbers::pi * rss / n) + 1);
  q.aic = -2 * q.log_likelihood + 2 * (parameters + 1);
  q.aicc = n - parameters - 2 > 0 ? -2 * q.log_likelihood + 2 * n * (parameters + 1) / (n - parameters - 2)
                                  : std::numeric_limits<double>::infinity();
  q.bic = -2 * q.log_likelihood + std::log(n) * (parameters + 1);
  q.cv = press / n;
  return q;
}

Quality quality_of_deviance(double n, double deviance, double parameters) {
  const double infinite = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
  Quality q{.log_likelihood = none, .cv = none};
  q.aic = deviance + 2 * parameters;
  q.aicc = n - parameters - 1 > 0 ? q.aic + 2 * parameters * (parameters + 1) / (n - parameters - 1) : infinite;
  q.bic = deviance + std::log(n) * parameters;
  return q;
}

double t_two_sided(double t, double degrees) { return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)); }

double t_critical(double p, double degrees) {
  double low = 0, high = 1;
  while (t_two_sided(high, degrees) > p && high < 1e300) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const double middle = (low + high) / 2;
    (t_two_sided(middle, degrees) > p ? low : high) = middle;
  }
  return high;
}

}  // namespace dosi::gwr
