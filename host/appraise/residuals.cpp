#include "host/appraise/residuals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "io/error.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::appraise {
namespace {

// The least value of f over [low, high]: the best of `steps` evenly spread points, then a golden section around it.
template <class F>
double least_at(double low, double high, int steps, const F& f) {
  double best = low, least = INFINITY;
  for (int i = 0; i <= steps; ++i) {
    const double at = low + (high - low) * i / steps, value = f(at);
    if (value < least) {
      least = value;
      best = at;
    }
  }
  double a = std::max(low, best - (high - low) / steps), b = std::min(high, best + (high - low) / steps);
  constexpr double kGolden = 0.61803398874989485;
  double c = b - kGolden * (b - a), d = a + kGolden * (b - a), at_c = f(c), at_d = f(d);
  while (b - a > 1e-9 * (high - low)) {
    if (at_c <= at_d) {
      b = d;
      d = c;
      at_d = at_c;
      c = b - kGolden * (b - a);
      at_c = f(c);
    } else {
      a = c;
      c = d;
      at_c = at_d;
      d = a + kGolden * (b - a);
      at_d = f(d);
    }
  }
  const double middle = (a + b) / 2;
  return f(middle) <= least ? middle : best;
}

// Of the nugget in nugget and sill. Above 0, so that samples at one place may differ.
constexpr double kLeastShare = 1e-6;

// The criterion at a range and a share of the nugget; the height that makes it least is in closed form.
struct Fit {
  const kriging::Empirical& e;
  kriging::Shape shape;
  bool cressie;
  double nearest;  // class of distance: pairs at one place weigh no more than its

  double at(double range, double share, double* height = nullptr) const {
    const kriging::Variogram v{shape, share, 1 - share, range};
    double up = 0, down = 0;
    const auto each = [&](const auto& f) {
      for (std::size_t c = 0; c < e.pairs.size(); ++c)
        if (e.pairs[c] > 0) f(static_cast<double>(e.pairs[c]), e.distance[c], e.gamma[c], v.gamma(e.distance[c]));
      if (e.pairs_at_one_place > 0)
        f(static_cast<double>(e.pairs_at_one_place), nearest, e.gamma_at_one_place, v.nugget);
    };
    // Cressie's is quadratic in 1 / height, the other in the height.
    each([&](double n, double d, double gamma, double g) {
      up += cressie ? n * gamma / g : n / (d * d) * gamma * g;
      down += cressie ? n * (gamma / g) * (gamma / g) : n / (d * d) * g * g;
    });
    const double h = cressie ? down / std::max(up, 1e-300) : up / down;
    if (height != nullptr) *height = h;
    double sum = 0;
    each([&](double n, double d, double gamma, double g) {
      sum += cressie ? n * std::pow(gamma / (h * g) - 1, 2) : n / (d * d) * std::pow(gamma - h * g, 2);
    });
    return sum;
  }
  double share_at(double range) const {
    return least_at(kLeastShare, 0.999, 40, [&](double share) { return at(range, share); });
  }
};

// A least is flat: what rounding leaves of a sum's last digits moves it by half as many. Six are the same on any
// device.
double six_digits(double v) { return std::stod(fmt::format("{:.5e}", v)); }

// Of many sales some, the same for the same number of them.
std::vector<std::size_t> drawn(std::size_t n) {
  std::vector<std::size_t> rows(n);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (n <= kVariogramSamples) return rows;
  for (std::size_t i = 0; i < kVariogramSamples; ++i) std::swap(rows[i], rows[i + Random(1, i).below64(n - i)]);
  rows.resize(kVariogramSamples);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

kriging::Variogram fit_variogram(const kriging::Empirical& e, kriging::Shape shape, bool cressie) {
  const auto used =
      e.pairs.size() - static_cast<std::size_t>(std::count(e.pairs.begin(), e.pairs.end(), std::uint64_t{0}));
  if (used < 3)
    throw DataError("variogram: {} classes of distance have pairs of sales; a fit needs 3. Give nugget, sill and range",
                    used);
  double nearest = INFINITY, farthest = 0, total = 0;
  for (std::size_t c = 0; c < e.pairs.size(); ++c)
    if (e.pairs[c] > 0) {
      nearest = std::min(nearest, e.distance[c]);
      farthest = std::max(farthest, e.distance[c]);
      total += e.gamma[c];
    }
  if (!(total > 0)) throw DataError("variogram: all errors are alike, there is nothing to krige");
  const Fit fit{e, shape, cressie, nearest};
  const double range = std::exp(least_at(std::log(nearest / 2), std::log(10 * farthest), 60,
                                         [&](double r) { return fit.at(std::exp(r), fit.share_at(std::exp(r))); }));
  const double share = fit.share_at(range);
  double height = 0;
  fit.at(range, share, &height);
  return {shape, six_digits(share * height), six_digits((1 - share) * height), six_digits(range)};
}

std::unique_ptr<Residual_field> make_field(const Variogram_asked& asked, std::span<const double> x,
                                           std::span<const double> y, std::span<const double> left,
                                           const Device& device) {
  auto field = std::make_unique<Residual_field>();
  const auto shape = asked.model == "spherical"     ? kriging::Shape::spherical
                     : asked.model == "exponential" ? kriging::Shape::exponential
                                                    : kriging::Shape::gaussian;
  if (asked.range) {
    field->variogram = {shape, *asked.nugget, *asked.sill, *asked.range};
  } else {
    std::vector<double> sx, sy, sv;
    for (const auto i : drawn(x.size())) {
      sx.push_back(x[i]);
      sy.push_back(y[i]);
      sv.push_back(left[i]);
    }
    const auto [x0, x1] = std::minmax_element(x.begin(), x.end());
    const auto [y0, y1] = std::minmax_element(y.begin(), y.end());
    const double cutoff = asked.cutoff.value_or(std::hypot(*x1 - *x0, *y1 - *y0) / 3);
    if (!(cutoff > 0)) throw DataError("variogram: all sales are at one place. Give nugget, sill and range");
    field->empirical =
        DOSI_BACKEND_OF(device, kriging::empirical)({sx, sy, sv}, cutoff, kVariogramClasses, device.argument());
    field->variogram = fit_variogram(field->empirical, shape, asked.weights == "cressie");
  }
  const std::size_t n = x.size();
  field->engine = DOSI_BACKEND_OF(device, kriging::make_engine)({x, y, left}, field->variogram, asked.neighbours,
                                                                device.argument());
  field->mean.resize(n);
  field->variance.resize(n);
  field->engine->leave_one_out({field->mean, field->variance, {}});
  for (std::size_t i = 0; i < n; ++i) {
    const double e = left[i] - field->mean[i];
    field->rmse += e * e / static_cast<double>(n);
    field->msdr += e * e / std::max(field->variance[i], 1e-300) / static_cast<double>(n);
  }
  field->rmse = std::sqrt(field->rmse);
  return field;
}

}  // namespace dosi::appraise
