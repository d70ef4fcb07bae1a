#include "host/access/order.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <numeric>

namespace dosi::access {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFFu;
constexpr std::size_t kSmall = 128;        // parts up to this size are ordered by minimum degree
constexpr std::size_t kParallelLines = 100'000;  // parts above this size try their lines as tasks
constexpr std::size_t kParallel = 20'000;  // parts above this size become tasks of their own

// A part of the network with its own numbering.
struct Part {
  std::vector<std::uint32_t> node;   // number in the whole
  std::vector<std::uint32_t> first, neighbour;
  std::vector<double> x, y;
  std::uint32_t size() const { return static_cast<std::uint32_t>(node.size()); }
};

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

// Dinic's algorithm on an undirected graph of unit edges between two sets of nodes.
class Unit_flow {
 public:
  explicit Unit_flow(const Part& p)
      : p_(p), reverse_(p.neighbour.size()), flow_(p.neighbour.size()), depth_(p.size(), kNone), next_(p.size()) {
    std::vector<std::uint32_t> fill(p.first.begin(), p.first.end() - 1);
    // Neighbour lists are symmetric: walking the nodes in order meets the arcs into each node in order of tail,
    // and each list is sorted, so the k-th arc into u is the reverse of u's k-th arc.
    for (std::uint32_t v = 0; v < p.size(); ++v)
      for (auto e = p.first[v]; e < p.first[v + 1]; ++e) reverse_[e] = fill[p.neighbour[e]]++;
  }

  // The cut's size, or `limit` if it is no smaller. side: 1 source, 2 sink, 0 neither. Only sources with a neighbour
  // outside matter.
  std::uint32_t run(const std::vector<std::uint8_t>& side, std::span<const std::uint32_t> sources, std::uint32_t limit) {
    std::fill(flow_.begin(), flow_.end(), std::int8_t{0});
    border_.clear();
    for (const auto v : sources)
      for (auto e = p_.first[v]; e < p_.first[v + 1]; ++e)
        if (side[p_.neighbour[e]] != 1) {
          border_.push_back(v);
          break;
        }
    std::uint32_t total = 0;
    while (total < limit && layers(side))
      for (const auto s : border_)
        while (total < limit && augment(s, side)) ++total;
    return total;
  }

  // After a finished run: the nodes that the sources still reach, which with all sources are their side of the cut
  // nearest to them; and the same for the sinks.
  void mark_reached_from_sources(std::vector<std::uint8_t>& reached, const std::vector<std::uint8_t>& side) const {
    for (std::uint32_t v = 0; v < p_.size(); ++v) reached[v] = side[v] == 1;
    for (const auto v : queue_) reached[v] = 1;
  }
  void mark_reached_from_sinks(std::vector<std::uint8_t>& reached, const std::vector<std::uint8_t>& side, std::span<const std::uint32_t> sinks) {
    for (std::uint32_t v = 0; v < p_.size(); ++v) reached[v] = side[v] == 2;
    back_.assign(sinks.begin(), sinks.end());
    for (std::size_t i = 0; i < back_.size(); ++i)
      for (auto e = p_.first[back_[i]]; e < p_.first[back_[i] + 1]; ++e)
        if (const auto u = p_.neighbour[e]; reached[u] == 0 && flow_[reverse_[e]] < 1) {
          reached[u] = 1;
          back_.push_back(u);
        }
  }

 private:
  bool layers(const std::vector<std::uint8_t>& side) {
    for (const auto v : queue_) depth_[v] = kNone;
    queue_.clear();
    const auto enter = [&](std::uint32_t v, std::uint32_t depth) {
      depth_[v] = depth;
      next_[v] = p_.first[v];
      queue_.push_back(v);
    };
    for (const auto v : border_) enter(v, 0);
    bool found = false;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const auto v = queue_[i];
      if (side[v] == 2) {
        found = true;
        continue;
      }
      for (auto e = p_.first[v]; e < p_.first[v + 1]; ++e) {
        const auto u = p_.neighbour[e];
        if (flow_[e] < 1 && depth_[u] == kNone && side[u] != 1) enter(u, depth_[v] + 1);
      }
    }
    return found;
  }

  // One unit along a layered path from s to any sink.
  bool augment(std::uint32_t s, const std::vector<std::uint8_t>& side) {
    path_.clear();
    std::uint32_t v = s;
    for (;;) {
      if (side[v] == 2) {
        for (const auto e : path_) {
          ++flow_[e];
          --flow_[reverse_[e]];
        }
        return true;
      }
      bool advanced = false;
      for (auto& e = next_[v]; e < p_.first[v + 1]; ++e) {
        const auto u = p_.neighbour[e];
        if (flow_[e] < 1 && depth_[u] == depth_[v] + 1) {
          path_.push_back(e);
          v = u;
          advanced = true;
          break;
        }
      }
      if (advanced) continue;
      if (path_.empty()) return false;
      const auto back = path_.back();
      path_.pop_back();
      v = p_.neighbour[reverse_[back]];
      ++next_[v];
    }
  }

  const Part& p_;
  std::vector<std::uint32_t> reverse_;
  std::vector<std::int8_t> flow_;
  std::vector<std::uint32_t> depth_, next_, queue_, back_, border_, path_;
};

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

// The nodes in the order of one of kLines lines: four of the compass, and breadth-first distance.
constexpr int kLines = 5;
std::vector<std::uint32_t> along_line(const Part& p, int line) {
  if (line == kLines - 1) return breadth_first(p, breadth_first(p, 0).back());
  static constexpr double kDirections[kLines - 1][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};
  const std::uint32_t n = p.size();
  std::vector<std::pair<double, std::uint32_t>> along(n);
  for (std::uint32_t v = 0; v < n; ++v) along[v] = {p.x[v] * kDirections[line][0] + p.y[v] * kDirections[line][1], v};
  std::sort(along.begin(), along.end());
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
    const double it = size / std::sqrt(std::max(1.0, static_cast<double>(std::min<std::size_t>(count, reached.size() - count))));
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
  for (const double share : {0.25, 0.4}) {
    const auto outer = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(share * n));
    if (smaller >= outer) return;
    const std::span<const std::uint32_t> sources(order.data(), outer), sinks(order.data() + (n - outer), outer);
    std::fill(side.begin(), side.end(), std::uint8_t{0});
    for (const auto v : sources) side[v] = 1;
    for (const auto v : sinks) side[v] = 2;
    const auto limit = best.limit(n), size = flow.run(side, sources, limit);
    if (size >= limit) return;   // the larger share's cut is no smaller
    flow.mark_reached_from_sources(reached, side);
    best.offer(size, reached, true, smaller);
    flow.mark_reached_from_sinks(reached, side, sinks);
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
  return std::move(std::min_element(of_line.begin(), of_line.end(), [](const Best& a, const Best& b) { return a.score < b.score; })->source_side);
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
      const std::pair<std::size_t, std::uint32_t> score{std::max<std::size_t>(2, row[left[i]].count()), height[left[i]]};
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
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(count[v]), end = all.begin() + static_cast<std::ptrdiff_t>(count[v + 1]);
    std::sort(begin, end);
    t.neighbour.insert(t.neighbour.end(), begin, std::unique(begin, end));
    t.first.push_back(t.neighbour.size());
  }
  return t;
}

std::vector<std::uint32_t> nested_dissection(const Topology& t) {
  Part whole;
  whole.node.resize(t.nodes());
  std::iota(whole.node.begin(), whole.node.end(), 0u);
  whole.first.assign(t.first.begin(), t.first.end());
  whole.neighbour = t.neighbour;
  whole.x.assign(t.x.begin(), t.x.end());
  whole.y.assign(t.y.begin(), t.y.end());
  std::vector<std::uint32_t> rank(t.nodes());
  if (whole.size() == 0) return rank;
#pragma omp parallel
#pragma omp single
  dissect(std::move(whole), 0, rank);
  return rank;
}

}  // namespace dosi::access
