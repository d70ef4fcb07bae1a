#include "host/access/hierarchy.hpp"

#include <algorithm>
#include <numeric>

#include "host/access/order.hpp"
#include "io/error.hpp"

namespace dosi::access {

Hierarchy::Hierarchy(const Arcs& arcs) {
  rank_ = nested_dissection(make_topology(arcs.nodes, arcs.tail, arcs.head, arcs.x, arcs.y));
  build_topology(arcs);
  build_levels();
  customise(arcs);
}

// Eliminating nodes in rank order joins the higher neighbours of each. It suffices to hand them to the lowest of
// them, which hands on what is above itself.
void Hierarchy::build_topology(const Arcs& arcs) {
  const std::uint32_t n = arcs.nodes;
  std::vector<std::vector<std::uint32_t>> above(n);
  for (std::size_t i = 0; i < arcs.tail.size(); ++i) {
    const auto a = rank_[arcs.tail[i]], b = rank_[arcs.head[i]];
    if (a != b) above[std::min(a, b)].push_back(std::max(a, b));
  }
  up_first_.assign(1, 0);
  up_first_.reserve(std::size_t{n} + 1);
  parent_.assign(n, kNoNode);
  for (std::uint32_t v = 0; v < n; ++v) {
    auto& list = above[v];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    if (!list.empty()) {
      parent_[v] = list[0];
      above[list[0]].insert(above[list[0]].end(), list.begin() + 1, list.end());
    }
    if (up_head_.size() + list.size() > kMostArcs)
      throw DataError("network: {} nodes and {} arcs are tangled so that their hierarchy would need more than {} arcs; "
                      "this is not a road network", n, arcs.tail.size(), kMostArcs);
    up_head_.insert(up_head_.end(), list.begin(), list.end());
    up_first_.push_back(up_head_.size());
    std::vector<std::uint32_t>().swap(list);
  }
}

void Hierarchy::build_levels() {
  const std::size_t n = parent_.size();
  std::vector<std::uint32_t> depth(n);
  std::uint32_t deepest = 0;
  for (std::size_t v = n; v-- > 0;) {
    depth[v] = parent_[v] == kNoNode ? 0 : depth[parent_[v]] + 1;
    deepest = std::max(deepest, depth[v]);
  }
  level_first_.assign(n == 0 ? 1 : std::size_t{deepest} + 2, 0);
  for (const auto d : depth) ++level_first_[d + 1];
  std::partial_sum(level_first_.begin(), level_first_.end(), level_first_.begin());
  auto at = level_first_;
  level_nodes_.resize(n);
  for (std::size_t v = n; v-- > 0;) level_nodes_[at[depth[v]]++] = static_cast<std::uint32_t>(v);
}

std::uint64_t Hierarchy::find(std::uint32_t low, std::uint32_t high) const {
  const auto begin = up_head_.begin() + static_cast<std::ptrdiff_t>(up_first_[low]);
  const auto end = up_head_.begin() + static_cast<std::ptrdiff_t>(up_first_[low + 1]);
  return static_cast<std::uint64_t>(std::lower_bound(begin, end, high) - up_head_.begin());
}

// Lower triangles in rank order: the way between two neighbours above v may lead through v.
void Hierarchy::customise(const Arcs& arcs) {
  time_up_.assign(up_head_.size(), kFar);
  time_down_.assign(up_head_.size(), kFar);
  for (std::size_t i = 0; i < arcs.tail.size(); ++i) {
    const auto a = rank_[arcs.tail[i]], b = rank_[arcs.head[i]];
    if (a == b || arcs.time[i] >= kFar) continue;
    auto& time = a < b ? time_up_[find(a, b)] : time_down_[find(b, a)];
    time = std::min(time, arcs.time[i]);
  }
  for (std::uint32_t v = 0; v + 1 < up_first_.size(); ++v) {
    for (auto i = up_first_[v]; i < up_first_[v + 1]; ++i) {
      const std::uint32_t x = up_head_[i], x_to_v = time_down_[i], v_to_x = time_up_[i];
      if (x_to_v >= kFar && v_to_x >= kFar) continue;
      auto at = up_first_[x];
      for (auto j = i + 1; j < up_first_[v + 1]; ++j) {
        while (up_head_[at] != up_head_[j]) ++at;
        time_up_[at] = std::min(time_up_[at], x_to_v + time_up_[j]);      // x -> v -> y
        time_down_[at] = std::min(time_down_[at], time_down_[j] + v_to_x);  // y -> v -> x
      }
    }
  }
}

Hierarchy_view Hierarchy::view() const {
  return {static_cast<std::uint32_t>(rank_.size()), up_first_, up_head_, time_up_, time_down_, parent_, level_first_, level_nodes_};
}

}  // namespace dosi::access
