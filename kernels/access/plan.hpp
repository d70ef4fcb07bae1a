// How a sweep goes over a hierarchy: which nodes it needs, in what order, and in which parts.
//
// The elimination tree is cut into subtrees of a bounded number of nodes and the top above them. All arcs into a node
// of a subtree come from the same subtree or from the top, so once the top is known every part is independent work,
// small enough for fast memory. Where only some nodes are asked for (RPHAST: Delling, Goldberg, Werneck 2011) the
// rest is left out. The top can be cut again in the same way, into strata of units, so that a device with many teams
// has work for them there too. Nodes become rows: first the top, stratum after stratum, then part after part, the rows
// of a unit or part in falling rank. Arcs that have a way in any metric are there in all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/access/access.hpp"

namespace dosi::access {

// A way down into a node, from an earlier row.
struct alignas(8) Incoming {
  std::uint32_t from, time;
};

// A way up from a node: to a row of the crown, or to the node of its own path that lies so deep below the crown.
struct alignas(8) Outgoing {
  std::uint32_t to, time;
};
inline constexpr std::uint32_t kToCrown = 0x80000000u;

// The way up. The crown is the top of the whole tree, above all subtrees of a bounded size: its rows are what the
// paths of neighbouring roots share.
struct Ascent {
  std::vector<std::uint32_t> crown_of;    // by node: its row in the crown, in falling rank; kNoNode below it
  std::vector<std::uint32_t> crown_node;  // by row of the crown
  std::vector<std::uint32_t> depth;       // by node below the crown: how deep, from 0
  std::uint32_t deepest = 0;
  std::vector<std::uint32_t> arc_first;  // nodes + 1
  std::vector<Outgoing> arcs;            // [metric][arc]
  std::uint32_t crown() const { return static_cast<std::uint32_t>(crown_node.size()); }
};

Ascent make_ascent(const Hierarchy_view& hierarchy, std::span<const std::uint32_t> rising,
                   std::uint32_t most_rows_a_part);

struct Sweep_plan {
  std::uint32_t top = 0;                     // rows of the top
  std::vector<std::uint32_t> unit_first;     // units + 1: the first row of each unit of the top
  std::vector<std::uint32_t> stratum_first;  // strata + 1, of units, which need only the strata before
  std::vector<std::uint32_t> part_first;     // parts + 1: the first row of each part
  std::vector<std::uint32_t> arc_first;      // rows + 1
  std::vector<Incoming> arcs;                // [metric][arc]
  std::vector<std::uint32_t> row_of;         // by node; kNoNode where it is left out
  std::vector<std::uint32_t> crown_of;       // by row: the row of its node in the crown, or kNoNode

  std::uint32_t parts() const { return static_cast<std::uint32_t>(part_first.size() - 1); }
  std::uint32_t rows() const { return static_cast<std::uint32_t>(arc_first.size() - 1); }
  // The part of a row, or parts() for a row of the top.
  std::uint32_t part_of(std::uint32_t row) const;
};

// `hierarchy`: of the metrics that are asked for. `wanted`: the nodes that are; all where it is empty and `all` is
// true. `falling`: [metric][arc], times on the way down, kFar where there is none. `ascent`: of the same hierarchy,
// direction and part size. `cuts`: the most rows that lie in and below a unit of each stratum but the first, falling,
// all above most_rows_a_part.
Sweep_plan make_plan(const Hierarchy_view& hierarchy, std::span<const std::uint32_t> falling, bool all,
                     std::span<const std::uint32_t> wanted, const Ascent& ascent, std::uint32_t most_rows_a_part,
                     std::span<const std::uint32_t> cuts = {});

// How many groups of roots are swept in one go, and in how many memories.
struct Wave_size {
  bool whole = false;  // a team takes a group from root to leaf, in the memory of its slot; else each group has one
  std::size_t groups = 1, memories = 1;
};

// For `needed` groups, each of which takes `a_group` bytes while it is swept and leaves `output`, where `at_once` teams
// go at the same time and `budget` bytes are free. Where that is too little for one group, it is tried all the same.
Wave_size wave_size(std::size_t needed, std::size_t at_once, std::size_t a_group, std::size_t output,
                    std::size_t budget, bool may_be_whole);

}  // namespace dosi::access
