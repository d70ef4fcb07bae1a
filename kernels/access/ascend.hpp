// The way up of a group of roots, by a team: along their paths in the elimination tree, each alone below the crown, all
// together through it (plan.hpp).
#pragma once

#include "kernels/access/group.hpp"

namespace dosi::DOSI_BACKEND::access {

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

}  // namespace dosi::DOSI_BACKEND::access
