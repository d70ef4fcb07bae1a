#include "bench/scan/workload.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/core/philox.hpp"

namespace dosi::bench::scan {

Scene::Scene(std::uint32_t n, std::uint32_t t, std::uint32_t l, std::uint32_t r)
    : places(n), steps(t), longest(l), replicas(r), x_(n), y_(n) {
  for (std::uint32_t p = 0; p < n; ++p) {
    Random random(1, p);
    x_[p] = random.uniform();
    y_[p] = random.uniform();
  }
}

void Scene::make_discs(const std::vector<double>& at_place) {
  const double half = 0.5 * std::accumulate(at_place.begin(), at_place.end(), 0.0);
  for (std::uint32_t c = 0; c < places; ++c) {
    std::vector<std::uint32_t> order(places);
    std::iota(order.begin(), order.end(), 0u);
    const auto distance = [&](std::uint32_t p) { return std::hypot(x_[p] - x_[c], y_[p] - y_[c]); };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
    double sum = 0;
    std::uint32_t k = 0;
    while (k < places && (sum += at_place[order[k]]) <= half) ++k;
    reach.push_back(k);
    neighbour.insert(neighbour.end(), order.begin(), order.begin() + k);
    first.push_back(neighbour.size());
  }
}

void Scene::draw(const dosi::scan::Study& study) {
  const auto engine = dosi::cpu::scan::make_engine(windows(), 0);
  const auto prepared = engine->prepare(study);
  for (std::uint32_t i = 0; i < replicas; ++i) drawn.push_back(engine->drawn(*prepared, kSeed, 0, i));
}

double Scene::windows_a_replica() const {
  double discs = 0, intervals = 0;
  for (const auto k : reach) discs += k;
  for (std::uint32_t l = 1; l <= longest; ++l) intervals += steps + 1 - l;
  return discs * intervals;
}

Workload::Workload(std::uint32_t n, std::uint32_t t, std::uint32_t l, std::uint32_t count, bool changing,
                   std::uint32_t r)
    : Scene(n, t, l, r), cases(std::size_t{n} * t, 0), place_measure(n), step_share(t, 1.0 / t) {
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
  make_discs(place_measure);
  draw(study());
}

}  // namespace dosi::bench::scan
