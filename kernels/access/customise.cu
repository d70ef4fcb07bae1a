// The passes of a customisation on one device. See customise.hpp.
#include "kernels/access/customise.hpp"

#include <algorithm>

#include "kernels/core/team.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Customise_plan;
using dosi::access::Elimination_view;
using dosi::access::kFar;

// Threads of a team on a GPU. A warp takes an arc, its lanes the neighbours on the arc's other end.
constexpr int kSubtreeThreads = 128, kChainThreads = 512;

// A GPU's team takes its nodes one after another, with a wait after each; a CPU's likes what its caches hold.
inline std::uint32_t own_subtree_nodes(std::uint32_t nodes) { return Team::serial ? std::max<std::uint32_t>(1024, nodes / 256) : 64; }

struct Triangles {
  View<const std::uint64_t> up_first, lower_first;
  View<const std::uint32_t> up_head, lower_arc, tail;

  // f(arc of v, arc of x) for the neighbours y that v, from `j` on, has in common with x: arcs v - y and x - y. All that
  // v has from there on are x's too. By the lanes of a warp, or in long runs, side by side in both, with SIMD.
  template <class F>
  DOSI_HD void common(std::uint64_t j, std::uint64_t end, std::uint32_t x, unsigned lane, F f) const {
    std::uint64_t at = up_first[x];
    const std::uint32_t* const head = up_head.data;
    if constexpr (DOSI_ON_CUDA == 0) {
      while (j < end) {
        while (head[at] != head[j]) ++at;
        std::uint64_t count = 1;
        while (j + count + kRun <= end && alike(head + j + count, head + at + count)) count += kRun;
        while (j + count < end && head[j + count] == head[at + count]) ++count;
        DOSI_INDEPENDENT
        for (std::uint64_t k = 0; k < count; ++k) f(j + k, at + k);
        j += count;
        at += count;
      }
    } else {
      for (j += lane; j < end; j += 32) {
        std::uint64_t low = at, high = up_first[x + 1];
        while (high - low > 1) {
          const std::uint64_t middle = low + (high - low) / 2;
          if (head[middle] <= head[j]) low = middle;
          else high = middle;
        }
        f(j, low);
        at = low;
      }
    }
  }

 private:
  static constexpr std::uint64_t kRun = 8;
  DOSI_HD static bool alike(const std::uint32_t* a, const std::uint32_t* b) {
    std::uint32_t difference = 0;
    for (std::uint64_t k = 0; k < kRun; ++k) difference |= a[k] ^ b[k];
    return difference == 0;
  }
};

// f(i, lane) for i in [first, last) by the warps of a team, or one after another.
template <class F>
DOSI_HD void by_warps(const Team& team, std::uint64_t first, std::uint64_t last, F f) {
  if constexpr (Team::serial) {
    for (std::uint64_t i = first; i < last; ++i) f(i, 0u);
  } else {
    for (std::uint64_t i = first + team.rank() / 32; i < last; i += team.size() / 32) f(i, team.rank() % 32);
  }
}

struct Units {
  View<const std::uint32_t> unit_first, unit_node;
  std::uint32_t first;   // unit of the stage
  // node(x) for each node of a unit, ascending or descending, with a sync after each.
  template <class Node>
  DOSI_HD void each(const Team& team, std::size_t index, bool ascending, Node node) const {
    const std::uint32_t from = unit_first[first + index], to = unit_first[first + index + 1];
    for (std::uint32_t i = 0; i < to - from; ++i) {
      node(unit_node[ascending ? from + i : to - 1 - i]);
      team.sync();
    }
  }
};

// The way between x and a neighbour above it may lead through a lower neighbour of both.
struct Gather_lower {
  Triangles triangles;
  Units units;
  View<std::uint32_t> time_up, time_down;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    units.each(team, index, true, [&](std::uint32_t x) {
      by_warps(team, triangles.lower_first[x], triangles.lower_first[x + 1], [&](std::uint64_t l, unsigned lane) {
        const std::uint32_t a = triangles.lower_arc[l], x_to_v = time_down[a], v_to_x = time_up[a];
        if (x_to_v >= kFar && v_to_x >= kFar) return;
        triangles.common(std::uint64_t{a} + 1, triangles.up_first[triangles.tail[a] + 1], x, lane, [&](std::uint64_t j, std::uint64_t at) {
          lower(team, time_up.data + at, x_to_v + time_up.data[j]);        // x -> v -> y
          lower(team, time_down.data + at, time_down.data[j] + v_to_x);    // y -> v -> x
        });
      });
    });
  }

  DOSI_HD static void lower(const Team& team, std::uint32_t* time, std::uint32_t to) {
    if constexpr (Team::serial) *time = to < *time ? to : *time;
    else if (to < *time) team.atomic_min(time, to);
  }
};

// With the ways between all higher nodes known exactly, the best way from v to each of its neighbours over another one.
// Which of v's times were lowered already when another is read makes no difference: a way over two neighbours is a way
// over the last of them.
struct Go_over_higher {
  Triangles triangles;
  Units units;
  View<std::uint32_t> up, down;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    units.each(team, index, false, [&](std::uint32_t v) {
      const std::uint64_t end = triangles.up_first[v + 1];
      by_warps(team, triangles.up_first[v], end, [&](std::uint64_t i, unsigned lane) {
        const std::uint32_t up_i = up[i], down_i = down[i];
        std::uint32_t best_up = up_i, best_down = down_i;
        triangles.common(i + 1, end, triangles.up_head[i], lane, [&](std::uint64_t j, std::uint64_t at) {
          const std::uint32_t x_up = up.data[at], x_down = down.data[at], j_up = up.data[j], j_down = down.data[j];
          best_up = j_up + x_down < best_up ? j_up + x_down : best_up;
          best_down = x_up + j_down < best_down ? x_up + j_down : best_down;
          Gather_lower::lower(team, up.data + j, up_i + x_up);
          Gather_lower::lower(team, down.data + j, x_down + down_i);
        });
        Gather_lower::lower(team, up.data + i, best_up);
        Gather_lower::lower(team, down.data + i, best_down);
      });
    });
  }
};

// An arc that another way beats is on no shortest path up and down.
struct Drop_dominated {
  View<const std::uint32_t> best_up, best_down;
  View<std::uint32_t> time_up, time_down;
  DOSI_HD void operator()(std::size_t a) const {
    if (best_up[a] < time_up[a]) time_up[a] = kFar;
    if (best_down[a] < time_down[a]) time_down[a] = kFar;
  }
};

struct Copy_times {
  View<const std::uint32_t> from;
  View<std::uint32_t> to;
  DOSI_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};

class Device_customiser : public dosi::access::Customiser {
 public:
  Device_customiser(const Elimination_view& el, int device, std::uint32_t subtree_nodes)
      : Device_customiser(el, device, dosi::access::make_customise_plan(el, subtree_nodes > 0 ? subtree_nodes : own_subtree_nodes(el.nodes))) {}

  void customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down) override {
    time_up_.upload(time_up);
    time_down_.upload(time_down);
    const std::size_t arcs = time_up.size();
    for (std::uint32_t s = 0; s + 1 < stage_first_.size(); ++s) stage(s, Gather_lower{triangles(), units(s), time_up_.view(), time_down_.view()});
    par::for_each(ctx_, arcs, Copy_times{time_up_.view(), best_up_.view()});
    par::for_each(ctx_, arcs, Copy_times{time_down_.view(), best_down_.view()});
    for (auto s = static_cast<std::uint32_t>(stage_first_.size() - 1); s-- > 0;) stage(s, Go_over_higher{triangles(), units(s), best_up_.view(), best_down_.view()});
    par::for_each(ctx_, arcs, Drop_dominated{best_up_.view(), best_down_.view(), time_up_.view(), time_down_.view()});
    time_up_.download(time_up);
    time_down_.download(time_down);
  }

 private:
  Device_customiser(const Elimination_view& el, int device, const Customise_plan& plan)
      : ctx_(device), stage_first_(plan.stage_first), up_first_(ctx_, el.up_first), lower_first_(ctx_, std::span(plan.lower_first)),
        up_head_(ctx_, el.up_head), lower_arc_(ctx_, std::span(plan.lower_arc)), tail_(ctx_, std::span(plan.tail)),
        unit_first_(ctx_, std::span(plan.unit_first)), unit_node_(ctx_, std::span(plan.unit_node)), time_up_(ctx_, el.up_head.size()),
        time_down_(ctx_, el.up_head.size()), best_up_(ctx_, el.up_head.size()), best_down_(ctx_, el.up_head.size()) {}

  Triangles triangles() const { return {up_first_.view(), lower_first_.view(), up_head_.view(), lower_arc_.view(), tail_.view()}; }
  Units units(std::uint32_t stage) const { return {unit_first_.view(), unit_node_.view(), stage_first_[stage]}; }
  template <class F>
  void stage(std::uint32_t s, F f) {
    par::for_each_team(ctx_, stage_first_[s + 1] - stage_first_[s], s == 0 ? kSubtreeThreads : kChainThreads, 0, f);
  }

  par::Context ctx_;
  std::vector<std::uint32_t> stage_first_;
  par::Buffer<std::uint64_t> up_first_, lower_first_;
  par::Buffer<std::uint32_t> up_head_, lower_arc_, tail_, unit_first_, unit_node_, time_up_, time_down_, best_up_, best_down_;
};

std::unique_ptr<dosi::access::Customiser> make_customiser(const Elimination_view& elimination, int device, std::uint32_t subtree_nodes) {
  return std::make_unique<Device_customiser>(elimination, device, subtree_nodes);
}

}  // namespace dosi::DOSI_BACKEND::access
