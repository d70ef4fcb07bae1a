// A hierarchy on one device, and groups of roots swept over it in waves of as many as its memory holds.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <vector>

#include "kernels/access/by_root.hpp"
#include "kernels/access/leaves.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Ascent;
using dosi::access::Hierarchy_view;
using dosi::access::Sweep_plan;

constexpr int kTeam = Team::serial ? 64 : 32;  // threads of a team on a GPU: one a lane
// A GPU sweeps the top stratum by stratum, with a team for each unit of each group.
constexpr std::array kCuts = {512 * kMostRowsAPart, 64 * kMostRowsAPart, 8 * kMostRowsAPart};
constexpr std::size_t kPartScratch = Team::shared_bytes<std::uint32_t>(std::size_t{kMostRowsAPart} * kLanes) +
                                     Team::shared_bytes<std::uint8_t>(kMostRowsAPart) +
                                     Team::shared_bytes<std::uint32_t>(kTimesAtOnce * kLanes);

class Sweeper {
 public:
  Sweeper(par::Context& ctx, const Hierarchy_view& h) : ctx_(ctx), host_(h), parent_(ctx_, h.parent) {}

  const Planned_leaves& planned(const Device_leaves& leaves) {
    if (!leaves.planned) {
      std::vector<std::uint32_t> wanted;
      for (const Place& p : leaves.of(0))
        if (p.a != kNoNode) wanted.insert(wanted.end(), {p.a, p.b});
      leaves.planned = std::make_unique<Planned_leaves>(
          ctx_, leaves.direction, plan(leaves.direction, leaves.first_metric, leaves.metrics, false, wanted),
          leaves.places, leaves.metrics);
    }
    return *leaves.planned;
  }

  Swept swept(const Planned_leaves& leaves, const Wave& wave, const par::Buffer<std::uint32_t>& chunk_first) {
    return {graph(leaves),          wave,
            leaves.places(),        leaves.leaves.view(),
            leaves.leaves_a_metric, leaves.leaf_first.view(),
            chunk_first.view(),     leaves.direction};
  }

  // f(roots of the wave as the caller counts them, wave) for as many groups as fit. Roots are taken in rank order, so
  // that those of a group are neighbours and their paths meet early, metric by metric; each metric begins at a block of
  // lanes, and lanes that this leaves empty are kNoNode among the wave's roots. With `swept_first` the tops of all
  // groups are swept when f is called; else the engine may leave that to the teams, each of which then takes whole
  // groups.
  template <class F>
  void for_each_wave(const Planned_leaves& leaves, std::span<const Place> roots, std::size_t bytes_a_root,
                     bool swept_first, F f, bool keep_labels = false) {
    constexpr std::size_t lanes = kLanes;
    std::vector<std::uint32_t> by_rank(roots.size()), order;
    std::iota(by_rank.begin(), by_rank.end(), 0u);
    const auto key = [&](auto i) { return std::pair(roots[i].metric, std::min(roots[i].a, roots[i].b)); };
    std::stable_sort(by_rank.begin(), by_rank.end(), [&](auto a, auto b) { return key(a) < key(b); });
    std::vector<Place> sorted;
    for (const auto i : by_rank) {
      while (!sorted.empty() && sorted.back().metric != roots[i].metric && sorted.size() % kLanesAMetric != 0) {
        order.push_back(kNoNode);
        sorted.push_back({.metric = sorted.back().metric});
      }
      order.push_back(i);
      sorted.push_back(roots[i]);
    }

    const Ascent& up = ascent(leaves.direction, leaves.first_metric, leaves.metrics).host;
    const std::size_t top_rows = keep_labels ? leaves.rows : leaves.top, path_rows = std::size_t{up.deepest} + 1,
                      crown = whole_marks(up.crown());
    const std::size_t a_group = lanes * 4 * (top_rows + path_rows + crown + Workspace::kLaneRows) + crown,
                      output = lanes * bytes_a_root;
    const std::size_t held = (tops_.size() + paths_.size() + crowns_.size() + lanes_.size()) * 4 + marks_.size();
    const std::size_t budget = (ctx_.free_memory() + held) / 10 * 7;
    const std::size_t at_once = static_cast<std::size_t>(ctx_.teams_at_once(kTeam, kPartScratch)),
                      needed = (order.size() + lanes - 1) / lanes;
    const auto [whole, most, memories] =
        dosi::access::wave_size(needed, at_once, a_group, output, budget, Team::serial && !swept_first);
    for (std::size_t first = 0; first < order.size(); first += most * lanes) {
      const std::size_t count = std::min(order.size() - first, most * lanes), groups = (count + lanes - 1) / lanes;
      grow(crowns_, memories * crown * lanes);
      grow(marks_, memories * crown);
      grow(paths_, memories * path_rows * lanes);
      grow(tops_, memories * top_rows * lanes);
      grow(lanes_, memories * Workspace::kLaneRows * lanes);
      const par::Buffer<Place> d_roots(ctx_, std::span<const Place>(sorted).subspan(first, count));
      const par::Buffer<std::uint32_t> d_index(ctx_, std::span<const std::uint32_t>(order).subspan(first, count));
      const Wave wave{
          {crowns_.view(), paths_.view(), tops_.view(), lanes_.view(), marks_.view(), crown, path_rows, top_rows},
          d_roots.view(),
          d_index.view(),
          groups,
          whole};
      if (!whole) {
        par::for_each_team(ctx_, groups, kTeam, 0, Ascend{graph(leaves), wave, leaves.direction});
        for (std::size_t s = 0; s + 1 < leaves.stratum_first.size(); ++s) {
          const std::uint32_t unit = leaves.stratum_first[s], units = leaves.stratum_first[s + 1] - unit;
          par::for_each_team(ctx_, groups * units, kTeam, 0, Sweep_units{graph(leaves), wave, unit, units});
        }
      }
      f(std::span<const std::uint32_t>(order).subspan(first, count), wave);
    }
  }

  template <class F>
  void sweep_all(Direction direction, std::span<const Place> roots, bool keep, F f) {
    auto& all = all_[direction == Direction::from_roots ? 0 : 1];
    if (!all)
      all = std::make_unique<Planned_leaves>(ctx_, direction, plan(direction, 0, 1, true, {}), std::span<const Place>{},
                                             1);
    for_each_wave(
        *all, roots, keep ? std::size_t{host_.nodes} * 4 : 0, keep,
        [&](std::span<const std::uint32_t> order, const Wave& wave) {
          if (wave.whole || all->parts > 0)
            par::for_each_team(ctx_, wave.whole ? wave.groups : wave.groups * all->parts, kTeam,
                               Team::shared_bytes<std::uint8_t>(kMostRowsAPart),
                               Sweep_parts{graph(*all), wave, direction, all->parts});
          f(order, wave, *all);
        },
        true);
  }

 private:
  // The way up in one direction, on the device.
  struct Device_ascent {
    Device_ascent(par::Context& ctx, Ascent a, std::uint32_t first, std::uint32_t count)
        : first_metric(first), metrics(count), host(std::move(a)), crown_of(upload(ctx, host.crown_of)),
          crown_node(upload(ctx, host.crown_node)), depth(upload(ctx, host.depth)),
          arc_first(upload(ctx, host.arc_first)), arcs(upload(ctx, host.arcs)) {
      std::vector<dosi::access::Outgoing>().swap(host.arcs);
    }
    std::uint32_t first_metric, metrics;
    Ascent host;
    par::Buffer<std::uint32_t> crown_of, crown_node, depth, arc_first;
    par::Buffer<Outgoing> arcs;
  };

  Sweep_plan plan(Direction d, std::uint32_t first_metric, std::uint32_t metrics, bool all,
                  std::span<const std::uint32_t> wanted) {
    return dosi::access::make_plan(of_metrics(first_metric, metrics), times(d, first_metric, metrics), all, wanted,
                                   ascent(d, first_metric, metrics).host, kMostRowsAPart,
                                   std::span(kCuts).first(Team::serial ? 0 : kCuts.size()));
  }

  // Of the metrics that were asked for last: others take their place.
  const Device_ascent& ascent(Direction d, std::uint32_t first_metric, std::uint32_t metrics) {
    auto& a = ascents_[d == Direction::from_roots ? 0 : 1];
    if (!a || a->first_metric != first_metric || a->metrics != metrics) {
      a.reset();
      a = std::make_unique<Device_ascent>(
          ctx_,
          dosi::access::make_ascent(of_metrics(first_metric, metrics), times(opposite(d), first_metric, metrics),
                                    kMostRowsAPart),
          first_metric, metrics);
    }
    return *a;
  }
  Hierarchy_view of_metrics(std::uint32_t first_metric, std::uint32_t metrics) const {
    Hierarchy_view h = host_;
    h.metrics = metrics;
    h.time_up = times(Direction::to_roots, first_metric, metrics);
    h.time_down = times(Direction::from_roots, first_metric, metrics);
    return h;
  }
  // On the way down; on the way up it is the other direction's.
  std::span<const std::uint32_t> times(Direction d, std::uint32_t first_metric, std::uint32_t metrics) const {
    const std::size_t arcs = host_.up_head.size();
    return (d == Direction::from_roots ? host_.time_down : host_.time_up).subspan(first_metric * arcs, metrics * arcs);
  }

  Graph graph(const Planned_leaves& leaves) {
    const Device_ascent& a = ascent(leaves.direction, leaves.first_metric, leaves.metrics);
    return {parent_.view(),
            a.crown_of.view(),
            a.depth.view(),
            a.arc_first.view(),
            a.arcs.view(),
            a.arcs.size() / leaves.metrics,
            leaves.arcs.size() / leaves.metrics,
            leaves.first_metric,
            a.crown_node.view(),
            leaves.top,
            leaves.crown_below_top,
            leaves.unit_first.view(),
            leaves.part_first.view(),
            leaves.arc_first.view(),
            leaves.row_of.view(),
            leaves.crown_of_row.view(),
            leaves.arcs.view()};
  }

  template <class T>
  void grow(par::Buffer<T>& buffer, std::size_t n) {
    if (buffer.size() >= n) return;
    buffer = par::Buffer<T>();
    buffer = par::Buffer<T>(ctx_, n);
  }

  par::Context& ctx_;
  Hierarchy_view host_;
  par::Buffer<std::uint32_t> parent_;
  std::unique_ptr<Device_ascent> ascents_[2];
  std::unique_ptr<Planned_leaves> all_[2];
  par::Buffer<std::uint32_t> crowns_, paths_, tops_, lanes_;
  par::Buffer<std::uint8_t> marks_;
};

}  // namespace dosi::DOSI_BACKEND::access
