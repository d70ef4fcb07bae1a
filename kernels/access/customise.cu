// The passes of a customisation on one device. See customise.hpp.
#include "kernels/access/customise.hpp"

#include <algorithm>

#include "kernels/access/fronts.hpp"
#include "kernels/access/small_front.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Customise_plan;
using dosi::access::Elimination_view;

// Threads of a team on a GPU.
constexpr int kSubtreeThreads = 64, kFrontThreads = 512;

// A GPU has many teams; a CPU's likes what its caches hold.
inline std::uint32_t own_subtree_nodes(std::uint32_t nodes) { return Team::serial ? std::max<std::uint32_t>(1024, nodes / 256) : 64; }

// What both passes work on. A unit is the fronts first .. last: a subtree, or one front above all of them.
struct Fronts {
  View<const std::uint64_t> up_first;
  View<const Front> fronts;
  View<const std::uint32_t> in_parent, unit_first, unit_last;
  View<std::uint32_t> time_up, time_down, common, teams;
  std::uint64_t team_times, stack_begins;   // of a team's memory
  std::uint32_t unit;                       // the first of the stage
  bool subtrees;

  DOSI_HD std::uint32_t* memory(const Team& team) const { return subtrees ? teams.data + team.slot() * team_times : common.data; }
  DOSI_HD const std::uint32_t* rows_in_parent(const Front& f) const { return in_parent.data + f.in_parent; }
  DOSI_HD static std::uint32_t side(const Front& f) { return f.width + f.above; }

  // go(pass): a pass over a front of the unit first .. last, whose matrix begins at row `at` of the team's memory.
  template <class Go>
  DOSI_HD void with(const Team& team, const Front& front, std::uint32_t at, std::uint32_t first, std::uint32_t last, Go go) const {
#if !DOSI_ON_CUDA
    if (subtrees) {
      const std::uint64_t begin = up_first[fronts[first].node], end = up_first[fronts[last].node + fronts[last].width];
      std::uint32_t* const matrix = memory(team) + std::size_t{at} * kRowTimes;
      if (Small_front<1>::fits(front, up_first.data, begin, end)) return go(Small_front<1>(front, matrix, up_first.data));
      if (Small_front<2>::fits(front, up_first.data, begin, end)) return go(Small_front<2>(front, matrix, up_first.data));
    }
#endif
    (void)first, (void)last;
    go(Front_pass(team, front, matrix_at(memory(team), at, side(front)), up_first.data));
  }
};

struct Go_up : Fronts {
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::uint32_t first = unit_first[unit + index], last = unit_last[unit + index];
    std::uint32_t* const own = memory(team);
    for (std::uint32_t f = first; f <= last; ++f) {
      const Front& front = fronts[f];
      with(team, front, subtrees ? 0 : front.matrix, first, last, [&](auto pass) {
        pass.load(time_up.data, time_down.data);
        for (std::uint32_t c = front.first_child; c != kNoNode; c = fronts[c].next_sibling)
          pass.take_over(handed_on(own, fronts[c]), rows_in_parent(fronts[c]), fronts[c].above);
        pass.eliminate(time_up.data, time_down.data);
        if (subtrees) pass.hand_on(matrix_at(f == last ? common.data : own + stack_begins, front.handed_on, front.above));
      });
    }
  }

  // What a child left: a subtree in its place, a front above all of them in its own matrix.
  DOSI_HD Matrix handed_on(std::uint32_t* own, const Front& child) const {
    if (subtrees) return matrix_at(own + stack_begins, child.handed_on, child.above);
    if (child.top_of_subtree) return matrix_at(common.data, child.handed_on, child.above);
    return matrix_at(common.data, child.matrix, side(child)).from(child.width, child.width);
  }
};

struct Go_down : Fronts {
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::uint32_t first = unit_first[unit + index], last = unit_last[unit + index];
    for (std::uint32_t f = last + 1; f-- > first;) {
      const Front& front = fronts[f];
      with(team, front, front.matrix, first, last, [&](auto pass) {
        pass.load(time_up.data, time_down.data);
        Matrix parent;
        if (front.parent != kNoNode) parent = matrix_at(f == last ? common.data : memory(team), fronts[front.parent].matrix, side(fronts[front.parent]));
        pass.take_true_times(parent, rows_in_parent(front));
        pass.complete();
        pass.drop_dominated(time_up.data, time_down.data);
      });
    }
  }
};

class Device_customiser : public dosi::access::Customiser {
 public:
  Device_customiser(const Elimination_view& el, int device, std::uint32_t subtree_nodes)
      : Device_customiser(el, device, dosi::access::make_customise_plan(el, subtree_nodes > 0 ? subtree_nodes : own_subtree_nodes(el.nodes))) {}

  void customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down) override {
    if constexpr (Team::serial) {
      relax({time_up.data(), time_up.size()}, {time_down.data(), time_down.size()});
    } else {
      par::Buffer<std::uint32_t> d_up(ctx_, time_up), d_down(ctx_, time_down);
      relax(d_up.view(), d_down.view());
      d_up.download(time_up);
      d_down.download(time_down);
    }
  }

 private:
  Device_customiser(const Elimination_view& el, int device, const Customise_plan& plan)
      : ctx_(device), stage_first_(plan.stage_first), team_times_(plan.team_rows * kRowTimes), stack_begins_(plan.stack_begins * kRowTimes),
        up_first_(ctx_, el.up_first), fronts_(ctx_, std::span(plan.fronts)), in_parent_(ctx_, std::span(plan.in_parent)),
        unit_first_(ctx_, std::span(plan.unit_first)), unit_last_(ctx_, std::span(plan.unit_last)), common_(ctx_, plan.common_rows * kRowTimes),
        teams_(ctx_, team_times_ * static_cast<std::size_t>(ctx_.teams_at_once(kSubtreeThreads, 0))) {
    // The columns that pad a row out hold times too, whatever they are.
    common_.fill(kFar);
    teams_.fill(kFar);
  }

  void relax(View<std::uint32_t> time_up, View<std::uint32_t> time_down) {
    const auto stages = static_cast<std::uint32_t>(stage_first_.size() - 1);
    const auto fronts = [&](std::uint32_t s) {
      return Fronts{up_first_.view(), fronts_.view(), in_parent_.view(), unit_first_.view(), unit_last_.view(), time_up, time_down,
                    common_.view(), teams_.view(), team_times_, stack_begins_, stage_first_[s], s == 0};
    };
    for (std::uint32_t s = 0; s < stages; ++s) stage(s, Go_up{fronts(s)});
    for (std::uint32_t s = stages; s-- > 0;) stage(s, Go_down{fronts(s)});
  }
  template <class F>
  void stage(std::uint32_t s, F f) {
    par::for_each_team(ctx_, stage_first_[s + 1] - stage_first_[s], s == 0 ? kSubtreeThreads : kFrontThreads, 0, f);
  }

  par::Context ctx_;
  std::vector<std::uint32_t> stage_first_;
  std::uint64_t team_times_, stack_begins_;
  par::Buffer<std::uint64_t> up_first_;
  par::Buffer<Front> fronts_;
  par::Buffer<std::uint32_t> in_parent_, unit_first_, unit_last_, common_, teams_;
};

std::unique_ptr<dosi::access::Customiser> make_customiser(const Elimination_view& elimination, int device, std::uint32_t subtree_nodes) {
  return std::make_unique<Device_customiser>(elimination, device, subtree_nodes);
}

}  // namespace dosi::DOSI_BACKEND::access
