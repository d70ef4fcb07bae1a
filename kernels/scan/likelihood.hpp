// Log likelihood ratios of one window, and the border between windows that beat a given ratio and those that do not.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/core/exact_log.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::scan {

// The model's numbers: C cases in all, M the whole measure, p = C / M. Of the normal model the cases are the sum of
// values, the measure is the number of individuals, and `squares` is that of all deviations from the mean; exponential
// scans have Poisson's.
struct Likelihood {
  // Where two means explain everything, the ratio has no bound: as if this share were left.
  static constexpr double kLeast = 1e-12;

  Model model = Model::poisson;
  double cases = 0, measure = 0, rate = 0, null = 0, squares = 0;

  DOSI_HD static double part(double x, double of) { return x > 0 && of > 0 ? x * exact_log(x / of) : 0.0; }

  // The log likelihood ratio of a window with c cases and measure m.
  DOSI_HD double operator()(double c, double m) const {
    if (model == Model::normal) {
      const double left = 1 - explained(c, m);
      return -0.5 * measure * exact_log(left > kLeast ? left : kLeast);
    }
    const double inside = part(c, m) + part(cases - c, measure - m);
    if (model == Model::poisson) return inside;
    return inside + part(m - c, m) + part(measure - m - (cases - c), measure - m) - null;
  }

  // Normal: the share of the squares that two means in place of one explain.
  DOSI_HD double explained(double c, double m) const {
    const double excess = c - rate * m;
    return m > 0 && m < measure ? excess * excess / squares * (measure / (m * (measure - m))) : 0.0;
  }

  // The ratio's derivative by c; not of the normal model.
  DOSI_HD double slope(double c, double m) const {
    if (!(c > 0 && cases - c > 0 && m > 0 && measure - m > 0)) return c * measure < m * cases ? -1e300 : 1e300;
    const double sum = exact_log(c / m) - exact_log((cases - c) / (measure - m));
    if (model == Model::poisson) return sum;
    const double in = m - c, out = measure - m - (cases - c);
    return in > 0 && out > 0 ? sum - exact_log(in / m) + exact_log(out / (measure - m)) : sum * 1e300;
  }

  // No less than x ln(x / of), without logarithms: for y >= 0 ln(1 + y) lies between 2 y / (2 + y) and y (6 + y) / (6 +
  // 4 y), Pade's approximations.
  DOSI_HD static double part_bound(double x, double of) {
    if (!(x > 0 && of > 0)) return 0;
    if (x < of) return 2 * x * (x - of) / (x + of);
    const double more = x - of;
    return x * more * (6 * of + more) / (of * (6 * of + 4 * more));
  }

  // No less than the log likelihood ratio.
  DOSI_HD double bound(double c, double m) const {
    if (model == Model::normal) {
      const double y = explained(c, m);
      return y < 1 - kLeast ? 0.5 * measure * y / (1 - y) : 1e300;
    }
    const double in = rate * m, out = rate * (measure - m);
    const double sum = part_bound(c, in) + part_bound(cases - c, out);
    if (model == Model::poisson) return sum;
    return sum + part_bound(m - c, m - in) + part_bound(measure - m - (cases - c), measure - m - out);
  }
};

// `squares`: of the normal model.
inline Likelihood likelihood_of(Model model, double cases, double measure, double squares = 0) {
  Likelihood l{model, cases, measure, cases / measure, 0, squares};
  if (model == Model::bernoulli) l.null = Likelihood::part(cases, measure) + Likelihood::part(measure - cases, measure);
  return l;
}

// Most cases c >= p m (high), or fewest c <= p m (low), with a ratio of at most `llr`: from inside, within 1e-5 of its
// distance to p m. `from`: a number of cases to start at, such as the border of a lower ratio.
double border(const Likelihood& likelihood, double m, double llr, bool high, double from);

// The border over m as a polygon inside the set of windows that do no better: nodes at 2^e (1 + j/4) for kOctaves
// powers of two up to the whole measure, and the origin. One for each level of a ladder of ratios.
inline constexpr int kOctaves = 32, kSteps = 4, kNodes = kOctaves * kSteps + 1, kLevels = 120;
inline constexpr double kLowestLevel = 1, kLevelRatio = 1.05;

struct Borders {
  const double* nodes = nullptr;  // [level][node]
  std::int64_t first = 0;         // the first node's m, as bits >> 50

  DOSI_HD double at(int level, double m) const {
    const double* y = nodes + static_cast<std::size_t>(level) * kNodes;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(m);
    const std::int64_t i = static_cast<std::int64_t>(bits >> 50) - first;
    if (i < 0) return y[0] * (m / std::bit_cast<double>(static_cast<std::uint64_t>(first) << 50));
    if (i >= kNodes - 1) return y[kNodes - 1];
    const double left = std::bit_cast<double>((bits >> 50) << 50);
    const double width = std::bit_cast<double>(((bits >> 50) + 1) << 50) - left;
    return y[i] + (y[i + 1] - y[i]) * ((m - left) / width);
  }
};

// nodes [level][node] of one side; `first` as in Borders. Levels are kLowestLevel * kLevelRatio^level, in `levels`.
std::vector<double> border_nodes(const Likelihood& likelihood, bool high, std::int64_t& first,
                                 std::vector<double>& levels);

// The last level up to which the border of measures up to `widest` rises (high) by no less than `ease` cases a measure,
// or falls back (low) by no more; -1: none.
int eased_level(const std::vector<double>& nodes, std::int64_t first, double widest, bool high, double ease);

// The slope that a border of the normal model keeps at ratios up to 30: it rises while a window has less than half of
// all.
double ease_of(const std::vector<double>& nodes, std::int64_t first, double widest, bool high);

}  // namespace dosi::scan
