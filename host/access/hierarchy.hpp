// The customisable contraction hierarchy of a network (Dibbelt, Strasser, Wagner 2016): its order and topology
// depend on the streets alone, its times on the mode.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/access/access.hpp"

namespace dosi::access {

// Directed arcs with times in ms; kNever: not this way. Loops and multi-edges are allowed.
struct Arcs {
  std::uint32_t nodes = 0;
  std::span<const std::uint32_t> tail, head, time;
  std::span<const double> x, y;     // of nodes
};

struct Topology;

class Hierarchy {
 public:
  // Order, topology and times. DataError where the network is nothing like a road network, so that the hierarchy
  // would not fit (kMostArcs).
  explicit Hierarchy(const Arcs& arcs);

  std::uint32_t rank(std::uint32_t node) const { return rank_[node]; }
  std::span<const std::uint32_t> ranks() const { return rank_; }
  std::uint64_t arcs() const { return up_head_.size(); }
  std::uint64_t arcs_up() const;    // those that a shortest path may use on its way up
  std::uint32_t depth() const;      // nodes on the longest path of the elimination tree
  Hierarchy_view view() const;

  static constexpr std::uint64_t kMostArcs = 1'000'000'000;

 private:
  void build_topology(const Arcs& arcs);
  static std::vector<std::uint32_t> in_postorder(const Topology& topology, const std::vector<std::uint32_t>& rank);
  void customise(const Arcs& arcs);
  void drop_dominated();
  std::uint64_t find(std::uint32_t low, std::uint32_t high) const;

  std::vector<std::uint32_t> rank_;
  std::vector<std::uint64_t> up_first_;
  std::vector<std::uint32_t> up_head_, time_up_, time_down_, parent_;
};

}  // namespace dosi::access
