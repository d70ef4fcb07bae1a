#include "bench/access/workload.hpp"

#include <cmath>

#include "host/make_city/streets.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::access {

Workload::Workload(std::size_t wanted, std::size_t places) {
  constexpr double people_a_node = 8.6, people_a_km2 = 2200;
  const double people = static_cast<double>(wanted) * people_a_node;
  const make_city::Land land({1, people, {200'000, 550'000}, 500 * std::sqrt(people / people_a_km2)});
  const auto network = make_city::make_network(land, make_city::lay_streets(land));
  nodes = static_cast<std::uint32_t>(network.nodes());
  tail = network.arc_tail;
  head = network.arc_head;
  time = network.times.at("drive");
  x = network.node_x;
  y = network.node_y;
  Random random(5, 0);
  for (std::size_t i = 0; i < places; ++i) {
    sources.push_back(random.below(nodes));
    targets.push_back(random.below(nodes));
  }
}

std::uint64_t digest(std::span<const std::uint32_t> times) {
  std::uint64_t hash = times.size();
  for (const auto t : times) hash = hash * 0x9E3779B97F4A7C15u + t;
  return hash;
}

}  // namespace dosi::bench::access
