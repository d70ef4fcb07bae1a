// One-to-all for a group of kLanes roots at once, by a team: labels[row][lane] in milliseconds.
//
// Up along the roots' paths in the elimination tree, then down over the top and part by part (plan.hpp). A member of a
// team works on its own lanes only, so the way down needs no waiting; a CPU's team is one member with all lanes, whose
// loops over them are SIMD.
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

// The label of a row from all rows it can be reached from, whose labels are labels_of(row), and from `start`, its own
// label where a path begins or passes, or null. All of a member's own lanes; `arcs`: of their metrics. A GPU looks up
// `ahead` arcs before it uses the first.
template <std::uint32_t ahead, class Arcs, class Labels_of>
DOSI_INLINE DOSI_HD void settle(const Graph& g, const Arcs& arcs, std::uint32_t row, const std::uint32_t* start,
                                std::uint32_t* own, Labels_of labels_of) {
  constexpr int width = Lanes::width;
  std::uint32_t label[width];
  if (start != nullptr) {
    for (int l = 0; l < width; ++l) label[l] = start[l];
  } else {
    for (int l = 0; l < width; ++l) label[l] = kFar;
  }
  const std::uint32_t last = g.arc_first[row + 1];
  if constexpr (Team::serial) {
    for (std::uint32_t e = g.arc_first[row]; e < last; ++e) {
      const std::uint32_t* from = labels_of(arcs(0, e).from);
      DOSI_UNROLLED
      for (int b = 0; b < Arcs::blocks; ++b) {
        const std::uint32_t time = arcs(b, e).time;
        DOSI_SIMD
        for (int l = b * Arcs::width; l < (b + 1) * Arcs::width; ++l) label[l] = lesser(label[l], from[l] + time);
      }
    }
  } else {
#if defined(__CUDA_ARCH__)
#pragma unroll 1
#endif
    for (std::uint32_t e = g.arc_first[row]; e < last; e += ahead) {
      Incoming arc[ahead];
      std::uint32_t there[ahead];
      DOSI_UNROLLED
      for (std::uint32_t i = 0; i < ahead; ++i) arc[i] = arcs(0, lesser(e + i, last - 1));
      // The last arc again where there are no more: it changes nothing.
      DOSI_UNROLLED
      for (std::uint32_t i = 0; i < ahead; ++i) there[i] = *labels_of(arc[i].from);
      DOSI_UNROLLED
      for (std::uint32_t i = 0; i < ahead; ++i) label[0] = lesser(label[0], there[i] + arc[i].time);
    }
  }
  for (int l = 0; l < width; ++l) own[l] = label[l];
}

// The labels of a row's node on the way up, where it is in the crown and on a path; else null.
DOSI_HD inline const std::uint32_t* crown_label(const Graph& g, const Group& group, std::uint32_t row,
                                                const Lanes& lanes) {
  const std::uint32_t c = g.crown_of_row[row];
  return c != kNoNode && group.marks[c] != 0 ? group.crown + std::size_t{c} * kLanes + lanes.first : nullptr;
}

DOSI_HD constexpr std::size_t whole_marks(std::size_t rows) {
  return (rows + kMarksAtOnce - 1) / kMarksAtOnce * kMarksAtOnce;
}

// f(c) for the marked rows of the crown, ascending or descending. `rows`: a multiple of kMarksAtOnce.
template <bool ascending, class F>
DOSI_HD inline void each_marked(const std::uint8_t* marks, std::size_t rows, F f) {
  for (std::size_t done = 0; done < rows; done += kMarksAtOnce) {
    const std::size_t first = ascending ? done : rows - kMarksAtOnce - done;
    if (*reinterpret_cast<const Marks_at_once*>(marks + first) == 0) continue;
    for (std::size_t i = 0; i < kMarksAtOnce; ++i) {
      const std::size_t c = ascending ? first + i : first + kMarksAtOnce - 1 - i;
      if (marks[c] != 0) f(c);
    }
  }
}

// Through the crown, all lanes together. `rising`: the arcs of their metrics.
template <class Arcs>
DOSI_INLINE DOSI_HD void ascend_crown(const Graph& g, const Group& group, const Lanes& lanes, const Arcs& rising) {
  each_marked<false>(group.marks, whole_marks(g.crown_node.size), [&](std::size_t c) {
    const std::uint32_t v = g.crown_node[c];
    std::uint32_t label[Lanes::width];
    for (int l = 0; l < Lanes::width; ++l)
      label[l] = group.crown[c * kLanes + static_cast<std::size_t>(lanes.first + l)];
    const auto labels_of = [&](const Outgoing& arc) {
      return group.crown + std::size_t{arc.to - kToCrown} * kLanes + lanes.first;
    };
    const std::uint32_t last = g.rising_first[v + 1];
    if constexpr (Team::serial) {
      for (std::uint32_t e = g.rising_first[v]; e < last; ++e) {
        std::uint32_t* there = labels_of(rising(0, e));
        DOSI_UNROLLED
        for (int b = 0; b < Arcs::blocks; ++b) {
          const std::uint32_t time = rising(b, e).time;
          DOSI_SIMD
          for (int l = b * Arcs::width; l < (b + 1) * Arcs::width; ++l) there[l] = lesser(there[l], label[l] + time);
        }
      }
    } else {
      // A node's arcs lead to nodes that all differ; the last, where it is taken again, to the same.
      for (std::uint32_t e = g.rising_first[v]; e < last; e += kArcsUp) {
        Outgoing arc[kArcsUp];
        std::uint32_t there[kArcsUp];
        DOSI_UNROLLED
        for (std::uint32_t i = 0; i < kArcsUp; ++i) arc[i] = rising(0, e + i < last ? e + i : last - 1);
        DOSI_UNROLLED
        for (std::uint32_t i = 0; i < kArcsUp; ++i) there[i] = lesser(*labels_of(arc[i]), label[0] + arc[i].time);
        DOSI_UNROLLED
        for (std::uint32_t i = 0; i < kArcsUp; ++i) *labels_of(arc[i]) = there[i];
      }
    }
  });
}

// The way up of every root: each lane by itself below the crown, then all lanes together through it, where the paths
// of neighbouring roots meet. Lanes beyond the roots, and roots on no edge, get no label. Ends with a sync.
DOSI_HD inline void ascend(const Team& team, const Graph& g, View<const Place> roots, Direction direction,
                           const Group& group) {
  const auto each_root = [&](auto f) {
    team.for_each(roots.size, [&](std::size_t lane) {
      if (roots[lane].a != kNoNode) f(lane, Start(roots[lane], direction));
    });
  };
  const std::size_t crown = whole_marks(g.crown_node.size);
  team.for_each_simd(crown, [&](std::size_t c) { group.marks[c] = 0; });
  team.sync();
  // The ends of an edge are neighbours, so the higher one lies on the path of the lower. Who meets a mark may stop:
  // whoever set it goes on from there.
  each_root([&](std::size_t, const Start& start) {
    std::uint32_t v = start.low;
    while (v != kNoNode && g.crown_of_node[v] == kNoNode) v = g.parent[v];
    for (; v != kNoNode && group.marks[g.crown_of_node[v]] == 0; v = g.parent[v]) group.marks[g.crown_of_node[v]] = 1;
  });
  team.sync();
  const Lanes lanes(team);
  each_marked<true>(group.marks, crown, [&](std::size_t c) {
    for (int l = 0; l < Lanes::width; ++l) group.crown[c * kLanes + static_cast<std::size_t>(lanes.first + l)] = kFar;
  });
  team.for_each(kLanes, [&](std::size_t lane) {
    group.entry_node[lane] = group.entry_row[lane] = kNoNode;
    group.edge[lane] = kNoEdge;
    group.metric[lane] = roots[lane < roots.size ? lane : roots.size - 1].metric;
  });
  team.sync();
  each_root([&](std::size_t lane, const Start& start) {
    if (roots[lane].edge != kNoNode) group.edge[lane] = roots[lane].edge;
    const Outgoing* const rising = g.rising.data + (roots[lane].metric - g.first_metric) * g.rising_arcs;
    std::uint32_t* path = group.path + lane;
    std::uint32_t* rows = group.crown + lane;
    if (g.crown_of_node[start.low] == kNoNode)
      for (std::size_t d = 0; d <= g.depth[start.low]; ++d) path[d * kLanes] = kFar;
    const auto begin = [&](std::uint32_t v, std::uint32_t time) {
      const std::uint32_t c = g.crown_of_node[v];
      std::uint32_t& label = c == kNoNode ? path[std::size_t{g.depth[v]} * kLanes] : rows[std::size_t{c} * kLanes];
      label = lesser(label, lesser(time, kFar));
    };
    begin(start.low, start.time_low);
    begin(start.high, start.time_high);
    for (std::uint32_t v = start.low; v != kNoNode && g.crown_of_node[v] == kNoNode; v = g.parent[v]) {
      if (group.entry_node[lane] == kNoNode && g.row_of[v] != kNoNode) {
        group.entry_node[lane] = v;
        group.entry_row[lane] = g.row_of[v];
      }
      const std::uint32_t here = path[std::size_t{g.depth[v]} * kLanes];
      if (here >= kFar) continue;
      for (std::uint32_t e = g.rising_first[v]; e < g.rising_first[v + 1]; ++e) {
        const Outgoing arc = rising[e];
        std::uint32_t& there =
            arc.to >= kToCrown ? rows[std::size_t{arc.to - kToCrown} * kLanes] : path[std::size_t{arc.to} * kLanes];
        there = lesser(there, here + arc.time);
      }
    }
  });
  team.sync();
  with_metrics(group, lanes, g.rising.data, g.rising_arcs, g.first_metric,
               [&](const auto& rising) { ascend_crown(g, group, lanes, rising); });
  team.sync();
}

// The way down over rows of the top, whose arcs come from rows before. The roots have ascended. Without a sync.
DOSI_HD inline void sweep_rows(const Team& team, const Graph& g, const Group& group, std::uint32_t first,
                               std::uint32_t last) {
  const Lanes lanes(team);
  std::uint32_t* const labels = group.top + lanes.first;
  const auto labels_of = [&](std::uint32_t row) { return labels + std::size_t{row} * kLanes; };
  with_metrics(group, lanes, g.arcs.data, g.falling_arcs, g.first_metric, [&](const auto& arcs) {
    for (std::uint32_t row = first; row < last; ++row)
      settle<kArcsOfTop>(g, arcs, row, crown_label(g, group, row, lanes), labels_of(row), labels_of);
  });
}

// The rows of a part that lie on a path below the crown get its labels; `marks` tells which they are. Waits for what
// the team still reads there.
DOSI_HD inline void start_rows(const Team& team, const Graph& g, const Group& group, std::uint32_t first,
                               std::uint32_t last, std::uint32_t* rows, std::uint8_t* marks) {
  const auto each_on_path = [&](auto f) {
    team.for_each(kLanes, [&](std::size_t lane) {
      if (group.entry_row[lane] < first || group.entry_row[lane] >= last) return;
      for (std::uint32_t v = group.entry_node[lane]; v != kNoNode && g.crown_of_node[v] == kNoNode; v = g.parent[v])
        if (const std::uint32_t row = g.row_of[v]; row != kNoNode) f(lane, v, row - first);
    });
  };
  team.sync();
  team.for_each_simd(last - first, [&](std::size_t i) { marks[i] = 0; });
  team.sync();
  each_on_path([&](std::size_t, std::uint32_t, std::uint32_t row) { marks[row] = 1; });
  team.sync();
  team.for_each(last - first, [&](std::size_t i) {
    if (marks[i] == 0) return;
    for (int l = 0; l < kLanes; ++l) rows[i * kLanes + static_cast<std::size_t>(l)] = kFar;
  });
  team.sync();
  each_on_path([&](std::size_t lane, std::uint32_t v, std::uint32_t row) {
    rows[std::size_t{row} * kLanes + lane] = group.path[std::size_t{g.depth[v]} * kLanes + lane];
  });
  team.sync();
}

// The way down over one part. `rows` and `marks` hold the part alone; `behind_top`: the rows lie where the top's go on.
// A member's own lanes are then known to it; the others' after a sync.
template <bool behind_top>
DOSI_HD inline void sweep_part(const Team& team, const Graph& g, const Group& group, std::uint32_t p,
                               std::uint32_t* rows, std::uint8_t* marks) {
  const std::uint32_t first = g.part_first[p], last = g.part_first[p + 1];
  bool started = false;
  for (int l = 0; l < kLanes; ++l) started |= group.entry_row[l] >= first && group.entry_row[l] < last;
  if (started) start_rows(team, g, group, first, last, rows, marks);
  const Lanes lanes(team);
  const std::uint32_t* const top = group.top + lanes.first;
  std::uint32_t* const part = rows + lanes.first;
  const auto labels_of = [&](std::uint32_t from) -> const std::uint32_t* {
    return behind_top || from < g.top ? top + std::size_t{from} * kLanes : part + std::size_t{from - first} * kLanes;
  };
  with_metrics(group, lanes, g.arcs.data, g.falling_arcs, g.first_metric, [&](const auto& arcs) {
    std::uint32_t* own = part;
    for (std::uint32_t row = first; row < last; ++row, own += kLanes) {
      const std::uint32_t* start = g.crown_below_top ? crown_label(g, group, row, lanes) : nullptr;
      if (started && marks[row - first] != 0) start = own;
      settle<kArcsOfPart>(g, arcs, row, start, own, labels_of);
    }
  });
}

}  // namespace dosi::DOSI_BACKEND::access
