// Walks through the tree: which runs of places lie in reach of a point, how many, and how far the K-th is.
#pragma once

#include "kernels/core/team.hpp"
#include "kernels/gwr/pack.hpp"
#include "kernels/gwr/tree.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::kBlock;
using dosi::gwr::kNoCluster;
using dosi::gwr::Node;

// The tree on the device. Coordinates are filled up to whole blocks with infinity: those places are beyond any reach.
struct Forest {
  View<const Node> nodes;
  View<const double> x, y;
};

struct Point {
  double x, y;
};

DOSI_HD inline double nearest2(const Node& n, Point p) {
  const double dx = fmax(fmax(n.x0 - p.x, p.x - n.x1), 0.0), dy = fmax(fmax(n.y0 - p.y, p.y - n.y1), 0.0);
  return dx * dx + dy * dy;
}
DOSI_HD inline double farthest2(const Node& n, Point p) {
  const double dx = fmax(p.x - n.x0, n.x1 - p.x), dy = fmax(p.y - n.y0, n.y1 - p.y);
  return dx * dx + dy * dy;
}
DOSI_HD inline Pack distance2(const Forest& f, std::size_t at, Point p) {
  const Pack dx = load(f.x.data + at) - p.x, dy = load(f.y.data + at) - p.y;
  return dx * dx + dy * dy;
}

// visit(node, whole): the largest nodes that lie whole within the squared distance, and the leaves that do so in part.
template <class Visit>
DOSI_HD void for_nodes_within(const Forest& f, Point p, double reach2, Visit visit) {
  for (std::uint32_t u = 0; u < f.nodes.size;) {
    const Node& n = f.nodes[u];
    if (nearest2(n, p) > reach2) {
      u = n.skip;
      continue;
    }
    const bool whole = farthest2(n, p) <= reach2;
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
  for_nodes_within(f, p, reach2, [&](const Node& n, bool whole) {
    if (whole) {
      whole_nodes += n.last - n.first;
      return;
    }
    for (std::size_t i = n.first; i < n.last; i += kLanes) in_leaves = in_leaves + (distance2(f, i, p) <= reach2 ? splat(1) : splat(0));
  });
  return whole_nodes + sum(in_leaves);
}

inline constexpr unsigned kSelected = 64;  // distances among which the K-th is chosen one by one
inline constexpr std::size_t kSelectScratch = Team::shared_bytes<double>(kSelected);

// The far corner of the smallest node around the point that holds k places or more: a reach that is wide enough.
DOSI_HD inline double wide_enough(const Forest& f, Point p, double k) {
  for (std::uint32_t u = 0;;) {
    const Node& n = f.nodes[u];
    if (n.skip == u + 1) return farthest2(n, p);
    const std::uint32_t left = u + 1, right = f.nodes[left].skip;
    const std::uint32_t next = nearest2(f.nodes[left], p) <= nearest2(f.nodes[right], p) ? left : right;
    if (f.nodes[next].last - f.nodes[next].first < k) return farthest2(n, p);
    u = next;
  }
}

// The k-th smallest squared distance, 1 <= k <= places. Counts grow about evenly with the squared distance, so a few
// of them close in on it; halving helps where they do not. `near2`, above 0: where to look first; the answer is the same.
DOSI_HD inline double kth_distance2(Team& team, const Forest& f, Point p, double k, double near2, View<double> selected) {
  constexpr int kInterpolations = 12;
  constexpr double kMargin = 16;  // aims so far past the k-th, from the side that is farther away
  double low = -1, below = 0;     // below places lie within low, above within high: below < k <= above
  double high = near2 > 0 ? near2 : wide_enough(f, p, k), above = count_within(f, p, high);
  while (above < k) {
    low = high;
    below = above;
    high *= fmax(1.1, (k + kMargin) / fmax(above, 1.0));
    above = count_within(f, p, high);
  }
  for (int step = 0; above - below > kSelected; ++step) {
    if (step == kInterpolations && low < 0) {
      below = count_within(f, p, 0);
      if (below >= k) return 0;
      low = 0;
    }
    const double from = fmax(low, 0.0), aim = k - below > above - k ? k - kMargin : k + kMargin;
    double probe = from + (high - from) * ((aim - below) / (above - below));
    if (step >= kInterpolations || !(probe > from && probe < high)) probe = from + (high - from) / 2;
    if (!(probe > low && probe < high)) return high;  // no number in between: all at one distance
    const double count = count_within(f, p, probe);
    (count < k ? low : high) = probe;
    (count < k ? below : above) = count;
  }
  unsigned count = 0;
  for (std::size_t i = 0; i < kSelected; i += kLanes) store(selected.data + i, splat(-1));
  team.sync();
  for_nodes_within(f, p, high, [&](const Node& n, bool) {
    if (farthest2(n, p) <= low) return;
    for (std::size_t i = n.first; i < n.last; i += kLanes) count = append_between(distance2(f, i, p), low, high, selected.data, count, kSelected);
  });
  team.sync();
  Pack found = splat(-1);
  for (unsigned first = 0; first < count; first += kLanes) {
    const Pack mine = load(selected.data + first);
    Pack less = splat(below), up_to = splat(below);
    for (unsigned j = 0; j < count; ++j) {
      less = less + (splat(selected[j]) < mine ? splat(1) : splat(0));
      up_to = up_to + (splat(selected[j]) <= mine ? splat(1) : splat(0));
    }
    const Pack fits = less < splat(k) ? mine : splat(-1), hit = up_to >= splat(k) ? fits : splat(-1);
    found = found > hit ? found : hit;
  }
  return largest(found);
}

}  // namespace dosi::DOSI_BACKEND::gwr
