#include "host/access/hierarchy.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <numeric>

namespace dosi::access {
namespace {

constexpr std::uint32_t kNoPlace = 0xFFFFFFFFu;  // of a loop

}  // namespace

Hierarchy::Hierarchy(std::shared_ptr<const Elimination> elimination, const Arcs& arcs, const Device& device,
                     std::span<const std::vector<Arc_time>> scenarios)
    : elimination_(std::move(elimination)), threads_(device.is_cuda() ? omp_get_max_threads() : device.argument()),
      place_(arcs.tail.size(), kNoPlace) {
  const Elimination& el = *elimination_;
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < place_.size(); ++i) {
    const auto a = el.rank[arcs.tail[i]], b = el.rank[arcs.head[i]];
    if (a != b)
      place_[i] = static_cast<std::uint32_t>(2 * el.place_of(std::min(a, b), std::max(a, b)) + (a > b ? 1 : 0));
  }
  customiser_ = DOSI_BACKEND_OF(device, access::make_customiser)({el.nodes(), el.up_first, el.up_head, el.parent},
                                                                 device.argument(), 0);
  customise(arcs.time, scenarios);
}

void Hierarchy::customise(std::span<const std::uint32_t> times, std::span<const std::vector<Arc_time>> scenarios) {
  std::vector<std::uint32_t> up(elimination_->up_head.size()), down(up.size());
#pragma omp parallel num_threads(threads_)
  {
#pragma omp for schedule(static)
    for (std::size_t a = 0; a < up.size(); ++a) up[a] = down[a] = kFar;
      // Of streets between the same nodes the quickest counts.
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (place_[i] == kNoPlace || times[i] >= kFar) continue;
      const std::atomic_ref time((place_[i] & 1 ? down : up)[place_[i] / 2]);
      for (auto before = time.load(std::memory_order_relaxed); times[i] < before;)
        if (time.compare_exchange_weak(before, times[i], std::memory_order_relaxed)) break;
    }
  }
  const auto others = customiser_->customise(up, down, streets_of(times, scenarios));
  keep(up, down, others);
}

// What scenarios change of the quickest streets between two nodes.
std::vector<Differences> Hierarchy::streets_of(std::span<const std::uint32_t> times,
                                               std::span<const std::vector<Arc_time>> scenarios) const {
  std::vector<Differences> streets(scenarios.size());
  if (scenarios.empty()) return streets;
  std::vector<std::uint32_t> by_place(place_.size());
  std::iota(by_place.begin(), by_place.end(), 0u);
  std::sort(by_place.begin(), by_place.end(), [&](auto i, auto j) { return place_[i] < place_[j]; });
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
  for (std::size_t s = 0; s < scenarios.size(); ++s) {
    std::vector<std::uint32_t> now(times.begin(), times.end());
    for (const auto& change : scenarios[s]) now[change.arc] = change.time;
    for (std::size_t i = 0, next; i < by_place.size(); i = next) {
      const auto place = place_[by_place[i]];
      std::uint32_t before = kFar, after = kFar;
      for (next = i; next < by_place.size() && place_[by_place[next]] == place; ++next) {
        before = std::min(before, times[by_place[next]]);
        after = std::min(after, now[by_place[next]]);
      }
      if (place != kNoPlace && after != before)
        (place & 1 ? streets[s].down : streets[s].up).push_back({place / 2, after});
    }
  }
  return streets;
}

// The arcs that are left in some metric, with the times of all.
void Hierarchy::keep(std::span<const std::uint32_t> time_up, std::span<const std::uint32_t> time_down,
                     std::span<const Differences> others) {
  const Elimination& el = *elimination_;
  metrics_ = static_cast<std::uint32_t>(others.size() + 1);
  std::vector<std::uint8_t> kept(time_up.size());
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (std::size_t e = 0; e < kept.size(); ++e) kept[e] = std::min(time_up[e], time_down[e]) < kFar ? 1 : 0;
  for (const auto& metric : others)
    for (const auto* way : {&metric.up, &metric.down})
      for (const auto& arc : *way)
        if (arc.time < kFar) kept[arc.arc] = 1;
  up_first_.assign(1, 0);
  up_head_.clear();
  std::vector<std::uint32_t> of;  // by arc that is kept: the elimination's
  for (std::uint32_t v = 0; v < el.nodes(); ++v) {
    for (auto e = el.up_first[v]; e < el.up_first[v + 1]; ++e)
      if (kept[e] != 0) of.push_back(static_cast<std::uint32_t>(e));
    up_first_.push_back(of.size());
  }
  const std::size_t arcs = of.size();
  up_head_.resize(arcs);
  time_up_.resize(metrics_ * arcs);
  time_down_.resize(time_up_.size());
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (std::size_t i = 0; i < arcs; ++i) {
    up_head_[i] = el.up_head[of[i]];
    time_up_[i] = time_up[of[i]];
    time_down_[i] = time_down[of[i]];
  }
  std::vector<std::uint32_t> place(others.empty() ? 0 : kept.size());
  if (!others.empty())
    for (std::size_t i = 0; i < arcs; ++i) place[of[i]] = static_cast<std::uint32_t>(i);
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
  for (std::size_t m = 1; m < metrics_; ++m) {
    const auto patch = [&](std::vector<std::uint32_t>& times, const std::vector<Arc_time>& differences) {
      const auto own = std::span(times).subspan(m * arcs, arcs);
      std::copy_n(times.begin(), arcs, own.begin());
      for (const auto& arc : differences) own[place[arc.arc]] = arc.time;
    };
    patch(time_up_, others[m - 1].up);
    patch(time_down_, others[m - 1].down);
  }
}

std::uint64_t Hierarchy::arcs_up() const {
  return static_cast<std::uint64_t>(std::count_if(time_up_.begin(),
                                                  time_up_.begin() + static_cast<std::ptrdiff_t>(up_head_.size()),
                                                  [](auto t) { return t < kFar; }));
}

std::uint32_t Hierarchy::depth() const {
  const auto& parent = elimination_->parent;
  std::vector<std::uint32_t> depth(parent.size());
  std::uint32_t deepest = 0;
  for (std::size_t v = parent.size(); v-- > 0;) {
    depth[v] = parent[v] == kNoNode ? 1 : depth[parent[v]] + 1;
    deepest = std::max(deepest, depth[v]);
  }
  return deepest;
}

Hierarchy_view Hierarchy::view() const {
  return {elimination_->nodes(), up_first_, up_head_, time_up_, time_down_, elimination_->parent, metrics_};
}

}  // namespace dosi::access
