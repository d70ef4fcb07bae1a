// The way down of a group of roots, by a team: labels[row][lane] in milliseconds, over the top and part by part
// (plan.hpp). A member of a team works on its own lanes only, so that it waits for nobody.
#pragma once

#include "kernels/access/group.hpp"

namespace dosi::DOSI_BACKEND::access {

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
