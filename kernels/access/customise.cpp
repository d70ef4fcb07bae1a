#include "kernels/access/customise.hpp"

#include <algorithm>
#include <numeric>

namespace dosi::access {
namespace {

// The units of each stage: first subtrees of up to `most` nodes, several together where they are small, then chains of
// nodes above them, each after those that end below it.
std::vector<std::vector<std::vector<std::uint32_t>>> stages_of(const Elimination_view& el, std::uint32_t most) {
  std::vector<std::uint32_t> size(el.nodes, 1), chains_below(el.nodes), stage(el.nodes), unit(el.nodes);
  for (std::uint32_t v = 0; v < el.nodes; ++v)
    if (el.parent[v] != kNoNode) size[el.parent[v]] += size[v];
  std::vector<std::vector<std::vector<std::uint32_t>>> stages(1);
  for (std::uint32_t v = 0; v < el.nodes; ++v) {
    const std::uint32_t p = el.parent[v];
    if (size[v] <= most) {
      if (p != kNoNode && size[p] <= most) continue;
      if (stages[0].empty() || stages[0].back().size() + size[v] > most) stages[0].emplace_back();
      for (std::uint32_t u = v + 1 - size[v]; u <= v; ++u) stages[0].back().push_back(u);
      continue;
    }
    // stage[v]: so far, of the last chain that ends below it.
    if (chains_below[v] != 1) {
      ++stage[v];
      if (stage[v] == stages.size()) stages.emplace_back();
      unit[v] = static_cast<std::uint32_t>(stages[stage[v]].size());
      stages[stage[v]].emplace_back();
    }
    stages[stage[v]][unit[v]].push_back(v);
    if (p == kNoNode) continue;
    ++chains_below[p];
    stage[p] = std::max(stage[p], stage[v]);
    unit[p] = unit[v];
  }
  return stages;
}

}  // namespace

Customise_plan make_customise_plan(const Elimination_view& el, std::uint32_t most_nodes) {
  Customise_plan plan;
  plan.stage_first.push_back(0);
  plan.unit_first.push_back(0);
  for (const auto& units : stages_of(el, most_nodes)) {
    for (const auto& nodes : units) {
      plan.unit_node.insert(plan.unit_node.end(), nodes.begin(), nodes.end());
      plan.unit_first.push_back(static_cast<std::uint32_t>(plan.unit_node.size()));
    }
    plan.stage_first.push_back(static_cast<std::uint32_t>(plan.unit_first.size() - 1));
  }
  plan.lower_first.assign(std::size_t{el.nodes} + 1, 0);
  for (const auto head : el.up_head) ++plan.lower_first[head + 1];
  std::partial_sum(plan.lower_first.begin(), plan.lower_first.end(), plan.lower_first.begin());
  plan.lower_arc.resize(el.up_head.size());
  plan.tail.resize(el.up_head.size());
  auto at = plan.lower_first;
  for (std::uint32_t v = 0; v < el.nodes; ++v)
    for (auto a = el.up_first[v]; a < el.up_first[v + 1]; ++a) {
      plan.tail[a] = v;
      plan.lower_arc[at[el.up_head[a]]++] = static_cast<std::uint32_t>(a);
    }
  return plan;
}

}  // namespace dosi::access
