// Places in the order of a balanced k-d tree (Bentley 1975), so that near places lie near in memory and each node's
// are one run. Leaves hold kBlock places. Nodes stand in preorder with the node that follows their subtree, so a walk
// needs no stack. The tree depends on the coordinates alone: equal ones are told apart by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dosi::gwr {

inline constexpr std::uint32_t kBlock = 32;

struct Node {
  double x0, y0, x1, y1;      // the box around its places
  std::uint32_t first, last;  // its places, in the tree's order
  std::uint32_t skip;         // the next node outside it; the one after this where it is a leaf
  std::uint32_t cluster;      // its number among those with kCluster places or more, or kNoCluster
  double z0 = 0, z1 = 0;      // the box's third side, where places have one
};
inline constexpr std::uint32_t kNoCluster = 0xFFFFFFFFu;
inline constexpr std::uint32_t kCluster = 64;

struct Tree {
  std::vector<std::uint32_t> order;  // row of each place
  std::vector<Node> nodes;
  std::vector<std::uint32_t> clusters;  // their nodes
};

// x, y, z: finite, in metres, at most 2^31 places; z empty: all at 0.
Tree make_tree(std::span<const double> x, std::span<const double> y, std::span<const double> z = {});

// The same tree with leaves of kFineLeaf places or fewer, for work that is worth looking closer for. Clusters hold
// kFineCluster places or more and stand behind those they are made of: level by level, from the leaves up. Moments are
// of the plane: where there is a third side there are no clusters.
inline constexpr std::uint32_t kFineLeaf = 8, kFineCluster = 16;
struct Cluster {
  std::uint32_t node, left, right;  // the clusters it consists of, or kNoCluster: of places alone
  std::uint32_t before;             // of such: the places of all such clusters before it
};
struct Fine_tree {
  std::vector<Node> nodes;
  std::vector<Cluster> clusters;
  std::vector<std::uint32_t> levels;  // where each begins among the clusters, and the end of the last
  std::uint32_t places = 0;           // of all clusters of places alone; one may stand in another
};
Fine_tree refine(const Tree& tree, std::span<const double> x, std::span<const double> y,
                 std::span<const double> z = {});

// The largest distance between two of the places: the diameter of their convex hull.
double largest_distance(std::span<const double> x, std::span<const double> y);
// The smallest above 0, by a sweep along x; 0 where all are at one point.
double smallest_distance(std::span<const double> x, std::span<const double> y);

}  // namespace dosi::gwr
