// The two passes of a customisation over a subtree on a GPU: its times lie in the team's fast memory, and each thread
// relaxes one of the triangles of a level at a time. See triangles.hpp. Fronts (fronts.hpp), whose answers these are,
// would leave most threads idle there: half of a city's have three nodes.
#pragma once

#include "kernels/access/passes.hpp"
#include "kernels/access/triangles.hpp"

#if DOSI_ON_CUDA

namespace dosi::cuda::access {

using dosi::access::pair_slot;
using dosi::access::Triangle;

// The times of an arc, or between two nodes above: from the lower to the higher, and back.
struct alignas(8) Both_ways {
  std::uint32_t up, down;
};

struct Subtree : Fronts {
  View<const Triangle> triangles;
  View<const std::uint32_t> level_first, levels_first;

  Subtree(const Fronts& fronts, View<const Triangle> list, View<const std::uint32_t> first_of_levels,
          View<const std::uint32_t> first_of_units)
      : Fronts(fronts), triangles(list), level_first(first_of_levels), levels_first(first_of_units) {}

 protected:
  // relax(triangle) for those of a unit, level by level, from the first on or from the last; the team syncs after each.
  // What a thread relaxes first of a level is on its way while the level before is relaxed.
  template <bool rising, class Relax>
  DOSI_HD void each_level(const Team& team, std::size_t own_unit, Relax relax) const {
    const std::uint32_t first = levels_first[own_unit], levels = levels_first[own_unit + 1] - first - 1;
    const auto begin_of = [&](std::uint32_t l) { return level_first[first + (rising ? l : levels - 1 - l)]; };
    const auto end_of = [&](std::uint32_t l) { return level_first[first + (rising ? l : levels - 1 - l) + 1]; };
    if (levels == 0) return;
    std::uint32_t begin = begin_of(0), end = end_of(0);
    Triangle own = triangle(begin + team.rank(), end);
    for (std::uint32_t l = 0; l < levels; ++l) {
      const std::uint32_t next = l + 1 < levels ? l + 1 : l, next_begin = begin_of(next), next_end = end_of(next);
      const Triangle next_own = triangle(next_begin + team.rank(), next_end);
      if (begin + team.rank() < end) relax(own);
      for (std::uint32_t e = begin + team.rank() + team.size(); e < end; e += kAhead * team.size()) {
        Triangle more[kAhead];
        DOSI_UNROLLED
        for (std::uint32_t i = 0; i < kAhead; ++i) more[i] = triangle(e + i * team.size(), end);
        DOSI_UNROLLED
        for (std::uint32_t i = 0; i < kAhead; ++i)
          if (e + i * team.size() < end) relax(more[i]);
      }
      team.sync();
      begin = next_begin;
      end = next_end;
      own = next_own;
    }
  }

 private:
  static constexpr std::uint32_t kAhead = 4;

  DOSI_HD Triangle triangle(std::uint32_t e, std::uint32_t end) const { return e < end ? triangles[e] : Triangle{}; }
};

struct Subtree_up : Subtree {
  using Subtree::Subtree;

  static std::size_t scratch(std::uint32_t most_slots, std::uint32_t) {
    return Team::shared_bytes<Both_ways>(most_slots);
  }
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, unit + index); }

  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Span arcs(*this, own_unit);
    const Front& top = fronts[unit_last[own_unit]];
    const auto count = static_cast<std::uint32_t>(arcs.last - arcs.first);
    const View<Both_ways> slots = team.shared<Both_ways>(count + dosi::access::pairs_of(top.above));
    team.for_each(slots.size, [&](std::size_t i) {
      slots[i] = i < count ? Both_ways{time_up[arcs.first + i], time_down[arcs.first + i]} : Both_ways{kFar, kFar};
    });
    team.sync();
    each_level<true>(team, own_unit, [&](Triangle t) {
      const Both_ways low = slots[t.low()], high = slots[t.high()];
      team.atomic_min(&slots[t.across()].up, low.down + high.up);
      team.atomic_min(&slots[t.across()].down, high.down + low.up);
    });
    team.for_each(count, [&](std::size_t i) {
      time_up[arcs.first + i] = slots[i].up;
      time_down[arcs.first + i] = slots[i].down;
    });
    const Matrix to = matrix_at(common.data, top.handed_on, top.above);
    team.for_each(std::size_t{top.above} * top.above, [&](std::size_t e) {
      const auto i = static_cast<std::uint32_t>(e) / top.above, j = static_cast<std::uint32_t>(e) % top.above;
      to.row(i)[j] = i < j   ? slots[count + pair_slot(i, j, top.above)].up
                     : j < i ? slots[count + pair_slot(j, i, top.above)].down
                             : kFar;
    });
  }
};

struct Subtree_down : Subtree {
  using Subtree::Subtree;

  static std::size_t scratch(std::uint32_t most_slots, std::uint32_t most_arcs) {
    return Team::shared_bytes<Both_ways>(most_slots) + Team::shared_bytes<Both_ways>(most_arcs);
  }
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, unit + index); }

  // The true times of a node's arcs come of what they have learnt and of the true times across, which are known.
  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Span arcs(*this, own_unit);
    const Front& top = fronts[unit_last[own_unit]];
    const auto count = static_cast<std::uint32_t>(arcs.last - arcs.first);
    const View<Both_ways> truth = team.shared<Both_ways>(count + dosi::access::pairs_of(top.above)),
                          learnt = team.shared<Both_ways>(count);
    team.for_each(count, [&](std::size_t i) {
      truth[i] = learnt[i] = {time_up[arcs.first + i], time_down[arcs.first + i]};
    });
    const Matrix parent = truth_above(top);
    const std::uint32_t* const row = rows_in_parent(top);
    team.for_each(std::size_t{top.above} * top.above, [&](std::size_t e) {
      const auto i = static_cast<std::uint32_t>(e) / top.above, j = static_cast<std::uint32_t>(e) % top.above;
      if (i < j) truth[count + pair_slot(i, j, top.above)].up = parent.row(row[i])[row[j]];
      if (j < i) truth[count + pair_slot(j, i, top.above)].down = parent.row(row[i])[row[j]];
    });
    team.sync();
    each_level<false>(team, own_unit, [&](Triangle t) {
      const Both_ways low = learnt[t.low()], high = learnt[t.high()], across = truth[t.across()];
      team.atomic_min(&truth[t.high()].up, low.up + across.up);
      team.atomic_min(&truth[t.low()].up, high.up + across.down);
      team.atomic_min(&truth[t.low()].down, across.up + high.down);
      team.atomic_min(&truth[t.high()].down, across.down + low.down);
    });
    // An arc that another way beats is on no shortest path up and down.
    team.for_each(count, [&](std::size_t i) {
      if (truth[i].up < learnt[i].up) time_up[arcs.first + i] = kFar;
      if (truth[i].down < learnt[i].down) time_down[arcs.first + i] = kFar;
    });
  }
};

}  // namespace dosi::cuda::access

#endif
