// One-to-all for a group of kLanes roots at once, by a team: labels[row][lane] in milliseconds.
//
// Up: each lane walks its root's path in the elimination tree. Down: the top, then part by part (plan.hpp). A member of
// a team works on its own lanes only, so the way down needs no waiting; a CPU's team is one member with all lanes,
// whose loops over them are SIMD.
#pragma once

#include "kernels/access/plan.hpp"
#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Direction;
using dosi::access::Incoming;
using dosi::access::kFar;
using dosi::access::kNever;
using dosi::access::kNoNode;
using dosi::access::Outgoing;
using dosi::access::Place;

// A warp on a GPU. More on a CPU, where they share the cost of each arc.
inline constexpr int kLanes = Team::serial ? 64 : 32;
// Rows that stay in fast memory: shared memory of many blocks at once on a GPU, second-level cache on a CPU.
inline constexpr std::uint32_t kMostRowsAPart = Team::serial ? 1024 : 128;

// A hierarchy and a plan where the backend works.
struct Graph {
  View<const std::uint32_t> parent, depth, rising_first;  // by node
  View<const Outgoing> rising;
  std::uint32_t top;
  View<const std::uint32_t> part_first, arc_first, row_of;
  View<const Incoming> arcs;
};

// The memory of one group of roots.
struct Group {
  std::uint32_t* top;         // [row][lane]
  std::uint8_t* marks;        // [row of the top]: on the path of some lane
  std::uint32_t* path;        // [depth][lane]: labels of the way up
  std::uint32_t* entry_node;  // [lane]: the first node of the path that has a row
  std::uint32_t* entry_row;   // [lane]: its row
  std::uint32_t* edge;        // [lane]: the root's edge
};

// The edge of a root on none: that of no leaf.
inline constexpr std::uint32_t kNoEdge = kNoNode - 1;

// The lanes that one member of a team works on: all of them where it is alone, else the one it falls on.
struct Lanes {
  static constexpr int width = Team::serial ? kLanes : 1;
  int first;
  DOSI_HD explicit Lanes(const Team& team) : first(Team::serial ? 0 : static_cast<int>(team.rank())) {}
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

// The row of a node from all rows it can be reached from, and from its own label where a path started it.
DOSI_HD inline void settle(const Graph& g, int first_lane, std::uint32_t row, bool started, const std::uint32_t* top,
                           std::uint32_t* part, std::uint32_t part_first) {
  constexpr int width = Lanes::width;
  std::uint32_t label[width];
  std::uint32_t* own = part + std::size_t{row - part_first} * kLanes + first_lane;
  if (started) {
    for (int l = 0; l < width; ++l) label[l] = own[l];
  } else {
    for (int l = 0; l < width; ++l) label[l] = kFar;
  }
  for (std::uint32_t e = g.arc_first[row]; e < g.arc_first[row + 1]; ++e) {
    const Incoming arc = g.arcs[e];
    const std::uint32_t* from = (arc.from < g.top ? top + std::size_t{arc.from} * kLanes
                                                  : part + std::size_t{arc.from - part_first} * kLanes) + first_lane;
    DOSI_SIMD
    for (int l = 0; l < width; ++l) label[l] = lesser(label[l], from[l] + arc.time);
  }
  for (int l = 0; l < width; ++l) own[l] = label[l];
}

// f(lane, node, row) for the nodes of each lane's path from its first row on, as long as the rows are in [first, last).
template <class F>
DOSI_HD void each_on_path(const Team& team, const Graph& g, const Group& group, std::uint32_t first, std::uint32_t last, F f) {
  team.for_each(kLanes, [&](std::size_t lane) {
    std::uint32_t v = group.entry_node[lane];
    if (first == 0)
      while (v != kNoNode && g.row_of[v] >= last) v = g.parent[v];
    for (; v != kNoNode; v = g.parent[v]) {
      const std::uint32_t row = g.row_of[v];
      if (row == kNoNode) continue;
      if (row < first || row >= last) break;
      f(lane, v, row);
    }
  });
}

// The rows [first, last), which `rows` begins with, get the labels of the paths; `marks` tells which they are. Waits
// for what the team still reads there.
DOSI_HD inline void start_rows(const Team& team, const Graph& g, const Group& group, std::uint32_t first, std::uint32_t last,
                               std::uint32_t* rows, std::uint8_t* marks) {
  team.sync();
  team.for_each_simd(last - first, [&](std::size_t i) { marks[i] = 0; });
  team.sync();
  each_on_path(team, g, group, first, last, [&](std::size_t, std::uint32_t, std::uint32_t row) { marks[row - first] = 1; });
  team.sync();
  team.for_each(last - first, [&](std::size_t i) {
    if (marks[i] == 0) return;
    for (int l = 0; l < kLanes; ++l) rows[i * kLanes + static_cast<std::size_t>(l)] = kFar;
  });
  team.sync();
  each_on_path(team, g, group, first, last, [&](std::size_t lane, std::uint32_t v, std::uint32_t row) {
    rows[std::size_t{row - first} * kLanes + lane] = group.path[std::size_t{g.depth[v]} * kLanes + lane];
  });
  team.sync();
}

// The way up of every root and the way down over the top. Lanes beyond the roots, and roots on no edge, get kFar.
// Ends with a sync.
DOSI_HD inline void sweep_top(const Team& team, const Graph& g, View<const Place> roots, Direction direction, const Group& group) {
  team.for_each(kLanes, [&](std::size_t lane) {
    group.entry_node[lane] = group.entry_row[lane] = kNoNode;
    group.edge[lane] = kNoEdge;
    if (lane >= roots.size || roots[lane].a == kNoNode) return;
    if (roots[lane].edge != kNoNode) group.edge[lane] = roots[lane].edge;
    // The ends of an edge are neighbours, so the higher one lies on the path of the lower.
    const Start start(roots[lane], direction);
    std::uint32_t* path = group.path + lane;
    std::uint32_t depth = g.depth[start.low];
    for (std::size_t d = 0; d <= depth; ++d) path[d * kLanes] = kFar;
    path[std::size_t{depth} * kLanes] = lesser(start.time_low, kFar);
    std::uint32_t& high = path[std::size_t{g.depth[start.high]} * kLanes];
    high = lesser(high, start.time_high);
    for (std::uint32_t v = start.low; v != kNoNode; v = g.parent[v], --depth) {
      if (group.entry_node[lane] == kNoNode && g.row_of[v] != kNoNode) {
        group.entry_node[lane] = v;
        group.entry_row[lane] = g.row_of[v];
      }
      const std::uint32_t here = path[std::size_t{depth} * kLanes];
      if (here >= kFar) continue;
      for (std::uint32_t e = g.rising_first[v]; e < g.rising_first[v + 1]; ++e) {
        std::uint32_t& there = path[std::size_t{g.rising[e].depth} * kLanes];
        there = lesser(there, here + g.rising[e].time);
      }
    }
  });
  team.sync();
  start_rows(team, g, group, 0, g.top, group.top, group.marks);
  const Lanes lanes(team);
  for (std::uint32_t row = 0; row < g.top; ++row) settle(g, lanes.first, row, group.marks[row] != 0, group.top, group.top, 0);
  team.sync();
}

// The way down over one part. `rows` and `marks` hold the part alone. A member's own lanes are then known to it; the
// others' after a sync.
DOSI_HD inline void sweep_part(const Team& team, const Graph& g, const Group& group, std::uint32_t part, std::uint32_t* rows,
                               std::uint8_t* marks) {
  const std::uint32_t first = g.part_first[part], last = g.part_first[part + 1];
  bool started = false;
  for (int l = 0; l < kLanes; ++l) started |= group.entry_row[l] >= first && group.entry_row[l] < last;
  if (started) start_rows(team, g, group, first, last, rows, marks);
  const Lanes lanes(team);
  for (std::uint32_t row = first; row < last; ++row)
    settle(g, lanes.first, row, started && marks[row - first] != 0, group.top, rows, first);
}

}  // namespace dosi::DOSI_BACKEND::access
