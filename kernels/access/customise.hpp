// Customisation of a contraction hierarchy, on a device: from the times of streets to the times of all its arcs.
//
// Two passes over the triangles of the elimination's arcs (Dibbelt, Strasser, Wagner 2016). From the bottom up an arc
// learns the best way through lower nodes. From the top down arcs that a way over higher nodes beats are dropped
// (perfect customisation). In the semiring of minimum and plus the first pass is a factorisation of a sparse matrix and
// the second the part of its inverse that has the same pattern; both go as multifrontal solvers go (Duff and Reid 1983;
// Liu 1992). Nodes in a row that have the same nodes above them are one front, a dense square matrix of the times among
// these nodes and those above, in which whole blocks are relaxed at once. A front hands what it learnt about the nodes
// above to the front of its parent, and later takes the true times among them from there.
//
// The tree is cut into subtrees, one for a team each, and the fronts above them, whose children have all gone before:
// no team writes what another one writes. Minima of sums of whole numbers are the same in any order. A GPU's threads
// would stand idle in the many small fronts: there a subtree goes triangle by triangle (triangles.hpp), and the fronts
// above lie in registers (held_front.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "kernels/access/access.hpp"

namespace dosi::access {

// Views of host memory: nodes are ranks, in postorder of the elimination tree.
struct Elimination_view {
  std::uint32_t nodes = 0;
  std::span<const std::uint64_t> up_first;  // nodes + 1
  std::span<const std::uint32_t> up_head;   // ascending in each node; all above it
  std::span<const std::uint32_t> parent;    // lowest up neighbour, kNoNode at a root
};

struct Arc_time {
  std::uint32_t arc, time;
};

// Arcs that have another time than before, each once, node -> head and head -> node.
struct Differences {
  std::vector<Arc_time> up, down;
};

class Customiser {
 public:
  virtual ~Customiser() = default;
  // In: times of streets along each arc, node -> head and head -> node, kFar where there is none. Out: of the
  // hierarchy, kFar where there is no way or a better one over higher nodes.
  virtual void customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down) = 0;
  // The same, and what comes out otherwise in each scenario. `streets`: what goes in otherwise, in ascending order of
  // arcs.
  virtual std::vector<Differences> customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down,
                                             std::span<const Differences> streets) = 0;
};

// Rows of a front's matrix begin at whole multiples of so many times.
inline constexpr std::uint32_t kRowTimes = 8;
// A small front (small_front.hpp) may use so many of these rows, whether its matrix has them or not.
inline constexpr std::uint32_t kSpareRows = 64;

// The nodes node .. node + width - 1, of which each is the parent of the one before, and the `above` higher nodes that
// the last of them has arcs to; so have the others. A front's matrix has a row for each, in ascending order.
struct Front {
  std::uint32_t node = 0, width = 0, above = 0;
  std::uint32_t parent = kNoNode;  // the front of the last node's parent
  std::uint32_t first_child = kNoNode, next_sibling = kNoNode;
  std::uint32_t in_parent = 0;  // first of its `above` entries in Customise_plan::in_parent
  // Places of its matrix, and in a subtree also of what it hands on: in rows of kRowTimes, in the memory of the team
  // or, for fronts above all subtrees and what the top of a subtree hands on, in that of all.
  std::uint32_t matrix = 0, handed_on = 0;
  bool top_of_subtree = false;
};

// Who works on which fronts, and after whom. Fronts are numbered in ascending order of their nodes.
struct Customise_plan {
  std::vector<Front> fronts;
  std::vector<std::uint32_t> in_parent;              // rows of the parent's matrix
  std::vector<std::uint32_t> stage_first;            // stages + 1, of units; subtrees are the first stage
  std::vector<std::uint32_t> unit_first, unit_last;  // fronts of each unit, from first to last
  std::vector<std::uint32_t> unit_of;                // by front
  std::vector<std::uint32_t> unit_parent;            // the unit above each, kNoNode at a root
  std::vector<std::uint64_t> arc_first;              // the first arc of each unit, ascending,
  std::vector<std::uint32_t> unit_at;                // and which unit that is
  std::uint64_t team_rows = 0, common_rows = 0;      // memory of each team, and of all
  std::uint64_t stack_begins = 0;                    // on the way up, in the memory of a team; before it is one matrix
};

// For each unit whether its subtree has an arc of `streets`, which are in ascending order of arcs.
std::vector<std::uint8_t> units_with(const Customise_plan& plan, const Differences& streets);

// The pairs of n things.
constexpr std::uint64_t pairs_of(std::uint64_t n) { return n * (n - 1) / 2; }

// What a subtree that one team works through may have. `slots`: its arcs, and the pairs of the nodes above it.
// `degree`: arcs of a node.
struct Subtree_limits {
  std::uint32_t nodes = 0;
  std::uint64_t slots = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t degree = std::numeric_limits<std::uint32_t>::max();
};

Customise_plan make_customise_plan(const Elimination_view& elimination, const Subtree_limits& limits);

}  // namespace dosi::access

// `device` as in make_engine. `subtree_nodes` as in make_customise_plan; 0: what suits the backend. The views must live
// until make_customiser returns.
namespace dosi::cpu::access {
std::unique_ptr<dosi::access::Customiser> make_customiser(const dosi::access::Elimination_view& elimination, int device,
                                                          std::uint32_t subtree_nodes = 0);
}
namespace dosi::cuda::access {
std::unique_ptr<dosi::access::Customiser> make_customiser(const dosi::access::Elimination_view& elimination, int device,
                                                          std::uint32_t subtree_nodes = 0);
}
