#include "host/scan/trend.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

namespace dosi::scan {
namespace {

constexpr double kDaysAYear = 365.2425;

struct Steps {
  std::vector<double> seen, expected;
  std::vector<double> time;  // from -1, the middle of the first step, to 1
};

double middle(const Time_axis& time, std::size_t t) {
  return 0.5 * static_cast<double>(time.edge[t] + time.edge[t + 1]);
}

Steps steps_of(const Scan_data& scan, const Time_axis& time) {
  const std::size_t n = time.steps();
  Steps s{std::vector<double>(n, 0), std::vector<double>(n, 0), std::vector<double>(n, 0)};
  for (std::size_t i = 0; i < scan.cases.size(); ++i) {
    s.seen[i % n] += scan.cases[i];
    s.expected[i % n] += scan.measure_of(i / n, i % n, n);
  }
  const double from = middle(time, 0), length = middle(time, n - 1) - from;
  for (std::size_t t = 0; t < n && length > 0; ++t) s.time[t] = 2 * (middle(time, t) - from) / length - 1;
  return s;
}

using Line = std::array<double, 2>;  // of t and t^2 in the logarithm

// The logarithm of the likelihood of how the cases lie over the steps, given their number: up to a constant.
double likelihood(const Steps& s, const Line& b, double cases) {
  double sum = 0, all = 0;
  for (std::size_t t = 0; t < s.time.size(); ++t) {
    const double line = b[0] * s.time[t] + b[1] * s.time[t] * s.time[t];
    sum += s.seen[t] * line;
    all += s.expected[t] * std::exp(line);
  }
  return sum - cases * std::log(all);
}

// Its maximum by Newton's method with halved steps: the conditional likelihood of a Poisson regression is concave.
// Nothing where it is at infinity.
std::optional<Line> fit(const Steps& s, int terms) {
  constexpr double kFlat = 50;  // e^50 between the middle and an end: no data say so
  const double cases = std::accumulate(s.seen.begin(), s.seen.end(), 0.0);
  Line b{};
  if (!(cases > 0)) return b;
  for (int round = 0; round < 100; ++round) {
    double all = 0, first[2] = {}, second[3] = {}, seen[2] = {};
    for (std::size_t t = 0; t < s.time.size(); ++t) {
      const double x[2] = {s.time[t], s.time[t] * s.time[t]}, m = s.expected[t] * std::exp(b[0] * x[0] + b[1] * x[1]);
      all += m;
      for (int i = 0; i < 2; ++i) {
        first[i] += m * x[i];
        seen[i] += s.seen[t] * x[i];
      }
      second[0] += m * x[0] * x[0];
      second[1] += m * x[0] * x[1];
      second[2] += m * x[1] * x[1];
    }
    const double mean[2] = {first[0] / all, first[1] / all};
    const double slope[2] = {seen[0] - cases * mean[0], seen[1] - cases * mean[1]};
    const double h00 = cases * (second[0] / all - mean[0] * mean[0]),
                 h01 = cases * (second[1] / all - mean[0] * mean[1]),
                 h11 = cases * (second[2] / all - mean[1] * mean[1]);
    const double determinant = h00 * h11 - h01 * h01;
    if (!(h00 > 1e-12 * cases) || (terms == 2 && !(determinant > 1e-12 * h00 * h11))) return std::nullopt;
    Line step = terms == 1 ? Line{slope[0] / h00, 0}
                           : Line{(h11 * slope[0] - h01 * slope[1]) / determinant,
                                  (h00 * slope[1] - h01 * slope[0]) / determinant};
    const double now = likelihood(s, b, cases) - 1e-13 * cases;  // less its rounding: near the maximum steps are whole
    for (int half = 0; half < 40 && !(likelihood(s, {b[0] + step[0], b[1] + step[1]}, cases) >= now); ++half)
      step = {step[0] / 2, step[1] / 2};
    b = {b[0] + step[0], b[1] + step[1]};
    if (std::fabs(b[0]) + std::fabs(b[1]) > kFlat) return std::nullopt;
    if (std::fabs(step[0]) + std::fabs(step[1]) < 1e-12) return b;
  }
  return b;
}

void scale(Scan_data& scan, std::size_t steps, const std::vector<double>& factor) {
  for (std::size_t t = 0; t < scan.step_share.size(); ++t) scan.step_share[t] *= factor[t];
  for (std::size_t i = 0; i < scan.measure.size(); ++i) scan.measure[i] *= factor[i % steps];
}

}  // namespace

double follow_trend(Scan_data& scan, const Time_axis& time, const Question& q) {
  const std::size_t n = time.steps();
  const auto s = steps_of(scan, time);
  std::vector<double> factor(n, 0);
  double percent = std::nan("");
  if (q.trend == Trend::by_step) {
    for (std::size_t t = 0; t < n; ++t) factor[t] = s.expected[t] > 0 ? s.seen[t] / s.expected[t] : 0;
  } else {
    const double years = (middle(time, n - 1) - middle(time, 0)) / kDaysAYear;
    auto line = q.trend == Trend::given ? Line{years / 2 * std::log1p(q.trend_percent / 100), 0}
                                        : fit(s, q.trend == Trend::log_linear ? 1 : 2);
    if (!line) {
      spdlog::warn("scan: the cases{} lie in too few steps for a trend; none is taken",
                   scan.name.empty() ? "" : " of '" + scan.name + "'");
      line = Line{};
    }
    if (q.trend != Trend::log_quadratic) percent = years > 0 ? 100 * std::expm1((*line)[0] * 2 / years) : 0;
    double before = 0, after = 0;
    for (std::size_t t = 0; t < n; ++t) {
      factor[t] = std::exp((*line)[0] * s.time[t] + (*line)[1] * s.time[t] * s.time[t]);
      before += s.expected[t];
      after += s.expected[t] * factor[t];
    }
    for (auto& f : factor) f *= after > 0 ? before / after : 1;  // a category without cases expects none
  }
  scale(scan, n, factor);
  return percent;
}

}  // namespace dosi::scan
