// Walks through the tree: which runs of places lie in reach of a point, and how many.
#pragma once

#include "kernels/core/team.hpp"
#include "kernels/gwr/pack.hpp"
#include "kernels/gwr/tree.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Cluster;
using dosi::gwr::kBlock;
using dosi::gwr::kNoCluster;
using dosi::gwr::Node;

// The tree on the device. Coordinates are filled up to whole blocks with infinity: those places are beyond any reach.
struct Forest {
  View<const Node> nodes;
  View<const double> x, y, z = {};  // z empty: all at 0
};

// Of Packs: a place a lane.
template <class Real>
struct Position {
  Real x, y, z = Real{};
};
using Point = Position<double>;

// Squared distances from a position to the nearest and the farthest of a node's box.
template <class Real>
DOSI_INLINE DOSI_HD Real nearest2(const Forest& f, const Node& n, const Position<Real>& p) {
  const Real dx = positive(larger(n.x0 - p.x, p.x - n.x1)), dy = positive(larger(n.y0 - p.y, p.y - n.y1)), flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Real dz = positive(larger(n.z0 - p.z, p.z - n.z1));
  return flat + dz * dz;
}
template <class Real>
DOSI_INLINE DOSI_HD Real farthest2(const Forest& f, const Node& n, const Position<Real>& p) {
  const Real dx = larger(p.x - n.x0, n.x1 - p.x), dy = larger(p.y - n.y0, n.y1 - p.y), flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Real dz = larger(p.z - n.z0, n.z1 - p.z);
  return flat + dz * dz;
}
// From places at, at + 1, … to a point; from one place to a position.
DOSI_INLINE DOSI_HD Pack distance2(const Forest& f, std::size_t at, Point p) {
  const Pack dx = load(f.x.data + at) - p.x, dy = load(f.y.data + at) - p.y, flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Pack dz = load(f.z.data + at) - p.z;
  return fused(dz, dz, flat);
}
template <class Real>
DOSI_INLINE DOSI_HD Real distance2_of(const Forest& f, std::size_t i, const Position<Real>& p) {
  const Real dx = f.x[i] - p.x, dy = f.y[i] - p.y, flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Real dz = f.z[i] - p.z;
  return flat + dz * dz;
}

// visit(node, whole): the largest nodes that lie whole within the squared distance, and the leaves that do so in part.
template <class Visit>
DOSI_INLINE DOSI_HD void for_nodes_within(const Forest& f, Point p, double reach2, Visit visit) {
  for (std::uint32_t u = 0; u < f.nodes.size;) {
    const Node& n = f.nodes[u];
    if (nearest2(f, n, p) > reach2) {
      u = n.skip;
      continue;
    }
    const bool whole = farthest2(f, n, p) <= reach2;
    if (!whole && n.skip != u + 1) {
      ++u;
      continue;
    }
    visit(n, whole);
    u = n.skip;
  }
}

// Places at a squared distance of `reach2` or less.
DOSI_HD inline double count_within(const Forest& f, Point p, double reach2) {
  double whole_nodes = 0;
  Pack in_leaves = splat(0);
  for_nodes_within(f, p, reach2, [&](const Node& n, bool whole) DOSI_INLINE_LAMBDA {
    if (whole) {
      whole_nodes += n.last - n.first;
      return;
    }
    for (std::size_t i = n.first; i < n.last; i += kLanes) in_leaves = in_leaves + (distance2(f, i, p) <= reach2 ? splat(1) : splat(0));
  });
  return whole_nodes + sum(in_leaves);
}

}  // namespace dosi::DOSI_BACKEND::gwr
