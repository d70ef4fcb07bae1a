// A nested-dissection order of a road network: nodes that separate large parts come last.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dosi::access {

// Undirected neighbours, without loops or duplicates, in CSR form; any coordinates (they guide, they do not decide).
struct Topology {
  std::vector<std::uint64_t> first;
  std::vector<std::uint32_t> neighbour;
  std::span<const double> x, y;
  std::uint32_t nodes() const { return static_cast<std::uint32_t>(first.size() - 1); }
};

// From directed arcs tail[i] -> head[i] over `nodes` nodes.
Topology make_topology(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
                       std::span<const double> x, std::span<const double> y);

// Rank of each node, by inertial flow (Schild, Sommer 2015): the part is cut by a minimum cut between its two
// outer shares along each of several directions (four compass lines, and breadth-first distance, which serves
// networks whose coordinates say little); of the cuts nearest to either side the best for its balance wins. Small
// parts are ordered by minimum degree. The same on any number of threads.
std::vector<std::uint32_t> nested_dissection(const Topology& topology);

}  // namespace dosi::access
