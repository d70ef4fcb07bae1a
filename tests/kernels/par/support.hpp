// What the tests of the primitives share: contexts, sizes that stand on the edges of chunks and tiles, inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/par/fold.hpp"
#include "kernels/par/par.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::par_test {

// On a CPU more threads than this machine may have, so that hand-overs happen; on a GPU the first device.
inline int context_argument() { return DOSI_ON_CUDA ? 0 : 4; }

// Empty, one, either side of a warp, a chunk, a tile and several, and odd sizes in between.
inline std::vector<std::size_t> sizes() {
  std::vector<std::size_t> all = {0, 1, 2, 7, 31, 32, 33, 255, 1000, 100003, 300000};
  for (std::size_t edge : {kFoldChunk, 2 * kFoldChunk, 4 * kFoldChunk, 16 * kFoldChunk}) {
    for (std::size_t n : {edge - 1, edge, edge + 1}) all.push_back(n);
  }
  Random random(2024, 0);
  for (int i = 0; i < 12; ++i) all.push_back(random.below(20000));
  return all;
}

// Random elements: integers over their whole range (negative ones too), floating point in (-1000, 1000) with
// both zeros among them.
template <class T>
std::vector<T> random_values(std::size_t n, std::uint64_t seed) {
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    Random random(seed, i);
    if constexpr (std::is_floating_point_v<T>) {
      const std::uint32_t kind = random.below(16);
      values[i] = kind == 0 ? T(0) : kind == 1 ? T(-0.0) : static_cast<T>(2000 * random.uniform() - 1000);
    } else {
      values[i] = static_cast<T>(random.bits64());
    }
  }
  return values;
}

// Random integers in [0, bound).
template <class T>
std::vector<T> random_below(std::size_t n, std::uint32_t bound, std::uint64_t seed) {
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<T>(Random(seed, i).below(bound));
  return values;
}

struct Square {
  DOSI_HD std::uint64_t operator()(std::size_t i) const { return i * i + 1; }
};

// Sums of these depend on the order in the last bits.
struct Rough {
  DOSI_HD double operator()(std::size_t i) const {
    const double sign = i % 3 == 0 ? -1.0 : 1.0;
    return sign / (1.0 + static_cast<double>(i * 2654435761u % 1000003));
  }
};

}  // namespace dosi::DOSI_BACKEND::par_test
