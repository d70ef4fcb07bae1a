// Reductions of a sweep's labels, a row for each leaf: it adds up what all lanes find, and a team has its parts to
// itself, so that nobody waits for another's sum.
#pragma once

#include "kernels/access/wave.hpp"

namespace dosi::DOSI_BACKEND::access {

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

}  // namespace dosi::DOSI_BACKEND::access
