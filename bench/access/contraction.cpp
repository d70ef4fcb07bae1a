#include "bench/access/contraction.hpp"

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>

namespace dosi::bench::contraction {

void Queue::push(std::uint32_t time, std::uint32_t node) {
  const std::uint64_t entry = std::uint64_t{time} << 32 | node;
  std::size_t hole = heap_.size();
  heap_.push_back(entry);
  while (hole > 0) {
    const std::size_t above = (hole - 1) / 4;
    if (heap_[above] <= entry) break;
    heap_[hole] = heap_[above];
    hole = above;
  }
  heap_[hole] = entry;
}

std::pair<std::uint32_t, std::uint32_t> Queue::pop() {
  const std::uint64_t top = heap_[0], last = heap_.back();
  heap_.pop_back();
  const std::size_t n = heap_.size();
  if (n > 0) {
    std::size_t hole = 0;
    for (std::size_t child; (child = 4 * hole + 1) < n;) {
      std::size_t least = child;
      for (std::size_t c = child + 1; c < std::min(child + 4, n); ++c)
        if (heap_[c] < heap_[least]) least = c;
      if (heap_[least] >= last) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
  }
  return {static_cast<std::uint32_t>(top >> 32), static_cast<std::uint32_t>(top)};
}

namespace {

constexpr int kWitnessNodes = 50;  // settled before a witness is given up

struct Span {
  std::uint32_t tail, head, time;
};

// Of several spans between two nodes the quickest; no loops, nothing closed. Sorted by tail, then head.
std::vector<Span> useful_spans(std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
                               std::span<const std::uint32_t> time) {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < tail.size(); ++i)
    if (tail[i] != head[i] && time[i] < kFar) spans.push_back({tail[i], head[i], time[i]});
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return std::tie(a.tail, a.head, a.time) < std::tie(b.tail, b.head, b.time);
  });
  const auto same = [](const Span& a, const Span& b) { return a.tail == b.tail && a.head == b.head; };
  spans.erase(std::unique(spans.begin(), spans.end(), same), spans.end());
  return spans;
}

// Contracts the nodes one by one, the least important first. Importance is that of RoutingKit: level, and arcs and
// hops added for each one removed.
class Contractor {
 public:
  Contractor(std::uint32_t nodes, std::span<const Span> spans)
      : out_(nodes), in_(nodes), level_(nodes), time_(nodes, kFar), wanted_(nodes) {
    for (const Span& s : spans) {
      out_[s.tail].push_back({s.head, s.time, 1});
      in_[s.head].push_back({s.tail, s.time, 1});
    }
  }

  void run() {
    const auto n = static_cast<std::uint32_t>(out_.size());
    std::vector<std::uint32_t> importance(n);
    Queue queue;
    for (std::uint32_t v = 0; v < n; ++v) queue.push(importance[v] = find_shortcuts(v), v);
    std::vector<std::uint32_t> neighbours;
    while (!queue.empty()) {
      const auto [expected, v] = queue.pop();
      if (expected != importance[v]) continue;
      importance[v] = find_shortcuts(v);
      if (!queue.empty() && importance[v] > queue.least()) {
        queue.push(importance[v], v);
        continue;
      }
      contract(v);
      importance[v] = kNever;
      neighbours.clear();
      for (const Way& w : out_[v]) neighbours.push_back(w.node);
      for (const Way& w : in_[v]) neighbours.push_back(w.node);
      std::sort(neighbours.begin(), neighbours.end());
      neighbours.erase(std::unique(neighbours.begin(), neighbours.end()), neighbours.end());
      for (const std::uint32_t u : neighbours) {
        level_[u] = std::max(level_[u], level_[v] + 1);
        const std::uint32_t now = find_shortcuts(u);
        if (now != importance[u]) queue.push(importance[u] = now, u);
      }
    }
  }

  struct Way {
    std::uint32_t node, time, hops;
  };

  // After run(): the ways from and to what was contracted later.
  const std::vector<Way>& out(std::uint32_t v) const { return out_[v]; }
  const std::vector<Way>& in(std::uint32_t v) const { return in_[v]; }
  const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  struct Shortcut {
    std::uint32_t from, to, time, hops;
  };

  // The shortcuts that v leaves behind; returns its importance.
  std::uint32_t find_shortcuts(std::uint32_t v) {
    shortcuts_.clear();
    std::uint64_t hops_added = 0, hops_removed = 0;
    for (const Way& w : out_[v]) hops_removed += w.hops;
    for (const Way& from : in_[v]) {
      hops_removed += from.hops;
      std::uint32_t longest = 0, targets = 0;
      for (const Way& to : out_[v]) {
        if (to.node == from.node || from.time + to.time >= kFar) continue;
        longest = std::max(longest, from.time + to.time);
        wanted_[to.node] = 1;
        ++targets;
      }
      if (targets == 0) continue;
      search_witnesses(from.node, v, longest, targets);
      for (const Way& to : out_[v]) {
        wanted_[to.node] = 0;
        const std::uint32_t time = from.time + to.time;
        if (to.node == from.node || time >= std::min(kFar, time_[to.node])) continue;
        shortcuts_.push_back({from.node, to.node, time, from.hops + to.hops});
        hops_added += from.hops + to.hops;
      }
      for (const std::uint32_t a : touched_) time_[a] = kFar;
    }
    const std::uint64_t removed = in_[v].size() + out_[v].size();
    if (removed == 0) return 1000 * level_[v];
    return static_cast<std::uint32_t>(1 + 1000 * std::uint64_t{level_[v]} + 1000 * shortcuts_.size() / removed +
                                      1000 * hops_added / hops_removed);
  }

  // Times from `from` to at least the wanted nodes around `without`, or bounds of them.
  void search_witnesses(std::uint32_t from, std::uint32_t without, std::uint32_t longest, std::uint32_t targets) {
    queue_.clear();
    touched_.assign(1, from);
    time_[from] = 0;
    queue_.push(0, from);
    for (int settled = 0; settled < kWitnessNodes && !queue_.empty(); ++settled) {
      const auto [t, a] = queue_.pop();
      if (t > time_[a]) continue;
      if (wanted_[a] && --targets == 0) return;
      for (const Way& w : out_[a]) {
        const std::uint32_t there = t + w.time;
        if (w.node == without || there > longest || there >= time_[w.node]) continue;
        if (time_[w.node] == kFar) touched_.push_back(w.node);
        time_[w.node] = there;
        queue_.push(there, w.node);
      }
    }
  }

  void contract(std::uint32_t v) {
    order_.push_back(v);
    const auto forget = [v](std::vector<Way>& ways) {
      const auto at = std::find_if(ways.begin(), ways.end(), [v](const Way& w) { return w.node == v; });
      *at = ways.back();
      ways.pop_back();
    };
    for (const Way& w : in_[v]) forget(out_[w.node]);
    for (const Way& w : out_[v]) forget(in_[w.node]);
    // A way that is there already is longer, or it would have been the witness.
    const auto put = [](std::vector<Way>& ways, const Way& way) {
      const auto at = std::find_if(ways.begin(), ways.end(), [&](const Way& w) { return w.node == way.node; });
      if (at == ways.end()) {
        ways.push_back(way);
      } else {
        *at = way;
      }
    };
    for (const Shortcut& s : shortcuts_) {
      put(out_[s.from], {s.to, s.time, s.hops});
      put(in_[s.to], {s.from, s.time, s.hops});
    }
  }

  std::vector<std::vector<Way>> out_, in_;
  std::vector<std::uint32_t> level_, order_;
  std::vector<Shortcut> shortcuts_;
  Queue queue_;
  std::vector<std::uint32_t> time_, touched_;
  std::vector<std::uint8_t> wanted_;
};

// The nodes so that each follows those above it, and as closely as may be: in preorder of the tree in which the
// parent of a node is the first above it to be contracted, except that whatever else is above comes before.
std::vector<std::uint32_t> sweep_order(const Contractor& c) {
  const auto n = static_cast<std::uint32_t>(c.order().size());
  std::vector<std::uint32_t> rank(n), parent(n, n), size(n, 1), next(std::size_t{n} + 1, 0), preorder(n);
  for (std::uint32_t r = 0; r < n; ++r) rank[c.order()[r]] = r;
  for (std::uint32_t r = 0; r < n; ++r) {
    const std::uint32_t v = c.order()[r];
    for (const auto& w : c.out(v)) parent[r] = std::min(parent[r], rank[w.node]);
    for (const auto& w : c.in(v)) parent[r] = std::min(parent[r], rank[w.node]);
    if (parent[r] < n) size[parent[r]] += size[r];
  }
  for (std::uint32_t r = n; r-- > 0;) {
    const std::uint32_t at = next[parent[r]];
    next[parent[r]] += size[r];
    next[r] = at + 1;
    preorder[at] = c.order()[r];
  }

  std::vector<std::uint32_t> order, waiting;
  std::vector<std::uint8_t> seen(n);
  order.reserve(n);
  for (const std::uint32_t first : preorder) {
    if (seen[first] == 2) continue;
    waiting.assign(1, first);
    while (!waiting.empty()) {
      const std::uint32_t v = waiting.back();
      if (seen[v] == 0) {
        seen[v] = 1;
        for (const auto& w : c.out(v))
          if (seen[w.node] == 0) waiting.push_back(w.node);
        for (const auto& w : c.in(v))
          if (seen[w.node] == 0) waiting.push_back(w.node);
      } else {
        waiting.pop_back();
        if (seen[v] == 1) order.push_back(v);
        seen[v] = 2;
      }
    }
  }
  return order;
}

// Sixteen lanes, in the compiler's vector type: arrays would not stay in registers from arc to arc.
using Vector [[gnu::vector_size(64)]] = std::uint32_t;
constexpr std::size_t kVectorLanes = sizeof(Vector) / sizeof(std::uint32_t);
constexpr std::size_t kVectors = kLanes / kVectorLanes;

std::uint32_t* row_of(std::uint32_t* labels, std::size_t row) { return labels + row * kLanes; }

// Each row from those above it, once; a row that no search has begun needs no initial value.
void sweep(const Adjacency& down, std::vector<std::uint8_t>& begun, std::uint32_t* labels) {
  const auto n = static_cast<std::uint32_t>(down.first.size() - 1);
  const Arc* const arcs = down.arcs.data();
  for (std::uint32_t v = 0; v < n; ++v) {
    std::uint32_t* const own = row_of(labels, v);
    Vector row[kVectors];
    if (begun[v] != 0) {
      begun[v] = 0;
      std::memcpy(row, own, sizeof row);
    } else {
      for (Vector& lanes : row) lanes = Vector{} + kFar;
    }
    for (std::uint32_t e = down.first[v]; e < down.first[v + 1]; ++e) {
      const std::uint32_t* const above = row_of(labels, arcs[e].node);
      for (std::size_t k = 0; k < kVectors; ++k) {
        Vector through;
        std::memcpy(&through, above + k * kVectorLanes, sizeof through);
        through += arcs[e].time;
        row[k] = through < row[k] ? through : row[k];
      }
    }
    std::memcpy(own, row, sizeof row);
  }
}

}  // namespace

Contraction::Contraction(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
                         std::span<const std::uint32_t> time)
    : position_(nodes) {
  Contractor contractor(nodes, useful_spans(tail, head, time));
  contractor.run();
  const std::vector<std::uint32_t> order = sweep_order(contractor);
  for (std::uint32_t p = 0; p < nodes; ++p) position_[order[p]] = p;
  up_.first.push_back(0);
  down_.first.push_back(0);
  for (const std::uint32_t v : order) {
    for (const auto& w : contractor.out(v)) up_.arcs.push_back({position_[w.node], w.time});
    for (const auto& w : contractor.in(v)) down_.arcs.push_back({position_[w.node], w.time});
    up_.first.push_back(static_cast<std::uint32_t>(up_.arcs.size()));
    down_.first.push_back(static_cast<std::uint32_t>(down_.arcs.size()));
  }
}

Workspace::Workspace(const Contraction& contraction) : time_(contraction.nodes(), kFar), begun_(contraction.nodes()) {}

template <class Settled>
void Workspace::search(const Adjacency& forth, const Adjacency& back, std::uint32_t from, const Settled& settled) {
  time_[from] = 0;
  touched_.assign(1, from);
  queue_.push(0, from);
  while (!queue_.empty()) {
    const auto [t, p] = queue_.pop();
    if (t > time_[p]) continue;
    // A quicker way to p leads down from above: what lies beyond p is reached better from there.
    const auto from_above = back.of(p);
    const auto quicker = [&](const Arc& a) { return time_[a.node] + a.time < t; };
    if (std::any_of(from_above.begin(), from_above.end(), quicker)) continue;
    settled(p, t);
    for (const Arc& a : forth.of(p)) {
      const std::uint32_t there = t + a.time;
      if (there >= time_[a.node]) continue;
      if (time_[a.node] == kFar) touched_.push_back(a.node);
      time_[a.node] = there;
      queue_.push(there, a.node);
    }
  }
  for (const std::uint32_t p : touched_) time_[p] = kFar;
}

namespace {

// Writes a search's time into a row of labels that may not have been written to before.
void begin(std::vector<std::uint8_t>& begun, std::uint32_t* labels, std::uint32_t row, std::size_t lane,
           std::uint32_t time) {
  std::uint32_t* const own = row_of(labels, row);
  if (begun[row] == 0) {
    begun[row] = 1;
    std::fill_n(own, kLanes, kFar);
  }
  own[lane] = time;
}

}  // namespace

void Contraction::trees(std::span<const std::uint32_t> roots, Workspace& workspace, std::uint32_t* labels) const {
  assert(roots.size() <= kLanes);
  for (std::size_t lane = 0; lane < roots.size(); ++lane)
    workspace.search(up_, down_, position_[roots[lane]],
                     [&](std::uint32_t p, std::uint32_t t) { begin(workspace.begun_, labels, p, lane, t); });
  sweep(down_, workspace.begun_, labels);
}

Targets::Targets(const Contraction& contraction, std::span<const std::uint32_t> targets)
    : contraction_(contraction), row_of_position_(contraction.nodes(), kNever) {
  constexpr std::uint32_t kLeads = 0;
  for (const std::uint32_t target : targets) row_of_position_[contraction.position(target)] = kLeads;
  for (std::uint32_t p = contraction.nodes(); p-- > 0;)
    if (row_of_position_[p] == kLeads)
      for (const Arc& a : contraction.down_.of(p)) row_of_position_[a.node] = kLeads;
  down_.first.push_back(0);
  for (std::uint32_t p = 0; p < contraction.nodes(); ++p) {
    if (row_of_position_[p] != kLeads) continue;
    row_of_position_[p] = rows();
    for (const Arc& a : contraction.down_.of(p)) down_.arcs.push_back({row_of_position_[a.node], a.time});
    down_.first.push_back(static_cast<std::uint32_t>(down_.arcs.size()));
  }
  for (const std::uint32_t target : targets) row_of_target_.push_back(row_of_position_[contraction.position(target)]);
}

void Targets::trees(std::span<const std::uint32_t> roots, Workspace& workspace, std::uint32_t* labels) const {
  assert(roots.size() <= kLanes);
  for (std::size_t lane = 0; lane < roots.size(); ++lane)
    workspace.search(contraction_.up_, contraction_.down_, contraction_.position(roots[lane]),
                     [&](std::uint32_t p, std::uint32_t t) {
                       if (row_of_position_[p] != kNever) begin(workspace.begun_, labels, row_of_position_[p], lane, t);
                     });
  sweep(down_, workspace.begun_, labels);
}

std::vector<std::uint32_t> Contraction::table(std::span<const std::uint32_t> sources,
                                              std::span<const std::uint32_t> targets, int threads) const {
  // Of each position the targets above which it was settled, and their times from there.
  struct Entry {
    std::uint32_t position;
    Arc arc;
  };
  std::vector<std::vector<Entry>> found(static_cast<std::size_t>(threads));
  std::vector<std::uint32_t> result(sources.size() * targets.size(), kFar);
  Adjacency buckets;
  buckets.first.assign(std::size_t{nodes()} + 1, 0);
#pragma omp parallel num_threads(threads)
  {
    Workspace workspace(*this);
    auto& entries = found[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(dynamic, 16)
    for (std::size_t i = 0; i < targets.size(); ++i)
      workspace.search(down_, up_, position_[targets[i]], [&](std::uint32_t p, std::uint32_t t) {
        entries.push_back({p, {static_cast<std::uint32_t>(i), t}});
      });
#pragma omp single
    {
      for (const auto& list : found)
        for (const Entry& e : list) ++buckets.first[e.position + 1];
      std::partial_sum(buckets.first.begin(), buckets.first.end(), buckets.first.begin());
      buckets.arcs.resize(buckets.first.back());
      std::vector<std::uint32_t> at(buckets.first.begin(), buckets.first.end() - 1);
      for (const auto& list : found)
        for (const Entry& e : list) buckets.arcs[at[e.position]++] = e.arc;
    }
#pragma omp for schedule(dynamic, 16)
    for (std::size_t i = 0; i < sources.size(); ++i) {
      std::uint32_t* const row = result.data() + i * targets.size();
      workspace.search(up_, down_, position_[sources[i]], [&](std::uint32_t p, std::uint32_t t) {
        for (const Arc& a : buckets.of(p)) row[a.node] = std::min(row[a.node], t + a.time);
      });
      std::replace_if(
          row, row + targets.size(), [](std::uint32_t t) { return t >= kFar; }, kNever);
    }
  }
  return result;
}

Streets::Streets(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
                 std::span<const std::uint32_t> time)
    : position_(nodes, kNever) {
  const std::vector<Span> spans = useful_spans(tail, head, time);
  Adjacency both;
  both.first.assign(std::size_t{nodes} + 1, 0);
  for (const Span& s : spans) ++both.first[s.tail + 1], ++both.first[s.head + 1];
  std::partial_sum(both.first.begin(), both.first.end(), both.first.begin());
  both.arcs.resize(both.first.back());
  std::vector<std::uint32_t> at(both.first.begin(), both.first.end() - 1);
  for (const Span& s : spans) {
    both.arcs[at[s.tail]++] = {s.head, s.time};
    both.arcs[at[s.head]++] = {s.tail, s.time};
  }

  // In the order of a depth-first search; breadth-first keeps fewer neighbours together.
  std::vector<std::uint32_t> order, waiting;
  order.reserve(nodes);
  for (std::uint32_t start = 0; start < nodes; ++start) {
    if (position_[start] != kNever) continue;
    waiting.assign(1, start);
    while (!waiting.empty()) {
      const std::uint32_t v = waiting.back();
      waiting.pop_back();
      if (position_[v] != kNever) continue;
      position_[v] = static_cast<std::uint32_t>(order.size());
      order.push_back(v);
      for (const Arc& a : both.of(v))
        if (position_[a.node] == kNever) waiting.push_back(a.node);
    }
  }

  std::vector<std::uint32_t> first(std::size_t{nodes} + 1, 0);
  for (const Span& s : spans) ++first[s.tail + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  out_.first.push_back(0);
  for (const std::uint32_t v : order) {
    for (std::uint32_t i = first[v]; i < first[v + 1]; ++i)
      out_.arcs.push_back({position_[spans[i].head], spans[i].time});
    out_.first.push_back(static_cast<std::uint32_t>(out_.arcs.size()));
  }

  std::uint64_t sum = 0;
  for (const Span& s : spans) {
    sum += s.time;
    longest_ = std::max(longest_, s.time);
  }
  constexpr std::uint64_t kMostBuckets = 1 << 16;
  const std::uint64_t quarter_of_mean = sum / (4 * std::max<std::size_t>(spans.size(), 1));
  bucket_bits_ = std::bit_width(std::max(quarter_of_mean, longest_ / kMostBuckets) | 1) - 1;
}

// The buckets form a ring that the longest arc does not lap. A node moved to an earlier bucket leaves an entry behind
// that no longer fits its time; one improved within the bucket being emptied is looked at again.
void dijkstra_tree(const Streets& streets, std::uint32_t root, Buckets& buckets, std::span<std::uint32_t> times) {
  const int bits = streets.bucket_bits();
  const std::size_t ring = std::bit_ceil((streets.longest() >> bits) + std::size_t{2});
  if (buckets.size() < ring) buckets.resize(ring);
  std::fill(times.begin(), times.end(), kFar);
  times[streets.position(root)] = 0;
  buckets[0].push_back(streets.position(root));
  std::size_t entries = 1;
  for (std::uint32_t now = 0; entries > 0; ++now) {
    auto& bucket = buckets[now & (ring - 1)];
    while (!bucket.empty()) {
      const std::uint32_t v = bucket.back();
      bucket.pop_back();
      --entries;
      const std::uint32_t t = times[v];
      if (t >> bits != now) continue;
      for (const Arc& a : streets.out().of(v)) {
        const std::uint32_t there = t + a.time;
        if (there >= times[a.node]) continue;
        times[a.node] = there;
        buckets[(there >> bits) & (ring - 1)].push_back(a.node);
        ++entries;
      }
    }
  }
}

void textbook_tree(const Streets& streets, std::uint32_t root, std::span<std::uint32_t> times) {
  using Entry = std::pair<std::uint32_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  std::fill(times.begin(), times.end(), kFar);
  times[streets.position(root)] = 0;
  queue.push({0, streets.position(root)});
  while (!queue.empty()) {
    const auto [t, v] = queue.top();
    queue.pop();
    if (t > times[v]) continue;
    for (const Arc& a : streets.out().of(v))
      if (t + a.time < times[a.node]) {
        times[a.node] = t + a.time;
        queue.push({t + a.time, a.node});
      }
  }
}

}  // namespace dosi::bench::contraction
