// Travel times between places on a network, and what is asked of them, on a device.
//
// The network comes as a customisable contraction hierarchy (host/access/hierarchy): nodes numbered by rank, each
// with arcs to higher neighbours only. One-to-all from a root is two passes (Dibbelt, Strasser, Wagner 2016, in
// the sweep form of Delling et al. 2011): up the root's path in the elimination tree, then down over the nodes in
// falling rank, only over those that the leaves need. A group of roots goes at once, one a lane. Reductions over the
// leaves are fused into the sweep, so neither labels nor a root x leaf array exist unless they are asked for.
//
// A hierarchy may have the times of several metrics, such as the streets as they are and as scenarios change them. Each
// place lies in one; roots of many metrics go in one sweep, as lanes of it.
//
// Times are whole milliseconds. Weights and sums are whole numbers too (fixed point, scaled by the host), so every
// answer is the same on any device, in any order, in any batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace dosi::access {

inline constexpr std::uint32_t kNever = 0xFFFFFFFFu;  // in results: cannot be reached
inline constexpr std::uint32_t kFar = 0x3FFFFFFFu;    // in labels and weights: no way; real times are below (298 h)
inline constexpr std::uint32_t kNoNode = 0xFFFFFFFFu;
inline constexpr std::uint32_t kWeightOne = 1u << 30;  // a decay weight of 1

// Views of host memory. Nodes are ranks 0 .. nodes - 1, in postorder of the elimination tree. Arcs without a way in any
// metric may be left out.
struct Hierarchy_view {
  std::uint32_t nodes = 0;
  std::span<const std::uint64_t> up_first;   // nodes + 1
  std::span<const std::uint32_t> up_head;    // ascending in each node; all above it
  std::span<const std::uint32_t> time_up;    // [metric][arc] node -> head, kFar where there is no way or a better one
  std::span<const std::uint32_t> time_down;  // [metric][arc] head -> node
  std::span<const std::uint32_t> parent;     // lowest up neighbour, kNoNode at a root
  std::uint32_t metrics = 1;
};

// A place on the network: a point on an edge {a, b}, reached from its true position by a walk. The edge is the pair
// of nodes; its two directions have their own times. kNoNode for a where no edge was near enough.
struct Place {
  std::uint32_t a = kNoNode, b = kNoNode;
  std::uint32_t leave_a = kFar, leave_b = kFar;    // from the place to a, to b, walk included
  std::uint32_t arrive_a = kFar, arrive_b = kFar;  // from a, from b to the place, walk included
  std::uint32_t edge = kNoNode;                    // places with the same edge may go directly; kNoNode: on none
  std::uint32_t position = 0;                      // share of the way from a to b, in 2^-31
  std::uint32_t walk = 0;
  std::uint32_t along_ab = kFar, along_ba = kFar;  // from a, from b, walk not included; kFar: not that way
  std::uint32_t metric = 0;                        // that its times are of
};

// A place at a node itself, on no edge.
inline Place place_at(std::uint32_t node) { return {node, node, 0, 0, 0, 0, kNoNode, 0, 0, kFar, kFar}; }

enum class Direction { from_roots, to_roots };
inline Direction opposite(Direction d) {
  return d == Direction::from_roots ? Direction::to_roots : Direction::from_roots;
}

// One sum over places: of column[place] where time <= cutoff, or of column[place] * decay[time in whole seconds].
struct Sum {
  std::uint32_t column = 0;
  std::uint32_t cutoff = kNever;  // ms; used where decay is none
  std::int32_t decay = -1;        // row of the decay tables, or -1
};

struct Reduction {
  int nearest = 0;                                          // k, at most kMostNearest
  std::span<const Sum> sums;                                // at most kMostSums
  std::span<const std::span<const std::uint64_t>> columns;  // one value for each place summed over
  std::span<const std::span<const std::uint32_t>> decays;   // weights in 1 / kWeightOne by second; 0 after
  bool matrix = false;
};
inline constexpr int kMostNearest = 64;
inline constexpr int kMostSums = 256;

// Where answers go, in host memory, a row for each place reported on. Unused ones stay empty.
struct Rows {
  std::span<std::uint32_t> nearest_time;   // [row][k], ms, ascending, kNever where there are fewer
  std::span<std::uint32_t> nearest_place;  // [row][k], index of the place in its list; ties: the lower index first
  std::span<std::uint64_t> sums;           // [row][sum]
  std::span<std::uint32_t> times;          // [row][place], ms
};

// Places that many questions are asked about, prepared for one direction: what a sweep needs to reach them.
class Leaves {
 public:
  virtual ~Leaves() = default;
};

// How a question is answered: by sweeps over what the leaves need, or, where the table of roots x leaves is small, by
// labels of all places (kernels/access/labels.hpp). The answers are the same.
enum class Method { sweeps, labels };

class Engine {
 public:
  virtual ~Engine() = default;
  // `leaves`: [metric][place], the same places in each of `metrics` metrics that follow one another. Roots, below, are
  // in ascending order of their metrics, which are among those of the leaves; a root and a leaf of different metrics
  // have nothing to do with each other.
  virtual std::unique_ptr<Leaves> prepare(Direction direction, std::span<const Place> leaves,
                                          std::uint32_t metrics = 1) = 0;
  // The cheaper one by a model of both costs, for these roots.
  virtual Method method(const Leaves& leaves, std::span<const Place> roots) const = 0;
  // A row for each root over all leaves of its metric; so has the matrix. Cost: one sweep for each group of roots.
  virtual void by_root(const Leaves& leaves, std::span<const Place> roots, const Reduction& reduction,
                       const Rows& rows) = 0;
  // A row for each leaf over all roots of its metric; no matrix. Same answers, one sweep for each group of roots: for
  // few roots.
  virtual void by_leaf(const Leaves& leaves, std::span<const Place> roots, const Reduction& reduction,
                       const Rows& rows) = 0;
  // Times between each root, of the first metric, and every node: times[root][node], kNever where there is no way.
  virtual void trees(Direction direction, std::span<const Place> roots, std::span<std::uint32_t> times) = 0;
  // The same, left in the device's memory as far as it fits and then overwritten: what a sweep costs by itself.
  virtual void sweep_only(Direction direction, std::span<const Place> roots) = 0;
};

}  // namespace dosi::access

// `device`: cpu: threads, 0 for all; cuda: ordinal. `always`: instead of the cheaper method. The views must outlive the
// engine.
// Throws std::bad_alloc where the labels do not fit, std::runtime_error with CUDA's message.
namespace dosi::cpu::access {
std::unique_ptr<dosi::access::Engine> make_engine(const dosi::access::Hierarchy_view& hierarchy, int device,
                                                  std::optional<dosi::access::Method> always = {});
}
namespace dosi::cuda::access {
std::unique_ptr<dosi::access::Engine> make_engine(const dosi::access::Hierarchy_view& hierarchy, int device,
                                                  std::optional<dosi::access::Method> always = {});
}
