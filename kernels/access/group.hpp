// What a group of kLanes roots works on: a hierarchy and a plan where the backend works, the group's memory, and the
// lanes and metrics of each member of its team. A member works on its own lanes only; a CPU's team is one member with
// all lanes, whose loops over them are SIMD.
#pragma once

#include "kernels/access/plan.hpp"
#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Direction;
using dosi::access::Incoming;
using dosi::access::kFar;
using dosi::access::kNever;
using dosi::access::kNoNode;
using dosi::access::kToCrown;
using dosi::access::Outgoing;
using dosi::access::Place;

// A warp on a GPU. More on a CPU, where they share the cost of each arc.
inline constexpr int kLanes = Team::serial ? 64 : 32;
// Lanes in a row that have the same metric: a register's on a CPU.
inline constexpr int kLanesAMetric = Team::serial ? 8 : 1;
// Rows that stay in fast memory: shared memory of many blocks at once on a GPU, second-level cache on a CPU.
inline constexpr std::uint32_t kMostRowsAPart = Team::serial ? 1024 : 128;
// Arcs that are looked up together, as a GPU's warp waits for each of them: rows of the top have dozens, those of parts
// two.
inline constexpr std::uint32_t kArcsOfTop = 8, kArcsOfPart = 2, kArcsUp = 4;
// Marks are looked at so many at a time: few are set.
inline constexpr std::size_t kMarksAtOnce = 8;
typedef std::uint64_t Marks_at_once __attribute__((may_alias));

// A hierarchy and a plan where the backend works.
struct Graph {
  View<const std::uint32_t> parent, crown_of_node, depth, rising_first;  // by node
  View<const Outgoing> rising;                                           // [metric][arc], as arcs
  std::size_t rising_arcs, falling_arcs;                                 // of a metric
  std::uint32_t first_metric;                                            // of all arcs, and of leaves
  View<const std::uint32_t> crown_node;
  std::uint32_t top;
  bool crown_below_top;  // whether rows of parts are in the crown, as they may be where nodes are left out
  View<const std::uint32_t> unit_first, part_first, arc_first, row_of, crown_of_row;
  View<const Incoming> arcs;
};

// The memory of one group of roots.
struct Group {
  std::uint32_t* crown;       // [row of the crown][lane]: labels of the way up
  std::uint8_t* marks;        // [row of the crown]: on the path of some lane; up to a multiple of kMarksAtOnce
  std::uint32_t* path;        // [depth][lane]: labels of the way up below the crown
  std::uint32_t* top;         // [row of the top][lane]
  std::uint32_t* entry_node;  // [lane]: the first node of the path below the crown that has a row
  std::uint32_t* entry_row;   // [lane]: its row
  std::uint32_t* edge;        // [lane]: the root's edge
  std::uint32_t* metric;      // [lane]: the root's metric
};

// The edge of a root on none: that of no leaf.
inline constexpr std::uint32_t kNoEdge = kNoNode - 1;

// The lanes that one member of a team works on: all of them where it is alone, else the one it falls on.
struct Lanes {
  static constexpr int width = Team::serial ? kLanes : 1;
  int first;
  DOSI_HD explicit Lanes(const Team& team) : first(Team::serial ? 0 : static_cast<int>(team.rank())) {}
};

// What each metric has of its own, for the lanes of a member: of(block of lanes, i). One metric for all lanes,
template <class T>
struct Of_one_metric {
  static constexpr int blocks = 1, width = Lanes::width;
  const T* own;
  DOSI_HD const T& operator()(int, std::size_t i) const { return own[i]; }
};
// or one for each block of them.
template <class T>
struct Of_metrics {
  static constexpr int blocks = kLanes / kLanesAMetric, width = kLanesAMetric;
  const T* own[blocks];
  DOSI_HD const T& operator()(int block, std::size_t i) const { return own[block][i]; }
};

// f(of) over what lies at all + (metric - first) * a_metric.
template <class T, class F>
DOSI_INLINE DOSI_HD void with_metrics(const Group& group, const Lanes& lanes, const T* all, std::size_t a_metric,
                                      std::uint32_t first, F f) {
  if constexpr (Team::serial) {
    bool one = true;
    Of_metrics<T> of;
    for (int b = 0; b < Of_metrics<T>::blocks; ++b) {
      const std::uint32_t metric = group.metric[b * kLanesAMetric];
      one &= metric == group.metric[0];
      of.own[b] = all + (metric - first) * a_metric;
    }
    if (!one) return f(of);
  }
  f(Of_one_metric<T>{all + (group.metric[lanes.first] - first) * a_metric});
}

DOSI_HD inline std::uint32_t lesser(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }

}  // namespace dosi::DOSI_BACKEND::access
