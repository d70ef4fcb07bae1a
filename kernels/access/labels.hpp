// Small tables without a sweep. The label of a place holds its times to, or from, the nodes of its path in the
// elimination tree; two places are as far apart as over the best node that both paths have. (Buckets on a customisable
// hierarchy: Dibbelt, Strasser, Wagner 2016; here each bucket is a row of a dense array by depth.)
#pragma once

#include "kernels/access/gather.hpp"
#include "kernels/access/ascend.hpp"

namespace dosi::DOSI_BACKEND::access {

// Columns of a table that go together: SIMD lanes on a CPU, a thread each on a GPU.
inline constexpr std::size_t kColumns = Team::serial ? 16 : 1;
// Columns whose labels stay in a CPU's second-level cache while rows pass by.
inline constexpr std::size_t kColumnsAPass = 64;

// The elimination tree and the arcs up from each node, with their times one way.
struct Tree {
  View<const std::uint32_t> parent, depth;  // depth: 0 at a root
  View<const std::uint64_t> up_first;
  View<const std::uint32_t> up_head, time;
  DOSI_HD std::size_t length(const Place& p) const { return p.a == kNoNode ? 0 : depth[lesser(p.a, p.b)] + 1; }
};

// The labels of places, by depth. `direction` as in Start: what leads away from them, or to them.
struct Climb {
  Tree tree;
  View<const Place> places;
  Direction direction;
  std::size_t depths;  // more than that of any place
  View<std::uint32_t> labels;
  std::size_t place_stride, depth_stride;  // of labels

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const Place& place = places[index];
    const std::size_t length = tree.length(place);
    const View<std::uint32_t> label = team.shared<std::uint32_t>(depths);
    team.for_each(depths, [&](std::size_t d) { label[d] = kFar; });
    team.sync();
    if (length > 0) {
      const Start start(place, direction);
      if (team.rank() == 0) {
        label[tree.depth[start.low]] = lesser(start.time_low, kFar);
        label[tree.depth[start.high]] = lesser(label[tree.depth[start.high]], start.time_high);
      }
      team.sync();
      for (std::uint32_t v = start.low; v != kNoNode; v = tree.parent[v]) {
        const std::uint32_t here = label[tree.depth[v]];
        const std::uint64_t first = tree.up_first[v];
        if (here < kFar)
          team.for_each(tree.up_first[v + 1] - first, [&](std::size_t e) {
            std::uint32_t& there = label[tree.depth[tree.up_head[first + e]]];
            there = lesser(there, here + tree.time[first + e]);
          });
        team.sync();
      }
    }
    team.for_each(depths, [&](std::size_t d) { labels[index * place_stride + d * depth_stride] = label[d]; });
    team.sync();
  }
};

// times[row][column], kNever where there is no way.
struct Meet {
  Tree tree;
  View<const std::uint32_t> size;  // of each node's subtree
  View<const Place> rows, columns;
  Direction direction;                      // from_roots: from rows to columns
  View<const std::uint32_t> row_labels;     // [row][depth]
  View<const std::uint32_t> column_labels;  // [depth][column], padded to kColumns
  std::size_t depths, padded;
  View<std::uint32_t> times;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t row = index % rows.size, begin = index / rows.size * kColumnsAPass;
    const std::size_t end = begin + kColumnsAPass < columns.size ? begin + kColumnsAPass : columns.size;
    const std::size_t length = tree.length(rows[row]);
    // The nodes of the row's path, by depth.
    const View<std::uint32_t> path = team.shared<std::uint32_t>(depths);
    if (team.rank() == 0 && length > 0) {
      std::uint32_t v = lesser(rows[row].a, rows[row].b);
      for (std::size_t d = length; d-- > 0; v = tree.parent[v]) path[d] = v;
    }
    team.sync();
    const std::uint32_t* const mine = row_labels.data + row * depths;
    team.for_each((end - begin + kColumns - 1) / kColumns, [&](std::size_t block) {
      const std::size_t first = begin + block * kColumns, count = end - first < kColumns ? end - first : kColumns;
      std::uint32_t time[kColumns], shared[kColumns], most = 0;
      for (std::size_t c = 0; c < kColumns; ++c) {
        time[c] = kFar;
        shared[c] = c < count ? common(path, length, columns[first + c]) : 0;
        most = shared[c] > most ? shared[c] : most;
      }
      for (std::uint32_t d = 0; d < most; ++d) {
        const std::uint32_t* const theirs = column_labels.data + d * padded + first;
        const std::uint32_t own = mine[d];
        DOSI_SIMD
        for (std::size_t c = 0; c < kColumns; ++c) {
          const std::uint32_t over = d < shared[c] ? own + theirs[c] : kFar;
          time[c] = over < time[c] ? over : time[c];
        }
      }
      for (std::size_t c = 0; c < count; ++c) {
        const Place& column = columns[first + c];
        if (column.edge != kNoNode && column.edge == rows[row].edge)
          time[c] = lesser(time[c], direct_time(direction, rows[row], column));
        times[row * columns.size + first + c] = time[c] >= kFar ? kNever : time[c];
      }
    });
    team.sync();
  }

  // How many nodes the row's path has in common with that of a place: those whose subtree the place lies in.
  DOSI_HD std::uint32_t common(View<const std::uint32_t> path, std::size_t length, const Place& place) const {
    if (place.a == kNoNode) return 0;
    const std::uint32_t low = lesser(place.a, place.b);
    std::size_t from = 0, to = length;
    while (from < to) {
      const std::size_t d = from + (to - from) / 2;
      const std::uint32_t v = path[d];
      if (low <= v && low + size[v] > v) from = d + 1;
      else to = d;
    }
    return static_cast<std::uint32_t>(from);
  }
};

// The reductions of a row of a table.
struct Reduce_row {
  View<const std::uint32_t> times;  // [row][column]
  std::size_t columns;
  std::uint32_t first;  // column, as the caller counts them
  Sums sums;
  int k;
  View<std::uint64_t> out_sums;               // [row][sum]
  View<std::uint32_t> out_times, out_places;  // [row][k]
  DOSI_HD void operator()(std::size_t row) const {
    const std::uint32_t* const time = times.data + row * columns;
    for (std::size_t s = 0; s < sums.sums.size; ++s) {
      std::uint64_t total = 0;
      for (std::size_t c = 0; c < columns; ++c)
        total += sums.term(sums.sums[s], sums.value(sums.sums[s], first + c), time[c]);
      out_sums[row * sums.sums.size + s] = total;
    }
    if (k == 0) return;
    const auto ks = static_cast<std::size_t>(k);
    const Nearest nearest{out_times.data + row * ks, out_places.data + row * ks, 1, k};
    nearest.clear();
    for (std::size_t c = 0; c < columns; ++c) nearest.offer(time[c], first + static_cast<std::uint32_t>(c));
  }
};

}  // namespace dosi::DOSI_BACKEND::access
