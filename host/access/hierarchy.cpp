#include "host/access/hierarchy.hpp"

#include <algorithm>
#include <atomic>

namespace dosi::access {
namespace {

constexpr std::uint32_t kNoPlace = 0xFFFFFFFFu;   // of a loop
constexpr std::size_t kMostTasks = 256;

// Lowers a time that other tasks may lower too. The least of all is the same in any order.
void lower(std::uint32_t& time, std::uint32_t to) {
  std::atomic_ref<std::uint32_t> shared(time);
  std::uint32_t now = shared.load(std::memory_order_relaxed);
  while (to < now && !shared.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
  }
}

}  // namespace

Hierarchy::Hierarchy(std::shared_ptr<const Elimination> elimination, const Arcs& arcs)
    : elimination_(std::move(elimination)), place_(arcs.tail.size(), kNoPlace) {
  const Elimination& el = *elimination_;
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < place_.size(); ++i) {
    const auto a = el.rank[arcs.tail[i]], b = el.rank[arcs.head[i]];
    if (a != b) place_[i] = static_cast<std::uint32_t>(2 * el.place_of(std::min(a, b), std::max(a, b)) + (a > b ? 1 : 0));
  }
  cut_into_tasks();
  customise(arcs.time);
}

void Hierarchy::cut_into_tasks() {
  const auto& parent = elimination_->parent;
  const auto n = static_cast<std::uint32_t>(parent.size());
  const std::size_t most = std::max<std::size_t>(1024, n / kMostTasks);
  std::vector<std::uint32_t> size(n, 1);
  for (std::uint32_t v = 0; v < n; ++v)
    if (parent[v] != kNoNode) size[parent[v]] += size[v];
  for (std::uint32_t v = 0; v < n; ++v) {
    if (size[v] > most) top_.push_back(v);
    else if (parent[v] == kNoNode || size[parent[v]] > most) tasks_.emplace_back(v + 1 - size[v], v + 1);
  }
}

// node(v, last): last is the end of v's own task.
template <class Node>
void Hierarchy::bottom_up(Node node) const {
#pragma omp parallel for schedule(dynamic)
  for (std::size_t t = 0; t < tasks_.size(); ++t)
    for (std::uint32_t v = tasks_[t].first; v < tasks_[t].second; ++v) node(v, tasks_[t].second);
  for (const auto v : top_) node(v, elimination_->nodes());
}

template <class Node>
void Hierarchy::top_down(Node node) const {
  for (auto v = top_.rbegin(); v != top_.rend(); ++v) node(*v);
#pragma omp parallel for schedule(dynamic)
  for (std::size_t t = 0; t < tasks_.size(); ++t)
    for (std::uint32_t v = tasks_[t].second; v-- > tasks_[t].first;) node(v);
}

void Hierarchy::customise(std::span<const std::uint32_t> times) {
  const std::size_t arcs = elimination_->up_head.size();
  time_up_.assign(arcs, kFar);
  time_down_.assign(arcs, kFar);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (place_[i] == kNoPlace || times[i] >= kFar) continue;
    auto& time = (place_[i] & 1 ? time_down_ : time_up_)[place_[i] / 2];
    time = std::min(time, times[i]);
  }
  basic();
  drop_dominated();
}

// Lower triangles in rank order: the way between two neighbours above v may lead through v.
void Hierarchy::basic() {
  const Elimination& el = *elimination_;
  bottom_up([&](std::uint32_t v, std::uint32_t last) {
    for (auto i = el.up_first[v]; i < el.up_first[v + 1]; ++i) {
      const std::uint32_t x = el.up_head[i], x_to_v = time_down_[i], v_to_x = time_up_[i];
      if (x_to_v >= kFar && v_to_x >= kFar) continue;
      auto at = el.up_first[x];
      const bool own = x < last;
      for (auto j = i + 1; j < el.up_first[v + 1]; ++j) {
        while (el.up_head[at] != el.up_head[j]) ++at;
        const std::uint32_t over = x_to_v + time_up_[j], back = time_down_[j] + v_to_x;  // x -> v -> y, y -> v -> x
        if (own) {
          time_up_[at] = std::min(time_up_[at], over);
          time_down_[at] = std::min(time_down_[at], back);
        } else {
          lower(time_up_[at], over);
          lower(time_down_[at], back);
        }
      }
    }
  });
}

// Perfect customisation: with the ways between all higher nodes known exactly, a way from v over one higher neighbour
// to another may be better than their arc; that arc is on no shortest path up and down, and goes.
void Hierarchy::drop_dominated() {
  const Elimination& el = *elimination_;
  std::vector<std::uint32_t> up = time_up_, down = time_down_;
  top_down([&](std::uint32_t v) {
    for (auto i = el.up_first[v]; i < el.up_first[v + 1]; ++i) {
      auto at = el.up_first[el.up_head[i]];
      std::uint32_t up_i = up[i], down_i = down[i];
      for (auto j = i + 1; j < el.up_first[v + 1]; ++j) {
        while (el.up_head[at] != el.up_head[j]) ++at;
        up[j] = std::min(up[j], up_i + up[at]);
        up_i = std::min(up_i, up[j] + down[at]);
        down[j] = std::min(down[j], down[at] + down_i);
        down_i = std::min(down_i, up[at] + down[j]);
      }
      up[i] = up_i;
      down[i] = down_i;
    }
  });
#pragma omp parallel for schedule(static)
  for (std::size_t e = 0; e < up.size(); ++e) {
    if (up[e] < time_up_[e]) time_up_[e] = kFar;
    if (down[e] < time_down_[e]) time_down_[e] = kFar;
  }
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
