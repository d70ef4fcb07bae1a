// A finished access result against Dijkstra: rows of the table origins, taken at random, recomputed from the city.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "host/access/places.hpp"
#include "io/city/city.hpp"
#include "io/result/result.hpp"
#include "tests/reference/access.hpp"

namespace dosi::system_test {

struct Asked {
  std::string network, mode;
  std::vector<double> cutoffs;             // minutes
  std::vector<std::string> opportunities;  // columns of the destinations, or "count"
  double snap = 300, walk_speed = 4.5;
};

// Place of (x, y) by looking at every edge.
inline access::Place place_of(const city::Network& n, const std::vector<access::Edge>& edges, double x, double y,
                              const Asked& asked) {
  std::uint32_t best = access::kNoNode;
  double distance = 0, share = 0;
  for (std::uint32_t e = 0; e < edges.size(); ++e) {
    const double ax = n.node_x[edges[e].a], ay = n.node_y[edges[e].a];
    const double dx = n.node_x[edges[e].b] - ax, dy = n.node_y[edges[e].b] - ay, length2 = dx * dx + dy * dy;
    const double s = length2 > 0 ? std::clamp(((x - ax) * dx + (y - ay) * dy) / length2, 0.0, 1.0) : 0.0;
    const double px = ax + s * dx - x, py = ay + s * dy - y, d = std::sqrt(px * px + py * py);
    if (best == access::kNoNode || d < distance) {
      best = e;
      distance = d;
      share = s;
    }
  }
  access::Place p;
  if (best == access::kNoNode || distance > asked.snap) return p;
  const auto& e = edges[best];
  p.a = e.a;
  p.b = e.b;
  p.edge = best;
  p.position = static_cast<std::uint32_t>(std::llround(share * 2147483648.0));
  p.walk = static_cast<std::uint32_t>(std::llround(distance * 3600 / asked.walk_speed));
  const auto part = [](std::uint32_t time, std::uint32_t position) {
    return static_cast<std::uint32_t>((std::uint64_t{time} * position) >> 31);
  };
  if (e.time_ab != access::kNever) p.along_ab = part(e.time_ab, p.position);
  if (e.time_ba != access::kNever) p.along_ba = part(e.time_ba, 0x80000000u - p.position);
  return p;
}

inline void check(const std::filesystem::path& city_path, const std::filesystem::path& result_path, const Asked& asked,
                  std::size_t how_many) {
  const auto city = city::City::open(city_path);
  const auto network = city.read_network(asked.network);
  const auto& time = network.times.at(asked.mode);
  const auto edges = access::make_edges({static_cast<std::uint32_t>(network.nodes()), network.arc_tail,
                                         network.arc_head, time, network.node_x, network.node_y});
  std::vector<reference::Arc> arcs;
  for (std::size_t a = 0; a < network.arcs(); ++a) arcs.push_back({network.arc_tail[a], network.arc_head[a], time[a]});

  const auto root = result::Result::open(result_path).root();
  const auto origins = root.group("origins"), destinations = root.group("destinations");
  const auto ox = stream::read_all<double>(origins, "x"), oy = stream::read_all<double>(origins, "y");
  const auto dx = stream::read_all<double>(destinations, "x"), dy = stream::read_all<double>(destinations, "y");
  const auto k = origins.dataset("nearest_time").row_elements();
  const auto nearest_time = stream::read_all<std::uint32_t>(origins, "nearest_time"),
             nearest_place = stream::read_all<std::uint32_t>(origins, "nearest_place");
  const auto within = stream::read_all<double>(origins, "within");
  std::vector<std::vector<double>> columns;
  for (const auto& o : asked.opportunities) {
    if (o == "count") {
      columns.emplace_back(dx.size(), 1.0);
      continue;
    }
    columns.push_back(city::read_table(destinations, "destination", {o}).columns[0].as_numbers());
    std::replace_if(
        columns.back().begin(), columns.back().end(), [](double v) { return std::isnan(v); }, 0.0);
  }

  std::mt19937 rng(5);
  std::vector<std::uint32_t> sample, sources;
  for (std::size_t i = 0; i < how_many; ++i) sample.push_back(static_cast<std::uint32_t>(rng() % ox.size()));
  std::vector<access::Place> places;
  for (std::size_t d = 0; d < dx.size(); ++d) places.push_back(place_of(network, edges, dx[d], dy[d], asked));
  for (const auto o : sample) {
    sources.push_back(static_cast<std::uint32_t>(places.size()));
    places.push_back(place_of(network, edges, ox[o], oy[o], asked));
  }
  const auto times = reference::times_from(static_cast<std::uint32_t>(network.nodes()), arcs, edges, places, sources);
  std::size_t reached = 0;
  for (std::size_t s = 0; s < sample.size(); ++s) {
    const auto o = sample[s];
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
    for (std::uint32_t d = 0; d < dx.size(); ++d)
      if (times[s][d] != reference::kNoWay) order.emplace_back(times[s][d], d);
    std::sort(order.begin(), order.end());
    reached += order.empty() ? 0 : 1;
    for (std::size_t i = 0; i < k; ++i) {
      ASSERT_EQ(nearest_time[o * k + i], i < order.size() ? order[i].first : reference::kNoWay)
          << "origin " << o << ", nearest " << i;
      ASSERT_EQ(nearest_place[o * k + i], i < order.size() ? order[i].second : reference::kNoWay)
          << "origin " << o << ", nearest " << i;
    }
    for (std::size_t c = 0; c < asked.cutoffs.size(); ++c)
      for (std::size_t q = 0; q < columns.size(); ++q) {
        double sum = 0;
        for (const auto& [t, d] : order)
          if (t <= asked.cutoffs[c] * 60'000) sum += columns[q][d];
        ASSERT_EQ(within[(o * asked.cutoffs.size() + c) * columns.size() + q], sum)
            << "origin " << o << ", cut-off " << c << ", " << asked.opportunities[q];
      }
  }
  EXPECT_GT(reached, how_many / 4) << "the sample says too little";
}

}  // namespace dosi::system_test
