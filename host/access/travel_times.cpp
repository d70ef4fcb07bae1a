#include "host/access/travel_times.hpp"

#include "io/error.hpp"

namespace dosi::access {

const city::Layer& network_layer(const city::City& city, const std::string& name) {
  if (!name.empty()) return city.find(name, {"network"});
  const city::Layer* only = nullptr;
  for (const auto& l : city.layers()) {
    if (l.kind != "network") continue;
    if (only != nullptr) throw UsageError("network: the city has several, say which: {}, {}, …", only->name, l.name);
    only = &l;
  }
  if (only == nullptr) throw UsageError("{}: has no network layer; add one with dosi import network", city.file_name());
  return *only;
}

std::vector<std::uint32_t> take_times(city::Network& network, const std::string& name, const std::string& mode) {
  const auto time = network.times.find(mode);
  if (time == network.times.end()) {
    std::string modes;
    for (const auto& [m, t] : network.times) modes += (modes.empty() ? "" : ", ") + m;
    throw UsageError("mode: network '{}' has no times for '{}'; it has: {}", name, mode, modes);
  }
  auto times = std::move(time->second);
  network.times.clear();
  return times;
}

Travel_times::Travel_times(const city::City& city, const Way& way, const Device& device, comm::Ranks& ranks)
    : way_(way) {
  const auto& layer = network_layer(city, way.network);
  network_ = city.read_network(layer.name);
  const auto times = take_times(network_, layer.name, way.mode);
  const Arcs arcs{static_cast<std::uint32_t>(network_.nodes()),
                  network_.arc_tail,
                  network_.arc_head,
                  times,
                  network_.node_x,
                  network_.node_y};
  snapper_ = std::make_unique<Snapper>(make_edges(arcs), network_.node_x, network_.node_y);
  if (snapper_->edges().empty()) throw DataError("network '{}': no street can be used by '{}'", layer.name, way.mode);
  const auto elimination =
      ranks.first_before_others([&] { return elimination_of(arcs, city.file_name() + ".orders"); });
  hierarchy_ = std::make_unique<Hierarchy>(elimination, arcs, device);
  engine_ = DOSI_BACKEND_OF(device, access::make_engine)(hierarchy_->view(), device.argument(), std::nullopt);
}

Snapped Travel_times::snap(std::span<const double> x, std::span<const double> y) const {
  return snapper_->snap(x, y, way_.snap, way_.walk_speed, hierarchy_->ranks());
}

void Travel_times::from(std::span<const Place> places, const Leaves& to, std::span<std::uint32_t> times) const {
  engine_->by_root(to, places, {.matrix = true}, {.times = times});
}

}  // namespace dosi::access
