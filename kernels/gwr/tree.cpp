#include "kernels/gwr/tree.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

namespace dosi::gwr {
namespace {

struct Builder {
  std::span<const double> x, y;
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

  void split(std::uint32_t first, std::uint32_t middle, std::uint32_t last) {
    const auto at = tree.order.begin();
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (auto i = first; i < last; ++i) {
      const auto p = tree.order[i];
      x0 = std::min(x0, x[p]);
      x1 = std::max(x1, x[p]);
      y0 = std::min(y0, y[p]);
      y1 = std::max(y1, y[p]);
    }
    const auto& a = x1 - x0 >= y1 - y0 ? x : y;
    const auto& b = x1 - x0 >= y1 - y0 ? y : x;
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

}  // namespace

Tree make_tree(std::span<const double> x, std::span<const double> y) {
  Tree tree;
  const auto n = static_cast<std::uint32_t>(x.size());
  if (n == 0) return tree;
  tree.order.resize(n);
  std::iota(tree.order.begin(), tree.order.end(), 0u);
  tree.nodes.resize(std::size_t{2} * ((n + kBlock - 1) / kBlock) - 1);
  Builder builder{x, y, tree};
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
  std::sort(order.begin(), order.end(), [&](auto p, auto q) { return std::tuple(x[p], y[p]) < std::tuple(x[q], y[q]); });
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
    for (std::size_t j = i + 1; j < hull.size(); ++j) most = std::max(most, std::hypot(x[hull[i]] - x[hull[j]], y[hull[i]] - y[hull[j]]));
  return most;
}

double smallest_distance(std::span<const double> x, std::span<const double> y) {
  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto above = [&](auto p, auto q) { return std::tuple(y[p], x[p], p) < std::tuple(y[q], x[q], q); };
  std::sort(order.begin(), order.end(), [&](auto p, auto q) { return std::tuple(x[p], y[p], p) < std::tuple(x[q], y[q], q); });
  // Places near the sweep, one at each point, from south to north.
  std::set<std::uint32_t, decltype(above)> near(above);
  double least = INFINITY;
  std::size_t behind = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto p = order[i];
    if (i > 0 && x[order[i - 1]] == x[p] && y[order[i - 1]] == y[p]) continue;
    for (; behind < i && x[order[behind]] < x[p] - least; ++behind) near.erase(order[behind]);
    const auto at = near.lower_bound(p);
    for (auto q = at; q != near.end() && y[*q] - y[p] < least; ++q) least = std::min(least, std::hypot(x[*q] - x[p], y[*q] - y[p]));
    for (auto q = at; q != near.begin() && y[p] - y[*std::prev(q)] < least;) {
      --q;
      least = std::min(least, std::hypot(x[*q] - x[p], y[*q] - y[p]));
    }
    near.insert(p);
  }
  return std::isfinite(least) ? least : 0;
}

}  // namespace dosi::gwr
