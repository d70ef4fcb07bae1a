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
// Where there are times a squared distance is that of the arc, on a sphere of that diameter, and that of the times.
struct Forest {
  View<const Node> nodes;
  View<const double> x, y, z = {};        // z empty: all at 0
  View<const double> t = {}, t_box = {};  // t_box[node][2]: the first and the last of its times
  double diameter2 = 0;
};

// Of Packs: a place a lane.
template <class Real>
struct Position {
  Real x, y, z = Real{}, t = Real{};
};
using Point = Position<double>;

// The squared arc of a squared chord. What is infinite, behind the last place, stays beyond all others.
template <class Real>
DOSI_INLINE DOSI_HD Real arc2(Real chord2, double diameter2) {
  const Real s = chord2 * (1 / diameter2);
  return s < 2.0 ? squared_arcsine_of_root(s < 1.0 ? s : Real{} + 1.0) * diameter2 : chord2;
}
// On a GPU a call, so that those who never ask need no registers for it.
template <class Real>
#if DOSI_ON_CUDA
__attribute__((noinline)) DOSI_HD
#else
DOSI_INLINE
#endif
    Real
    with_time(const Forest& f, Real straight2, Real dt) {
  return arc2(straight2, f.diameter2) + dt * dt;
}

// Squared distances from a position to the nearest and the farthest of a node's box.
template <class Real>
DOSI_INLINE DOSI_HD Real nearest2(const Forest& f, const Node& n, const Position<Real>& p) {
  const Real dx = positive(larger(n.x0 - p.x, p.x - n.x1)), dy = positive(larger(n.y0 - p.y, p.y - n.y1)),
             flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Real dz = positive(larger(n.z0 - p.z, p.z - n.z1));
  if (f.t.empty()) return flat + dz * dz;
  const double* t = f.t_box.data + 2 * (&n - f.nodes.data);
  return with_time<Real>(f, flat + dz * dz, positive(larger(t[0] - p.t, p.t - t[1])));
}
template <class Real>
DOSI_INLINE DOSI_HD Real farthest2(const Forest& f, const Node& n, const Position<Real>& p) {
  const Real dx = larger(p.x - n.x0, n.x1 - p.x), dy = larger(p.y - n.y0, n.y1 - p.y), flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Real dz = larger(p.z - n.z0, n.z1 - p.z);
  if (f.t.empty()) return flat + dz * dz;
  const double* t = f.t_box.data + 2 * (&n - f.nodes.data);
  return with_time<Real>(f, flat + dz * dz, larger(p.t - t[0], t[1] - p.t));
}
// From places at, at + 1, … to a point; from one place to a position, without times.
DOSI_INLINE DOSI_HD Pack distance2(const Forest& f, std::size_t at, Point p) {
  const Pack dx = load(f.x.data + at) - p.x, dy = load(f.y.data + at) - p.y, flat = dx * dx + dy * dy;
  if (f.z.empty()) return flat;
  const Pack dz = load(f.z.data + at) - p.z;
  if (f.t.empty()) return fused(dz, dz, flat);
  return with_time<Pack>(f, fused(dz, dz, flat), load(f.t.data + at) - p.t);
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
    for (std::size_t i = n.first; i < n.last; i += kLanes)
      in_leaves = in_leaves + (distance2(f, i, p) <= reach2 ? splat(1) : splat(0));
  });
  return whole_nodes + sum(in_leaves);
}

}  // namespace dosi::DOSI_BACKEND::gwr
