// What of a hierarchy depends on the streets alone: the order in which nodes are eliminated, and the arcs that this
// leaves between higher neighbours. It serves every mode, time of day and scenario on the same streets, and is kept
// beside the city, since the order is by far the costliest part of a hierarchy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dosi::access {

// Directed arcs with times in ms; kNever: not this way. Loops and multi-edges are allowed.
struct Arcs {
  std::uint32_t nodes = 0;
  std::span<const std::uint32_t> tail, head, time;
  std::span<const double> x, y;  // of nodes
};

class Elimination {
 public:
  // Nested dissection, then the fill. DataError where the network is nothing like a road network, so that its
  // hierarchy would not fit (kMostArcs).
  explicit Elimination(const Arcs& arcs);
  // The fill of another order: `order`, the rank of each node.
  Elimination(const Arcs& arcs, const std::vector<std::uint32_t>& order);

  // What was kept for these streets under `folder`, if it is there, undamaged, and an elimination of them: a file that
  // lies costs the time to make it again, never a wrong answer.
  static std::optional<Elimination> find(const std::filesystem::path& folder, const Arcs& arcs);
  // Keeps it there for the next run. Throws IoError.
  void keep(const std::filesystem::path& folder, const Arcs& arcs) const;

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(parent.size()); }
  // The place of the arc from a lower to a higher rank; it must be there.
  std::uint64_t place_of(std::uint32_t low, std::uint32_t high) const;

  std::vector<std::uint32_t> rank;      // by node; each subtree of the elimination tree is one run of ranks
  std::vector<std::uint64_t> up_first;  // by rank, nodes + 1
  std::vector<std::uint32_t> up_head;   // ascending in each node; all above it
  std::vector<std::uint32_t> parent;    // lowest up neighbour, kNoNode at a root

  static constexpr std::uint64_t kMostArcs = 1'000'000'000;

 private:
  Elimination() = default;
  void eliminate(const Arcs& arcs);
  bool eliminates(const Arcs& arcs) const;
};

// The elimination for these streets: kept under `folder`, or made and kept there. Where it cannot be kept, a note is
// logged and the run goes on. An empty folder: nothing is kept.
std::shared_ptr<const Elimination> elimination_of(const Arcs& arcs, const std::filesystem::path& folder);

}  // namespace dosi::access
