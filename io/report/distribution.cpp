#include "io/report/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dosi::report {
namespace {

// 1, 2 or 5 times a power of ten, at least `width`.
double round_width(double width) {
  if (!(width > 0) || !std::isfinite(width)) return 1;
  const double power = std::pow(10, std::floor(std::log10(width)));
  for (const double m : {1.0, 2.0, 5.0})
    if (m * power >= width * (1 - 1e-9)) return m * power;
  return 10 * power;
}

}  // namespace

Distribution distribute(std::span<const double> values, std::span<const double> weights, bool missing_is_endless) {
  Distribution d;
  const auto weight = [&](std::size_t i) {
    const double w = weights.empty() ? 1 : weights[i];
    return w > 0 && std::isfinite(w) ? w : 0.0;
  };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    d.total += weight(i);
    if (std::isfinite(values[i])) order.push_back(i);
    else d.missing += weight(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  const double counted = d.total - (missing_is_endless ? 0 : d.missing);
  const auto quantile = [&](double share, double of) {
    double sum = 0;
    for (const auto i : order)
      if ((sum += weight(i)) >= share * of * (1 - 1e-12) && sum > 0) return values[i];
    return std::nan("");
  };
  d.median = quantile(0.5, counted);
  d.p90 = quantile(0.9, counted);
  if (order.empty() || !(d.total > d.missing)) return d;

  const double low = values[order.front()], high = quantile(0.995, d.total - d.missing);
  d.first = low >= 0 && low < 0.25 * high ? 0 : low;
  d.width = round_width((high - d.first) / 40);
  d.first = std::floor(d.first / d.width) * d.width;
  d.weights.assign(static_cast<std::size_t>(std::clamp(std::floor((high - d.first) / d.width) + 1, 1.0, 200.0)), 0.0);
  for (const auto i : order) {
    const double bin = std::floor((values[i] - d.first) / d.width);
    if (bin < static_cast<double>(d.weights.size()))
      d.weights[static_cast<std::size_t>(std::max(0.0, bin))] += weight(i);
    else d.above += weight(i);
  }
  return d;
}

nlohmann::ordered_json as_json(const Distribution& d) {
  return {{"first", d.first},     {"width", d.width}, {"weights", d.weights}, {"above", d.above},
          {"missing", d.missing}, {"total", d.total}, {"median", d.median},   {"p90", d.p90}};
}

}  // namespace dosi::report
