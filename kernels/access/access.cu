// The engine of `access` on one device: waves of root groups, swept and reduced. See access.hpp.
#include "kernels/access/access.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/access/gather.hpp"
#include "kernels/access/sweep.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Engine;
using dosi::access::Hierarchy_view;
using dosi::access::Reduction;
using dosi::access::Rows;

namespace {

constexpr int kThreads = 512;      // of a team on a GPU
constexpr int kSumsAtOnce = 4;     // accumulators kept in registers
constexpr std::size_t kLanesSize = kLanes;

}  // namespace

// One wave's memory: labels and marks of each group.
struct Workspace {
  View<std::uint32_t> labels;
  View<std::uint8_t> marks;
  std::uint32_t nodes;
  DOSI_HD std::uint32_t* labels_of(std::size_t group) const { return labels.data + group * nodes * kLanes; }
  DOSI_HD std::uint8_t* marks_of(std::size_t group) const { return marks.data + group * nodes; }
};

DOSI_HD inline View<const Place> roots_of(View<const Place> roots, std::size_t group) {
  const std::size_t first = group * kLanes;
  const std::size_t left = roots.size - first;
  return roots.part(first, left < kLanes ? left : kLanes);
}

// Labels alone, for reductions by leaf.
struct Sweep_group {
  Graph graph;
  Workspace work;
  View<const Place> roots;
  Direction direction;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    sweep(team, graph, roots_of(roots, group), direction, work.labels_of(group), work.marks_of(group));
  }
};

// Labels, then the leaves of each root: sums, nearest, matrix, in as many passes over the leaves as needed.
struct Reduce_by_root {
  Graph graph;
  Workspace work;
  View<const Place> roots, leaves;
  Direction direction;
  Sums sums;
  int k;
  View<std::uint32_t> list_times, list_places;      // [group][slot][k][lane]
  View<std::uint64_t> out_sums;                     // [root][sum]
  View<std::uint32_t> out_nearest_time, out_nearest_place, out_times;

  DOSI_HD void operator()(Team& team, std::size_t group) const {
    const auto own = roots_of(roots, group);
    std::uint32_t* labels = work.labels_of(group);
    sweep(team, graph, own, direction, labels, work.marks_of(group));
    for (std::size_t s = 0; s < sums.sums.size; s += kSumsAtOnce) add_sums(team, group, own, labels, s);
    if (k > 0) find_nearest(team, group, own, labels);
    if (out_times.size > 0) write_times(team, group, own, labels);
  }

  // f(leaf index, times[width]) for the leaves of this member's slot.
  template <class F>
  DOSI_HD void each_leaf(const Lanes& lanes, View<const Place> own, const std::uint32_t* labels, F f) const {
    std::uint32_t times[Lanes::width];
    const int used = static_cast<int>(own.size) - lanes.first;
    for (std::size_t leaf = static_cast<std::size_t>(lanes.slot); leaf < leaves.size; leaf += static_cast<std::size_t>(lanes.slots)) {
      times_of_leaf<Lanes::width>(direction, own.data + lanes.first, used, leaves[leaf], labels + lanes.first, times);
      f(leaf, times);
    }
  }

  DOSI_HD void add_sums(Team& team, std::size_t group, View<const Place> own, const std::uint32_t* labels,
                        std::size_t first) const {
    const Lanes lanes(team);
    const int count = static_cast<int>(sums.sums.size - first < kSumsAtOnce ? sums.sums.size - first : kSumsAtOnce);
    std::uint64_t total[kSumsAtOnce][Lanes::width] = {};
    each_leaf(lanes, own, labels, [&](std::size_t leaf, const std::uint32_t* times) {
      for (int s = 0; s < count; ++s) {
        const Sum& sum = sums.sums[first + static_cast<std::size_t>(s)];
        const std::uint64_t value = sums.value(sum, leaf);
        if (sum.decay < 0) {
          DOSI_SIMD
          for (int l = 0; l < Lanes::width; ++l) total[s][l] += times[l] <= sum.cutoff && times[l] != kNever ? value : 0;
        } else {
          for (int l = 0; l < Lanes::width; ++l) total[s][l] += sums.term(sum, value, times[l]);
        }
      }
    });
    // The slots' parts, put together. Whole numbers: any order gives the same.
    std::uint64_t* out = out_sums.data + group * kLanes * sums.sums.size + first;
    team.for_each(own.size * static_cast<std::size_t>(count), [&](std::size_t i) {
      out[i / static_cast<std::size_t>(count) * sums.sums.size + i % static_cast<std::size_t>(count)] = 0;
    });
    team.sync();
    for (int l = 0; l < Lanes::width; ++l) {
      const std::size_t lane = static_cast<std::size_t>(lanes.first + l);
      if (lane >= own.size) break;
      for (int s = 0; s < count; ++s) team.atomic_add(out + lane * sums.sums.size + static_cast<std::size_t>(s), total[s][l]);
    }
    team.sync();
  }

  DOSI_HD Nearest list(std::size_t group, int slots, int slot, std::size_t lane) const {
    const std::size_t at = (group * static_cast<std::size_t>(slots) + static_cast<std::size_t>(slot)) * static_cast<std::size_t>(k) * kLanes + lane;
    return {list_times.data + at, list_places.data + at, kLanes, k};
  }

  DOSI_HD void find_nearest(Team& team, std::size_t group, View<const Place> own, const std::uint32_t* labels) const {
    const Lanes lanes(team);
    std::uint32_t worst[Lanes::width];
    for (int l = 0; l < Lanes::width; ++l) {
      list(group, lanes.slots, lanes.slot, static_cast<std::size_t>(lanes.first + l)).clear();
      worst[l] = kNever;
    }
    each_leaf(lanes, own, labels, [&](std::size_t leaf, const std::uint32_t* times) {
      bool any = false;
      for (int l = 0; l < Lanes::width; ++l) any |= times[l] < worst[l];
      if (!any) return;
      for (int l = 0; l < Lanes::width; ++l) {
        if (times[l] >= worst[l]) continue;
        const auto nearest = list(group, lanes.slots, lanes.slot, static_cast<std::size_t>(lanes.first + l));
        nearest.offer(times[l], static_cast<std::uint32_t>(leaf));
        worst[l] = nearest.worst();
      }
    });
    team.sync();
    team.for_each(own.size, [&](std::size_t lane) {
      const auto best = list(group, lanes.slots, 0, lane);
      for (int slot = 1; slot < lanes.slots; ++slot) {
        const auto other = list(group, lanes.slots, slot, lane);
        for (int i = 0; i < k; ++i)
          best.offer(other.times[static_cast<std::size_t>(i) * kLanes], other.places[static_cast<std::size_t>(i) * kLanes]);
      }
      const std::size_t row = (group * kLanes + lane) * static_cast<std::size_t>(k);
      for (int i = 0; i < k; ++i) {
        out_nearest_time[row + static_cast<std::size_t>(i)] = best.times[static_cast<std::size_t>(i) * kLanes];
        out_nearest_place[row + static_cast<std::size_t>(i)] = best.places[static_cast<std::size_t>(i) * kLanes];
      }
    });
    team.sync();
  }

  DOSI_HD void write_times(Team& team, std::size_t group, View<const Place> own, const std::uint32_t* labels) const {
    const Lanes lanes(team);
    each_leaf(lanes, own, labels, [&](std::size_t leaf, const std::uint32_t* times) {
      for (int l = 0; l < Lanes::width; ++l) {
        const std::size_t lane = static_cast<std::size_t>(lanes.first + l);
        if (lane < own.size) out_times[(group * kLanes + lane) * leaves.size + leaf] = times[l];
      }
    });
    team.sync();
  }
};

// One leaf against all roots of the wave, added to what earlier waves found.
struct Reduce_by_leaf {
  Workspace work;
  View<const Place> roots, leaves;       // roots of this wave
  std::size_t first_root;
  Direction direction;
  Sums sums;
  int k;
  View<std::uint64_t> out_sums;          // [leaf][sum]
  View<std::uint32_t> out_nearest_time, out_nearest_place;

  DOSI_HD void operator()(std::size_t leaf) const {
    std::uint32_t times[kLanes];
    const Place place = leaves[leaf];
    if (place.a == kNoNode) return;
    const Nearest nearest{out_nearest_time.data + leaf * static_cast<std::size_t>(k),
                          out_nearest_place.data + leaf * static_cast<std::size_t>(k), 1, k};
    for (std::size_t group = 0; group * kLanes < roots.size; ++group) {
      const auto own = roots_of(roots, group);
      const int used = static_cast<int>(own.size);
      times_of_leaf<kLanes>(direction, own.data, used, place, work.labels_of(group), times);
      const std::size_t base = first_root + group * kLanes;
      for (std::size_t s = 0; s < sums.sums.size; ++s) {
        const Sum& sum = sums.sums[s];
        std::uint64_t total = 0;
        for (int l = 0; l < used; ++l) total += sums.term(sum, sums.value(sum, base + static_cast<std::size_t>(l)), times[l]);
        out_sums[leaf * sums.sums.size + s] += total;
      }
      if (k > 0)
        for (int l = 0; l < used; ++l)
          if (times[l] < nearest.worst()) nearest.offer(times[l], static_cast<std::uint32_t>(base + static_cast<std::size_t>(l)));
    }
  }
};

namespace {

class Device_engine final : public Engine {
 public:
  Device_engine(const Hierarchy_view& h, int device)
      : ctx_(device), nodes_(h.nodes), up_first_(ctx_, h.up_first), up_head_(ctx_, h.up_head),
        time_up_(ctx_, h.time_up), time_down_(ctx_, h.time_down), parent_(ctx_, h.parent),
        level_first_(ctx_, h.level_first), level_nodes_(ctx_, h.level_nodes) {}

  void by_root(Direction direction, std::span<const Place> roots, std::span<const Place> leaves,
               const Reduction& reduction, const Rows& rows) override {
    const Summing summing(ctx_, reduction, leaves.size());
    const par::Buffer<Place> d_leaves(ctx_, leaves);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size();
    const std::size_t slots = Team::serial ? 1 : kThreads / kLanes;
    const std::size_t times_a_root = reduction.matrix ? leaves.size() : 0;
    const std::size_t a_group = kLanesSize * (k * 8 * (slots + 1) + n_sums * 8 + times_a_root * 4);
    const std::size_t groups = groups_a_wave(roots.size(), a_group);

    for (std::size_t first = 0; first < roots.size(); first += groups * kLanesSize) {
      const std::size_t count = std::min(roots.size() - first, groups * kLanesSize);
      const std::size_t wave = (count + kLanesSize - 1) / kLanesSize;
      const par::Buffer<Place> d_roots(ctx_, roots.subspan(first, count));
      par::Buffer<std::uint32_t> lists_t(ctx_, wave * slots * k * kLanesSize), lists_p(ctx_, wave * slots * k * kLanesSize);
      par::Buffer<std::uint64_t> out_sums(ctx_, count * n_sums);
      par::Buffer<std::uint32_t> near_t(ctx_, count * k), near_p(ctx_, count * k), times(ctx_, count * times_a_root);
      par::for_each_team(ctx_, wave, kThreads, 0,
                         Reduce_by_root{graph(direction), workspace(wave), d_roots.view(), d_leaves.view(), direction,
                                        summing.view(), reduction.nearest, lists_t.view(), lists_p.view(),
                                        out_sums.view(), near_t.view(), near_p.view(), times.view()});
      ctx_.synchronize();
      if (n_sums > 0) out_sums.download(rows.sums.subspan(first * n_sums, count * n_sums));
      if (k > 0) {
        near_t.download(rows.nearest_time.subspan(first * k, count * k));
        near_p.download(rows.nearest_place.subspan(first * k, count * k));
      }
      if (times_a_root > 0) times.download(rows.times.subspan(first * times_a_root, count * times_a_root));
    }
  }

  void by_leaf(Direction direction, std::span<const Place> roots, std::span<const Place> leaves,
               const Reduction& reduction, const Rows& rows) override {
    const Summing summing(ctx_, reduction, roots.size());
    const par::Buffer<Place> d_leaves(ctx_, leaves);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size();
    par::Buffer<std::uint64_t> out_sums(ctx_, leaves.size() * n_sums);
    par::Buffer<std::uint32_t> near_t(ctx_, leaves.size() * k), near_p(ctx_, leaves.size() * k);
    if (n_sums > 0) out_sums.fill(0);
    if (k > 0) {
      near_t.fill(kNever);
      near_p.fill(kNever);
    }
    const std::size_t groups = groups_a_wave(roots.size(), 0);
    for (std::size_t first = 0; first < roots.size(); first += groups * kLanesSize) {
      const std::size_t count = std::min(roots.size() - first, groups * kLanesSize);
      const std::size_t wave = (count + kLanesSize - 1) / kLanesSize;
      const par::Buffer<Place> d_roots(ctx_, roots.subspan(first, count));
      const auto work = workspace(wave);
      par::for_each_team(ctx_, wave, kThreads, 0, Sweep_group{graph(direction), work, d_roots.view(), direction});
      par::for_each(ctx_, leaves.size(),
                    Reduce_by_leaf{work, d_roots.view(), d_leaves.view(), first, direction, summing.view(),
                                   reduction.nearest, out_sums.view(), near_t.view(), near_p.view()});
      ctx_.synchronize();
    }
    if (n_sums > 0) out_sums.download(rows.sums);
    if (k > 0) {
      near_t.download(rows.nearest_time);
      near_p.download(rows.nearest_place);
    }
  }

 private:
  // What a reduction sums, on the device.
  struct Summing {
    Summing(par::Context& ctx, const Reduction& r, std::size_t places) : places_(places) {
      std::vector<std::uint64_t> columns, first{0};
      std::vector<std::uint32_t> weights;
      for (const auto& c : r.columns) {
        if (c.size() != places) throw std::invalid_argument("a column has " + std::to_string(c.size()) + " values for " + std::to_string(places) + " places");
        columns.insert(columns.end(), c.begin(), c.end());
      }
      for (const auto& d : r.decays) {
        weights.insert(weights.end(), d.begin(), d.end());
        first.push_back(weights.size());
      }
      sums_ = par::Buffer<Sum>(ctx, r.sums);
      columns_ = par::Buffer<std::uint64_t>(ctx, std::span<const std::uint64_t>(columns));
      weights_ = par::Buffer<std::uint32_t>(ctx, std::span<const std::uint32_t>(weights));
      first_ = par::Buffer<std::uint64_t>(ctx, std::span<const std::uint64_t>(first));
    }
    Sums view() const { return {sums_.view(), columns_.view(), places_, {weights_.view(), first_.view()}}; }
    std::size_t places_;
    par::Buffer<Sum> sums_;
    par::Buffer<std::uint64_t> columns_, first_;
    par::Buffer<std::uint32_t> weights_;
  };

  Graph graph(Direction d) const {
    const bool out = d == Direction::from_roots;
    return {nodes_, up_first_.view(), up_head_.view(), out ? time_up_.view() : time_down_.view(),
            out ? time_down_.view() : time_up_.view(), parent_.view(), level_first_.view(), level_nodes_.view()};
  }

  // As many groups as run at once, fewer where the labels or the caller's `extra` bytes a group would not fit.
  std::size_t groups_a_wave(std::size_t roots, std::size_t extra) {
    const std::size_t needed = (roots + kLanesSize - 1) / kLanesSize;
    std::size_t groups = static_cast<std::size_t>(std::max(1, ctx_.teams_at_once(kThreads, 0)));
    if (!Team::serial) groups = std::max<std::size_t>(groups, 1);
    const std::size_t a_group = std::size_t{nodes_} * (kLanesSize * 4 + 1) + extra + 1;
    const std::size_t held = labels_.size() * 4 + marks_.size();
    groups = std::min(groups, std::max<std::size_t>(1, (ctx_.free_memory() + held) / 10 * 7 / a_group));
    return std::max<std::size_t>(1, std::min(groups, needed));
  }

  Workspace workspace(std::size_t groups) {
    const std::size_t labels = groups * nodes_ * kLanesSize;
    if (labels_.size() < labels) {
      labels_ = par::Buffer<std::uint32_t>();
      marks_ = par::Buffer<std::uint8_t>();
      labels_ = par::Buffer<std::uint32_t>(ctx_, labels);
      marks_ = par::Buffer<std::uint8_t>(ctx_, groups * nodes_);
    }
    return {labels_.view(), marks_.view(), nodes_};
  }

  par::Context ctx_;
  std::uint32_t nodes_;
  par::Buffer<std::uint64_t> up_first_;
  par::Buffer<std::uint32_t> up_head_, time_up_, time_down_, parent_;
  par::Buffer<std::uint64_t> level_first_;
  par::Buffer<std::uint32_t> level_nodes_;
  par::Buffer<std::uint32_t> labels_;
  par::Buffer<std::uint8_t> marks_;
};

}  // namespace

std::unique_ptr<Engine> make_engine(const Hierarchy_view& hierarchy, int device) {
  return std::make_unique<Device_engine>(hierarchy, device);
}

}  // namespace dosi::DOSI_BACKEND::access
