#include "kernels/access/customise.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace dosi::access {
namespace {

std::uint64_t rows_of(std::uint64_t side) { return side * ((side + kRowTimes - 1) / kRowTimes); }
std::uint64_t matrix_rows(const Front& f) { return rows_of(std::uint64_t{f.width} + f.above); }

std::uint32_t row_number(std::uint64_t row) {
  if (row > 0xFFFFFFFFu) throw std::length_error("customisation: the matrices of the fronts need more than 2^32 rows");
  return static_cast<std::uint32_t>(row);
}

class Planner {
 public:
  Planner(const Elimination_view& el, const Subtree_limits& limits) : el_(el), limits_(limits) {}

  Customise_plan run() && {
    find_fronts();
    link();
    cut();
    place();
    return std::move(plan_);
  }

 private:
  std::uint32_t degree(std::uint32_t v) const {
    return static_cast<std::uint32_t>(el_.up_first[v + 1] - el_.up_first[v]);
  }
  std::span<const std::uint32_t> above(const Front& f) const {
    return el_.up_head.subspan(el_.up_first[f.node + f.width] - f.above, f.above);
  }
  bool in_subtree(std::uint32_t f) const { return fits_[f] != 0; }
  // Whether the subtree under a front, whose fronts below all fit, is within the limits.
  bool within_limits(std::uint32_t f, std::uint32_t first) const {
    const auto& front = plan_.fronts[f];
    const std::uint64_t arcs = el_.up_first[front.node + front.width] - el_.up_first[plan_.fronts[first].node];
    return nodes_below_[f] <= limits_.nodes && arcs + pairs_of(front.above) <= limits_.slots &&
           degree(front.node) <= limits_.degree;
  }

  void find_fronts() {
    front_of_.resize(el_.nodes);
    for (std::uint32_t v = 0; v < el_.nodes; ++v) {
      if (v == 0 || el_.parent[v - 1] != v || degree(v - 1) != degree(v) + 1) plan_.fronts.push_back({.node = v});
      auto& f = plan_.fronts.back();
      ++f.width;
      f.above = degree(v);
      front_of_[v] = static_cast<std::uint32_t>(plan_.fronts.size() - 1);
    }
  }

  // Parents, children, and for each front where the nodes above it are in its parent's matrix.
  void link() {
    for (auto f = static_cast<std::uint32_t>(plan_.fronts.size()); f-- > 0;) {
      auto& front = plan_.fronts[f];
      const auto p = el_.parent[front.node + front.width - 1];
      if (p == kNoNode) continue;
      front.parent = front_of_[p];
      front.next_sibling = std::exchange(plan_.fronts[front.parent].first_child, f);
    }
    for (auto& front : plan_.fronts) {
      front.in_parent = static_cast<std::uint32_t>(plan_.in_parent.size());
      if (front.parent == kNoNode) continue;
      const auto& parent = plan_.fronts[front.parent];
      const auto beyond = above(parent);
      std::uint32_t at = 0;
      for (const auto node : above(front)) {
        if (node < parent.node + parent.width) {
          plan_.in_parent.push_back(node - parent.node);
          continue;
        }
        while (beyond[at] != node) ++at;
        plan_.in_parent.push_back(parent.width + at);
      }
    }
  }

  void cut() {
    const auto fronts = static_cast<std::uint32_t>(plan_.fronts.size());
    nodes_below_.resize(fronts);
    fits_.assign(fronts, 1);
    std::vector<std::uint32_t> first(fronts), stage(fronts, 1);
    std::vector<std::vector<std::uint32_t>> stages(1);
    for (std::uint32_t f = 0; f < fronts; ++f) first[f] = f;
    for (std::uint32_t f = 0; f < fronts; ++f) {
      const auto& front = plan_.fronts[f];
      nodes_below_[f] += front.width;
      fits_[f] = fits_[f] != 0 && within_limits(f, first[f]) ? 1 : 0;
      if (!in_subtree(f)) {
        if (stage[f] >= stages.size()) stages.resize(stage[f] + std::size_t{1});
        stages[stage[f]].push_back(f);
      }
      if (front.parent == kNoNode) continue;
      nodes_below_[front.parent] += nodes_below_[f];
      first[front.parent] = std::min(first[front.parent], first[f]);
      if (in_subtree(f)) continue;
      fits_[front.parent] = 0;
      stage[front.parent] = std::max(stage[front.parent], stage[f] + 1);
    }
    for (std::uint32_t f = 0; f < fronts; ++f) {
      const auto p = plan_.fronts[f].parent;
      plan_.fronts[f].top_of_subtree = in_subtree(f) && (p == kNoNode || !in_subtree(p));
      if (plan_.fronts[f].top_of_subtree) stages[0].push_back(f);
    }
    plan_.stage_first.push_back(0);
    for (std::size_t s = 0; s < stages.size(); ++s) {
      for (const auto f : stages[s]) {
        plan_.unit_first.push_back(s == 0 ? first[f] : f);
        plan_.unit_last.push_back(f);
      }
      plan_.stage_first.push_back(static_cast<std::uint32_t>(plan_.unit_last.size()));
    }
    plan_.unit_of.resize(fronts);
    for (std::uint32_t u = 0; u < plan_.unit_last.size(); ++u)
      for (std::uint32_t f = plan_.unit_first[u]; f <= plan_.unit_last[u]; ++f) plan_.unit_of[f] = u;
    for (const auto last : plan_.unit_last) {
      const auto p = plan_.fronts[last].parent;
      plan_.unit_parent.push_back(p == kNoNode ? kNoNode : plan_.unit_of[p]);
    }
    // Subtrees and the fronts above them follow one another.
    for (std::uint32_t f = 0; f < fronts; f = plan_.unit_last[plan_.unit_of[f]] + 1) {
      plan_.unit_at.push_back(plan_.unit_of[f]);
      plan_.arc_first.push_back(el_.up_first[plan_.fronts[f].node]);
    }
  }

  // A team's memory on the way up: a matrix, and a stack of what its fronts hand on; on the way down the matrices of a
  // path. The fronts above all subtrees keep theirs.
  void place() {
    std::uint64_t largest = 0, stack = 0, path = 0, left = 0;
    for (std::uint32_t f = 0; f < plan_.fronts.size(); ++f) {
      auto& front = plan_.fronts[f];
      if (!in_subtree(f)) {
        front.matrix = row_number(plan_.common_rows);
        plan_.common_rows += matrix_rows(front);
        continue;
      }
      largest = std::max(largest, matrix_rows(front));
      // What is left on the stack goes to the front after this one's subtree, or to this one.
      const std::uint64_t bottom = front.first_child == kNoNode ? left : plan_.fronts[front.first_child].handed_on;
      if (front.top_of_subtree) {
        front.handed_on = row_number(plan_.common_rows);
        plan_.common_rows += rows_of(front.above);
        left = 0;
      } else {
        front.handed_on = row_number(bottom);
        left = bottom + rows_of(front.above);
        stack = std::max(stack, left);
      }
    }
    for (auto f = static_cast<std::uint32_t>(plan_.fronts.size()); f-- > 0;) {
      auto& front = plan_.fronts[f];
      if (!in_subtree(f)) continue;
      if (!front.top_of_subtree) {
        const auto& parent = plan_.fronts[front.parent];
        front.matrix = row_number(parent.matrix + matrix_rows(parent));
      }
      path = std::max(path, front.matrix + matrix_rows(front));
    }
    // Small fronts take a square of whole rows each.
    plan_.stack_begins = largest + kSpareRows;
    plan_.team_rows = std::max(largest + stack, path) + kSpareRows;
  }

  const Elimination_view& el_;
  Subtree_limits limits_;
  Customise_plan plan_;
  std::vector<std::uint32_t> front_of_, nodes_below_;
  std::vector<std::uint8_t> fits_;
};

}  // namespace

std::vector<std::uint8_t> units_with(const Customise_plan& plan, const Differences& streets) {
  std::vector<std::uint8_t> with(plan.unit_last.size());
  for (const auto* way : {&streets.up, &streets.down})
    for (std::size_t i = 0; i < way->size();) {
      const auto next = std::upper_bound(plan.arc_first.begin(), plan.arc_first.end(), (*way)[i].arc);
      for (auto u = plan.unit_at[static_cast<std::size_t>(next - plan.arc_first.begin()) - 1];
           u != kNoNode && with[u] == 0; u = plan.unit_parent[u])
        with[u] = 1;
      while (i < way->size() && (next == plan.arc_first.end() || (*way)[i].arc < *next)) ++i;
    }
  return with;
}

Customise_plan make_customise_plan(const Elimination_view& elimination, const Subtree_limits& limits) {
  return Planner(elimination, limits).run();
}

}  // namespace dosi::access
