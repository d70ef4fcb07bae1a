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

void Metrics::put(std::span<const Place> places, std::size_t metric, std::span<Place> out) const {
  if (metric == 0) {
    std::ranges::copy(places, out.begin());
    return;
  }
  const auto now = edges(metric);
  for (std::size_t i = 0; i < places.size(); ++i) out[i] = retimed(places[i], now, static_cast<std::uint32_t>(metric));
}

std::vector<Place> Metrics::places(std::span<const Place> places, std::size_t metric) const {
  std::vector<Place> out(places.size());
  put(places, metric, out);
  return out;
}

void Metrics::places(std::span<const Place> places, std::size_t first, std::size_t count,
                     std::vector<Place>& out) const {
  out.resize(count * places.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t m = 0; m < count; ++m)
    put(places, first + m, std::span(out).subspan(m * places.size(), places.size()));
}

}  // namespace dosi::access
