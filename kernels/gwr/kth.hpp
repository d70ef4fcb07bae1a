// How far the K-th nearest place is: counts in the tree close in on it until few are left, which are then looked at.
#pragma once

#include "kernels/gwr/runs.hpp"

namespace dosi::DOSI_BACKEND::gwr {

inline constexpr unsigned kSelected = 512;  // distances that are gathered, among which to choose
inline constexpr unsigned kRanked = 32;     // that are put in order, one by one
inline constexpr std::size_t kSelectScratch = Team::shared_bytes<double>(kSelected + kRanked);

// Where the k-th smallest is: `below` values are within `low`, `above` within `high`, below < k <= above.
struct Bracket {
  double low = -1, below = 0, high = 0, above = 0;
};

// Narrows the bracket until it holds `width` values or fewer. Counts grow about evenly with the squared distance, so
// interpolation is quick; halving helps where they do not. False: all that is left is at `high`.
template <class Count>
DOSI_HD bool close_in(Bracket& b, double k, double width, const Count& count) {
  constexpr int kInterpolations = 12;
  const double margin = width / 3;  // aims so far past the k-th, from the side that is farther away
  for (int step = 0; b.above - b.below > width; ++step) {
    if (step == kInterpolations && b.low < 0) {
      const double at = count(0.0);
      if (at >= k) {
        b.high = 0;
        return false;
      }
      b.low = 0;
      b.below = at;
    }
    const double from = larger(b.low, 0.0), aim = k - b.below > b.above - k ? k - margin : k + margin;
    double probe = from + (b.high - from) * ((aim - b.below) / (b.above - b.below));
    if (step >= kInterpolations || !(probe > from && probe < b.high)) probe = from + (b.high - from) / 2;
    if (!(probe > b.low && probe < b.high)) return false;
    const double found = count(probe);
    (found < k ? b.low : b.high) = probe;
    (found < k ? b.below : b.above) = found;
  }
  return true;
}

// The squared distance at which k places are to be expected, by the density of the smallest node around with as many.
DOSI_HD inline double likely_distance2(const Forest& f, Point p, double k) {
  constexpr double kAmple = 1.2;
  for (std::uint32_t u = 0;;) {
    const Node& n = f.nodes[u];
    const std::uint32_t left = u + 1, right = n.skip == left ? u : f.nodes[left].skip;
    const std::uint32_t next =
        n.skip == left || nearest2(f, f.nodes[left], p) > nearest2(f, f.nodes[right], p) ? right : left;
    if (next == u || f.nodes[next].last - f.nodes[next].first < k) {
      // A box with a third side counts as flat: the first guess is then too small, and grows.
      const double likely = kAmple * k * (n.x1 - n.x0) * (n.y1 - n.y0) / (3.14159 * (n.last - n.first));
      return nearest2(f, n, p) + larger(likely, 1e-6 * farthest2(f, n, p));
    }
    u = next;
  }
}

// Squared distances in (low, high] into `out`, as far as there is room; returns how many there are.
DOSI_HD inline unsigned gather_between(const Forest& f, Point p, double low, double high, View<double> out) {
  unsigned count = 0;
  for_nodes_within(f, p, high, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
    if (farthest2(f, n, p) <= low) return;
    for (std::size_t i = n.first; i < n.last; i += kLanes)
      count = append_between(distance2(f, i, p), low, high, out.data, count, static_cast<unsigned>(out.size));
  });
  return count;
}

DOSI_HD inline double count_up_to(View<const double> values, double bound) {
  Pack count = splat(0);
  for (std::size_t i = 0; i < values.size; i += kLanes)
    count = count + (load(values.data + i) <= bound ? splat(1) : splat(0));
  return sum(count);
}

// The value of rank k - below among the first `count` of `values`; room for whole packs.
DOSI_HD inline double of_rank(View<const double> values, unsigned count, double rank) {
  Pack found = splat(-1);
  for (unsigned first = 0; first < count; first += kLanes) {
    const Pack mine = load(values.data + first);
    Pack less = splat(0), up_to = splat(0);
    for (unsigned j = 0; j < count; ++j) {
      less = less + (splat(values[j]) < mine ? splat(1) : splat(0));
      up_to = up_to + (splat(values[j]) <= mine ? splat(1) : splat(0));
    }
    const Pack fits = less < splat(rank) ? mine : splat(-1), hit = up_to >= splat(rank) ? fits : splat(-1);
    found = found > hit ? found : hit;
  }
  return largest(found);
}

DOSI_HD inline void fill(View<double> values, double v) {
  for (std::size_t i = 0; i < values.size; i += kLanes) store(values.data + i, splat(v));
}

// The k-th smallest squared distance, 1 <= k <= places. `near2`, above 0: where to look first; the answer is the same.
// `scratch`: kSelected + kRanked.
DOSI_HD inline double kth_distance2(Team& team, const Forest& f, Point p, double k, double near2,
                                    View<double> scratch) {
  const View<double> gathered = scratch.part(0, kSelected), ranked = scratch.part(kSelected, kRanked);
  const auto in_tree = [&](double reach2) { return count_within(f, p, reach2); };
  const bool few = k <= 0.7 * kSelected;  // these are gathered at once, without a count before
  Bracket b{.high = near2 > 0 ? (few ? 1.02 * near2 : near2) : likely_distance2(f, p, k)};
  unsigned count = 0;
  for (;;) {
    team.sync();
    if (few) count = gather_between(f, p, b.low, b.high, gathered);
    b.above = few ? b.below + count : in_tree(b.high);
    if (b.above >= k) break;
    b.low = b.high;
    b.below = b.above;
    b.high *= larger(1.1, 1.1 * k / larger(b.above, 1.0));
  }
  if (!few || count > kSelected) {
    if (!close_in(b, k, kSelected, in_tree)) return b.high;
    team.sync();
    count = gather_between(f, p, b.low, b.high, gathered);
  }
  // Behind the last gathered stand numbers that no bound counts.
  team.sync();
  const std::size_t filled = (count + kLanes - 1) / kLanes * kLanes;
  for (std::size_t i = count + lane(); i < filled; i += DOSI_ON_CUDA ? kLanes : 1) gathered[i] = INFINITY;
  team.sync();
  const View<const double> values = gathered.part(0, filled);
  const double outside = b.below;
  if (!close_in(b, k, kRanked, [&](double bound) { return outside + count_up_to(values, bound); })) return b.high;
  fill(ranked, INFINITY);
  team.sync();
  unsigned left = 0;
  for (std::size_t i = 0; i < filled; i += kLanes)
    left = append_between(load(gathered.data + i), b.low, b.high, ranked.data, left, kRanked);
  team.sync();
  return of_rank(ranked, left, k - b.below);
}

}  // namespace dosi::DOSI_BACKEND::gwr
