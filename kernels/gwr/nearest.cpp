#include "kernels/gwr/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/gwr/tree.hpp"

namespace dosi::gwr {
namespace {

struct Near {
  double d2;
  std::uint32_t row;
  bool operator<(const Near& other) const { return d2 < other.d2 || (d2 == other.d2 && row < other.row); }
};

struct Search {
  std::span<const double> x, y;
  const Tree& tree;
  std::size_t count;

  // Of the place at `at` in the tree's order. `heap`: the nearest so far, the farthest of them at its front.
  void run(std::uint32_t at, std::vector<Near>& heap) const {
    const auto row = tree.order[at];
    heap.clear();
    const auto leaf = at / kBlock * kBlock;
    take(row, leaf, std::min<std::uint32_t>(leaf + kBlock, static_cast<std::uint32_t>(tree.order.size())), heap);
    for (std::uint32_t u = 0; u < tree.nodes.size();) {
      const Node& n = tree.nodes[u];
      const double dx = std::max({n.x0 - x[row], x[row] - n.x1, 0.0}),
                   dy = std::max({n.y0 - y[row], y[row] - n.y1, 0.0});
      if (heap.size() == count && dx * dx + dy * dy > heap.front().d2) {
        u = n.skip;
        continue;
      }
      if (n.skip == u + 1 && n.first != leaf) take(row, n.first, n.last, heap);
      ++u;
    }
    std::sort_heap(heap.begin(), heap.end());
  }

  void take(std::uint32_t row, std::uint32_t first, std::uint32_t last, std::vector<Near>& heap) const {
    for (auto i = first; i < last; ++i) {
      const auto other = tree.order[i];
      if (other == row) continue;
      const double dx = x[other] - x[row], dy = y[other] - y[row];
      const Near near{dx * dx + dy * dy, other};
      if (heap.size() == count && !(near < heap.front())) continue;
      if (heap.size() == count) {
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
      }
      heap.push_back(near);
      std::push_heap(heap.begin(), heap.end());
    }
  }
};

}  // namespace

std::vector<std::uint32_t> nearest_places(std::span<const double> x, std::span<const double> y, std::size_t count) {
  const std::size_t n = x.size();
  if (count == 0 || count >= n)
    throw std::invalid_argument("the nearest " + std::to_string(count) + " of " + std::to_string(n) + " places");
  const Tree tree = make_tree(x, y);
  const Search search{x, y, tree, count};
  std::vector<std::uint32_t> out(n * count);
#pragma omp parallel
  {
    std::vector<Near> heap;
#pragma omp for schedule(dynamic, 256)
    for (std::uint32_t at = 0; at < n; ++at) {
      search.run(at, heap);
      for (std::size_t k = 0; k < count; ++k) out[tree.order[at] * count + k] = heap[k].row;
    }
  }
  return out;
}

}  // namespace dosi::gwr
