// The two passes of a customisation over a unit of work: a subtree, or one front above all of them. See customise.hpp.
#pragma once

#include "kernels/access/fronts.hpp"
#include "kernels/access/small_front.hpp"

namespace dosi::DOSI_BACKEND::access {

// What both passes work on. A unit is the fronts first .. last: a subtree, or one front above all of them.
struct Fronts {
  View<const std::uint64_t> up_first;
  View<const Front> fronts;
  View<const std::uint32_t> in_parent, unit_first, unit_last, unit_of;
  View<std::uint32_t> time_up, time_down, common, teams;
  std::uint64_t team_times, stack_begins;  // of a team's memory
  std::uint32_t unit;                      // the first of the stage
  bool subtrees;
  // Where only some units go: whether each does, and the memory in which the others have been before. Else empty.
  View<const std::uint32_t> goes;
  View<std::uint32_t> common_before;

  DOSI_HD std::uint32_t* memory(const Team& team) const {
    return subtrees ? teams.data + team.slot() * team_times : common.data;
  }
  DOSI_HD std::uint32_t* common_of(std::uint32_t front) const {
    return goes.empty() || goes[unit_of[front]] != 0 ? common.data : common_before.data;
  }
  DOSI_HD const std::uint32_t* rows_in_parent(const Front& f) const { return in_parent.data + f.in_parent; }
  DOSI_HD static std::uint32_t side(const Front& f) { return f.width + f.above; }

  // What a child left: a subtree in its place, a front above all of them in its own matrix.
  DOSI_HD Matrix left_by(std::uint32_t front) const {
    const Front& child = fronts[front];
    if (child.top_of_subtree) return matrix_at(common_of(front), child.handed_on, child.above);
    return matrix_at(common_of(front), child.matrix, side(child)).from(child.width, child.width);
  }
  // The true times that a unit begins with, of its last front's parent; nothing at a root.
  DOSI_HD Matrix truth_above(const Front& front) const {
    if (front.parent == kNoNode) return {};
    return matrix_at(common_of(front.parent), fronts[front.parent].matrix, side(fronts[front.parent]));
  }

  // go(pass): a pass over a front of the unit first .. last, whose matrix begins at row `at` of the team's memory.
  template <class Go>
  DOSI_HD void with(const Team& team, const Front& front, std::uint32_t at, std::uint32_t first, std::uint32_t last,
                    Go go) const {
#if !DOSI_ON_CUDA
    if (subtrees) {
      const std::uint64_t begin = up_first[fronts[first].node], end = up_first[fronts[last].node + fronts[last].width];
      std::uint32_t* const matrix = memory(team) + std::size_t{at} * kRowTimes;
      if (Small_front<1>::fits(front, up_first.data, begin, end))
        return go(Small_front<1>(front, matrix, up_first.data));
      if (Small_front<2>::fits(front, up_first.data, begin, end))
        return go(Small_front<2>(front, matrix, up_first.data));
    }
#endif
    (void)first, (void)last;
    go(Front_pass(team, front, matrix_at(memory(team), at, side(front)), up_first.data));
  }
};

// The arcs of a unit.
struct Span {
  std::uint64_t first, last;
  DOSI_HD Span(const Fronts& p, std::size_t unit)
      : first(p.up_first[p.fronts[p.unit_first[unit]].node]),
        last(p.up_first[p.fronts[p.unit_last[unit]].node + p.fronts[p.unit_last[unit]].width]) {}
};

struct Go_up : Fronts {
  DOSI_HD void operator()(const Team& team, std::size_t index) const { go(team, unit + index); }

  DOSI_HD void go(const Team& team, std::size_t own_unit) const {
    const std::uint32_t first = unit_first[own_unit], last = unit_last[own_unit];
    std::uint32_t* const own = memory(team);
    for (std::uint32_t f = first; f <= last; ++f) {
      const Front& front = fronts[f];
      with(team, front, subtrees ? 0 : front.matrix, first, last, [&](auto pass) {
        pass.load(time_up.data, time_down.data);
        for (std::uint32_t c = front.first_child; c != kNoNode; c = fronts[c].next_sibling)
          pass.take_over(subtrees ? matrix_at(own + stack_begins, fronts[c].handed_on, fronts[c].above) : left_by(c),
                         rows_in_parent(fronts[c]), fronts[c].above);
        pass.eliminate(time_up.data, time_down.data);
        if (subtrees)
          pass.hand_on(matrix_at(f == last ? common.data : own + stack_begins, front.handed_on, front.above));
      });
    }
  }
};

struct Go_down : Fronts {
  DOSI_HD void operator()(const Team& team, std::size_t index) const { go(team, unit + index); }

  DOSI_HD void go(const Team& team, std::size_t own_unit) const {
    const std::uint32_t first = unit_first[own_unit], last = unit_last[own_unit];
    for (std::uint32_t f = last + 1; f-- > first;) {
      const Front& front = fronts[f];
      with(team, front, front.matrix, first, last, [&](auto pass) {
        pass.load(time_up.data, time_down.data);
        pass.take_true_times(f == last
                                 ? truth_above(front)
                                 : matrix_at(memory(team), fronts[front.parent].matrix, side(fronts[front.parent])),
                             rows_in_parent(front));
        pass.complete();
        pass.drop_dominated(time_up.data, time_down.data);
      });
    }
  }
};

}  // namespace dosi::DOSI_BACKEND::access
