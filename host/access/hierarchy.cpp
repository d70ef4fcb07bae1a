#include "host/access/hierarchy.hpp"

#include <algorithm>
#include <numeric>

#include "host/access/order.hpp"
#include "io/error.hpp"

namespace dosi::access {

Hierarchy::Hierarchy(const Arcs& arcs) {
  const Topology topology = make_topology(arcs.nodes, arcs.tail, arcs.head, arcs.x, arcs.y);
  rank_ = in_postorder(topology, nested_dissection(topology));
  build_topology(arcs);
  customise(arcs);
  drop_dominated();
}

// The same elimination with its tree numbered so that each subtree is one run of ranks. The tree by Liu's algorithm
// (1986): no fill is needed for it.
std::vector<std::uint32_t> Hierarchy::in_postorder(const Topology& t, const std::vector<std::uint32_t>& rank) {
  const std::uint32_t n = t.nodes();
  std::vector<std::uint32_t> node(n), parent(n, kNoNode), ancestor(n, kNoNode), size(n, 1), last(n);
  for (std::uint32_t v = 0; v < n; ++v) node[rank[v]] = v;
  for (std::uint32_t v = 0; v < n; ++v)
    for (auto e = t.first[node[v]]; e < t.first[node[v] + 1]; ++e)
      for (std::uint32_t r = rank[t.neighbour[e]]; r < v;) {
        const std::uint32_t next = ancestor[r];
        ancestor[r] = v;
        if (next == kNoNode) parent[r] = v;
        r = next;
      }
  for (std::uint32_t v = 0; v < n; ++v)
    if (parent[v] != kNoNode) size[parent[v]] += size[v];
  // last[v]: the highest new rank that is left for v's next child, and before that for v itself.
  std::uint32_t left = n;
  std::vector<std::uint32_t> renamed(n);
  for (std::uint32_t v = n; v-- > 0;) {
    std::uint32_t& end = parent[v] == kNoNode ? left : last[parent[v]];
    renamed[v] = end - 1;
    last[v] = end - 1;
    end -= size[v];
  }
  std::vector<std::uint32_t> out(n);
  for (std::uint32_t v = 0; v < n; ++v) out[node[v]] = renamed[v];
  return out;
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

// Perfect customisation: with the ways between all higher nodes known exactly, a way from v over one higher neighbour
// to another may be better than their arc; that arc is on no shortest path up and down, and goes.
void Hierarchy::drop_dominated() {
  std::vector<std::uint32_t> up = time_up_, down = time_down_;
  for (std::uint32_t v = static_cast<std::uint32_t>(rank_.size()); v-- > 0;)
    for (auto i = up_first_[v]; i < up_first_[v + 1]; ++i) {
      auto at = up_first_[up_head_[i]];
      for (auto j = i + 1; j < up_first_[v + 1]; ++j) {
        while (up_head_[at] != up_head_[j]) ++at;
        up[j] = std::min(up[j], up[i] + up[at]);
        up[i] = std::min(up[i], up[j] + down[at]);
        down[j] = std::min(down[j], down[at] + down[i]);
        down[i] = std::min(down[i], up[at] + down[j]);
      }
    }
  for (std::size_t e = 0; e < up.size(); ++e) {
    if (up[e] < time_up_[e]) time_up_[e] = kFar;
    if (down[e] < time_down_[e]) time_down_[e] = kFar;
  }
}

std::uint64_t Hierarchy::arcs_up() const {
  return static_cast<std::uint64_t>(std::count_if(time_up_.begin(), time_up_.end(), [](auto t) { return t < kFar; }));
}

std::uint32_t Hierarchy::depth() const {
  std::vector<std::uint32_t> depth(parent_.size());
  std::uint32_t deepest = 0;
  for (std::size_t v = parent_.size(); v-- > 0;) {
    depth[v] = parent_[v] == kNoNode ? 1 : depth[parent_[v]] + 1;
    deepest = std::max(deepest, depth[v]);
  }
  return deepest;
}

Hierarchy_view Hierarchy::view() const {
  return {static_cast<std::uint32_t>(rank_.size()), up_first_, up_head_, time_up_, time_down_, parent_};
}

}  // namespace dosi::access
