// Places that many roots are asked about, and the plan of a sweep that reaches them, where the backend works.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/access/gather.hpp"
#include "kernels/access/plan.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

template <class T>
par::Buffer<T> upload(par::Context& ctx, const std::vector<T>& host) {
  return {ctx, std::span<const T>(host)};
}

// Leaves in their order, of each metric.
struct Make_leaf {
  Direction direction;
  View<const Place> places;  // [metric][place]
  std::size_t count;
  View<const std::uint32_t> order, row_of;
  View<Leaf> leaves;  // [metric][leaf]
  DOSI_HD void operator()(std::size_t i) const {
    const std::size_t index = i / order.size * count + order[i % order.size];
    const Place& p = places[index];
    const bool out = direction == Direction::from_roots;
    leaves[i] = {row_of[p.a],
                 row_of[p.b],
                 out ? p.arrive_a : p.leave_a,
                 out ? p.arrive_b : p.leave_b,
                 p.edge,
                 static_cast<std::uint32_t>(index)};
  }
};

// A plan, and the places that it leads to, by part; those at the top come last.
struct Planned_leaves {
  // `places`: [metric][place], of so many metrics; must outlive this.
  Planned_leaves(par::Context& ctx, Direction d, const dosi::access::Sweep_plan& plan, std::span<const Place> places,
                 std::uint32_t of_metrics)
      : direction(d), first_metric(places.empty() ? 0 : places[0].metric), metrics(of_metrics),
        count(places.size() / of_metrics), top(plan.top), parts(plan.parts()), rows(plan.rows()),
        crown_below_top(
            std::any_of(plan.crown_of.begin() + plan.top, plan.crown_of.end(), [](auto c) { return c != kNoNode; })),
        stratum_first(plan.stratum_first), unit_first(upload(ctx, plan.unit_first)),
        part_first(upload(ctx, plan.part_first)), arc_first(upload(ctx, plan.arc_first)),
        row_of(upload(ctx, plan.row_of)), crown_of_row(upload(ctx, plan.crown_of)), arcs(upload(ctx, plan.arcs)),
        host_places(places), d_places(ctx, Team::serial ? std::span<const Place>() : places) {
    std::vector<std::vector<std::uint32_t>> by_part(std::size_t{parts} + 1);
    for (std::uint32_t i = 0; i < count; ++i)
      if (const Place& p = places[i]; p.a != kNoNode)
        by_part[plan.part_of(plan.row_of[std::min(p.a, p.b)])].push_back(i);
    std::vector<std::uint32_t> order, first{0};
    work.push_back(0);
    for (std::uint32_t p = 0; p <= parts; ++p) {
      order.insert(order.end(), by_part[p].begin(), by_part[p].end());
      first.push_back(static_cast<std::uint32_t>(order.size()));
      const std::uint64_t arcs_of_part =
          p < parts ? plan.arc_first[plan.part_first[p + 1]] - plan.arc_first[plan.part_first[p]] : 0;
      work.push_back(work.back() + arcs_of_part + 4 * by_part[p].size());
    }
    leaves_a_metric = order.size();
    leaves = par::Buffer<Leaf>(ctx, metrics * order.size());
    const auto d_order = upload(ctx, order);
    par::for_each(ctx, leaves.size(),
                  Make_leaf{direction, this->places(), count, d_order.view(), row_of.view(), leaves.view()});
    ctx.synchronize();
    leaf_first = upload(ctx, first);
  }

  // Bounds of `chunks` runs of parts with about the same work; the top's leaves count as the last part.
  std::vector<std::uint32_t> chunks(std::size_t count_of_chunks) const {
    std::vector<std::uint32_t> bounds{0};
    for (std::size_t c = 1; c < count_of_chunks; ++c) {
      const auto at = std::lower_bound(work.begin(), work.end(), work.back() / count_of_chunks * c) - work.begin();
      bounds.push_back(std::max(bounds.back(), static_cast<std::uint32_t>(std::min<std::size_t>(
                                                   static_cast<std::size_t>(at), std::size_t{parts} + 1))));
    }
    bounds.push_back(parts + 1);
    return bounds;
  }

  // A CPU reads the places where they are.
  View<const Place> places() const {
    return Team::serial ? View<const Place>{host_places.data(), host_places.size()} : d_places.view();
  }

  Direction direction;
  std::uint32_t first_metric, metrics;
  std::size_t count;                // of places in a metric
  std::size_t leaves_a_metric = 0;  // those of them that are on a street
  std::uint32_t top, parts, rows;
  bool crown_below_top;
  std::vector<std::uint32_t> stratum_first;
  std::vector<std::uint64_t> work;  // parts + 2, running total
  par::Buffer<std::uint32_t> unit_first, part_first, arc_first, row_of, crown_of_row;
  par::Buffer<dosi::access::Incoming> arcs;
  std::span<const Place> host_places;
  par::Buffer<Place> d_places;
  par::Buffer<Leaf> leaves;               // [metric][leaf]
  par::Buffer<std::uint32_t> leaf_first;  // parts + 2
};

// As prepared: the plan is made when a sweep first needs it.
class Device_leaves : public dosi::access::Leaves {
 public:
  Device_leaves(Direction d, std::span<const Place> leaves, std::uint32_t m)
      : direction(d), first_metric(leaves.empty() ? 0 : leaves[0].metric), metrics(m),
        places(leaves.begin(), leaves.end()) {}
  std::span<const Place> of(std::size_t metric) const { return std::span(places).subspan(metric * count(), count()); }
  std::size_t count() const { return places.size() / metrics; }
  const Direction direction;
  const std::uint32_t first_metric, metrics;
  const std::vector<Place> places;  // [metric][place]
  mutable std::unique_ptr<Planned_leaves> planned;
};

}  // namespace dosi::DOSI_BACKEND::access
