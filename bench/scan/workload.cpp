#include "bench/scan/workload.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/core/philox.hpp"

namespace dosi::bench::scan {

Workload::Workload(std::uint32_t n, std::uint32_t t, std::uint32_t l, std::uint32_t count, bool changing, std::uint32_t r)
    : places(n), steps(t), longest(l), replicas(r), cases(std::size_t{n} * t, 0), place_measure(n), step_share(t, 1.0 / t) {
  std::vector<double> x(n), y(n);
  for (std::uint32_t p = 0; p < n; ++p) {
    Random random(1, p);
    x[p] = random.uniform();
    y[p] = random.uniform();
    place_measure[p] = 0.2 + random.uniform();
  }
  if (changing)
    for (std::uint32_t i = 0; i < t; ++i) step_share[i] = 1 + 0.3 * std::sin(0.9 * i) + 0.2 * std::sin(0.0172 * i);
  const auto scale = [](std::vector<double>& v, double to) {
    const double sum = std::accumulate(v.begin(), v.end(), 0.0);
    for (auto& e : v) e *= to / sum;
  };
  scale(place_measure, count);
  scale(step_share, 1);
  cases[0] = count;  // only their number matters
  for (std::uint32_t c = 0; c < n; ++c) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return std::hypot(x[a] - x[c], y[a] - y[c]) < std::hypot(x[b] - x[c], y[b] - y[c]); });
    double sum = 0;
    std::uint32_t k = 0;
    while (k < n && (sum += place_measure[order[k]]) <= 0.5 * count) ++k;
    reach.push_back(k);
    neighbour.insert(neighbour.end(), order.begin(), order.begin() + k);
    first.push_back(neighbour.size());
  }
  const auto engine = dosi::cpu::scan::make_engine(windows(), 0);
  const auto prepared = engine->prepare(study());
  for (std::uint32_t i = 0; i < r; ++i) drawn.push_back(engine->drawn(*prepared, kSeed, 0, i));
}

double Workload::windows_a_replica() const {
  double discs = 0, intervals = 0;
  for (const auto k : reach) discs += k;
  for (std::uint32_t l = 1; l <= longest; ++l) intervals += steps + 1 - l;
  return discs * intervals;
}

}  // namespace dosi::bench::scan
