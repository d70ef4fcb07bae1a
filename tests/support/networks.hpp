// Networks that are easy to state and hard on orders: random, and each pathological in one way.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "host/access/hierarchy.hpp"
#include "tests/reference/shortest_paths.hpp"

namespace dosi::networks {

struct Test_network {
  std::string name;
  std::uint32_t nodes = 0;
  std::vector<std::uint32_t> tail, head, time;
  std::vector<double> x, y;

  void arc(std::uint32_t a, std::uint32_t b, std::uint32_t t) {
    tail.push_back(a);
    head.push_back(b);
    time.push_back(t);
  }
  access::Arcs arcs() const { return {nodes, tail, head, time, x, y}; }
  reference::Graph graph() const {
    std::vector<reference::Arc> all;
    for (std::size_t i = 0; i < tail.size(); ++i) all.push_back({tail[i], head[i], time[i]});
    return {nodes, all};
  }
};

// Directed, with loops, multi-edges, zero times, closed arcs and unreachable parts.
inline Test_network random_network(std::uint32_t nodes, std::uint32_t arcs, std::uint32_t seed) {
  Test_network n;
  n.name = "random";
  n.nodes = nodes;
  std::mt19937 rng(seed);
  for (std::uint32_t v = 0; v < nodes; ++v) {
    n.x.push_back(static_cast<double>(rng() % 1000));
    n.y.push_back(static_cast<double>(rng() % 1000));
  }
  for (std::uint32_t i = 0; i < arcs && nodes > 0; ++i) {
    const auto a = rng() % nodes, b = rng() % 4 == 0 ? (a + rng() % 3) % nodes : rng() % nodes;
    const auto t = rng() % 10 == 0 ? 0 : rng() % 20 == 0 ? access::kNever : rng() % 100'000;
    n.arc(a, b, t);
    if (rng() % 5 == 0) n.arc(a, b, rng() % 100'000);
    if (rng() % 3 != 0) n.arc(b, a, rng() % 100'000);
  }
  return n;
}

inline Test_network grid_network(std::uint32_t side, std::uint32_t seed) {
  Test_network n;
  n.name = "grid";
  n.nodes = side * side;
  std::mt19937 rng(seed);
  for (std::uint32_t v = 0; v < n.nodes; ++v) {
    n.x.push_back(100.0 * (v % side));
    n.y.push_back(100.0 * (v / side));
  }
  for (std::uint32_t v = 0; v < n.nodes; ++v) {
    if (v % side + 1 < side) {
      n.arc(v, v + 1, 1 + rng() % 50'000);
      n.arc(v + 1, v, 1 + rng() % 50'000);
    }
    if (v / side + 1 < side) {
      n.arc(v, v + side, 1 + rng() % 50'000);
      if (rng() % 4) n.arc(v + side, v, 1 + rng() % 50'000);
    }
  }
  return n;
}

inline std::vector<Test_network> pathological_networks() {
  std::vector<Test_network> all;
  const auto blank = [](const char* name, std::uint32_t nodes, bool coordinates) {
    Test_network n;
    n.name = name;
    n.nodes = nodes;
    n.x.assign(nodes, 0.0);
    n.y.assign(nodes, 0.0);
    if (coordinates)
      for (std::uint32_t v = 0; v < nodes; ++v) {
        n.x[v] = (v * 7919u) % nodes;
        n.y[v] = v;
      }
    return n;
  };
  all.push_back(blank("one node", 1, true));
  all.push_back(blank("no arcs", 50, false));
  {
    auto n = blank("one loop", 1, true);
    n.arc(0, 0, 5);
    all.push_back(n);
  }
  for (const bool c : {false, true}) {
    auto n = blank(c ? "star" : "star without coordinates", 300, c);
    for (std::uint32_t v = 1; v < n.nodes; ++v) {
      n.arc(0, v, v);
      n.arc(v, 0, 2 * v);
    }
    all.push_back(n);
    n = blank(c ? "path" : "path without coordinates", 2000, c);
    for (std::uint32_t v = 0; v + 1 < n.nodes; ++v) {
      n.arc(v, v + 1, 3);
      n.arc(v + 1, v, 4);
    }
    all.push_back(n);
    n = blank(c ? "one-way ring" : "one-way ring without coordinates", 500, c);
    for (std::uint32_t v = 0; v < n.nodes; ++v) n.arc(v, (v + 1) % n.nodes, 10);
    all.push_back(n);
  }
  {
    auto n = blank("clique", 60, true);
    for (std::uint32_t a = 0; a < n.nodes; ++a)
      for (std::uint32_t b = 0; b < n.nodes; ++b) n.arc(a, b, (a * 31 + b * 17) % 1000);
    all.push_back(n);
    n = blank("many components", 900, true);
    for (std::uint32_t v = 0; v + 2 < n.nodes; v += 3) {
      n.arc(v, v + 1, 1);
      n.arc(v + 1, v + 2, 2);
    }
    all.push_back(n);
    n = blank("zero times", 200, true);
    for (std::uint32_t v = 0; v + 1 < n.nodes; ++v) {
      n.arc(v, v + 1, 0);
      n.arc(v + 1, v, 0);
    }
    all.push_back(n);
  }
  all.push_back(grid_network(25, 3));
  return all;
}

}  // namespace dosi::networks
