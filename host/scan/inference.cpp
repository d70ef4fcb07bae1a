#include "host/scan/inference.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace dosi::scan {

namespace {

double tied(double llr) { return llr - 1e-9 * (1 + std::abs(llr)); }

}  // namespace

bool does_as_well(double maximum, double llr) { return maximum >= tied(llr); }

Maxima::Maxima(std::vector<double> maxima, bool stopped) : stopped_(stopped), falling_(std::move(maxima)) {
  std::sort(falling_.rbegin(), falling_.rend());
  const auto n = static_cast<double>(falling_.size());
  const double mean = std::accumulate(falling_.begin(), falling_.end(), 0.0) / n;
  double squares = 0;
  for (const double m : falling_) squares += (m - mean) * (m - mean);
  scale_ = std::sqrt(squares / (n - 1) * 6) / std::numbers::pi;
  location_ = mean - std::numbers::egamma * scale_;
}

P_value Maxima::p_value(double llr) const {
  const auto as_good = static_cast<double>(
      std::lower_bound(falling_.begin(), falling_.end(), tied(llr), std::greater_equal<>()) - falling_.begin());
  const auto n = static_cast<double>(falling_.size());
  P_value v;
  v.p = stopped_ ? as_good / n : (1 + as_good) / (1 + n);
  const double z = 1.959963984540054, share = as_good / n, middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  v.low = std::max(0.0, middle - half);
  v.high = std::min(1.0, middle + half);
  v.gumbel = scale_ > 0 ? -std::expm1(-std::exp(-(llr - location_) / scale_)) : std::nan("");
  return v;
}

double Maxima::critical(double alpha) const {
  if (stopped_) return std::nan("");
  const auto rank =
      static_cast<std::size_t>(std::floor((static_cast<double>(falling_.size()) + 1) * alpha * (1 + 1e-12)));
  return rank >= 1 && rank <= falling_.size() ? falling_[rank - 1] : std::nan("");
}

std::vector<double> false_discovery_rates(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] > p[b]; });
  std::vector<double> q(p.size());
  double least = 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double rank = static_cast<double>(order.size() - i);
    least = std::min(least, p[order[i]] * static_cast<double>(order.size()) / rank);
    q[order[i]] = least;
  }
  return q;
}

}  // namespace dosi::scan
