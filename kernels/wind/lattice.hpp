// The lattice D3Q19: rest, and nine pairs of opposite directions. Population 2 p + 1 goes along direction p, 2 p + 2
// against it. No direction of a pair has a negative x, so that the neighbours along a pair begin a row where the cells
// do.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/core/backend.hpp"

namespace dosi::wind {

inline constexpr int kPairs = 9;
inline constexpr int kPopulations = 1 + 2 * kPairs;
inline constexpr float kRestWeight = 1.0f / 3;

// f(p) with p a compile-time number, in order.
template <int count, class F>
DOSI_INLINE DOSI_HD void unrolled(F f) {
  [&]<int... p>(std::integer_sequence<int, p...>) { (f(std::integral_constant<int, p>{}), ...); }
  (std::make_integer_sequence<int, count>{});
}

struct Direction {
  int x, y, z;
};

DOSI_INLINE DOSI_HD constexpr Direction pair_direction(int p) {
  constexpr Direction directions[kPairs] = {{1, 0, 0}, {0, 1, 0},  {0, 0, 1}, {1, 1, 0}, {1, -1, 0},
                                            {1, 0, 1}, {1, 0, -1}, {0, 1, 1}, {0, 1, -1}};
  return directions[p];
}

DOSI_INLINE DOSI_HD constexpr float pair_weight(int p) { return p < 3 ? 1.0f / 18 : 1.0f / 36; }

// Of population i > 0.
DOSI_INLINE DOSI_HD constexpr int pair_of(int i) { return (i - 1) / 2; }
DOSI_INLINE DOSI_HD constexpr int opposite(int i) { return i % 2 == 1 ? i + 1 : i - 1; }
DOSI_INLINE DOSI_HD constexpr Direction direction(int i) {
  if (i == 0) return {0, 0, 0};
  const Direction d = pair_direction(pair_of(i));
  return i % 2 == 1 ? d : Direction{-d.x, -d.y, -d.z};
}

// The population that goes along a direction; -1: none does.
DOSI_INLINE DOSI_HD constexpr int population(Direction d) {
  constexpr auto at = [](int x, int y, int z) { return (z + 1) * 9 + (y + 1) * 3 + x + 1; };
  struct Table {
    int of[27];
  };
  constexpr Table table = [&] {
    Table t{};
    for (int& i : t.of) i = -1;
    for (int i = 0; i < kPopulations; ++i) t.of[at(direction(i).x, direction(i).y, direction(i).z)] = i;
    return t;
  }();
  return table.of[at(d.x, d.y, d.z)];
}

// The component of a vector along pair p.
template <int p, class Real>
DOSI_INLINE DOSI_HD Real along(Real x, Real y, Real z) {
  constexpr Direction c = pair_direction(p);
  const Real first = c.x == 1 ? x : c.y == 1 ? y : z;
  if constexpr (c.x == 1 && c.y != 0) return c.y > 0 ? first + y : first - y;
  else if constexpr (c.x + c.y == 1 && c.z != 0) return c.z > 0 ? first + z : first - z;
  else return first;
}

}  // namespace dosi::wind
