// Floating catchments and gravity as loops over all pairs.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace dosi::reference {

// times[origin][destination] in ms; a time beyond the last catchment, or none, weighs nothing.
using Times = std::vector<std::vector<std::uint32_t>>;

struct Rings {
  std::vector<std::uint32_t> until;  // ms, ascending
  std::vector<double> weight;
  double of(std::uint32_t time) const {
    for (std::size_t i = 0; i < until.size(); ++i)
      if (time <= until[i]) return weight[i];
    return 0;
  }
};

// `choice`: people choose among the destinations in reach with probabilities in proportion to their rings' weights.
inline std::vector<double> floating_catchments(const Times& times, const std::vector<double>& people,
                                               const std::vector<double>& supply, const Rings& rings, bool choice) {
  const std::size_t origins = times.size(), destinations = supply.size();
  std::vector<std::vector<double>> chosen(origins, std::vector<double>(destinations, 1.0));
  if (choice)
    for (std::size_t o = 0; o < origins; ++o) {
      double all = 0;
      for (std::size_t d = 0; d < destinations; ++d) all += rings.of(times[o][d]);
      for (std::size_t d = 0; d < destinations; ++d) chosen[o][d] = all > 0 ? rings.of(times[o][d]) / all : 0;
    }
  std::vector<double> ratio(destinations), access(origins);
  for (std::size_t d = 0; d < destinations; ++d) {
    double demand = 0;
    for (std::size_t o = 0; o < origins; ++o) demand += chosen[o][d] * people[o] * rings.of(times[o][d]);
    ratio[d] = demand > 0 ? supply[d] / demand : 0;
  }
  for (std::size_t o = 0; o < origins; ++o)
    for (std::size_t d = 0; d < destinations; ++d) access[o] += chosen[o][d] * ratio[d] * rings.of(times[o][d]);
  return access;
}

}  // namespace dosi::reference
