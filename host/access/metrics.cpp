#include "host/access/metrics.hpp"

#include <algorithm>

namespace dosi::access {

// Nobody lives on a link that is not built; who lives on a street that is closed still gets to its ends.
std::vector<Edge> Metrics::edges(std::size_t metric) const {
  std::vector<std::uint32_t> now(arcs_.time.begin(), arcs_.time.end());
  for (const auto& change : changes_->scenarios[metric - 1].times)
    if (change.arc < now.size() && change.time < kFar) now[change.arc] = change.time;
  auto arcs = arcs_;
  arcs.time = now;
  return retimed(*edges_, arcs, edge_of_);
}

std::vector<Place> Metrics::places(std::span<const Place> places, std::size_t metric) const {
  std::vector<Place> out(places.begin(), places.end());
  if (metric == 0) return out;
  const auto now = edges(metric);
  for (auto& p : out) p = retimed(p, now, static_cast<std::uint32_t>(metric));
  return out;
}

std::vector<Place> Metrics::places(std::span<const Place> places) const {
  std::vector<Place> all(size() * places.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t m = 0; m < size(); ++m) std::ranges::copy(this->places(places, m), all.begin() + static_cast<std::ptrdiff_t>(m * places.size()));
  return all;
}

}  // namespace dosi::access
