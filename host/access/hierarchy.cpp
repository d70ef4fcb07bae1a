#include "host/access/hierarchy.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>

namespace dosi::access {
namespace {

constexpr std::uint32_t kNoPlace = 0xFFFFFFFFu;   // of a loop

}  // namespace

Hierarchy::Hierarchy(std::shared_ptr<const Elimination> elimination, const Arcs& arcs, const Device& device)
    : elimination_(std::move(elimination)), threads_(device.is_cuda() ? omp_get_max_threads() : device.argument()), place_(arcs.tail.size(), kNoPlace) {
  const Elimination& el = *elimination_;
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < place_.size(); ++i) {
    const auto a = el.rank[arcs.tail[i]], b = el.rank[arcs.head[i]];
    if (a != b) place_[i] = static_cast<std::uint32_t>(2 * el.place_of(std::min(a, b), std::max(a, b)) + (a > b ? 1 : 0));
  }
  customiser_ = DOSI_BACKEND_OF(device, access::make_customiser)({el.nodes(), el.up_first, el.up_head, el.parent}, device.argument(), 0);
  customise(arcs.time);
}

void Hierarchy::customise(std::span<const std::uint32_t> times) {
  const std::size_t arcs = elimination_->up_head.size();
  time_up_.resize(arcs);
  time_down_.resize(arcs);
#pragma omp parallel num_threads(threads_)
  {
#pragma omp for schedule(static)
    for (std::size_t a = 0; a < arcs; ++a) time_up_[a] = time_down_[a] = kFar;
    // Of streets between the same nodes the quickest counts.
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (place_[i] == kNoPlace || times[i] >= kFar) continue;
      const std::atomic_ref time((place_[i] & 1 ? time_down_ : time_up_)[place_[i] / 2]);
      for (auto before = time.load(std::memory_order_relaxed); times[i] < before;)
        if (time.compare_exchange_weak(before, times[i], std::memory_order_relaxed)) break;
    }
  }
  customiser_->customise(time_up_, time_down_);
}

std::uint64_t Hierarchy::arcs_up() const {
  return static_cast<std::uint64_t>(std::count_if(time_up_.begin(), time_up_.end(), [](auto t) { return t < kFar; }));
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
  const Elimination& el = *elimination_;
  return {el.nodes(), el.up_first, el.up_head, time_up_, time_down_, el.parent};
}

}  // namespace dosi::access
