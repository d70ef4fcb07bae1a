// reduce: against the serial version, and in a fixed order.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::reduce_test {

using par::Context;
using par_test::context_argument;
using par_test::Rough;
using par_test::Square;

// The fold of fold.hpp written out without lanes in mind: the order that every backend has to keep.
template <class F>
double fixed_order_sum(std::size_t n, F f, double init) {
  std::vector<double> level(n);
  for (std::size_t i = 0; i < n; ++i) level[i] = f(i);
  if (n == 0) return init;
  do {
    std::vector<double> next;
    for (std::size_t first = 0; first < level.size(); first += kFoldChunk) {
      const std::size_t last = std::min(level.size(), first + kFoldChunk);
      std::vector<double> lane;
      for (std::size_t i = first; i < last; ++i) {
        if (i - first < kFoldLanes) {
          lane.push_back(level[i]);
        } else {
          lane[(i - first) % kFoldLanes] += level[i];
        }
      }
      for (std::size_t half = kFoldLanes / 2; half > 0; half /= 2) {
        for (std::size_t l = 0; l < half && l + half < lane.size(); ++l) lane[l] += lane[l + half];
      }
      next.push_back(lane[0]);
    }
    level = next;
  } while (level.size() > 1);
  return init + level[0];
}

struct Best {
  double score;
  std::uint32_t index;
};

struct Candidate {
  DOSI_HD Best operator()(std::size_t i) const {
    return {static_cast<double>(i * 48271 % 1009), static_cast<std::uint32_t>(i)};
  }
};

struct Better {
  DOSI_HD Best operator()(Best a, Best b) const {
    if (a.score != b.score) return a.score > b.score ? a : b;
    return a.index < b.index ? a : b;
  }
};

DOSI_TEST(Reduce, integers_are_exact) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    const std::uint64_t init = 5;
    EXPECT_EQ(par::reduce(ctx, n, Square{}, init), reference::reduce(n, Square{}, init, par::Plus{})) << n;
    EXPECT_EQ(par::reduce(ctx, n, Square{}, init, par::Maximum{}),
              reference::reduce(n, Square{}, init, par::Maximum{}));
  }
}

DOSI_TEST(Reduce, doubles_keep_the_stated_order) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    const double sum = par::reduce(ctx, n, Rough{}, 0.125);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(sum), std::bit_cast<std::uint64_t>(fixed_order_sum(n, Rough{}, 0.125))) << n;
    EXPECT_NEAR(sum, reference::reduce(n, Rough{}, 0.125, par::Plus{}), 1e-9);
  }
}

DOSI_TEST(Reduce, several_levels_of_chunks) {
  Context ctx(context_argument());
  const std::size_t n = kFoldChunk * kFoldChunk + 1;
  EXPECT_EQ(par::reduce(ctx, n, Rough{}, 0.0), fixed_order_sum(n, Rough{}, 0.0));
}

DOSI_TEST(Reduce, structs_with_ties) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    const Best none{-1.0, 0};
    const Best best = par::reduce(ctx, n, Candidate{}, none, Better{});
    const Best expected = reference::reduce(n, Candidate{}, none, Better{});
    EXPECT_EQ(best.score, expected.score);
    EXPECT_EQ(best.index, expected.index);
  }
}

#if !DOSI_ON_CUDA
TEST(Reduce_cpu, doubles_do_not_depend_on_threads) {
  Context one(1);
  for (std::size_t n : {std::size_t{5}, kFoldChunk + 1, std::size_t{1000003}}) {
    const double expected = par::reduce(one, n, Rough{}, 0.0);
    for (int threads : {1, 2, 3, 7}) {
      Context ctx(threads);
      for (int run = 0; run < 3; ++run) EXPECT_EQ(par::reduce(ctx, n, Rough{}, 0.0), expected);
    }
  }
}
#endif

}  // namespace dosi::DOSI_BACKEND::reduce_test
