#include "kernels/gwr/tree.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

namespace dosi::gwr {
namespace {

struct Builder {
  std::span<const double> x, y, z;
  Tree& tree;

  // Places [first, last) of the order and the nodes from `node` on: 2 x blocks - 1 of them.
  void build(std::uint32_t node, std::uint32_t first, std::uint32_t last) {
    const std::uint32_t blocks = (last - first + kBlock - 1) / kBlock;
    Node& n = tree.nodes[node];
    n = {INFINITY, INFINITY, -INFINITY, -INFINITY, first, last, node + 2 * blocks - 1, kNoCluster};
    for (auto i = first; i < last; ++i) {
      const auto p = tree.order[i];
      n.x0 = std::min(n.x0, x[p]);
      n.x1 = std::max(n.x1, x[p]);
      n.y0 = std::min(n.y0, y[p]);
      n.y1 = std::max(n.y1, y[p]);
      if (z.empty()) continue;
      n.z0 = i == first ? z[p] : std::min(n.z0, z[p]);
      n.z1 = i == first ? z[p] : std::max(n.z1, z[p]);
    }
    if (blocks == 1) {
      order_leaf(first, last);
      return;
    }
    const auto left = (blocks + 1) / 2, middle = first + left * kBlock;
    split(first, middle, last);
#pragma omp task if (last - first > 16384)
    build(node + 1, first, middle);
    build(node + 2 * left, middle, last);
#pragma omp taskwait
  }

  // By the longest side of their box, equal values by the next and the row.
  void split(std::uint32_t first, std::uint32_t middle, std::uint32_t last) {
    const auto at = tree.order.begin();
    const std::span<const double> all[] = {x, y, z};
    double length[3] = {0, 0, 0};
    for (int side = 0; side < (z.empty() ? 2 : 3); ++side) {
      double low = INFINITY, high = -INFINITY;
      for (auto i = first; i < last; ++i) {
        low = std::min(low, all[side][tree.order[i]]);
        high = std::max(high, all[side][tree.order[i]]);
      }
      length[side] = high - low;
    }
    const bool third = length[2] > length[0] && length[2] > length[1];
    const auto& a = third ? z : length[0] >= length[1] ? x : y;
    const auto& b = length[0] >= length[1] && !third ? y : x;
    std::nth_element(at + first, at + middle, at + last,
                     [&](auto p, auto q) { return std::tuple(a[p], b[p], p) < std::tuple(a[q], b[q], q); });
  }

  // Halves down to single places, for locality.
  void order_leaf(std::uint32_t first, std::uint32_t last) {
    if (last - first < 3) {
      std::sort(tree.order.begin() + first, tree.order.begin() + last);
      return;
    }
    const auto middle = first + (last - first) / 2;
    split(first, middle, last);
    order_leaf(first, middle);
    order_leaf(middle, last);
  }
};

struct Refiner {
  std::span<const double> x, y, z;
  const Tree& tree;
  Fine_tree& fine;
  std::vector<std::uint32_t> level;  // of each cluster

  // The node of the order's places [first, last), with all below; returns its cluster.
  std::uint32_t build(std::uint32_t first, std::uint32_t last) {
    const auto at = fine.nodes.size();
    fine.nodes.push_back({INFINITY, INFINITY, -INFINITY, -INFINITY, first, last, 0, kNoCluster});
    auto left = kNoCluster, right = kNoCluster;
    if (last - first > kFineLeaf) {
      const auto blocks = (last - first + kBlock - 1) / kBlock;
      const auto middle = blocks > 1 ? first + (blocks + 1) / 2 * kBlock : first + (last - first) / 2;
      left = build(first, middle);
      right = build(middle, last);
    }
    Node& n = fine.nodes[at];
    n.skip = static_cast<std::uint32_t>(fine.nodes.size());
    for (auto i = first; i < last; ++i) {
      const auto p = tree.order[i];
      n.x0 = std::min(n.x0, x[p]);
      n.x1 = std::max(n.x1, x[p]);
      n.y0 = std::min(n.y0, y[p]);
      n.y1 = std::max(n.y1, y[p]);
      if (z.empty()) continue;
      n.z0 = i == first ? z[p] : std::min(n.z0, z[p]);
      n.z1 = i == first ? z[p] : std::max(n.z1, z[p]);
    }
    if (last - first < kFineCluster || !z.empty()) return kNoCluster;
    const bool of_places = left == kNoCluster || right == kNoCluster;
    level.push_back(of_places ? 0 : 1 + std::max(level[left], level[right]));
    fine.clusters.push_back(
        {static_cast<std::uint32_t>(at), of_places ? kNoCluster : left, of_places ? kNoCluster : right, 0});
    return n.cluster = static_cast<std::uint32_t>(fine.clusters.size() - 1);
  }

  void order_by_level() {
    std::vector<std::uint32_t> order(level.size()), rank(level.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return level[a] < level[b]; });
    for (std::uint32_t r = 0; r < order.size(); ++r) {
      rank[order[r]] = r;
      while (fine.levels.size() <= level[order[r]]) fine.levels.push_back(r);
    }
    fine.levels.push_back(static_cast<std::uint32_t>(order.size()));
    const auto ranked = [&](std::uint32_t c) { return c == kNoCluster ? c : rank[c]; };
    std::vector<Cluster> sorted;
    for (const auto c : order) {
      const auto& [node, left, right, before] = fine.clusters[c];
      sorted.push_back({node, ranked(left), ranked(right), fine.places});
      if (left == kNoCluster) fine.places += fine.nodes[node].last - fine.nodes[node].first;
    }
    fine.clusters = std::move(sorted);
    for (auto& n : fine.nodes) n.cluster = ranked(n.cluster);
  }
};

}  // namespace

Fine_tree refine(const Tree& tree, std::span<const double> x, std::span<const double> y, std::span<const double> z) {
  Fine_tree fine;
  if (tree.order.empty()) return fine;
  Refiner refiner{x, y, z, tree, fine, {}};
  refiner.build(0, static_cast<std::uint32_t>(tree.order.size()));
  refiner.order_by_level();
  return fine;
}

Tree make_tree(std::span<const double> x, std::span<const double> y, std::span<const double> z) {
  Tree tree;
  const auto n = static_cast<std::uint32_t>(x.size());
  if (n == 0) return tree;
  tree.order.resize(n);
  std::iota(tree.order.begin(), tree.order.end(), 0u);
  tree.nodes.resize(std::size_t{2} * ((n + kBlock - 1) / kBlock) - 1);
  Builder builder{x, y, z, tree};
#pragma omp parallel
#pragma omp single
  builder.build(0, 0, n);
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    Node& node = tree.nodes[i];
    if (node.last - node.first < kCluster) continue;
    node.cluster = static_cast<std::uint32_t>(tree.clusters.size());
    tree.clusters.push_back(i);
  }
  return tree;
}

double largest_distance(std::span<const double> x, std::span<const double> y) {
  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](auto p, auto q) { return std::tuple(x[p], y[p]) < std::tuple(x[q], y[q]); });
  std::vector<std::uint32_t> hull;
  for (const bool upper : {false, true}) {
    const auto base = hull.size();
    for (const auto p : order) {
      while (hull.size() >= base + 2) {
        const auto a = hull[hull.size() - 2], b = hull.back();
        if ((x[b] - x[a]) * (y[p] - y[a]) - (y[b] - y[a]) * (x[p] - x[a]) > 0) break;
        hull.pop_back();
      }
      hull.push_back(p);
    }
    if (!upper) std::reverse(order.begin(), order.end());
  }
  // Few places lie on a hull: all pairs of them.
  double most = 0;
  for (std::size_t i = 0; i < hull.size(); ++i)
    for (std::size_t j = i + 1; j < hull.size(); ++j)
      most = std::max(most, std::hypot(x[hull[i]] - x[hull[j]], y[hull[i]] - y[hull[j]]));
  return most;
}

double smallest_distance(std::span<const double> x, std::span<const double> y) {
  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto above = [&](auto p, auto q) { return std::tuple(y[p], x[p], p) < std::tuple(y[q], x[q], q); };
  std::sort(order.begin(), order.end(),
            [&](auto p, auto q) { return std::tuple(x[p], y[p], p) < std::tuple(x[q], y[q], q); });
  // Places near the sweep, one at each point, from south to north.
  std::set<std::uint32_t, decltype(above)> near(above);
  double least = INFINITY;
  std::size_t behind = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto p = order[i];
    if (i > 0 && x[order[i - 1]] == x[p] && y[order[i - 1]] == y[p]) continue;
    for (; behind < i && x[order[behind]] < x[p] - least; ++behind) near.erase(order[behind]);
    const auto at = near.lower_bound(p);
    for (auto q = at; q != near.end() && y[*q] - y[p] < least; ++q)
      least = std::min(least, std::hypot(x[*q] - x[p], y[*q] - y[p]));
    for (auto q = at; q != near.begin() && y[p] - y[*std::prev(q)] < least;) {
      --q;
      least = std::min(least, std::hypot(x[*q] - x[p], y[*q] - y[p]));
    }
    near.insert(p);
  }
  return std::isfinite(least) ? least : 0;
}

}  // namespace dosi::gwr
