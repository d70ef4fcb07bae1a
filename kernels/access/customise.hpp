// Customisation of a contraction hierarchy, on a device: from the times of streets to the times of all its arcs.
//
// Two passes over the triangles of the elimination's arcs (Dibbelt, Strasser, Wagner 2016). From the bottom up an arc
// learns the best way through lower nodes; it gathers them itself, so that nobody else writes to it. From the top down
// arcs that a way over higher nodes beats are dropped (perfect customisation). The tree is cut into small subtrees and
// the chains above them; those of one stage are independent, and one team works through the nodes of each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/access/access.hpp"

namespace dosi::access {

// Views of host memory: nodes are ranks, in postorder of the elimination tree.
struct Elimination_view {
  std::uint32_t nodes = 0;
  std::span<const std::uint64_t> up_first;         // nodes + 1
  std::span<const std::uint32_t> up_head;          // ascending in each node; all above it
  std::span<const std::uint32_t> parent;           // lowest up neighbour, kNoNode at a root
};

class Customiser {
 public:
  virtual ~Customiser() = default;
  // In: times of streets along each arc, node -> head and head -> node, kFar where there is none. Out: of the
  // hierarchy, kFar where there is no way or a better one over higher nodes.
  virtual void customise(std::span<std::uint32_t> time_up, std::span<std::uint32_t> time_down) = 0;
};

// Who works on which nodes, and after whom.
struct Customise_plan {
  std::vector<std::uint32_t> stage_first;          // stages + 1, of units
  std::vector<std::uint32_t> unit_first;           // units + 1, of unit_node
  std::vector<std::uint32_t> unit_node;            // ascending in each unit
  std::vector<std::uint64_t> lower_first;          // nodes + 1, of lower_arc
  std::vector<std::uint32_t> lower_arc;            // arcs that lead up to a node, from lower nodes, ascending
  std::vector<std::uint32_t> tail;                 // of each arc
  std::uint32_t stages() const { return static_cast<std::uint32_t>(stage_first.size() - 1); }
};

// `most_nodes`: of a subtree that one team works through.
Customise_plan make_customise_plan(const Elimination_view& elimination, std::uint32_t most_nodes);

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
