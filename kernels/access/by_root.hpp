// Reductions of a sweep's labels, a row for each root, while a part is still in fast memory: a member of a team adds up
// what its own lanes find in a chunk of the parts, and the chunks are put together afterwards. Nobody waits for
// another's sum.
#pragma once

#include "kernels/access/wave.hpp"

namespace dosi::DOSI_BACKEND::access {

inline constexpr int kSumsAtOnce = 4;  // accumulators kept in registers
// Times of a root that are written at once: a cache line on a CPU, a sector of one on a GPU.
inline constexpr std::size_t kTimesAtOnce = Team::serial ? 16 : 8;

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

}  // namespace dosi::DOSI_BACKEND::access
