// The streets that scenarios change, found in the network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/access/places.hpp"
#include "host/access/scenarios.hpp"
#include "io/city/city.hpp"

namespace dosi::access {

// One scenario on the arcs of the network and the links of all scenarios.
struct Street_change {
  std::string name;
  std::vector<Arc_time> times;                     // in ms or kNever; in ascending order of arcs
  std::size_t closed = 0, changed = 0, links = 0;  // arcs of the mode; links as asked
};

struct Street_changes {
  std::vector<std::uint32_t> link_tail, link_head;  // arcs after those of the network, closed but in their scenario
  std::vector<Street_change> scenarios;
};

// `times`: of the network's arcs, in the mode asked for. `snapper`: of its streets. `reach`: metres from a link's end,
// or from a point of a layer, to the streets. UsageError with all that cannot be found: layers, nodes, streets.
Street_changes find_streets(const std::vector<Scenario>& scenarios, const city::City& city,
                            const city::Network& network, std::span<const std::uint32_t> times, const Snapper& snapper,
                            double reach, const std::string& mode);

}  // namespace dosi::access
