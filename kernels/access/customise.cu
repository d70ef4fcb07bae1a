// The passes of a customisation on one device. See customise.hpp.
#include "kernels/access/customise.hpp"

#include <algorithm>

#include "kernels/access/again.hpp"
#include "kernels/access/held_front.hpp"
#include "kernels/access/subtree_triangles.hpp"
#include "kernels/access/triangles.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Customise_plan;
using dosi::access::Differences;
using dosi::access::Elimination_view;

// Threads of a team on a GPU.
constexpr int kSubtreeThreads = 128, kFrontThreads = 512;

// A CPU's like what its caches hold. A GPU's have to fit a team's memory.
inline dosi::access::Subtree_limits own_limits(std::uint32_t nodes, std::uint32_t wanted) {
  if constexpr (Team::serial) return {wanted > 0 ? wanted : std::max<std::uint32_t>(1024, nodes / 256)};
  else return dosi::access::limits_of_triangles(wanted > 0 ? wanted : 256);
}

struct Copy_times {
  View<const std::uint32_t> from;
  View<std::uint32_t> to;
  DOSI_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};

class Device_customiser : public dosi::access::Customiser {
 public:
  Device_customiser(const Elimination_view& el, int device, std::uint32_t subtree_nodes)
      : ctx_(device), plan_(dosi::access::make_customise_plan(el, own_limits(el.nodes, subtree_nodes))),
        team_times_(plan_.team_rows * kRowTimes), up_first_(ctx_, el.up_first), fronts_(ctx_, std::span(plan_.fronts)),
        in_parent_(ctx_, std::span(plan_.in_parent)), unit_first_(ctx_, std::span(plan_.unit_first)),
        unit_last_(ctx_, std::span(plan_.unit_last)), unit_of_(ctx_, std::span(plan_.unit_of)),
        common_(ctx_, plan_.common_rows * kRowTimes),
        teams_(ctx_,
               Team::serial ? team_times_ * static_cast<std::size_t>(ctx_.teams_at_once(kSubtreeThreads, 0)) : 0) {
    // The columns that pad a row out hold times too, whatever they are.
    common_.fill(kFar);
    teams_.fill(kFar);
    if constexpr (Team::serial) return;
    const auto triangles = dosi::access::make_triangles(el, plan_);
    triangles_ = {ctx_, std::span(triangles.list)};
    level_first_ = {ctx_, std::span(triangles.level_first)};
    levels_first_ = {ctx_, std::span(triangles.levels_first)};
    most_slots_ = triangles.most_slots;
    most_arcs_ = triangles.most_arcs;
    for (std::uint32_t s = 0; s < stages(); ++s) {
      most_side_.push_back(0);
      for (std::uint32_t u = plan_.stage_first[s]; u < plan_.stage_first[s + 1]; ++u)
        most_side_[s] = std::max(most_side_[s], Fronts::side(plan_.fronts[plan_.unit_last[u]]));
    }
  }

  void customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down) override {
    on_device(time_up, time_down, [&](View<std::uint32_t> up, View<std::uint32_t> down) {
      rise(up, down);
      fall(up, down);
    });
  }

  std::vector<Differences> customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down,
                                     std::span<const Differences> streets) override {
    std::vector<Differences> out;
    if (streets.empty()) {
      customise(time_up, time_down);
      return out;
    }
    const Times street_up(ctx_, time_up), street_down(ctx_, time_down);
    on_device(time_up, time_down, [&](View<std::uint32_t> up, View<std::uint32_t> down) {
      rise(up, down);
      const Times learnt_up = copy(up), learnt_down = copy(down);
      Times learnt_common = copy(common_.view());
      fall(up, down);
      const std::size_t arcs = up.size, units = plan_.unit_last.size(),
                        bytes = 4 * (2 * arcs + common_.size() + 2 * units);
      const std::size_t wanted =
          Team::serial ? std::max<std::size_t>(8, 2 * static_cast<std::size_t>(ctx_.teams_at_once(kSubtreeThreads, 0)))
                       : streets.size();
      const std::size_t at_once =
          std::clamp<std::size_t>(ctx_.free_memory() / 2 / bytes, 1, std::min(wanted, streets.size()));
      Times time_up(ctx_, at_once * arcs), time_down(ctx_, at_once * arcs), common(ctx_, at_once * common_.size());
      Times rises(ctx_, at_once * units), falls(ctx_, at_once * units);
      common.fill(kFar);
      const Scenes scenes{street_up.view(),
                          street_down.view(),
                          learnt_up.view(),
                          learnt_down.view(),
                          up,
                          down,
                          learnt_common.view(),
                          common_.view(),
                          time_up.view(),
                          time_down.view(),
                          common.view(),
                          rises.view(),
                          falls.view(),
                          arcs,
                          units};
      for (std::size_t first = 0; first < streets.size(); first += at_once) {
        rises.fill(0);
        again(scenes, streets.subspan(first, std::min(at_once, streets.size() - first)), out);
      }
    });
    return out;
  }

 private:
  using Times = par::Buffer<std::uint32_t>;

  // f(up, down) where the backend works.
  template <class F>
  void on_device(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down, F f) {
    if constexpr (Team::serial) {
      f(View<std::uint32_t>{time_up.data(), time_up.size()}, View<std::uint32_t>{time_down.data(), time_down.size()});
    } else {
      Times d_up(ctx_, time_up), d_down(ctx_, time_down);
      f(d_up.view(), d_down.view());
      d_up.download(time_up);
      d_down.download(time_down);
    }
  }
  Times copy(View<std::uint32_t> from) {
    Times to(ctx_, from.size);
    par::for_each(ctx_, from.size, Copy_times{from, to.view()});
    return to;
  }

  Fronts fronts(std::uint32_t stage, View<std::uint32_t> time_up, View<std::uint32_t> time_down) {
    return {up_first_.view(),
            fronts_.view(),
            in_parent_.view(),
            unit_first_.view(),
            unit_last_.view(),
            unit_of_.view(),
            time_up,
            time_down,
            common_.view(),
            teams_.view(),
            team_times_,
            plan_.stack_begins * kRowTimes,
            plan_.stage_first[stage],
            stage == 0,
            {},
            {}};
  }
  std::uint32_t stages() const { return static_cast<std::uint32_t>(plan_.stage_first.size() - 1); }
  std::uint32_t units(std::uint32_t stage) const { return plan_.stage_first[stage + 1] - plan_.stage_first[stage]; }
  template <class F>
  void teams(std::uint32_t stage, std::size_t count, std::size_t scratch, F f) {
    par::for_each_team(ctx_, count, stage == 0 ? kSubtreeThreads : kFrontThreads, scratch, f);
  }

  // A pass over the units of a stage, as it goes here, and what it asks of a team.
  template <class Pass>
  struct Way {
    Pass pass;
    int threads;
    std::size_t scratch = 0;
  };
  // f(way up, way down) of a stage.
  template <class F>
  void with_ways(std::uint32_t stage, View<std::uint32_t> time_up, View<std::uint32_t> time_down, F f) {
    const Fronts own = fronts(stage, time_up, time_down);
    const auto by_fronts = [&] { f(Way<Go_up>{{own}, kFrontThreads}, Way<Go_down>{{own}, kFrontThreads}); };
#if DOSI_ON_CUDA
    const auto held = [&](auto tile) {
      using Up = Held_up<decltype(tile)::value>;
      using Down = Held_down<decltype(tile)::value>;
      f(Way<Up>{Up(own), kHeldThreads, Up::scratch()}, Way<Down>{Down(own), kHeldThreads, Down::scratch()});
    };
    if (stage == 0) {
      const auto subtree = [&](auto pass) {
        using Pass = decltype(pass);
        return Way<Pass>{pass, kSubtreeThreads, Pass::scratch(most_slots_, most_arcs_)};
      };
      f(subtree(Subtree_up(own, triangles_.view(), level_first_.view(), levels_first_.view())),
        subtree(Subtree_down(own, triangles_.view(), level_first_.view(), levels_first_.view())));
    } else if (most_side_[stage] <= Held<4>::kMostSide) {
      held(std::integral_constant<int, 4>());
    } else if (most_side_[stage] <= Held<8>::kMostSide) {
      held(std::integral_constant<int, 8>());
    } else if (most_side_[stage] <= Held<12>::kMostSide) {
      held(std::integral_constant<int, 12>());
    } else {
      by_fronts();
    }
#else
    by_fronts();
#endif
  }
  void rise(View<std::uint32_t> up, View<std::uint32_t> down) {
    for (std::uint32_t s = 0; s < stages(); ++s)
      with_ways(s, up, down, [&](const auto& way, const auto&) {
        par::for_each_team(ctx_, units(s), way.threads, way.scratch, way.pass);
      });
  }
  void fall(View<std::uint32_t> up, View<std::uint32_t> down) {
    for (std::uint32_t s = stages(); s-- > 0;)
      with_ways(s, up, down, [&](const auto&, const auto& way) {
        par::for_each_team(ctx_, units(s), way.threads, way.scratch, way.pass);
      });
  }

  // Some scenarios, whose differences are added to `out`.
  void again(const Scenes& scenes, std::span<const Differences> streets, std::vector<Differences>& out) {
    std::vector<std::vector<Turn>> of_stage(stages());
    for (std::uint32_t i = 0; i < streets.size(); ++i) {
      const auto rises = dosi::access::units_with(plan_, streets[i]);
      for (std::uint32_t s = 0; s < stages(); ++s)
        for (std::uint32_t u = plan_.stage_first[s]; u < plan_.stage_first[s + 1]; ++u)
          if (rises[u] != 0) of_stage[s].push_back({i, u});
    }
    std::vector<par::Buffer<Turn>> turns;
    for (std::uint32_t s = 0; s < stages(); ++s) {
      turns.emplace_back(ctx_, std::span<const Turn>(of_stage[s]));
      teams(s, of_stage[s].size(), 0, Begin_again{fronts(s, {}, {}), scenes, turns[s].view()});
    }
    for (std::size_t i = 0; i < streets.size(); ++i) {
      change(streets[i].up, Scenes::part(scenes.time_up, i, scenes.arcs));
      change(streets[i].down, Scenes::part(scenes.time_down, i, scenes.arcs));
    }
    for (std::uint32_t s = 0; s < stages(); ++s)
      with_ways(s, {}, {}, [&]<class Up>(const Way<Up>& way, const auto&) {
        par::for_each_team(ctx_, of_stage[s].size(), way.threads, way.scratch,
                           Go_up_again<Up>{way.pass, scenes, turns[s].view()});
      });
    for (std::uint32_t s = stages(); s-- > 0;)
      with_ways(s, {}, {}, [&]<class Down>(const auto&, const Way<Down>& way) {
        par::for_each_team(ctx_, streets.size() * units(s), way.threads,
                           way.scratch + Team::shared_bytes<std::uint32_t>(1),
                           Go_down_again<Down>{way.pass, scenes, units(s)});
      });
    collect(scenes, streets.size(), out);
  }

  void change(const std::vector<Arc_time>& streets, View<std::uint32_t> times) {
    const par::Buffer<Arc_time> changes(ctx_, std::span(streets));
    par::for_each(ctx_, changes.size(), Change_streets{changes.view(), times});
    ctx_.synchronize();
  }

  void collect(const Scenes& scenes, std::size_t scenarios, std::vector<Differences>& out) {
    constexpr std::size_t scratch = Team::shared_bytes<std::uint32_t>(2);
    const Fronts pass = fronts(0, {}, {});
    Times counts(ctx_, scenarios * 2 * scenes.units);
    teams(0, scenarios * scenes.units, scratch, Count_differences{pass, scenes, counts.view()});
    std::vector<std::uint64_t> first{0};
    for (const auto count : counts.to_host()) first.push_back(first.back() + count);
    const par::Buffer<std::uint64_t> d_first(ctx_, std::span<const std::uint64_t>(first));
    par::Buffer<Arc_time> list(ctx_, first.back());
    teams(0, scenarios * scenes.units, scratch, List_differences{pass, scenes, d_first.view(), list.view()});
    ctx_.synchronize();
    const auto all = list.to_host();
    for (std::size_t i = 0; i < scenarios; ++i) {
      const auto part = [&](std::size_t way) {
        const auto at = [&](std::size_t w) {
          return all.begin() + static_cast<std::ptrdiff_t>(first[(2 * i + w) * scenes.units]);
        };
        return std::vector<Arc_time>(at(way), at(way + 1));
      };
      out.push_back({part(0), part(1)});
    }
  }

  par::Context ctx_;
  Customise_plan plan_;
  std::uint64_t team_times_;
  par::Buffer<std::uint64_t> up_first_;
  par::Buffer<Front> fronts_;
  Times in_parent_, unit_first_, unit_last_, unit_of_, common_, teams_;
  // On a GPU: the triangles of its subtrees, and the most rows of a front of each stage.
  par::Buffer<dosi::access::Triangle> triangles_;
  Times level_first_, levels_first_;
  std::uint32_t most_slots_ = 0, most_arcs_ = 0;
  std::vector<std::uint32_t> most_side_;
};

std::unique_ptr<dosi::access::Customiser> make_customiser(const Elimination_view& elimination, int device,
                                                          std::uint32_t subtree_nodes) {
  return std::make_unique<Device_customiser>(elimination, device, subtree_nodes);
}

}  // namespace dosi::DOSI_BACKEND::access
