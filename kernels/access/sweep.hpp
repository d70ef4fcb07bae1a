// One-to-all for a group of kLanes roots at once, by a team: labels[node][lane] in milliseconds.
#pragma once

#include "kernels/access/access.hpp"
#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Direction;
using dosi::access::kFar;
using dosi::access::kLanes;
using dosi::access::kNever;
using dosi::access::kNoNode;
using dosi::access::Place;

// The hierarchy where the backend works. `rising` is used on the way up, `falling` on the way down; on the reversed
// graph the two change places.
struct Graph {
  std::uint32_t nodes;
  View<const std::uint64_t> up_first;
  View<const std::uint32_t> up_head, rising, falling, parent;
  View<const std::uint64_t> level_first;
  View<const std::uint32_t> level_nodes;
};

// The lanes that one member of a team works on: all of them where it is alone, else the one it falls on. Members
// beyond the first kLanes form further slots, which share the other dimension of a loop.
struct Lanes {
  static constexpr int width = Team::serial ? kLanes : 1;
  int first, slot, slots;
  DOSI_HD explicit Lanes(const Team& team)
      : first(Team::serial ? 0 : static_cast<int>(team.rank()) % kLanes),
        slot(Team::serial ? 0 : static_cast<int>(team.rank()) / kLanes),
        slots(Team::serial ? 1 : static_cast<int>(team.size()) / kLanes) {}
};

DOSI_HD inline std::uint32_t lesser(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }

// The two ends of a root's edge and the time between them and the root.
struct Start {
  std::uint32_t low, high, time_low, time_high;
  DOSI_HD Start(const Place& root, Direction direction) {
    const bool out = direction == Direction::from_roots;
    const std::uint32_t time_a = out ? root.leave_a : root.arrive_a, time_b = out ? root.leave_b : root.arrive_b;
    const bool a_low = root.a < root.b;
    low = a_low ? root.a : root.b;
    high = a_low ? root.b : root.a;
    time_low = a_low ? time_a : time_b;
    time_high = a_low ? time_b : time_a;
  }
};

// `labels` has nodes * kLanes elements, `marks` one byte a node; neither needs to be initialised. Lanes beyond the
// roots, and roots on no edge, get kFar everywhere. Ends with a sync.
DOSI_HD inline void sweep(Team& team, const Graph& g, View<const Place> roots, Direction direction,
                          std::uint32_t* labels, std::uint8_t* marks) {
  const Lanes lanes(team);
  const int used = static_cast<int>(roots.size);

  // The ends of an edge are neighbours, so the higher one lies on the elimination-tree path of the lower: one path
  // a root. Rows on some path start as kFar here; all others are first written on the way down.
  team.for_each_simd(g.nodes, [&](std::size_t v) { marks[v] = 0; });
  team.sync();
  team.for_each(static_cast<std::size_t>(used), [&](std::size_t lane) {
    if (roots[lane].a == kNoNode) return;
    for (std::uint32_t v = Start(roots[lane], direction).low; v != kNoNode; v = g.parent[v]) marks[v] = 1;
  });
  team.sync();
  team.for_each(g.nodes, [&](std::size_t v) {
    if (marks[v] == 0) return;
    for (int l = 0; l < kLanes; ++l) labels[v * kLanes + static_cast<std::size_t>(l)] = kFar;
  });
  team.sync();

  team.for_each(static_cast<std::size_t>(used), [&](std::size_t lane) {
    if (roots[lane].a == kNoNode) return;
    const Start start(roots[lane], direction);
    labels[std::size_t{start.low} * kLanes + lane] = lesser(start.time_low, kFar);
    std::uint32_t& high = labels[std::size_t{start.high} * kLanes + lane];
    high = lesser(high, start.time_high);
    for (std::uint32_t v = start.low; v != kNoNode; v = g.parent[v]) {
      const std::uint32_t here = labels[std::size_t{v} * kLanes + lane];
      if (here >= kFar) continue;
      for (std::uint64_t e = g.up_first[v]; e < g.up_first[v + 1]; ++e) {
        std::uint32_t& there = labels[std::size_t{g.up_head[e]} * kLanes + lane];
        there = lesser(there, here + g.rising[e]);
      }
    }
  });
  team.sync();

  // Down: every node from its up neighbours. Alone, in falling rank: nested dissection numbers a part's nodes
  // together, so the rows read are still in cache. As a team, level by level.
  const auto settle = [&](std::size_t v) {
    std::uint32_t row[Lanes::width];
    std::uint32_t* own = labels + v * kLanes + lanes.first;
    if (marks[v] != 0) {
      for (int l = 0; l < Lanes::width; ++l) row[l] = own[l];
    } else {
      for (int l = 0; l < Lanes::width; ++l) row[l] = kFar;
    }
    for (std::uint64_t e = g.up_first[v]; e < g.up_first[v + 1]; ++e) {
      const std::uint32_t* from = labels + std::size_t{g.up_head[e]} * kLanes + lanes.first;
      const std::uint32_t time = g.falling[e];
      DOSI_SIMD
      for (int l = 0; l < Lanes::width; ++l) row[l] = lesser(row[l], from[l] + time);
    }
    for (int l = 0; l < Lanes::width; ++l) own[l] = row[l];
  };
  if constexpr (Team::serial) {
    for (std::size_t v = g.nodes; v-- > 0;) settle(v);
  } else {
    for (std::size_t level = 0; level + 1 < g.level_first.size; ++level) {
      for (std::uint64_t i = g.level_first[level] + static_cast<std::uint64_t>(lanes.slot); i < g.level_first[level + 1];
           i += static_cast<std::uint64_t>(lanes.slots))
        settle(g.level_nodes[i]);
      team.sync();
    }
  }
}

}  // namespace dosi::DOSI_BACKEND::access
