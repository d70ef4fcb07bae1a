// Tables by labels: when they are cheaper than sweeps, and how they are made.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/access/labels.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

class Small_tables {
 public:
  // `hierarchy`: host memory that outlives this.
  Small_tables(par::Context& ctx, const dosi::access::Hierarchy_view& hierarchy) : ctx_(ctx), host_(hierarchy) {}

  // `planned`: the sweep's plan is there already.
  bool cheaper_than_sweeps(std::span<const Place> roots, std::span<const Place> leaves, bool planned) const {
    if (roots.empty() || leaves.empty() || roots.size() > kMostPairs / leaves.size() || host_.nodes == 0) return false;
    const Path path = typical_path(leaves);
    const auto n_roots = static_cast<double>(roots.size()), n_leaves = static_cast<double>(leaves.size());
    if ((n_roots + n_leaves) * path.depth > kMostLabels) return false;
    const double labels = (n_roots + n_leaves) * path.arcs * kStepsAnArcUp +
                          n_roots * n_leaves * path.depth * kStepsADepth +
                          (depth_.empty() ? kStepsANode * host_.nodes : 0);
    // Paths of leaves meet: a thousand leaves need about 120 times the arcs of one, and all leaves half of all arcs.
    const double alone = path.arcs * std::pow(n_leaves, 0.7), all = static_cast<double>(host_.up_head.size()) / 2;
    const double sweeps = (planned ? 0 : kStepsANodePlanned * host_.nodes) +
                          std::ceil(n_roots / kLanes) * kLanes * alone * all / (alone + all);
    if (labels >= sweeps) return false;
    // One place that is far deeper than those looked at would not fit a team's memory.
    prepare();
    return std::max(deepest(roots), deepest(leaves)) < kMostDepth;
  }

  // A row for each of `rows` over all columns, all of one metric. direction: from_roots: from rows to columns. `first`:
  // the number of the first column, as the caller counts them.
  void answer(std::uint32_t metric, Direction direction, std::span<const Place> rows, std::span<const Place> columns,
              std::size_t first, const Sums& sums, const dosi::access::Reduction& reduction,
              const dosi::access::Rows& out) {
    prepare();
    const Direction back = opposite(direction);
    const std::size_t depths = std::max(deepest(rows), deepest(columns)) + 1,
                      padded = (columns.size() + kColumns - 1) / kColumns * kColumns;
    const par::Buffer<Place> d_rows(ctx_, rows), d_columns(ctx_, columns);
    par::Buffer<std::uint32_t> row_labels(ctx_, rows.size() * depths), column_labels(ctx_, padded * depths),
        times(ctx_, rows.size() * columns.size());
    column_labels.fill(kFar);
    const std::size_t scratch = Team::shared_bytes<std::uint32_t>(depths);
    par::for_each_team(ctx_, rows.size(), kTeam, scratch,
                       Climb{tree(metric, direction), d_rows.view(), direction, depths, row_labels.view(), depths, 1});
    par::for_each_team(ctx_, columns.size(), kTeam, scratch,
                       Climb{tree(metric, back), d_columns.view(), back, depths, column_labels.view(), 1, padded});
    par::for_each_team(ctx_, rows.size() * ((columns.size() + kColumnsAPass - 1) / kColumnsAPass),
                       static_cast<int>(kColumnsAPass), scratch,
                       Meet{tree(metric, direction), on_device(size_, d_size_), d_rows.view(), d_columns.view(),
                            direction, row_labels.view(), column_labels.view(), depths, padded, times.view()});
    const auto k = static_cast<std::size_t>(reduction.nearest);
    par::Buffer<std::uint64_t> out_sums(ctx_, rows.size() * reduction.sums.size());
    par::Buffer<std::uint32_t> near_t(ctx_, rows.size() * k), near_p(ctx_, rows.size() * k);
    par::for_each(ctx_, rows.size(),
                  Reduce_row{times.view(), columns.size(), static_cast<std::uint32_t>(first), sums, reduction.nearest,
                             out_sums.view(), near_t.view(), near_p.view()});
    ctx_.synchronize();
    if (!reduction.sums.empty()) out_sums.download(out.sums);
    if (k > 0) {
      near_t.download(out.nearest_time);
      near_p.download(out.nearest_place);
    }
    if (reduction.matrix) times.download(out.times);
  }

 private:
  static constexpr int kTeam = 32;
  static constexpr std::size_t kMostPairs = std::size_t{1} << 24;
  static constexpr std::uint32_t kMostDepth = 8192;
  static constexpr double kMostLabels = 1 << 26;
  // Measured on a CPU: in the time of an arc for one lane of a sweep, 0.1 ns.
  static constexpr double kStepsAnArcUp = 6, kStepsADepth = 4.5, kStepsANode = 20, kStepsANodePlanned = 60;

  struct Path {
    double depth = 0, arcs = 0;
  };
  // Of some of the places.
  Path typical_path(std::span<const Place> places) const {
    Path sum;
    double count = 0;
    for (std::size_t i = 0; i < places.size(); i += std::max<std::size_t>(1, places.size() / 8)) {
      if (places[i].a == kNoNode) continue;
      ++count;
      for (std::uint32_t v = std::min(places[i].a, places[i].b); v != kNoNode; v = host_.parent[v]) {
        ++sum.depth;
        sum.arcs += static_cast<double>(host_.up_first[v + 1] - host_.up_first[v]);
      }
    }
    return count > 0 ? Path{sum.depth / count, sum.arcs / count} : sum;
  }

  std::size_t deepest(std::span<const Place> places) const {
    std::uint32_t most = 0;
    for (const Place& p : places)
      if (p.a != kNoNode) most = std::max(most, depth_[std::min(p.a, p.b)]);
    return most;
  }

  void prepare() const {
    if (!depth_.empty()) return;
    depth_.resize(host_.nodes);
    size_.assign(host_.nodes, 1);
    for (std::uint32_t v = 0; v < host_.nodes; ++v)
      if (host_.parent[v] != kNoNode) size_[host_.parent[v]] += size_[v];
    for (std::uint32_t v = host_.nodes; v-- > 0;)
      depth_[v] = host_.parent[v] == kNoNode ? 0 : depth_[host_.parent[v]] + 1;
  }

  Tree tree(std::uint32_t metric, Direction direction) {
    const bool up = direction == Direction::from_roots;
    const std::size_t arcs = host_.up_head.size();
    return {on_device(host_.parent, d_parent_), on_device(std::span<const std::uint32_t>(depth_), d_depth_),
            on_device(host_.up_first, d_up_first_), on_device(host_.up_head, d_up_head_),
            (up ? on_device(host_.time_up, d_time_up_) : on_device(host_.time_down, d_time_down_))
                .part(metric * arcs, arcs)};
  }

  // A CPU reads what is there; a GPU gets it when it is first needed.
  template <class T>
  View<const T> on_device(std::span<const T> host, par::Buffer<T>& copy) {
    if constexpr (Team::serial) {
      return {host.data(), host.size()};
    } else {
      if (copy.size() == 0) copy = par::Buffer<T>(ctx_, host);
      return std::as_const(copy).view();
    }
  }
  template <class T>
  View<const T> on_device(const std::vector<T>& host, par::Buffer<T>& copy) {
    return on_device(std::span<const T>(host), copy);
  }

  par::Context& ctx_;
  dosi::access::Hierarchy_view host_;
  mutable std::vector<std::uint32_t> depth_, size_;  // of each node and its subtree, when they are first needed
  par::Buffer<std::uint64_t> d_up_first_;
  par::Buffer<std::uint32_t> d_parent_, d_depth_, d_size_, d_up_head_, d_time_up_, d_time_down_;
};

}  // namespace dosi::DOSI_BACKEND::access
