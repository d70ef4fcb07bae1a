#include "host/access/order.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <numeric>

#include "host/access/unit_flow.hpp"

namespace dosi::access {
namespace {

constexpr std::size_t kSmall = 128;              // parts up to this size are ordered by minimum degree
constexpr std::size_t kParallelLines = 100'000;  // parts above this size try their lines as tasks
constexpr std::size_t kParallel = 20'000;        // parts above this size become tasks of their own

Part subpart(const Part& p, const std::vector<std::uint32_t>& chosen, std::vector<std::uint32_t>& local) {
  Part s;
  s.node.reserve(chosen.size());
  s.x.reserve(chosen.size());
  s.y.reserve(chosen.size());
  for (std::uint32_t i = 0; i < chosen.size(); ++i) local[chosen[i]] = i;
  s.first.reserve(chosen.size() + 1);
  s.first.push_back(0);
  for (const auto v : chosen) {
    s.node.push_back(p.node[v]);
    s.x.push_back(p.x[v]);
    s.y.push_back(p.y[v]);
    for (auto e = p.first[v]; e < p.first[v + 1]; ++e)
      if (const auto u = local[p.neighbour[e]]; u != kNone) s.neighbour.push_back(u);
    s.first.push_back(static_cast<std::uint32_t>(s.neighbour.size()));
  }
  for (const auto v : chosen) local[v] = kNone;
  return s;
}

std::vector<std::uint32_t> breadth_first(const Part& p, std::uint32_t start) {
  std::vector<std::uint32_t> queue{start};
  std::vector<bool> seen(p.size());
  seen[start] = true;
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (auto e = p.first[queue[i]]; e < p.first[queue[i] + 1]; ++e)
      if (const auto u = p.neighbour[e]; !seen[u]) {
        seen[u] = true;
        queue.push_back(u);
      }
  return queue;
}

// The separator of a connected part, and the two sides; every node is in one of the three.
struct Cut {
  std::vector<std::uint32_t> separator, left, right;
};

// The nodes along one of kLines lines: four of the compass, and breadth-first distance. Only the first and the last
// ones of each share count, not their order.
constexpr int kLines = 5;
constexpr double kShares[] = {0.25, 0.4};  // ascending, below a half
std::uint32_t outer(double share, std::uint32_t n) {
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(share * n));
}

std::vector<std::uint32_t> along_line(const Part& p, int line) {
  if (line == kLines - 1) return breadth_first(p, breadth_first(p, 0).back());
  static constexpr double kDirections[kLines - 1][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};
  const std::uint32_t n = p.size();
  std::vector<std::pair<double, std::uint32_t>> along(n);
  for (std::uint32_t v = 0; v < n; ++v) along[v] = {p.x[v] * kDirections[line][0] + p.y[v] * kDirections[line][1], v};
  const auto inner = outer(kShares[1], n), least = outer(kShares[0], n);
  const auto begin = along.begin(), end = along.end();
  std::nth_element(begin, begin + inner, end);
  std::nth_element(begin, begin + least, begin + inner);
  std::nth_element(begin + inner, end - inner, end);
  std::nth_element(end - inner, end - least, end);
  std::vector<std::uint32_t> order(n);
  for (std::uint32_t i = 0; i < n; ++i) order[i] = along[i].second;
  return order;
}

// The best cut met so far: the fewest edges for what they separate, edges over the root of the smaller side, as
// separators of planar parts grow.
struct Best {
  double score = std::numeric_limits<double>::infinity();
  std::vector<std::uint8_t> source_side;

  void offer(std::uint32_t size, const std::vector<std::uint8_t>& reached, bool sources, std::uint32_t& smaller) {
    std::uint32_t count = 0;
    for (const auto r : reached) count += r;
    smaller = std::max(smaller, std::min(count, static_cast<std::uint32_t>(reached.size()) - count));
    const double it =
        size / std::sqrt(std::max(1.0, static_cast<double>(std::min<std::size_t>(count, reached.size() - count))));
    if (it >= score) return;
    score = it;
    source_side = reached;
    if (!sources)
      for (auto& s : source_side) s ^= 1;
  }
  // A cut of so many edges cannot be better.
  std::uint32_t limit(std::uint32_t n) const {
    const double most = score * std::sqrt(n / 2.0);
    return most < kNone ? static_cast<std::uint32_t>(std::ceil(most)) : kNone;
  }
};

// Cuts between the two outer shares along a line; the larger share only where the smaller left an uneven cut.
void try_line(const Part& p, Unit_flow& flow, int line, Best& best) {
  const std::uint32_t n = p.size();
  const auto order = along_line(p, line);
  std::vector<std::uint8_t> side(n), reached(n);
  std::uint32_t smaller = 0;
  flow.clear();
  for (const double share : kShares) {
    const auto count = outer(share, n);
    if (smaller >= count) return;
    const std::span<const std::uint32_t> sources(order.data(), count), sinks(order.data() + (n - count), count);
    std::fill(side.begin(), side.end(), std::uint8_t{0});
    for (const auto v : sources) side[v] = 1;
    for (const auto v : sinks) side[v] = 2;
    const auto limit = best.limit(n), size = flow.run(side, sources, sinks, limit);
    if (size >= limit) return;  // the larger share's cut is no smaller
    flow.mark_reached_from_sources(reached, side);
    best.offer(size, reached, true, smaller);
    flow.mark_reaching_sinks(reached, side);
    best.offer(size, reached, false, smaller);
  }
}

// Large parts try their lines side by side, which changes nothing but the time: of equal cuts the first line's wins.
std::vector<std::uint8_t> best_sides(const Part& p) {
  if (p.size() <= kParallelLines) {
    Unit_flow flow(p);
    Best best;
    for (int line = 0; line < kLines; ++line) try_line(p, flow, line, best);
    return std::move(best.source_side);
  }
  std::vector<Best> of_line(kLines);
#pragma omp taskgroup
  for (int line = 0; line < kLines; ++line) {
    auto* best = &of_line[static_cast<std::size_t>(line)];
    const auto* part = &p;
#pragma omp task default(none) firstprivate(part, best, line)
    {
      Unit_flow flow(*part);
      try_line(*part, flow, line, *best);
    }
  }
  return std::move(std::min_element(of_line.begin(), of_line.end(), [](const Best& a, const Best& b) {
                     return a.score < b.score;
                   })->source_side);
}

Cut cut(const Part& p) {
  const std::uint32_t n = p.size();
  const auto source_side = best_sides(p);

  // Either end of the cut's edges separates; the smaller set is taken.
  std::vector<std::uint32_t> ends[2];
  for (std::uint32_t v = 0; v < n; ++v)
    for (auto e = p.first[v]; e < p.first[v + 1]; ++e)
      if (source_side[v] != source_side[p.neighbour[e]]) {
        ends[source_side[v] ? 0 : 1].push_back(v);
        break;
      }
  Cut c;
  c.separator = ends[0].size() <= ends[1].size() ? ends[0] : ends[1];
  std::vector<bool> in_separator(n);
  for (const auto v : c.separator) in_separator[v] = true;
  for (std::uint32_t v = 0; v < n; ++v)
    if (!in_separator[v]) (source_side[v] ? c.left : c.right).push_back(v);
  return c;
}

// The order of a small part: always the node with the fewest neighbours left, whose neighbours then become neighbours
// of each other. Of several, and of all with two or less, which add next to nothing, the one with the lowest tree below
// it, so that chains come out shallow.
std::vector<std::uint32_t> minimum_degree(const Part& p) {
  using Row = std::bitset<kSmall>;
  const std::uint32_t n = p.size();
  std::vector<Row> row(n);
  for (std::uint32_t v = 0; v < n; ++v)
    for (auto e = p.first[v]; e < p.first[v + 1]; ++e) row[v][p.neighbour[e]] = true;
  std::vector<std::uint32_t> order, left(n), height(n);
  std::iota(left.begin(), left.end(), 0u);
  while (!left.empty()) {
    std::size_t best = 0;
    std::pair<std::size_t, std::uint32_t> least{kNone, kNone};
    for (std::size_t i = 0; i < left.size(); ++i) {
      const std::pair<std::size_t, std::uint32_t> score{std::max<std::size_t>(2, row[left[i]].count()),
                                                        height[left[i]]};
      if (score < least) least = score, best = i;
    }
    const auto v = left[best];
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
    order.push_back(v);
    for (const auto u : left)
      if (row[u][v]) {
        row[u] |= row[v];
        row[u][u] = row[u][v] = false;
        height[u] = std::max(height[u], height[v] + 1);
      }
  }
  return order;
}

// Gives the part's nodes the ranks lowest .. lowest + size - 1.
void dissect(Part p, std::uint32_t lowest, std::vector<std::uint32_t>& rank) {
  const std::uint32_t n = p.size();
  if (n <= kSmall) {
    for (const auto v : minimum_degree(p)) rank[p.node[v]] = lowest++;
    return;
  }
  if (p.neighbour.size() == std::size_t{n} * (n - 1)) {
    for (const auto v : p.node) rank[v] = lowest++;
    return;
  }

  std::vector<std::uint32_t> local(n, kNone);
  const auto descend = [&](const std::vector<std::uint32_t>& nodes, std::uint32_t from) {
    if (nodes.empty()) return;
    if (nodes.size() == 1) {
      rank[p.node[nodes[0]]] = from;
      return;
    }
    Part sub = subpart(p, nodes, local);
    if (nodes.size() > kParallel) {
      // The task may outlive this frame, so it takes the address of the ranks with it.
      auto* ranks = &rank;
#pragma omp task default(none) firstprivate(sub, from, ranks)
      dissect(std::move(sub), from, *ranks);
    } else {
      dissect(std::move(sub), from, rank);
    }
  };

  std::vector<bool> seen(n);
  auto component = breadth_first(p, 0);
  if (component.size() < n) {
    for (std::uint32_t v = 0, from = lowest; v < n; ++v) {
      if (seen[v]) continue;
      component = breadth_first(p, v);
      for (const auto u : component) seen[u] = true;
      std::sort(component.begin(), component.end());
      descend(component, from);
      from += static_cast<std::uint32_t>(component.size());
    }
    return;
  }
  const Cut c = cut(p);
  const auto left = static_cast<std::uint32_t>(c.left.size()), right = static_cast<std::uint32_t>(c.right.size());
  for (std::uint32_t i = 0; i < c.separator.size(); ++i) rank[p.node[c.separator[i]]] = lowest + left + right + i;
  descend(c.left, lowest);
  descend(c.right, lowest + left);
}

// Every other bit of a number below 2^16.
std::uint32_t spread_bits(std::uint32_t v) {
  v = (v | v << 8) & 0x00FF00FFu;
  v = (v | v << 4) & 0x0F0F0F0Fu;
  v = (v | v << 2) & 0x33333333u;
  return (v | v << 1) & 0x55555555u;
}

// All nodes, numbered along a curve that keeps near ones together (Morton 1966): flows then find them in the caches.
Part near_together(const Topology& t) {
  const std::uint32_t n = t.nodes();
  const auto cell = [](std::span<const double> along) {
    const auto [least, most] = std::minmax_element(along.begin(), along.end());
    return [least = along.empty() ? 0 : *least,
            scale = along.empty() || *most <= *least ? 0 : 65535 / (*most - *least)](double at) {
      return spread_bits(static_cast<std::uint32_t>((at - least) * scale));
    };
  };
  const auto column = cell(t.x), row = cell(t.y);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> curve(n);
  for (std::uint32_t v = 0; v < n; ++v) curve[v] = {column(t.x[v]) | row(t.y[v]) << 1, v};
  std::sort(curve.begin(), curve.end());
  Part p;
  p.node.resize(n);
  std::vector<std::uint32_t> number(n);
  for (std::uint32_t i = 0; i < n; ++i) number[p.node[i] = curve[i].second] = i;
  p.first.assign(1, 0);
  for (const auto v : p.node) {
    for (auto e = t.first[v]; e < t.first[v + 1]; ++e) p.neighbour.push_back(number[t.neighbour[e]]);
    std::sort(p.neighbour.begin() + p.first.back(), p.neighbour.end());
    p.first.push_back(static_cast<std::uint32_t>(p.neighbour.size()));
    p.x.push_back(t.x[v]);
    p.y.push_back(t.y[v]);
  }
  return p;
}

}  // namespace

Topology make_topology(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
                       std::span<const double> x, std::span<const double> y) {
  Topology t;
  t.x = x;
  t.y = y;
  std::vector<std::uint64_t> count(std::size_t{nodes} + 1);
  for (std::size_t i = 0; i < tail.size(); ++i)
    if (tail[i] != head[i]) {
      ++count[tail[i] + 1];
      ++count[head[i] + 1];
    }
  std::partial_sum(count.begin(), count.end(), count.begin());
  std::vector<std::uint32_t> all(count.back());
  auto at = count;
  for (std::size_t i = 0; i < tail.size(); ++i)
    if (tail[i] != head[i]) {
      all[at[tail[i]]++] = head[i];
      all[at[head[i]]++] = tail[i];
    }
  t.first.assign(1, 0);
  for (std::uint32_t v = 0; v < nodes; ++v) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(count[v]),
               end = all.begin() + static_cast<std::ptrdiff_t>(count[v + 1]);
    std::sort(begin, end);
    t.neighbour.insert(t.neighbour.end(), begin, std::unique(begin, end));
    t.first.push_back(t.neighbour.size());
  }
  return t;
}

std::vector<std::uint32_t> nested_dissection(const Topology& t) {
  Part whole = near_together(t);
  std::vector<std::uint32_t> rank(t.nodes());
  if (whole.size() == 0) return rank;
#pragma omp parallel
#pragma omp single
  dissect(std::move(whole), 0, rank);
  return rank;
}

}  // namespace dosi::access
