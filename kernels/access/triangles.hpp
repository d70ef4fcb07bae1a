// The triangles of the subtrees of a customisation, for a device with many threads: each is relaxed by a thread of its
// own, all triangles of a level of the tree at once. A subtree's times lie in slots: its arcs, one after the other,
// then the pairs of the nodes above it.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/access/customise.hpp"
#include "kernels/core/backend.hpp"

namespace dosi::access {

// Two arcs up from one node, and the slot of the pair of their heads.
struct Triangle {
  static constexpr std::uint32_t kSlotBits = 12, kSpanBits = 8;

  std::uint32_t bits = 0;

  static Triangle of(std::uint64_t low, std::uint64_t high, std::uint64_t across) {
    return {static_cast<std::uint32_t>(low | (high - low) << kSlotBits | across << (kSlotBits + kSpanBits))};
  }
  DOSI_HD std::uint32_t low() const { return bits & ((1u << kSlotBits) - 1); }
  DOSI_HD std::uint32_t high() const { return low() + (bits >> kSlotBits & ((1u << kSpanBits) - 1)); }
  DOSI_HD std::uint32_t across() const { return bits >> (kSlotBits + kSpanBits); }
};

// A subtree whose triangles can be told so.
constexpr Subtree_limits limits_of_triangles(std::uint32_t nodes) {
  return {nodes, std::uint64_t{1} << Triangle::kSlotBits, 1u << Triangle::kSpanBits};
}

// The slot of the pair of the nodes above numbers i < j of n, counted from the first pair's.
DOSI_HD constexpr std::uint32_t pair_slot(std::uint32_t i, std::uint32_t j, std::uint32_t n) {
  return i * (2 * n - i - 1) / 2 + (j - i - 1);
}

// Of all subtrees of a plan, the first stage's units. A node's level is one more than that of the highest node below:
// from the first level on its triangles find their arcs' times through lower nodes known, from the last one on the true
// times across.
struct Triangles {
  std::vector<Triangle> list;                   // [unit][level]
  std::vector<std::uint32_t> level_first;       // [unit][levels + 1], in the list
  std::vector<std::uint32_t> levels_first;      // units + 1, in level_first
  std::uint32_t most_slots = 0, most_arcs = 0;  // of a subtree
};

// The plan's subtrees must be within limits_of_triangles.
Triangles make_triangles(const Elimination_view& elimination, const Customise_plan& plan);

}  // namespace dosi::access
