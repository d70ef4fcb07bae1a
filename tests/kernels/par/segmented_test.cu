// segmented_reduce and reduce_by_key: against the serial version; the order of reduce within each segment.
#include <gtest/gtest.h>

#include <bit>
#include <span>
#include <vector>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::segmented_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;
using par_test::Rough;
using par_test::Square;

struct RoughFrom {
  std::size_t first;
  DOSI_HD double operator()(std::size_t i) const { return Rough{}(first + i); }
};

// Segment lengths that are hard to balance or easy to get wrong.
std::vector<std::vector<std::size_t>> lengths() {
  std::vector<std::vector<std::size_t>> all = {{},
                                               {0},
                                               {1},
                                               {0, 0, 0},
                                               {kFoldChunk - 1, kFoldChunk, kFoldChunk + 1},
                                               {0, 500000, 0, 1, 2, 0},
                                               {1, kFoldChunk * 33, 1},
                                               std::vector<std::size_t>(20000, 1),
                                               std::vector<std::size_t>(300, 33)};
  std::vector<std::size_t> skewed(5000, 3);
  skewed[2500] = 200000;
  all.push_back(skewed);
  Random random(7, 7);
  std::vector<std::size_t> mixed;
  for (int i = 0; i < 3000; ++i) mixed.push_back(random.below(10) == 0 ? random.below(9000) : random.below(4));
  all.push_back(mixed);
  return all;
}

std::vector<std::uint64_t> offsets_of(const std::vector<std::size_t>& lengths) {
  std::vector<std::uint64_t> offsets = {0};
  for (std::size_t length : lengths) offsets.push_back(offsets.back() + length);
  return offsets;
}

DOSI_TEST(SegmentedReduce, integers_are_exact) {
  Context ctx(context_argument());
  for (const auto& each : lengths()) {
    const std::vector<std::uint64_t> offsets = offsets_of(each);
    const Buffer<std::uint64_t> d_offsets(ctx, std::span<const std::uint64_t>(offsets));
    Buffer<std::uint64_t> out(ctx, each.size());
    par::segmented_reduce(ctx, d_offsets.view(), Square{}, out.view(), 11);
    EXPECT_EQ(out.to_host(), reference::segmented_reduce(offsets, Square{}, std::uint64_t{11}, par::Plus{}));
    par::segmented_reduce(ctx, d_offsets.view(), Square{}, out.view(), 11, par::Maximum{});
    EXPECT_EQ(out.to_host(), reference::segmented_reduce(offsets, Square{}, std::uint64_t{11}, par::Maximum{}));
  }
}

DOSI_TEST(SegmentedReduce, doubles_come_out_as_from_reduce) {
  Context ctx(context_argument());
  for (const auto& each : lengths()) {
    if (each.size() > 4000) continue;
    const std::vector<std::uint64_t> offsets = offsets_of(each);
    const Buffer<std::uint64_t> d_offsets(ctx, std::span<const std::uint64_t>(offsets));
    Buffer<double> out(ctx, each.size());
    par::segmented_reduce(ctx, d_offsets.view(), Rough{}, out.view(), 0.25);
    const std::vector<double> host = out.to_host();
    for (std::size_t s = 0; s < each.size(); ++s) {
      const double expected = par::reduce(ctx, each[s], RoughFrom{offsets[s]}, 0.25);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(host[s]), std::bit_cast<std::uint64_t>(expected)) << s;
    }
  }
}

DOSI_TEST(SegmentedReduce, offsets_may_begin_anywhere) {
  Context ctx(context_argument());
  const std::vector<std::uint64_t> offsets = {100, 105, 105, 20000};
  const Buffer<std::uint64_t> d_offsets(ctx, std::span<const std::uint64_t>(offsets));
  Buffer<std::uint64_t> out(ctx, 3);
  par::segmented_reduce(ctx, d_offsets.view(), Square{}, out.view(), 0);
  EXPECT_EQ(out.to_host(), reference::segmented_reduce(offsets, Square{}, std::uint64_t{0}, par::Plus{}));
  Buffer<std::uint64_t> longer(ctx, 4);
  EXPECT_THROW(par::segmented_reduce(ctx, d_offsets.view(), Square{}, longer.view(), 0), std::invalid_argument);
}

template <class K>
void check_keys(Context& ctx, const std::vector<K>& keys) {
  const auto values = par_test::random_values<std::uint64_t>(keys.size(), 3);
  const Buffer<K> d_keys(ctx, std::span<const K>(keys));
  const Buffer<std::uint64_t> d_values(ctx, std::span<const std::uint64_t>(values));
  const auto [expected_keys, expected_values] = reference::reduce_by_key(keys, values, par::Plus{});
  Buffer<K> out_keys(ctx, expected_keys.size());
  Buffer<std::uint64_t> out_values(ctx, expected_keys.size());
  const std::size_t count = par::reduce_by_key(ctx, d_keys.view(), d_values.view(), out_keys.view(), out_values.view());
  EXPECT_EQ(count, expected_keys.size());
  EXPECT_EQ(out_keys.to_host(), expected_keys);
  EXPECT_EQ(out_values.to_host(), expected_values);
}

DOSI_TEST(ReduceByKey, runs_of_keys) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    check_keys(ctx, par_test::random_below<std::uint32_t>(n, 2, 1));
    check_keys(ctx, par_test::random_values<std::int64_t>(n, 2));
    check_keys(ctx, std::vector<double>(n, -0.0));
    std::vector<std::int32_t> runs(n);
    for (std::size_t i = 0; i < n; ++i) runs[i] = -static_cast<std::int32_t>(i / 100);
    check_keys(ctx, runs);
  }
}

DOSI_TEST(ReduceByKey, a_short_output_is_refused) {
  Context ctx(context_argument());
  Buffer<int> keys(ctx, std::span<const int>(std::vector<int>{1, 2, 3})), out(ctx, 2);
  EXPECT_THROW(par::reduce_by_key(ctx, keys.view(), keys.view(), out.view(), out.view()), std::invalid_argument);
}

}  // namespace dosi::DOSI_BACKEND::segmented_test
