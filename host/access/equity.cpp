#include "host/access/equity.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::access {

Inequality inequality(std::span<const double> access, std::span<const double> people,
                      std::span<const std::size_t> ascending) {
  double everybody = 0, everything = 0;
  for (const auto i : ascending) {
    everybody += people[i];
    everything += people[i] * access[i];
  }
  if (!(everything > 0)) return {std::nan(""), std::nan("")};
  const double worst = 0.4 * everybody, best = 0.9 * everybody;
  double before = 0, reached = 0, area = 0, of_worst = 0, of_best = 0;
  for (const auto i : ascending) {
    const double after = before + people[i];
    area += people[i] * (2 * reached + people[i] * access[i]);  // twice, in people x access
    of_worst += access[i] * std::max(0.0, std::min(after, worst) - before);
    of_best += access[i] * std::max(0.0, after - std::max(before, best));
    reached += people[i] * access[i];
    before = after;
  }
  return {std::max(0.0, 1 - area / (everybody * everything)), of_worst > 0 ? of_best / of_worst : std::nan("")};
}

}  // namespace dosi::access
