// The best known ways to exact travel times on a CPU, to measure against: a contraction hierarchy (Geisberger et al.
// 2012) with one-to-all by PHAST, one-to-many by RPHAST (Delling, Goldberg, Nowatzyk, Werneck 2011) and many-to-many
// by buckets (Knopp et al. 2007), and Dijkstra's algorithm twice: as fast as it gets here, and as in a textbook.
//
// Times are whole milliseconds; arcs of kFar or more are closed, and a sum that reaches kFar counts as no way. Loops
// and multi-edges are allowed. What is built is only read afterwards: any number of threads may ask, each with its
// own Workspace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace dosi::bench::contraction {

inline constexpr std::uint32_t kFar = 0x3FFFFFFFu;    // in labels: no way; twice this does not wrap
inline constexpr std::uint32_t kNever = 0xFFFFFFFFu;  // in tables: no way
inline constexpr int kLanes = 64;                     // swept together; the best of 16, 32, 64 and 128 on one core

struct Arc {
  std::uint32_t node, time;  // the other end
};

// The arcs of node v are arcs[first[v]] .. arcs[first[v + 1] - 1].
struct Adjacency {
  std::vector<std::uint32_t> first;
  std::vector<Arc> arcs;

  std::span<const Arc> of(std::uint32_t v) const { return {arcs.data() + first[v], arcs.data() + first[v + 1]}; }
};

// The nodes at hand, least time first: a 4-ary heap without decrease-key. A node may stand in it more than once; who
// pops checks whether the time is still the node's.
class Queue {
 public:
  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }
  std::uint32_t least() const { return static_cast<std::uint32_t>(heap_[0] >> 32); }
  void push(std::uint32_t time, std::uint32_t node);
  std::pair<std::uint32_t, std::uint32_t> pop();

 private:
  std::vector<std::uint64_t> heap_;  // time << 32 | node
};

class Workspace;

class Contraction {
 public:
  // From directed arcs tail[i] -> head[i] between nodes 0 .. nodes - 1.
  Contraction(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
              std::span<const std::uint32_t> time);

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(position_.size()); }
  std::size_t arcs() const { return std::size_t{up_.first.back()} + down_.first.back(); }

  // The row of a node in labels. Every arc upwards leads to an earlier row.
  std::uint32_t position(std::uint32_t node) const { return position_[node]; }

  // PHAST: times from up to kLanes roots to all nodes into labels[position][lane], nodes() * kLanes elements; lanes
  // beyond the roots get kFar. Fastest where labels are aligned to 64 bytes and lie on huge pages.
  void trees(std::span<const std::uint32_t> roots, Workspace& workspace, std::uint32_t* labels) const;

  // Buckets: times from each source to each target, row-major, kNever where there is no way.
  std::vector<std::uint32_t> table(std::span<const std::uint32_t> sources, std::span<const std::uint32_t> targets,
                                   int threads) const;

 private:
  friend class Targets;

  std::vector<std::uint32_t> position_;
  Adjacency up_;    // of p: p -> earlier position
  Adjacency down_;  // of p: earlier position -> p
};

// RPHAST: the part of a hierarchy that leads down to some targets.
class Targets {
 public:
  Targets(const Contraction& contraction, std::span<const std::uint32_t> targets);

  std::uint32_t rows() const { return static_cast<std::uint32_t>(down_.first.size() - 1); }
  // The row of a target, by its place in the list of targets.
  std::uint32_t row(std::size_t target) const { return row_of_target_[target]; }

  // As Contraction::trees, into labels[row][lane], rows() * kLanes elements.
  void trees(std::span<const std::uint32_t> roots, Workspace& workspace, std::uint32_t* labels) const;

 private:
  const Contraction& contraction_;
  std::vector<std::uint32_t> row_of_target_;
  std::vector<std::uint32_t> row_of_position_;  // kNever: leads to no target
  Adjacency down_;
};

// What one thread needs for its searches; used again and again.
class Workspace {
 public:
  explicit Workspace(const Contraction& contraction);

 private:
  friend class Contraction;
  friend class Targets;

  // Dijkstra from a position over arcs to earlier positions, stalled on demand; settled(position, time).
  template <class Settled>
  void search(const Adjacency& forth, const Adjacency& back, std::uint32_t from, const Settled& settled);

  Queue queue_;
  std::vector<std::uint32_t> time_, touched_;
  std::vector<std::uint8_t> begun_;  // rows of labels that a search has written to
};

// The network itself for Dijkstra's algorithm, its nodes numbered so that neighbours lie together.
class Streets {
 public:
  Streets(std::uint32_t nodes, std::span<const std::uint32_t> tail, std::span<const std::uint32_t> head,
          std::span<const std::uint32_t> time);

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(position_.size()); }
  std::uint32_t position(std::uint32_t node) const { return position_[node]; }
  const Adjacency& out() const { return out_; }
  int bucket_bits() const { return bucket_bits_; }    // a bucket of dijkstra_tree holds 2^bits ms
  std::uint32_t longest() const { return longest_; }  // time of an arc

 private:
  std::vector<std::uint32_t> position_;
  Adjacency out_;
  std::uint32_t longest_ = 0;
  int bucket_bits_ = 0;
};

// Memory of dijkstra_tree, used again and again; one for each thread.
using Buckets = std::vector<std::vector<std::uint32_t>>;

// Times from root to all nodes into times[position], kFar where there is no way. Nodes at hand lie in buckets of a
// fraction of the mean time of an arc, as in delta-stepping (Meyer, Sanders 2003): of heaps with and without
// decrease-key, a radix heap and these, the fastest.
void dijkstra_tree(const Streets& streets, std::uint32_t root, Buckets& buckets, std::span<std::uint32_t> times);

// The same with std::priority_queue and lazy deletion, as in a textbook.
void textbook_tree(const Streets& streets, std::uint32_t root, std::span<std::uint32_t> times);

}  // namespace dosi::bench::contraction
