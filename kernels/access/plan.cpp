#include "kernels/access/plan.hpp"

#include <algorithm>

namespace dosi::access {
namespace {

// By arc of the hierarchy: its least time.
std::vector<std::uint32_t> least_of(const Hierarchy_view& h, std::span<const std::uint32_t> times) {
  const std::size_t arcs = h.up_head.size();
  std::vector<std::uint32_t> least(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(arcs));
  for (std::size_t m = 1; m < h.metrics; ++m)
    for (std::size_t e = 0; e < arcs; ++e) least[e] = std::min(least[e], times[m * arcs + e]);
  return least;
}

// The other metrics of `arcs`, which hold the first; `of`: the place of each in the hierarchy.
template <class Arc>
void add_metrics(std::vector<Arc>& arcs, const std::vector<std::uint32_t>& of, const Hierarchy_view& h,
                 std::span<const std::uint32_t> times) {
  const std::size_t n = arcs.size();
  arcs.reserve(n * h.metrics);
  for (std::size_t m = 1; m < h.metrics; ++m)
    for (std::size_t i = 0; i < n; ++i) {
      arcs.push_back(arcs[i]);
      arcs.back().time = times[m * h.up_head.size() + of[i]];
    }
}

}  // namespace

std::uint32_t Sweep_plan::part_of(std::uint32_t row) const {
  if (row < top) return parts();
  return static_cast<std::uint32_t>(std::upper_bound(part_first.begin(), part_first.end(), row) - part_first.begin() -
                                    1);
}

Sweep_plan make_plan(const Hierarchy_view& h, std::span<const std::uint32_t> falling, bool all,
                     std::span<const std::uint32_t> wanted, const Ascent& ascent, std::uint32_t most_rows_a_part,
                     std::span<const std::uint32_t> cuts) {
  const std::uint32_t n = h.nodes;
  const auto least = least_of(h, falling);
  std::vector<std::uint8_t> needed(n, all ? 1 : 0);
  for (const auto v : wanted) needed[v] = 1;
  std::vector<std::uint32_t> size(n);
  for (std::uint32_t v = 0; v < n; ++v) {
    if (needed[v] != 0 && !all)
      for (auto e = h.up_first[v]; e < h.up_first[v + 1]; ++e)
        if (least[e] < kFar) needed[h.up_head[e]] = 1;
    size[v] += needed[v];
    if (h.parent[v] != kNoNode) size[h.parent[v]] += size[v];
  }

  Sweep_plan plan;
  plan.row_of.assign(n, kNoNode);
  std::uint32_t row = 0;
  std::vector<std::uint32_t> node_of_row;
  const auto add = [&](std::uint32_t v) {
    if (needed[v] == 0) return;
    plan.row_of[v] = row++;
    node_of_row.push_back(v);
  };
  // Falling rank meets the nodes of a subtree one after another, its root first.
  plan.unit_first.push_back(0);
  plan.stratum_first.push_back(0);
  for (std::size_t s = 0; s <= cuts.size(); ++s) {
    const std::uint32_t most = s == 0 ? kNoNode : cuts[s - 1], least = s < cuts.size() ? cuts[s] : most_rows_a_part;
    for (std::uint32_t v = n; v-- > 0;) {
      if (size[v] > most || size[v] <= least) continue;
      const bool starts = s > 0 && (h.parent[v] == kNoNode || size[h.parent[v]] > most);
      if (starts && row > plan.unit_first.back()) plan.unit_first.push_back(row);
      add(v);
    }
    if (row > plan.unit_first.back()) plan.unit_first.push_back(row);
    if (plan.unit_first.size() - 1 > plan.stratum_first.back())
      plan.stratum_first.push_back(static_cast<std::uint32_t>(plan.unit_first.size() - 1));
  }
  plan.top = row;
  plan.part_first.push_back(row);
  for (std::uint32_t v = n; v-- > 0;) {
    if (size[v] == 0 || size[v] > most_rows_a_part) continue;
    const bool starts = h.parent[v] == kNoNode || size[h.parent[v]] > most_rows_a_part;
    if (starts && row > plan.part_first.back() && row - plan.part_first.back() + size[v] > most_rows_a_part)
      plan.part_first.push_back(row);
    add(v);
  }
  if (row > plan.part_first.back()) plan.part_first.push_back(row);

  plan.arc_first.reserve(std::size_t{row} + 1);
  plan.arc_first.push_back(0);
  plan.crown_of.reserve(row);
  std::vector<std::uint32_t> of;
  for (const auto v : node_of_row) {
    plan.crown_of.push_back(ascent.crown_of[v]);
    for (auto e = h.up_first[v]; e < h.up_first[v + 1]; ++e) {
      if (least[e] >= kFar) continue;
      plan.arcs.push_back({plan.row_of[h.up_head[e]], falling[e]});
      of.push_back(static_cast<std::uint32_t>(e));
    }
    plan.arc_first.push_back(static_cast<std::uint32_t>(plan.arcs.size()));
  }
  add_metrics(plan.arcs, of, h, falling);
  return plan;
}

Ascent make_ascent(const Hierarchy_view& h, std::span<const std::uint32_t> rising, std::uint32_t most_rows_a_part) {
  Ascent a;
  const auto least = least_of(h, rising);
  std::vector<std::uint32_t> size(h.nodes, 1), of;
  for (std::uint32_t v = 0; v < h.nodes; ++v)
    if (h.parent[v] != kNoNode) size[h.parent[v]] += size[v];
  a.crown_of.assign(h.nodes, kNoNode);
  a.depth.assign(h.nodes, 0);
  for (std::uint32_t v = h.nodes; v-- > 0;) {
    if (size[v] > most_rows_a_part) {
      a.crown_of[v] = a.crown();
      a.crown_node.push_back(v);
    } else if (h.parent[v] != kNoNode && a.crown_of[h.parent[v]] == kNoNode) {
      a.depth[v] = a.depth[h.parent[v]] + 1;
      a.deepest = std::max(a.deepest, a.depth[v]);
    }
  }
  a.arc_first.reserve(std::size_t{h.nodes} + 1);
  a.arc_first.push_back(0);
  for (std::uint32_t v = 0; v < h.nodes; ++v) {
    for (auto e = h.up_first[v]; e < h.up_first[v + 1]; ++e) {
      if (least[e] >= kFar) continue;
      const std::uint32_t head = h.up_head[e];
      of.push_back(static_cast<std::uint32_t>(e));
      a.arcs.push_back({a.crown_of[head] == kNoNode ? a.depth[head] : kToCrown | a.crown_of[head], rising[e]});
    }
    a.arc_first.push_back(static_cast<std::uint32_t>(a.arcs.size()));
  }
  add_metrics(a.arcs, of, h, rising);
  return a;
}

Wave_size wave_size(std::size_t needed, std::size_t at_once, std::size_t a_group, std::size_t output,
                    std::size_t budget, bool may_be_whole) {
  constexpr std::size_t most_output = std::size_t{256} << 20;
  const std::size_t fit = std::max<std::size_t>(1, budget / (a_group + output + 1));
  // Without a memory for each slot a team would write where none is.
  if (may_be_whole && needed >= at_once && fit >= at_once)
    return {true, std::max(at_once, std::min(most_output, budget) / (output + 1)), at_once};
  const std::size_t groups = std::min({needed, at_once, fit});
  return {false, groups, groups};
}

}  // namespace dosi::access
