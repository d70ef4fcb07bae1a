// The engine of `access` on one device: waves of root groups, swept and reduced part by part. See access.hpp.
#include "kernels/access/access.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/access/leaves.hpp"
#include "kernels/access/reduce.hpp"
#include "kernels/access/small_tables.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Ascent;
using dosi::access::Engine;
using dosi::access::Hierarchy_view;
using dosi::access::Method;
using dosi::access::Reduction;
using dosi::access::Rows;
using dosi::access::Sweep_plan;

constexpr int kTeam = Team::serial ? 64 : 32;  // threads of a team on a GPU: one a lane
// A GPU sweeps the top stratum by stratum, with a team for each unit of each group.
constexpr std::array kCuts = {512 * kMostRowsAPart, 64 * kMostRowsAPart, 8 * kMostRowsAPart};
constexpr std::size_t kPartScratch = Team::shared_bytes<std::uint32_t>(std::size_t{kMostRowsAPart} * kLanes) +
                                     Team::shared_bytes<std::uint8_t>(kMostRowsAPart) +
                                     Team::shared_bytes<std::uint32_t>(kTimesAtOnce * kLanes);

template <class T>
struct Set {
  View<T> to;
  T value;
  DOSI_HD void operator()(std::size_t i) const { to[i] = value; }
};

class Device_engine : public Engine {
 public:
  Device_engine(const Hierarchy_view& h, int device, std::optional<Method> always)
      : ctx_(device), host_(h), parent_(ctx_, h.parent), always_(always), tables_(ctx_, h) {}

  std::unique_ptr<dosi::access::Leaves> prepare(Direction direction, std::span<const Place> places,
                                                std::uint32_t metrics) override {
    auto leaves = std::make_unique<Device_leaves>(direction, places, metrics);
    if (metrics == 0 || leaves->first_metric + metrics > host_.metrics || places.size() % metrics != 0)
      throw std::invalid_argument("leaves are not those of so many metrics");
    return leaves;
  }

  Method method(const dosi::access::Leaves& prepared, std::span<const Place> roots) const override {
    if (always_) return *always_;
    const auto& leaves = static_cast<const Device_leaves&>(prepared);
    // Of many metrics the first will do for all.
    return tables_.cheaper_than_sweeps(of_metric(roots, leaves.first_metric).places, leaves.of(0),
                                       leaves.planned != nullptr)
               ? Method::labels
               : Method::sweeps;
  }

  void by_root(const dosi::access::Leaves& prepared, std::span<const Place> roots, const Reduction& reduction,
               const Rows& rows) override {
    const auto& asked = static_cast<const Device_leaves&>(prepared);
    const Summing summing(ctx_, reduction, asked.places.size());
    check(roots, asked);
    if (method(prepared, roots) == Method::labels) {
      for (std::uint32_t m = 0; m < asked.metrics; ++m) {
        const Run own = of_metric(roots, asked.first_metric + m);
        if (own.places.empty()) continue;
        tables_.answer(asked.first_metric + m, asked.direction, own.places, asked.of(m), m * asked.count(),
                       summing.view(), reduction, part(rows, reduction, own.first, own.places.size(), asked.count()));
      }
      return;
    }
    const Planned_leaves& leaves = planned(asked);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size();
    const std::size_t times_a_root = reduction.matrix ? leaves.count : 0;
    const std::size_t stride = (leaves.leaves_a_metric + kTimesAtOnce - 1) / kTimesAtOnce * kTimesAtOnce;
    if (reduction.matrix && Team::serial) std::fill(rows.times.begin(), rows.times.end(), kNever);
    for_each_wave(
        leaves, roots, (k + n_sums) * 8 + (times_a_root > 0 ? stride + times_a_root : 0) * 4, false,
        [&](std::span<const std::uint32_t> order, const Wave& wave) {
          const std::size_t count = order.size(),
                            at_once = static_cast<std::size_t>(ctx_.teams_at_once(kTeam, kPartScratch));
          const std::size_t wanted = Team::serial ? at_once / wave.groups : 4 * at_once / wave.groups;
          const auto bounds = leaves.chunks(std::clamp<std::size_t>(wanted, 1, std::size_t{leaves.parts} + 1));
          const std::size_t chunks = bounds.size() - 1, teams = wave.groups * chunks;
          const auto chunk_first = upload(ctx_, bounds);
          par::Buffer<std::uint64_t> part_sums(ctx_, teams * n_sums * kLanes), out_sums(ctx_, count * n_sums);
          par::Buffer<std::uint32_t> part_times(ctx_, teams * k * kLanes), part_places(ctx_, teams * k * kLanes);
          par::Buffer<std::uint32_t> near_t(ctx_, count * k), near_p(ctx_, count * k);
          par::Buffer<std::uint32_t> times(ctx_, reduction.matrix ? count * stride : 0);
          const auto reduce = [&](auto keeps_times) {
            par::for_each_team(ctx_, teams, kTeam, kPartScratch,
                               Reduce_by_root<decltype(keeps_times)::value>{
                                   swept(leaves, wave, chunk_first), summing.view(), reduction.nearest,
                                   part_sums.view(), part_times.view(), part_places.view(), times.view(), stride});
          };
          if (reduction.matrix) reduce(std::true_type());
          else reduce(std::false_type());
          par::for_each(ctx_, count,
                        Merge_chunks{chunks, n_sums, reduction.nearest, part_sums.view(), part_times.view(),
                                     part_places.view(), out_sums.view(), near_t.view(), near_p.view()});
          if (times_a_root > 0) write_times(leaves, wave, times, stride, order, rows.times);
          ctx_.synchronize();
          scatter(out_sums, order, n_sums, rows.sums);
          scatter(near_t, order, k, rows.nearest_time);
          scatter(near_p, order, k, rows.nearest_place);
        });
  }

  void by_leaf(const dosi::access::Leaves& prepared, std::span<const Place> roots, const Reduction& reduction,
               const Rows& rows) override {
    const auto& asked = static_cast<const Device_leaves&>(prepared);
    const Summing summing(ctx_, reduction, roots.size());
    check(roots, asked);
    if (method(prepared, roots) == Method::labels) {
      for (std::uint32_t m = 0; m < asked.metrics; ++m) {
        const Run own = of_metric(roots, asked.first_metric + m);
        tables_.answer(asked.first_metric + m, opposite(asked.direction), asked.of(m), own.places, own.first,
                       summing.view(), reduction, part(rows, reduction, m * asked.count(), asked.count(), 0));
      }
      return;
    }
    const Planned_leaves& leaves = planned(asked);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size(),
                      n_rows = asked.places.size();
    const Out<std::uint64_t> out_sums(ctx_, rows.sums, n_rows * n_sums, 0);
    const Out<std::uint32_t> near_t(ctx_, rows.nearest_time, n_rows * k, kNever),
        near_p(ctx_, rows.nearest_place, n_rows * k, kNever);
    const auto bounds = leaves.chunks(std::min<std::size_t>(
        8 * static_cast<std::size_t>(ctx_.teams_at_once(kTeam, kPartScratch)), std::size_t{leaves.parts} + 1));
    const auto chunk_first = upload(ctx_, bounds);
    for_each_wave(leaves, roots, 8 * n_sums, true, [&](std::span<const std::uint32_t>, const Wave& wave) {
      par::Buffer<std::uint64_t> values(ctx_, n_sums * wave.roots.size);
      par::for_each(ctx_, values.size(), Value_roots{summing.view(), wave.index, values.view()});
      par::for_each_team(ctx_, bounds.size() - 1, kTeam, kPartScratch,
                         Reduce_by_leaf{swept(leaves, wave, chunk_first), summing.view(), values.view(),
                                        reduction.nearest, out_sums.view(), near_t.view(), near_p.view()});
      ctx_.synchronize();
    });
    out_sums.download();
    near_t.download();
    near_p.download();
  }

  void trees(Direction direction, std::span<const Place> roots, std::span<std::uint32_t> times) override {
    sweep_all(direction, roots, true,
              [&](std::span<const std::uint32_t> order, const Wave& wave, const Planned_leaves& all) {
                par::Buffer<std::uint32_t> d_times(ctx_, order.size() * host_.nodes);
                par::for_each(ctx_, order.size() * host_.nodes, Copy_labels{wave, all.row_of.view(), d_times.view()});
                ctx_.synchronize();
                scatter(d_times, order, host_.nodes, times);
              });
  }

  void sweep_only(Direction direction, std::span<const Place> roots) override {
    sweep_all(direction, roots, false,
              [&](std::span<const std::uint32_t>, const Wave&, const Planned_leaves&) { ctx_.synchronize(); });
  }

 private:
  // Answers that begin as `value`: on a CPU where the caller wants them.
  template <class T>
  class Out {
   public:
    Out(par::Context& ctx, std::span<T> to, std::size_t n, T value)
        : to_(to.first(n)), buffer_(ctx, Team::serial ? 0 : n) {
      par::for_each(ctx, n, Set<T>{view(), value});
    }
    View<T> view() const {
      return Team::serial ? View<T>{to_.data(), to_.size()} : View<T>{buffer_.view().data, to_.size()};
    }
    void download() const {
      if (!Team::serial && !to_.empty()) buffer_.download(to_);
    }

   private:
    std::span<T> to_;
    mutable par::Buffer<T> buffer_;
  };

  // What a reduction sums, on the device.
  struct Summing {
    Summing(par::Context& ctx, const Reduction& r, std::size_t places) : places_(places) {
      std::vector<std::uint64_t> columns, first{0};
      std::vector<std::uint32_t> weights;
      for (const auto& c : r.columns) {
        if (c.size() != places)
          throw std::invalid_argument("a column has " + std::to_string(c.size()) + " values for " +
                                      std::to_string(places) + " places");
        columns.insert(columns.end(), c.begin(), c.end());
      }
      for (const auto& d : r.decays) {
        weights.insert(weights.end(), d.begin(), d.end());
        first.push_back(weights.size());
      }
      sums_ = par::Buffer<Sum>(ctx, r.sums);
      columns_ = upload(ctx, columns);
      weights_ = upload(ctx, weights);
      first_ = upload(ctx, first);
    }
    Sums view() const { return {sums_.view(), columns_.view(), places_, {weights_.view(), first_.view()}}; }
    std::size_t places_;
    par::Buffer<Sum> sums_;
    par::Buffer<std::uint64_t> columns_, first_;
    par::Buffer<std::uint32_t> weights_;
  };

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

  // Roots of one metric, and the number of the first.
  struct Run {
    std::span<const Place> places;
    std::size_t first;
  };
  static Run of_metric(std::span<const Place> roots, std::uint32_t metric) {
    const auto run = std::ranges::equal_range(roots, metric, {}, &Place::metric);
    return {run, static_cast<std::size_t>(run.begin() - roots.begin())};
  }
  static void check(std::span<const Place> roots, const Device_leaves& leaves) {
    if (!std::ranges::is_sorted(roots, {}, &Place::metric) ||
        (!roots.empty() &&
         (roots.front().metric < leaves.first_metric || roots.back().metric - leaves.first_metric >= leaves.metrics)))
      throw std::invalid_argument("roots are not in ascending order of the metrics of the leaves");
  }
  static Rows part(const Rows& rows, const Reduction& r, std::size_t first, std::size_t count,
                   std::size_t times_a_row) {
    const auto k = static_cast<std::size_t>(r.nearest), n = r.sums.size(), t = r.matrix ? times_a_row : 0;
    return {rows.nearest_time.subspan(first * k, count * k), rows.nearest_place.subspan(first * k, count * k),
            rows.sums.subspan(first * n, count * n), rows.times.subspan(first * t, count * t)};
  }

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

  // A CPU writes where the caller wants its rows; a GPU's go by way of the host.
  void write_times(const Planned_leaves& leaves, const Wave& wave, const par::Buffer<std::uint32_t>& times,
                   std::size_t stride, std::span<const std::uint32_t> order, std::span<std::uint32_t> to) {
    const std::size_t places = leaves.count;
    if constexpr (Team::serial) {
      par::for_each_team(ctx_, order.size(), kTeam, 0,
                         Order_times{times.view(),
                                     stride,
                                     leaves.leaves.view().part(0, leaves.leaves_a_metric),
                                     wave.index,
                                     {to.data(), to.size()},
                                     places});
    } else {
      par::Buffer<std::uint32_t> rows(ctx_, order.size() * places);
      rows.fill(kNever);
      par::for_each_team(
          ctx_, order.size(), 256, 0,
          Order_times{
              times.view(), stride, leaves.leaves.view().part(0, leaves.leaves_a_metric), {}, rows.view(), places});
      scatter(rows, order, places, to);
    }
  }

  // A row for each of `order` of the caller's rows; kNoNode has none.
  template <class T>
  static void scatter(const par::Buffer<T>& from, std::span<const std::uint32_t> order, std::size_t width,
                      std::span<T> to) {
    if (width == 0 || order.empty()) return;
    const std::vector<T> rows = from.to_host();
    for (std::size_t i = 0; i < order.size(); ++i)
      if (order[i] != kNoNode)
        std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                    to.begin() + static_cast<std::ptrdiff_t>(order[i] * width));
  }

  template <class T>
  void grow(par::Buffer<T>& buffer, std::size_t n) {
    if (buffer.size() >= n) return;
    buffer = par::Buffer<T>();
    buffer = par::Buffer<T>(ctx_, n);
  }

  par::Context ctx_;
  Hierarchy_view host_;
  par::Buffer<std::uint32_t> parent_;
  std::unique_ptr<Device_ascent> ascents_[2];
  std::unique_ptr<Planned_leaves> all_[2];
  par::Buffer<std::uint32_t> crowns_, paths_, tops_, lanes_;
  par::Buffer<std::uint8_t> marks_;
  std::optional<Method> always_;
  Small_tables tables_;
};

std::unique_ptr<Engine> make_engine(const Hierarchy_view& hierarchy, int device, std::optional<Method> always) {
  return std::make_unique<Device_engine>(hierarchy, device, always);
}

}  // namespace dosi::DOSI_BACKEND::access
