#include "bench/scan/marked_workload.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/scan/workload.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::scan {

using dosi::scan::Model;

Marked_workload::Marked_workload(Model of, std::uint32_t n, std::uint32_t t, std::uint32_t l, std::uint32_t people, std::uint32_t r)
    : model(of), places(n), steps(t), longest(l), replicas(r) {
  const bool classed = model == Model::ordinal || model == Model::multinomial;
  groups = classed ? 4 : 0;
  std::vector<double> x(n), y(n), here(n, 0);
  for (std::uint32_t p = 0; p < n; ++p) {
    Random random(1, p);
    x[p] = random.uniform();
    y[p] = random.uniform();
  }
  for (std::uint32_t i = 0; i < people; ++i) {
    Random random(2, i);
    const std::uint32_t place = random.below(n);
    here[place] += 1;
    cell.push_back(place * t + random.below(t));
    if (classed) group.push_back(i < groups ? i : std::min(groups - 1, random.below(6)));
    else value.push_back(model == Model::exponential ? -std::log(1 - random.uniform()) + 1e-6 : random.normal());
    if (model == Model::exponential) group.push_back(random.below(5) == 0 ? 0 : 1);
  }
  for (std::uint32_t c = 0; c < n; ++c) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return std::hypot(x[a] - x[c], y[a] - y[c]) < std::hypot(x[b] - x[c], y[b] - y[c]); });
    double sum = 0;
    std::uint32_t k = 0;
    while (k < n && (sum += here[order[k]]) <= 0.5 * people) ++k;
    reach.push_back(k);
    neighbour.insert(neighbour.end(), order.begin(), order.begin() + k);
    first.push_back(neighbour.size());
  }
  const auto engine = dosi::cpu::scan::make_engine(windows(), 0);
  const auto prepared = engine->prepare(study());
  for (std::uint32_t i = 0; i < r; ++i) drawn.push_back(engine->drawn(*prepared, kSeed, 0, i));
}

double Marked_workload::windows_a_replica() const {
  double discs = 0, intervals = 0;
  for (const auto k : reach) discs += k;
  for (std::uint32_t l = 1; l <= longest; ++l) intervals += steps + 1 - l;
  return discs * intervals;
}

}  // namespace dosi::bench::scan
