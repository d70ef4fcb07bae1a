// The device code of a sweep, wave by wave: what each group of roots has in memory, its way up, its way down over the
// strata of the top and over the parts, and what the leaves of a part ask of it while it is in fast memory.
#pragma once

#include "kernels/access/ascend.hpp"
#include "kernels/access/gather.hpp"
#include "kernels/access/sweep.hpp"

namespace dosi::DOSI_BACKEND::access {

// The memory of the groups of one wave.
struct Workspace {
  static constexpr std::size_t kLaneRows = 4;  // what a group knows of each lane

  View<std::uint32_t> crowns, paths, tops, lanes;
  View<std::uint8_t> marks;
  std::size_t crown_rows, path_rows, top_rows;
  DOSI_HD Group group(std::size_t i) const {
    std::uint32_t* of_lanes = lanes.data + i * kLaneRows * kLanes;
    return {crowns.data + i * crown_rows * kLanes,
            marks.data + i * crown_rows,
            paths.data + i * path_rows * kLanes,
            tops.data + i * top_rows * kLanes,
            of_lanes,
            of_lanes + kLanes,
            of_lanes + 2 * kLanes,
            of_lanes + 3 * kLanes};
  }
};

// The roots that go together, neighbours next to each other.
struct Wave {
  Workspace work;
  View<const Place> roots;
  View<const std::uint32_t>
      index;  // as the caller counts them; kNoNode: a lane left empty, as metrics begin at whole blocks
  std::size_t groups;
  // Whether a team takes a group from root to leaf, in memory of its own; else the tops were swept before.
  bool whole;

  DOSI_HD View<const Place> roots_of(std::size_t group) const {
    const std::size_t first = group * kLanes;
    const std::size_t left = roots.size - first;
    return roots.part(first, left < kLanes ? left : kLanes);
  }
  // The memory of a group whose top has been swept.
  DOSI_HD Group begin(const Team& team, const Graph& graph, Direction direction, std::size_t group) const {
    const bool whole = Team::serial && this->whole;
    const Group memory = work.group(whole ? team.slot() : group);
    if (whole) {
      ascend(team, graph, roots_of(group), direction, memory);
      sweep_rows(team, graph, memory, 0, graph.top);
    }
    return memory;
  }
};

struct Ascend {
  Graph graph;
  Wave wave;
  Direction direction;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    ascend(team, graph, wave.roots_of(group), direction, wave.work.group(group));
  }
};

// One stratum of the top: `units` from `first` on, for each group.
struct Sweep_units {
  Graph graph;
  Wave wave;
  std::uint32_t first, units;
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t unit = first + index % units;
    sweep_rows(team, graph, wave.work.group(index / units), graph.unit_first[unit], graph.unit_first[unit + 1]);
  }
};

// All labels, kept behind the top: part by part, or a whole group at once.
struct Sweep_parts {
  Graph graph;
  Wave wave;
  Direction direction;
  std::uint32_t parts;
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t tasks = wave.whole ? 1 : parts;
    const Group group = wave.begin(team, graph, direction, index / tasks);
    const View<std::uint8_t> marks = team.shared<std::uint8_t>(kMostRowsAPart);
    const auto first = static_cast<std::uint32_t>(wave.whole ? 0 : index % tasks);
    for (std::uint32_t part = first; part < (wave.whole ? parts : first + 1); ++part)
      sweep_part<true>(team, graph, group, part, group.top + std::size_t{graph.part_first[part]} * kLanes, marks.data);
  }
};

// times[root][node] from labels[group][row][lane].
struct Copy_labels {
  Wave wave;
  View<const std::uint32_t> row_of;
  View<std::uint32_t> times;
  DOSI_HD void operator()(std::size_t i) const {
    const std::size_t root = i / row_of.size, node = i % row_of.size;
    const std::uint32_t label = wave.work.group(root / kLanes).top[std::size_t{row_of[node]} * kLanes + root % kLanes];
    times[i] = label >= kFar ? kNever : label;
  }
};

// A member's part of the leaves of a sweep, in the two ways of reducing them.
struct Swept {
  Graph graph;
  Wave wave;
  View<const Place> places;
  View<const Leaf> leaves;  // [metric][leaf]
  std::size_t leaves_a_metric;
  View<const std::uint32_t> leaf_first, chunk_first;
  Direction direction;

  // f(group memory, first leaf, last leaf, rows, first row) once for a part with leaves, after it was swept.
  template <class F>
  DOSI_HD void part(Team& team, const Group& group, std::uint32_t p, View<std::uint32_t> rows, View<std::uint8_t> marks,
                    F f) const {
    const std::uint32_t first = leaf_first[p], last = leaf_first[p + 1];
    if (first == last) return;
    const bool below_top = p + 1 < graph.part_first.size;
    if (below_top) sweep_part<false>(team, graph, group, p, rows.data, marks.data);
    f(first, last, below_top ? graph.part_first[p] : 0);
  }
  DOSI_HD const std::uint32_t* labels(const Group& group, View<std::uint32_t> rows, std::uint32_t row,
                                      std::uint32_t part_first) const {
    return row < graph.top ? group.top + std::size_t{row} * kLanes : rows.data + std::size_t{row - part_first} * kLanes;
  }
};

}  // namespace dosi::DOSI_BACKEND::access
