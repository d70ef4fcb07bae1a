// The device code around a sweep: what each group of roots has in memory, and the reductions of its labels while a
// part is still in fast memory. By root: a member of a team adds up what its own lanes find. By leaf: each leaf adds
// up what all lanes find, and a team has its parts to itself. Either way nobody waits for another's sum.
#pragma once

#include "kernels/access/gather.hpp"
#include "kernels/access/sweep.hpp"

namespace dosi::DOSI_BACKEND::access {

inline constexpr int kSumsAtOnce = 4;  // accumulators kept in registers
// Times of a root that are written at once: a cache line on a CPU, a sector of one on a GPU.
inline constexpr std::size_t kTimesAtOnce = Team::serial ? 16 : 8;

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

// What each root finds in one chunk of the parts. `keeps_times`: the matrix is asked for; else the loops are smaller.
template <bool keeps_times>
struct Reduce_by_root {
  Swept swept;
  Sums sums;
  int k;
  View<std::uint64_t> part_sums;                // [group][chunk][sum][lane]
  View<std::uint32_t> part_times, part_places;  // [group][chunk][k][lane]
  View<std::uint32_t> times;                    // [root][place in `leaves`], or none
  std::size_t stride;                           // of a root's times, a multiple of kTimesAtOnce

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t chunks = swept.chunk_first.size - 1, group_index = index / chunks, chunk = index % chunks;
    const Group group = swept.wave.begin(team, swept.graph, swept.direction, group_index);
    const View<const Place> own = swept.wave.roots_of(group_index);
    const View<std::uint32_t> rows = team.shared<std::uint32_t>(std::size_t{kMostRowsAPart} * kLanes);
    const View<std::uint8_t> marks = team.shared<std::uint8_t>(kMostRowsAPart);
    const View<std::uint32_t> block = team.shared<std::uint32_t>(keeps_times ? kTimesAtOnce * kLanes : 0);
    const Lanes lanes(team);
    std::uint64_t* total = part_sums.data + index * sums.sums.size * kLanes;
    for (std::size_t s = 0; s < sums.sums.size; ++s)
      for (int l = 0; l < Lanes::width; ++l) total[s * kLanes + static_cast<std::size_t>(lanes.first + l)] = 0;
    const auto list = [&](int l) {
      const std::size_t at = index * static_cast<std::size_t>(k) * kLanes + static_cast<std::size_t>(lanes.first + l);
      return Nearest{part_times.data + at, part_places.data + at, kLanes, k};
    };
    if (k > 0)
      for (int l = 0; l < Lanes::width; ++l) list(l).clear();

    const std::uint32_t first_leaf = swept.leaf_first[swept.chunk_first[chunk]];
    for (std::uint32_t p = swept.chunk_first[chunk]; p < swept.chunk_first[chunk + 1]; ++p)
      swept.part(team, group, p, rows, marks, [&](std::uint32_t first, std::uint32_t last, std::uint32_t part_first) {
        with_metrics(
            group, lanes, swept.leaves.data, swept.leaves_a_metric, swept.graph.first_metric, [&](const auto& leaves) {
              using Own = std::remove_cvref_t<decltype(leaves)>;
              const auto each_leaf = [&](auto f) DOSI_INLINE_LAMBDA {
                std::uint32_t time[Lanes::width];
                for (std::uint32_t i = first; i < last; ++i) {
                  const std::uint32_t* const at_a =
                      swept.labels(group, rows, leaves(0, i).row_a, part_first) + lanes.first;
                  const std::uint32_t* const at_b =
                      swept.labels(group, rows, leaves(0, i).row_b, part_first) + lanes.first;
                  DOSI_UNROLLED
                  for (int b = 0; b < Own::blocks; ++b) {
                    const int l = b * Own::width;
                    times_of_leaf<Own::width>(swept.direction, own.data + lanes.first + l, group.edge + lanes.first + l,
                                              leaves(b, i), swept.places.data, at_a + l, at_b + l, time + l);
                  }
                  f(i, time);
                }
              };
              for (std::size_t s = 0; s < sums.sums.size; s += kSumsAtOnce)
                add_sums(lanes, total, s, leaves, each_leaf);
              if (k > 0) find_nearest(list, leaves, each_leaf);
              if constexpr (keeps_times)
                each_leaf([&](std::uint32_t i, const std::uint32_t* time) DOSI_INLINE_LAMBDA {
                  for (int l = 0; l < Lanes::width; ++l)
                    block[i % kTimesAtOnce * kLanes + static_cast<std::size_t>(lanes.first + l)] = time[l];
                  if ((i + 1) % kTimesAtOnce == 0) write_times(lanes, block, group_index, own.size, first_leaf, i + 1);
                });
            });
      });
    if constexpr (keeps_times)
      write_times(lanes, block, group_index, own.size, first_leaf, swept.leaf_first[swept.chunk_first[chunk + 1]]);
  }

  // What is in the block, up to `last`; it begins at a multiple of its size, or with the chunk's first leaf.
  DOSI_HD void write_times(const Lanes& lanes, View<const std::uint32_t> block, std::size_t group, std::size_t roots,
                           std::uint32_t first_leaf, std::uint32_t last) const {
    if (last == first_leaf) return;
    const std::size_t begin = (last - 1) / kTimesAtOnce * kTimesAtOnce;
    const bool whole = begin >= first_leaf && last - begin == kTimesAtOnce;
    for (int l = 0; l < Lanes::width; ++l) {
      const auto lane = static_cast<std::size_t>(lanes.first + l);
      if (lane >= roots) return;
      std::uint32_t* to = times.data + (group * kLanes + lane) * stride + begin;
      if (whole) {
        struct alignas(kTimesAtOnce * 4 > 16 ? 16 : 8) Line {
          std::uint32_t time[kTimesAtOnce];
        } line;
        for (std::size_t t = 0; t < kTimesAtOnce; ++t) line.time[t] = block.data[t * kLanes + lane];
        *reinterpret_cast<Line*>(to) = line;
      } else {
        for (std::size_t i = begin < first_leaf ? first_leaf : begin; i < last; ++i)
          to[i - begin] = block[i % kTimesAtOnce * kLanes + lane];
      }
    }
  }

  template <class Leaves, class Each_leaf>
  DOSI_INLINE DOSI_HD void add_sums(const Lanes& lanes, std::uint64_t* total, std::size_t first, const Leaves& leaves,
                                    Each_leaf each_leaf) const {
    const int count = static_cast<int>(sums.sums.size - first < kSumsAtOnce ? sums.sums.size - first : kSumsAtOnce);
    std::uint64_t sum[kSumsAtOnce][Lanes::width] = {};
    each_leaf([&](std::uint32_t i, const std::uint32_t* time) DOSI_INLINE_LAMBDA {
      for (int s = 0; s < count; ++s) {
        const Sum& what = sums.sums[first + static_cast<std::size_t>(s)];
        for (int b = 0; b < Leaves::blocks; ++b) {
          const int from = b * Leaves::width, to = from + Leaves::width;
          const std::uint64_t value = sums.value(what, leaves(b, i).index);
          if (what.decay < 0) {
            const std::uint32_t limit = lesser(what.cutoff, kNever - 1);
            std::uint64_t* const own = sum[s];
            DOSI_SIMD
            for (int l = from; l < to; ++l) own[l] += time[l] <= limit ? value : 0;
          } else {
            for (int l = from; l < to; ++l) sum[s][l] += sums.term(what, value, time[l]);
          }
        }
      }
    });
    for (int s = 0; s < count; ++s)
      for (int l = 0; l < Lanes::width; ++l)
        total[(first + static_cast<std::size_t>(s)) * kLanes + static_cast<std::size_t>(lanes.first + l)] += sum[s][l];
  }

  template <class List, class Leaves, class Each_leaf>
  DOSI_HD void find_nearest(List list, const Leaves& leaves, Each_leaf each_leaf) const {
    std::uint32_t worst[Lanes::width];
    for (int l = 0; l < Lanes::width; ++l) worst[l] = list(l).worst();
    each_leaf([&](std::uint32_t i, const std::uint32_t* time) DOSI_INLINE_LAMBDA {
      std::uint32_t any = 0;
      for (int l = 0; l < Lanes::width; ++l) any |= time[l] <= worst[l] && time[l] != kNever ? 1u : 0u;
      if (any == 0) return;
      for (int l = 0; l < Lanes::width; ++l) {
        if (time[l] > worst[l]) continue;
        list(l).offer(time[l], leaves(l / Leaves::width, i).index);
        worst[l] = list(l).worst();
      }
    });
  }
};

// The times of each root, from the order of a sweep to that of the caller's places; what no sweep reaches is there
// already.
struct Order_times {
  View<const std::uint32_t> from;  // [root][place in `leaves`]
  std::size_t stride;
  View<const Leaf> leaves;
  View<const std::uint32_t> row;  // of each root in `to`, or none: in order
  View<std::uint32_t> to;         // [row][place]
  std::size_t places;
  DOSI_HD void operator()(Team& team, std::size_t root) const {
    const std::uint32_t* source = from.data + root * stride;
    if (row.size > 0 && row[root] == kNoNode) return;
    std::uint32_t* target = to.data + (row.size > 0 ? row[root] : root) * places;
    team.for_each(leaves.size, [&](std::size_t i) { target[leaves[i].index] = source[i]; });
  }
};

// Puts the chunks' parts of a root together.
struct Merge_chunks {
  std::size_t chunks, n_sums;
  int k;
  View<const std::uint64_t> part_sums;
  View<std::uint32_t> part_times, part_places;
  View<std::uint64_t> out_sums;               // [root][sum]
  View<std::uint32_t> out_times, out_places;  // [root][k]

  DOSI_HD void operator()(std::size_t root) const {
    const std::size_t group = root / kLanes, lane = root % kLanes;
    for (std::size_t s = 0; s < n_sums; ++s) {
      std::uint64_t total = 0;
      for (std::size_t c = 0; c < chunks; ++c) total += part_sums[((group * chunks + c) * n_sums + s) * kLanes + lane];
      out_sums[root * n_sums + s] = total;
    }
    const auto ks = static_cast<std::size_t>(k);
    const Nearest best{out_times.data + root * ks, out_places.data + root * ks, 1, k};
    if (k > 0) best.clear();
    for (std::size_t c = 0; c < chunks; ++c)
      for (std::size_t i = 0; i < ks; ++i) {
        const std::size_t at = ((group * chunks + c) * ks + i) * kLanes + lane;
        best.offer(part_times[at], part_places[at]);
      }
  }
};

// What the roots of a wave are worth to each sum, in their order: nothing where a lane is empty.
struct Value_roots {
  Sums sums;
  View<const std::uint32_t> index;
  View<std::uint64_t> values;  // [sum][root]
  DOSI_HD void operator()(std::size_t i) const {
    const std::uint32_t root = index[i % index.size];
    values[i] = root == kNoNode ? 0 : sums.value(sums.sums[i / index.size], root);
  }
};

// What each leaf finds among the roots of a wave, added to what earlier waves found. A team has its parts to itself.
struct Reduce_by_leaf {
  Swept swept;
  Sums sums;
  View<const std::uint64_t> values;  // [sum][root]
  int k;
  View<std::uint64_t> out_sums;  // [leaf][sum]
  View<std::uint32_t> out_times, out_places;

  DOSI_HD void operator()(Team& team, std::size_t chunk) const {
    const View<std::uint32_t> rows = team.shared<std::uint32_t>(std::size_t{kMostRowsAPart} * kLanes);
    const View<std::uint8_t> marks = team.shared<std::uint8_t>(kMostRowsAPart);
    for (std::uint32_t p = swept.chunk_first[chunk]; p < swept.chunk_first[chunk + 1]; ++p)
      for (std::size_t g = 0; g < swept.wave.groups; ++g) {
        const Group group = swept.wave.work.group(g);
        swept.part(team, group, p, rows, marks, [&](std::uint32_t first, std::uint32_t last, std::uint32_t part_first) {
          team.sync();
          if constexpr (Team::serial) {
            with_metrics(group, Lanes(team), swept.leaves.data, swept.leaves_a_metric, swept.graph.first_metric,
                         [&](const auto& leaves) {
                           for (std::uint32_t i = first; i < last; ++i) reduce(leaves, group, g, i, rows, part_first);
                         });
          } else {
            team.for_each(last - first, [&](std::size_t i) {
              reduce_alone(team, group, g, first + static_cast<std::uint32_t>(i), rows, part_first);
            });
          }
          team.sync();
        });
      }
  }

  // A row of the answer.
  struct Row {
    std::uint64_t* total;
    Nearest nearest;
  };
  DOSI_HD Row row(const Leaf& leaf) const {
    const std::size_t at = std::size_t{leaf.index} * static_cast<std::size_t>(k);
    return {out_sums.data + leaf.index * sums.sums.size, {out_times.data + at, out_places.data + at, 1, k}};
  }

  // All lanes of a group for a leaf, a block of lanes with the same metric at a time.
  template <class Leaves>
  DOSI_INLINE DOSI_HD void reduce(const Leaves& leaves, const Group& group, std::size_t g, std::uint32_t i,
                                  View<std::uint32_t> rows, std::uint32_t part_first) const {
    const View<const Place> own = swept.wave.roots_of(g);
    const std::uint32_t* const index = swept.wave.index.data + g * kLanes;
    const std::uint32_t* const at_a = swept.labels(group, rows, leaves(0, i).row_a, part_first);
    const std::uint32_t* const at_b = swept.labels(group, rows, leaves(0, i).row_b, part_first);
    constexpr int width = Leaves::width;
    for (int b = 0; b < Leaves::blocks; ++b) {
      const int first = b * width, count = static_cast<int>(own.size) - first;
      if (count <= 0) return;
      std::uint32_t time[width];
      times_of_leaf<width>(swept.direction, own.data + first, group.edge + first, leaves(b, i), swept.places.data,
                           at_a + first, at_b + first, time);
      const Row row = this->row(leaves(b, i));
      for (std::size_t s = 0; s < sums.sums.size; ++s) {
        const Sum& what = sums.sums[s];
        const std::uint64_t* const value =
            values.data + s * swept.wave.roots.size + g * kLanes + static_cast<std::size_t>(first);
        std::uint64_t sum = 0;
        if (what.decay >= 0) {
          for (int l = 0; l < width && l < count; ++l) sum += sums.term(what, value[l], time[l]);
        } else if (const std::uint32_t limit = lesser(what.cutoff, kNever - 1); count >= width) {
          for (int l = 0; l < width; ++l) sum += time[l] <= limit ? value[l] : 0;
        } else {
          for (int l = 0; l < count; ++l) sum += time[l] <= limit ? value[l] : 0;
        }
        row.total[s] += sum;
      }
      if (k == 0) continue;
      std::uint32_t least = kNever;
      for (int l = 0; l < width; ++l) least = lesser(least, time[l]);
      if (least == kNever || least > row.nearest.worst()) continue;
      for (int l = 0; l < width && l < count; ++l)
        if (time[l] <= row.nearest.worst()) row.nearest.offer(time[l], index[first + l]);
    }
  }

  // The same by a thread of a team, which begins at a lane of its own, so that it meets another bank of the shared
  // memory.
  DOSI_HD void reduce_alone(const Team& team, const Group& group, std::size_t g, std::uint32_t i,
                            View<std::uint32_t> rows, std::uint32_t part_first) const {
    const View<const Place> own = swept.wave.roots_of(g);
    std::uint32_t metric = group.metric[0];
    Leaf leaf = swept.leaves[(metric - swept.graph.first_metric) * swept.leaves_a_metric + i];
    Row row = this->row(leaf);
    const std::uint32_t* const at_a = swept.labels(group, rows, leaf.row_a, part_first);
    const std::uint32_t* const at_b = swept.labels(group, rows, leaf.row_b, part_first);
    for (std::size_t j = 0; j < kLanes; ++j) {
      const std::size_t l = (j + team.rank()) % kLanes;
      if (l >= own.size) continue;
      if (group.metric[l] != metric) {
        metric = group.metric[l];
        leaf = swept.leaves[(metric - swept.graph.first_metric) * swept.leaves_a_metric + i];
        row = this->row(leaf);
      }
      std::uint32_t time;
      times_of_leaf<1>(swept.direction, own.data + l, group.edge + l, leaf, swept.places.data, at_a + l, at_b + l,
                       &time);
      if (time == kNever) continue;
      const std::size_t slot = g * kLanes + l;
      for (std::size_t s = 0; s < sums.sums.size; ++s)
        row.total[s] += sums.term(sums.sums[s], values[s * swept.wave.roots.size + slot], time);
      if (k > 0 && time <= row.nearest.worst()) row.nearest.offer(time, swept.wave.index[slot]);
    }
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

}  // namespace dosi::DOSI_BACKEND::access
