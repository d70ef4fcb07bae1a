// How unequally people are served.
#pragma once

#include <cstddef>
#include <span>

namespace dosi::access {

struct Inequality {
  double gini = 0;   // 0: everybody reaches as much; near 1: few reach all there is to reach
  double palma = 0;  // what the best-served tenth of the people reaches, over what the worst-served 40 % reach
};

// `access` and `people` by row; `ascending`: the rows that count, by rising access. Gini is half the mean difference
// between two people over the mean (Gini 1912), by the area under the Lorenz curve; Palma after Cobham and Sumner
// (2013), with people where they take income; a row across a boundary counts in parts. NaN where nobody is there or
// nobody reaches anything; palma is NaN too where the worst-served 40 % reach nothing.
Inequality inequality(std::span<const double> access, std::span<const double> people,
                      std::span<const std::size_t> ascending);

}  // namespace dosi::access
