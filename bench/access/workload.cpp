#include "bench/access/workload.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "host/make_city/streets.hpp"
#include "io/city/city.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::access {

Workload Workload::made(std::size_t wanted, std::size_t places) {
  constexpr double people_a_node = 8.6, people_a_km2 = 2200;
  const double people = static_cast<double>(wanted) * people_a_node;
  const make_city::Land land({1, people, {200'000, 550'000}, 500 * std::sqrt(people / people_a_km2)});
  const auto network = make_city::make_network(land, make_city::lay_streets(land));
  Workload w;
  w.nodes = static_cast<std::uint32_t>(network.nodes());
  w.tail = network.arc_tail;
  w.head = network.arc_head;
  w.time = network.times.at("drive");
  w.x = network.node_x;
  w.y = network.node_y;
  w.choose_places(places);
  return w;
}

Workload Workload::tiled(const std::filesystem::path& path, std::size_t wanted, std::size_t places) {
  constexpr std::size_t kLinks = 24;  // between two tiles
  const auto city = city::City::open(path);
  const city::Layer* layer = nullptr;
  for (const auto& each : city.layers())
    if (each.kind == "network" && layer == nullptr) layer = &each;
  if (layer == nullptr) throw std::runtime_error(path.string() + ": has no network layer");
  const auto network = city.read_network(layer->name);
  const auto n = static_cast<std::uint32_t>(network.nodes());
  const auto& times = network.times.at("drive");
  const auto [left, right] = std::minmax_element(network.node_x.begin(), network.node_x.end());
  const auto [low, high] = std::minmax_element(network.node_y.begin(), network.node_y.end());
  const double width = *right - *left + 100, height = *high - *low + 100;

  // For each strip across a side of the tile the outermost node that cars use.
  std::vector<std::uint8_t> used(n);
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] != dosi::access::kNever) used[network.arc_tail[i]] = used[network.arc_head[i]] = 1;
  std::vector<std::uint32_t> east(kLinks, n), west(kLinks, n), north(kLinks, n), south(kLinks, n);
  const auto outermost = [&](std::uint32_t& best, std::uint32_t v, const std::vector<double>& along, double sign) {
    if (best == n || along[v] * sign > along[best] * sign) best = v;
  };
  for (std::uint32_t v = 0; v < n; ++v) {
    if (used[v] == 0) continue;
    const auto row = static_cast<std::size_t>((network.node_y[v] - *low) / height * kLinks);
    const auto column = static_cast<std::size_t>((network.node_x[v] - *left) / width * kLinks);
    outermost(east[row], v, network.node_x, 1);
    outermost(west[row], v, network.node_x, -1);
    outermost(north[column], v, network.node_y, 1);
    outermost(south[column], v, network.node_y, -1);
  }

  Workload w;
  std::uint32_t side = 1;
  while (std::size_t{side} * side * n < wanted) ++side;
  w.nodes = side * side * n;
  for (std::uint32_t tile = 0; tile < side * side; ++tile) {
    const std::uint32_t column = tile % side, row = tile / side, first = tile * n;
    for (std::uint32_t v = 0; v < n; ++v) {
      w.x.push_back(network.node_x[v] + column * width);
      w.y.push_back(network.node_y[v] + row * height);
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      w.tail.push_back(first + network.arc_tail[i]);
      w.head.push_back(first + network.arc_head[i]);
      w.time.push_back(times[i]);
    }
  }
  for (std::uint32_t tile = 0; tile < side * side; ++tile)
    for (std::size_t i = 0; i < kLinks; ++i) {
      if (tile % side + 1 < side && east[i] < n && west[i] < n) w.link(tile * n + east[i], (tile + 1) * n + west[i]);
      if (tile / side + 1 < side && north[i] < n && south[i] < n)
        w.link(tile * n + north[i], (tile + side) * n + south[i]);
    }
  w.choose_places(places);
  return w;
}

void Workload::link(std::uint32_t a, std::uint32_t b) {
  constexpr double metres_a_ms = 50 / 3.6 / 1000;
  const auto ms = static_cast<std::uint32_t>(std::hypot(x[a] - x[b], y[a] - y[b]) / metres_a_ms);
  for (const auto& [from, to] : {std::pair{a, b}, {b, a}}) {
    tail.push_back(from);
    head.push_back(to);
    time.push_back(ms);
  }
}

void Workload::choose_places(std::size_t places) {
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
