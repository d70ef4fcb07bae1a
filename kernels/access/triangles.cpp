#include "kernels/access/triangles.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

namespace dosi::access {
namespace {

class Lister {
 public:
  Lister(const Elimination_view& el, const Customise_plan& plan) : el_(el), plan_(plan), level_(el.nodes) {}

  Triangles run() && {
    found_.levels_first.push_back(0);
    for (std::uint32_t unit = 0; unit < plan_.stage_first[1]; ++unit) add(unit);
    return std::move(found_);
  }

 private:
  std::span<const std::uint32_t> heads(std::uint32_t v) const {
    return el_.up_head.subspan(el_.up_first[v], el_.up_first[v + 1] - el_.up_first[v]);
  }

  void add(std::uint32_t unit) {
    const Front &top = plan_.fronts[plan_.unit_last[unit]], &bottom = plan_.fronts[plan_.unit_first[unit]];
    first_ = bottom.node;
    end_ = top.node + top.width;
    first_arc_ = el_.up_first[first_];
    arcs_ = el_.up_first[end_] - first_arc_;
    above_ = heads(end_ - 1);
    found_.most_arcs = std::max(found_.most_arcs, static_cast<std::uint32_t>(arcs_));
    found_.most_slots = std::max(found_.most_slots, static_cast<std::uint32_t>(arcs_ + pairs_of(above_.size())));
    order_by_level();
    for (std::uint32_t v : order_) {
      if (found_.level_first.size() - found_.levels_first.back() <= level_[v]) begin_level();
      add_triangles(v);
    }
    begin_level();
    found_.levels_first.push_back(static_cast<std::uint32_t>(found_.level_first.size()));
  }

  void begin_level() {
    if (found_.list.size() > 0xFFFFFFFFu)
      throw std::length_error("customisation: more than 2^32 triangles in subtrees");
    found_.level_first.push_back(static_cast<std::uint32_t>(found_.list.size()));
  }

  // Nodes without triangles of their own are on no level.
  void order_by_level() {
    order_.clear();
    std::fill(level_.begin() + first_, level_.begin() + end_, 0);
    std::uint32_t levels = 0;
    for (std::uint32_t v = first_; v < end_; ++v) {
      const bool listed = heads(v).size() > 1;
      if (listed) order_.push_back(v);
      if (const std::uint32_t p = el_.parent[v]; p < end_)
        level_[p] = std::max(level_[p], level_[v] + (listed ? 1 : 0));
      levels = std::max(levels, level_[v] + 1);
    }
    sorted_.resize(order_.size());
    count_.assign(levels + std::size_t{1}, 0);
    for (const auto v : order_) ++count_[level_[v] + std::size_t{1}];
    for (std::size_t l = 1; l < count_.size(); ++l) count_[l] += count_[l - 1];
    for (const auto v : order_) sorted_[count_[level_[v]]++] = v;
    order_.swap(sorted_);
  }

  void add_triangles(std::uint32_t v) {
    const auto ends = heads(v);
    const std::uint64_t arc = el_.up_first[v] - first_arc_;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      const bool inside = ends[i] < end_;
      const auto beyond = inside ? heads(ends[i]) : above_;
      std::size_t at = 0;
      const auto find = [&](std::uint32_t node) {
        while (beyond[at] != node) ++at;
        return at;
      };
      const auto n = static_cast<std::uint32_t>(above_.size());
      const auto from = inside ? 0 : static_cast<std::uint32_t>(find(ends[i]));
      for (std::size_t j = i + 1; j < ends.size(); ++j) {
        const std::size_t to = find(ends[j]);
        found_.list.push_back(Triangle::of(arc + i, arc + j,
                                           inside ? el_.up_first[ends[i]] - first_arc_ + to
                                                  : arcs_ + pair_slot(from, static_cast<std::uint32_t>(to), n)));
      }
    }
  }

  const Elimination_view& el_;
  const Customise_plan& plan_;
  Triangles found_;
  std::vector<std::uint32_t> level_, order_, sorted_, count_;
  // The subtree in hand.
  std::uint32_t first_ = 0, end_ = 0;
  std::uint64_t first_arc_ = 0, arcs_ = 0;
  std::span<const std::uint32_t> above_;
};

}  // namespace

Triangles make_triangles(const Elimination_view& elimination, const Customise_plan& plan) {
  return Lister(elimination, plan).run();
}

}  // namespace dosi::access
