// A customisation of streets of which only some have other times than before. A unit whose subtree holds none of them
// has nothing to learn on the way up; on the way down it has nothing to do where the true times that it takes over from
// above are those of before. The others go as they went, many scenarios at once, each in memory of its own.
#pragma once

#include "kernels/access/passes.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Arc_time;

// What the streets as they are left behind, and the memory of so many scenarios.
struct Scenes {
  View<const std::uint32_t> street_up, street_down;  // [arc] as they came in
  View<const std::uint32_t> learnt_up, learnt_down;  // after the way up
  View<const std::uint32_t> true_up, true_down;      // after the way down
  View<std::uint32_t> learnt_common, true_common;
  View<std::uint32_t> time_up, time_down;  // [scenario][arc]
  View<std::uint32_t> common;              // [scenario][time]
  View<std::uint32_t> rises, falls;        // [scenario][unit]: goes on the way up, down
  std::size_t arcs, units;

  DOSI_HD static View<std::uint32_t> part(View<std::uint32_t> all, std::size_t scenario, std::size_t size) {
    return all.part(scenario * size, size);
  }

  // The pass as it goes in a scenario.
  template <class Pass>
  DOSI_HD Pass in(Pass pass, std::size_t scenario, View<std::uint32_t> goes, View<std::uint32_t> common_before) const {
    pass.time_up = part(time_up, scenario, arcs);
    pass.time_down = part(time_down, scenario, arcs);
    pass.common = part(common, scenario, true_common.size);
    pass.goes = part(goes, scenario, units);
    pass.common_before = common_before;
    return pass;
  }
};

// A unit that goes in a scenario.
struct Turn {
  std::uint32_t scenario, unit;
};

// The streets of the units that will go up, as they are.
struct Begin_again {
  Fronts pass;
  Scenes scenes;
  View<const Turn> turns;
  DOSI_HD void operator()(const Team& team, std::size_t index) const {
    const Span arcs(pass, turns[index].unit);
    const std::size_t at = turns[index].scenario * scenes.arcs;
    team.for_each_simd(arcs.last - arcs.first, [&](std::size_t i) {
      scenes.time_up[at + arcs.first + i] = scenes.street_up[arcs.first + i];
      scenes.time_down[at + arcs.first + i] = scenes.street_down[arcs.first + i];
    });
    if (team.rank() == 0) scenes.rises[turns[index].scenario * scenes.units + turns[index].unit] = 1;
  }
};

// What a scenario says of some streets.
struct Change_streets {
  View<const Arc_time> changes;
  View<std::uint32_t> time;
  DOSI_HD void operator()(std::size_t i) const { time[changes[i].arc] = changes[i].time; }
};

// `Up`, `Down`: as the units of a stage go.
template <class Up>
struct Go_up_again {
  Up pass;
  Scenes scenes;
  View<const Turn> turns;  // of a stage
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const auto [scenario, unit] = turns[index];
    scenes.in(pass, scenario, scenes.rises, scenes.learnt_common).go(team, unit);
  }
};

// All units of a stage, in each scenario; most find that they have nothing to do.
template <class Down>
struct Go_down_again {
  Down pass;
  Scenes scenes;
  std::uint32_t units;  // of the stage
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t scenario = index / units, unit = pass.unit + index % units, at = scenario * scenes.units + unit;
    const Down own = scenes.in(pass, scenario, scenes.falls, scenes.true_common);
    const bool rose = scenes.rises[at] != 0, goes = rose || finds_other_times(team, own, unit);
    if (team.rank() == 0) scenes.falls[at] = goes ? 1 : 0;
    if (!goes) return;
    if (!rose) {
      const Span arcs(own, unit);
      team.for_each_simd(arcs.last - arcs.first, [&](std::size_t i) {
        own.time_up[arcs.first + i] = scenes.learnt_up[arcs.first + i];
        own.time_down[arcs.first + i] = scenes.learnt_down[arcs.first + i];
      });
    }
    team.sync();
    own.go(team, unit);
  }

  // Whether the times that the unit takes over from above are not those of before.
  DOSI_HD bool finds_other_times(Team& team, const Down& own, std::size_t unit) const {
    const Front& top = own.fronts[own.unit_last[unit]];
    if (top.parent == kNoNode || own.goes[own.unit_of[top.parent]] == 0) return false;
    const View<std::uint32_t> other = team.shared<std::uint32_t>(1);
    if (team.rank() == 0) other[0] = 0;
    team.sync();
    const Front& parent = own.fronts[top.parent];
    const Matrix now = matrix_at(own.common.data, parent.matrix, Fronts::side(parent)),
                 before = matrix_at(own.common_before.data, parent.matrix, Fronts::side(parent));
    const std::uint32_t* const row = own.rows_in_parent(top);
    team.for_each(top.above, [&](std::size_t i) {
      std::uint32_t differ = 0;
      for (std::uint32_t j = 0; j < top.above; ++j) differ |= now.row(row[i])[row[j]] ^ before.row(row[i])[row[j]];
      if (differ != 0) team.atomic_max(&other[0], std::uint32_t{1});
    });
    team.sync();
    return other[0] != 0;
  }
};

// Of each unit in each scenario, how many arcs ended otherwise than before: up and down one after the other.
struct Count_differences {
  Fronts pass;
  Scenes scenes;
  View<std::uint32_t> counts;  // [scenario][way][unit]
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t scenario = index / scenes.units, unit = index % scenes.units,
                      at = scenario * 2 * scenes.units + unit;
    const View<std::uint32_t> count = team.shared<std::uint32_t>(2);
    team.for_each(2, [&](std::size_t way) { count[way] = 0; });
    team.sync();
    if (scenes.falls[index] != 0) {
      const Span arcs(pass, unit);
      const std::uint32_t *const up = scenes.time_up.data + scenario * scenes.arcs, *const down =
                                                                                        scenes.time_down.data +
                                                                                        scenario * scenes.arcs;
      team.for_each(arcs.last - arcs.first, [&](std::size_t i) {
        const std::uint64_t arc = arcs.first + i;
        if (up[arc] != scenes.true_up[arc]) team.atomic_add(&count[0], std::uint32_t{1});
        if (down[arc] != scenes.true_down[arc]) team.atomic_add(&count[1], std::uint32_t{1});
      });
    }
    team.sync();
    team.for_each(2, [&](std::size_t way) { counts[at + way * scenes.units] = count[way]; });
  }
};

// Which they are, from `first` on, in any order within a unit.
struct List_differences {
  Fronts pass;
  Scenes scenes;
  View<const std::uint64_t> first;  // [scenario][way][unit]
  View<Arc_time> list;
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    if (scenes.falls[index] == 0) return;
    const std::size_t scenario = index / scenes.units, unit = index % scenes.units,
                      at = scenario * 2 * scenes.units + unit;
    const View<std::uint32_t> count = team.shared<std::uint32_t>(2);
    team.for_each(2, [&](std::size_t way) { count[way] = 0; });
    team.sync();
    const Span arcs(pass, unit);
    const auto add = [&](std::size_t way, View<const std::uint32_t> before, View<std::uint32_t> all,
                         std::uint64_t arc) {
      const std::uint32_t time = all[scenario * scenes.arcs + arc];
      if (time != before[arc])
        list[first[at + way * scenes.units] + team.atomic_add(&count[way], std::uint32_t{1})] = {
            static_cast<std::uint32_t>(arc), time};
    };
    team.for_each(arcs.last - arcs.first, [&](std::size_t i) {
      add(0, scenes.true_up, scenes.time_up, arcs.first + i);
      add(1, scenes.true_down, scenes.time_down, arcs.first + i);
    });
  }
};

}  // namespace dosi::DOSI_BACKEND::access
