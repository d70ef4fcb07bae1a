// The engine of `access` on one device: waves of root groups, swept and reduced part by part. See access.hpp.
#include "kernels/access/access.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "kernels/access/answers.hpp"
#include "kernels/access/by_leaf.hpp"
#include "kernels/access/by_root.hpp"
#include "kernels/access/leaves.hpp"
#include "kernels/access/small_tables.hpp"
#include "kernels/access/sweeper.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Engine;
using dosi::access::Method;

class Device_engine : public Engine {
 public:
  Device_engine(const Hierarchy_view& h, int device, std::optional<Method> always)
      : ctx_(device), host_(h), sweeper_(ctx_, h), always_(always), tables_(ctx_, h) {}

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
    const Planned_leaves& leaves = sweeper_.planned(asked);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size();
    const std::size_t times_a_root = reduction.matrix ? leaves.count : 0;
    const std::size_t stride = (leaves.leaves_a_metric + kTimesAtOnce - 1) / kTimesAtOnce * kTimesAtOnce;
    if (reduction.matrix && Team::serial) std::fill(rows.times.begin(), rows.times.end(), kNever);
    sweeper_.for_each_wave(
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
                                   sweeper_.swept(leaves, wave, chunk_first), summing.view(), reduction.nearest,
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
    const Planned_leaves& leaves = sweeper_.planned(asked);
    const std::size_t k = static_cast<std::size_t>(reduction.nearest), n_sums = reduction.sums.size(),
                      n_rows = asked.places.size();
    const Out<std::uint64_t> out_sums(ctx_, rows.sums, n_rows * n_sums, 0);
    const Out<std::uint32_t> near_t(ctx_, rows.nearest_time, n_rows * k, kNever),
        near_p(ctx_, rows.nearest_place, n_rows * k, kNever);
    const auto bounds = leaves.chunks(std::min<std::size_t>(
        8 * static_cast<std::size_t>(ctx_.teams_at_once(kTeam, kPartScratch)), std::size_t{leaves.parts} + 1));
    const auto chunk_first = upload(ctx_, bounds);
    sweeper_.for_each_wave(leaves, roots, 8 * n_sums, true, [&](std::span<const std::uint32_t>, const Wave& wave) {
      par::Buffer<std::uint64_t> values(ctx_, n_sums * wave.roots.size);
      par::for_each(ctx_, values.size(), Value_roots{summing.view(), wave.index, values.view()});
      par::for_each_team(ctx_, bounds.size() - 1, kTeam, kPartScratch,
                         Reduce_by_leaf{sweeper_.swept(leaves, wave, chunk_first), summing.view(), values.view(),
                                        reduction.nearest, out_sums.view(), near_t.view(), near_p.view()});
      ctx_.synchronize();
    });
    out_sums.download();
    near_t.download();
    near_p.download();
  }

  void trees(Direction direction, std::span<const Place> roots, std::span<std::uint32_t> times) override {
    sweeper_.sweep_all(
        direction, roots, true, [&](std::span<const std::uint32_t> order, const Wave& wave, const Planned_leaves& all) {
          par::Buffer<std::uint32_t> d_times(ctx_, order.size() * host_.nodes);
          par::for_each(ctx_, order.size() * host_.nodes, Copy_labels{wave, all.row_of.view(), d_times.view()});
          ctx_.synchronize();
          scatter(d_times, order, host_.nodes, times);
        });
  }

  void sweep_only(Direction direction, std::span<const Place> roots) override {
    sweeper_.sweep_all(direction, roots, false,
                       [&](std::span<const std::uint32_t>, const Wave&, const Planned_leaves&) { ctx_.synchronize(); });
  }

 private:
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

  par::Context ctx_;
  Hierarchy_view host_;
  Sweeper sweeper_;
  std::optional<Method> always_;
  Small_tables tables_;
};

std::unique_ptr<Engine> make_engine(const Hierarchy_view& hierarchy, int device, std::optional<Method> always) {
  return std::make_unique<Device_engine>(hierarchy, device, always);
}

}  // namespace dosi::DOSI_BACKEND::access
