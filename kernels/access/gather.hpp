// From labels to answers: the time between a root and a leaf, and the reductions over them.
#pragma once

#include "kernels/access/group.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Sum;

// Along one edge, without leaving it. Both directions are tried; p and q may be at the same position.
DOSI_HD inline std::uint32_t direct_time(const Place& p, const Place& q) {
  std::uint32_t best = kFar;
  if (p.position <= q.position && p.along_ab < kFar && q.along_ab < kFar)
    best = lesser(best, p.walk + q.walk + (q.along_ab - p.along_ab));
  if (p.position >= q.position && p.along_ba < kFar && q.along_ba < kFar)
    best = lesser(best, p.walk + q.walk + (q.along_ba - p.along_ba));
  return best;
}

DOSI_HD inline std::uint32_t direct_time(Direction direction, const Place& root, const Place& leaf) {
  return direction == Direction::from_roots ? direct_time(root, leaf) : direct_time(leaf, root);
}

// A place as a leaf of a sweep: the rows of its edge's ends and what is added to their labels.
struct Leaf {
  std::uint32_t row_a, row_b, add_a, add_b, edge, index;  // index: of the place, as the caller counts
};

// times[l] between root lane l and the leaf, kNever where there is no way. `at_a`, `at_b`: the labels of its ends, and
// `edges` the roots' edges, from the first lane on; `roots` the places of those lanes that have one.
template <int width>
DOSI_INLINE DOSI_HD void times_of_leaf(Direction direction, const Place* roots, const std::uint32_t* edges,
                                       const Leaf& leaf, const Place* places, const std::uint32_t* at_a,
                                       const std::uint32_t* at_b, std::uint32_t* times) {
  DOSI_SIMD
  for (int l = 0; l < width; ++l) times[l] = lesser(at_a[l] + leaf.add_a, at_b[l] + leaf.add_b);
  std::uint32_t shared = 0;
  for (int l = 0; l < width; ++l) shared |= edges[l] == leaf.edge ? 1u : 0u;
  if (shared != 0)
    for (int l = 0; l < width; ++l)
      if (edges[l] == leaf.edge) times[l] = lesser(times[l], direct_time(direction, roots[l], places[leaf.index]));
  DOSI_SIMD
  for (int l = 0; l < width; ++l) times[l] = times[l] >= kFar ? kNever : times[l];
}

struct Decays {
  View<const std::uint32_t> weights;  // tables one after another
  View<const std::uint64_t> first;    // tables + 1
  DOSI_HD std::uint64_t weight(std::int32_t table, std::uint32_t time) const {
    const std::uint64_t second = time / 1000;
    const std::uint64_t at = first[static_cast<std::size_t>(table)] + second;
    return at < first[static_cast<std::size_t>(table) + 1] ? weights[at] : 0;
  }
};

struct Sums {
  View<const Sum> sums;
  View<const std::uint64_t> columns;  // [column][place]
  std::size_t places;                 // places a column
  Decays decays;
  DOSI_HD std::uint64_t term(const Sum& s, std::uint64_t value, std::uint32_t time) const {
    if (time == kNever) return 0;
    return s.decay < 0 ? (time <= s.cutoff ? value : 0) : value * decays.weight(s.decay, time);
  }
  DOSI_HD std::uint64_t value(const Sum& s, std::size_t place) const {
    return columns[std::size_t{s.column} * places + place];
  }
};

// The k nearest so far, ascending by (time, place); element i of a list lies at i * stride.
struct Nearest {
  std::uint32_t* times;
  std::uint32_t* places;
  std::size_t stride;
  int k;
  DOSI_HD void clear() const {
    for (int i = 0; i < k; ++i)
      times[static_cast<std::size_t>(i) * stride] = places[static_cast<std::size_t>(i) * stride] = kNever;
  }
  DOSI_HD std::uint32_t worst() const { return times[static_cast<std::size_t>(k - 1) * stride]; }
  DOSI_HD void offer(std::uint32_t time, std::uint32_t place) const {
    int i = k - 1;
    const auto before = [&](int j) {
      const std::size_t at = static_cast<std::size_t>(j) * stride;
      return time < times[at] || (time == times[at] && place < places[at]);
    };
    if (time == kNever || !before(i)) return;
    for (; i > 0 && before(i - 1); --i) {
      times[static_cast<std::size_t>(i) * stride] = times[static_cast<std::size_t>(i - 1) * stride];
      places[static_cast<std::size_t>(i) * stride] = places[static_cast<std::size_t>(i - 1) * stride];
    }
    times[static_cast<std::size_t>(i) * stride] = time;
    places[static_cast<std::size_t>(i) * stride] = place;
  }
};

}  // namespace dosi::DOSI_BACKEND::access
