#include "kernels/scan/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace dosi::scan {

bool better(const Window& a, const Window& b) {
  return std::tuple(-a.llr, a.places, a.begin, a.end, a.centroid) <
         std::tuple(-b.llr, b.places, b.begin, b.end, b.centroid);
}

// The ratio is convex in c, zero at p m: a tangent from outside stays outside, a chord from inside stays inside.
double border(const Likelihood& f, double m, double llr, bool high, double from) {
  const double middle = f.rate * m;
  if (f.model == Model::normal) {
    const double excess =
        (1 - 1e-9) * std::sqrt(-std::expm1(-2 * llr / f.measure) * f.squares * m * (1 - m / f.measure));
    return high ? middle + excess : middle - excess;
  }
  const double limit = high ? (f.model == Model::bernoulli ? std::min(f.cases, m) : f.cases)
                            : (f.model == Model::bernoulli ? std::max(0.0, f.cases - (f.measure - m)) : 0.0);
  const auto beyond = [&](double a, double b) { return high ? a > b : a < b; };
  if (!beyond(limit, middle) || f(limit, m) <= llr) return limit;
  double inside = beyond(from, middle) && f(from, m) <= llr ? from : middle, at_inside = f(inside, m);
  double outside = limit, at_outside = f(limit, m);
  const auto take = [&](double c) {
    const double at = f(c, m);
    if (at <= llr) inside = c, at_inside = at;
    else outside = c, at_outside = at;
  };
  for (int i = 0; i < 60 && std::abs(outside - inside) > 1e-5 * std::abs(inside - middle) + 1e-12; ++i) {
    // The tangent at an inside point meets the level outside; a step back keeps rounding from hiding that.
    const double rise = f.slope(inside, m), tangent = inside + (llr - at_inside) / rise * (1 + 1e-7);
    take(std::isfinite(tangent) && beyond(tangent, inside) && beyond(outside, tangent) ? tangent
                                                                                       : 0.5 * (inside + outside));
    const double chord = inside + (outside - inside) * ((llr - at_inside) / (at_outside - at_inside));
    if (beyond(chord, inside) && beyond(outside, chord)) take(chord);
  }
  return inside;
}

std::vector<double> border_nodes(const Likelihood& f, bool high, std::int64_t& first, std::vector<double>& levels) {
  const auto top = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(f.measure) >> 50) + 1;
  first = top - (kNodes - 1);
  levels.clear();
  std::vector<double> nodes;
  double level = kLowestLevel;
  for (int l = 0; l < kLevels; ++l, level *= kLevelRatio) {
    levels.push_back(level);
    for (int i = 0; i < kNodes; ++i) {
      const double m = std::bit_cast<double>(static_cast<std::uint64_t>(first + i) << 50);
      if (m < f.measure) {
        nodes.push_back(border(f, m, level, high, l > 0 ? nodes[nodes.size() - kNodes] : f.rate * m));
      } else {  // the chord to (measure, cases), as far as this node
        const double before = std::bit_cast<double>(static_cast<std::uint64_t>(first + i - 1) << 50), y = nodes.back();
        nodes.push_back(y + (f.cases - y) * ((m - before) / (f.measure - before)));
      }
    }
  }
  return nodes;
}

namespace {

// The least slope (high) or the most (low) of a level's border, up to the measure `widest`.
double easiest_slope(const std::vector<double>& nodes, std::int64_t first, double widest, bool high, int level) {
  const double* y = nodes.data() + static_cast<std::size_t>(level) * kNodes;
  double easiest = high ? INFINITY : -INFINITY;
  for (int i = 0; i + 1 < kNodes; ++i) {
    const double a = std::bit_cast<double>(static_cast<std::uint64_t>(first + i) << 50),
                 b = std::bit_cast<double>(static_cast<std::uint64_t>(first + i + 1) << 50);
    if (a >= widest) break;
    const double slope = (y[i + 1] - y[i]) / (b - a);
    easiest = high ? std::min(easiest, slope) : std::max(easiest, slope);
  }
  return easiest;
}

}  // namespace

int eased_level(const std::vector<double>& nodes, std::int64_t first, double widest, bool high, double ease) {
  for (int level = 0; level < kLevels; ++level) {
    const double slope = easiest_slope(nodes, first, widest, high, level);
    if (high ? slope < ease : slope > ease) return level - 1;
  }
  return kLevels - 1;
}

double ease_of(const std::vector<double>& nodes, std::int64_t first, double widest, bool high) {
  const int level = static_cast<int>(std::log(30 / kLowestLevel) / std::log(kLevelRatio));
  const double slope = easiest_slope(nodes, first, widest, high, level);
  return high ? std::min(0.0, slope) : std::max(0.0, slope);
}

}  // namespace dosi::scan
