// The sorts: against a serial stable sort, for every kind of key and several kinds of value.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::sort_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;

struct Place {
  std::uint32_t row;
  std::uint32_t column;
  std::uint32_t layer;
  friend bool operator==(const Place&, const Place&) = default;
};

template <class K>
bool same(const std::vector<K>& a, const std::vector<K>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
    if constexpr (std::is_floating_point_v<K>) {
      if (std::signbit(a[i]) != std::signbit(b[i])) return false;
    }
  }
  return true;
}

// Both sorts, with values that tell equal keys apart.
template <class K>
void check(Context& ctx, std::vector<K> keys) {
  std::vector<std::uint32_t> values(keys.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint32_t>(i);
  Buffer<K> d_keys(ctx, std::span<const K>(keys)), d_only(ctx, std::span<const K>(keys));
  Buffer<std::uint32_t> d_values(ctx, std::span<const std::uint32_t>(values));
  par::sort_by_key(ctx, d_keys.view(), d_values.view());
  par::sort(ctx, d_only.view());
  reference::sort_by_key(keys, values);
  EXPECT_TRUE(same(d_keys.to_host(), keys)) << keys.size();
  EXPECT_EQ(d_values.to_host(), values) << keys.size();
  EXPECT_TRUE(same(d_only.to_host(), keys)) << keys.size();
}

template <class K>
void check_sizes() {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    check(ctx, par_test::random_values<K>(n, 1));
    check(ctx, par_test::random_below<K>(n, 100, 2));
  }
  check(ctx, std::vector<K>(50000, K(3)));
  std::vector<K> down = par_test::random_values<K>(70000, 3);
  std::sort(down.begin(), down.end());
  check(ctx, down);
  std::reverse(down.begin(), down.end());
  check(ctx, down);
}

DOSI_TEST(Sort, u32) { check_sizes<std::uint32_t>(); }
DOSI_TEST(Sort, u64) { check_sizes<std::uint64_t>(); }
DOSI_TEST(Sort, i32) { check_sizes<std::int32_t>(); }
DOSI_TEST(Sort, i64) { check_sizes<std::int64_t>(); }
DOSI_TEST(Sort, float32) { check_sizes<float>(); }
DOSI_TEST(Sort, float64) { check_sizes<double>(); }

DOSI_TEST(Sort, extremes) {
  Context ctx(context_argument());
  using Double = std::numeric_limits<double>;
  check(ctx, std::vector<double>{0.0, Double::infinity(), -0.0, Double::lowest(), -Double::denorm_min(), 1.0, -0.0, 0.0,
                                 Double::max(), Double::denorm_min(), -Double::infinity(), -1.0});
  using Int = std::numeric_limits<std::int64_t>;
  check(ctx, std::vector<std::int64_t>{0, Int::max(), -1, Int::min(), 1, Int::max(), Int::min()});
}

// Large enough for the writes past the caches; into views that begin at odd places.
DOSI_TEST(Sort, large_structs_at_odd_addresses) {
  Context ctx(context_argument());
  const std::size_t n = 700001, shift = 3;
  std::vector<std::uint32_t> keys = par_test::random_values<std::uint32_t>(n, 9);
  std::vector<Place> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = {static_cast<std::uint32_t>(i), keys[i] % 7, 5};
  std::vector<std::uint32_t> shifted_keys(shift, 77);
  std::vector<Place> shifted_values(shift, Place{1, 2, 3});
  shifted_keys.insert(shifted_keys.end(), keys.begin(), keys.end());
  shifted_values.insert(shifted_values.end(), values.begin(), values.end());
  Buffer<std::uint32_t> d_keys(ctx, std::span<const std::uint32_t>(shifted_keys));
  Buffer<Place> d_values(ctx, std::span<const Place>(shifted_values));
  par::sort_by_key(ctx, d_keys.view().part(shift, n), d_values.view().part(shift, n));
  reference::sort_by_key(keys, values);
  std::copy(keys.begin(), keys.end(), shifted_keys.begin() + shift);
  std::copy(values.begin(), values.end(), shifted_values.begin() + shift);
  EXPECT_EQ(d_keys.to_host(), shifted_keys);
  EXPECT_EQ(d_values.to_host(), shifted_values);
}

DOSI_TEST(Sort, missing_values_are_refused) {
  Context ctx(context_argument());
  Buffer<int> keys(ctx, std::span<const int>(std::vector<int>{4, 3, 2, 1})), values(ctx, 3);
  values.fill(7);
  EXPECT_THROW(par::sort_by_key(ctx, keys.view(), values.view()), std::invalid_argument);
  EXPECT_EQ(keys.to_host(), (std::vector<int>{4, 3, 2, 1}));
  EXPECT_EQ(values.to_host(), std::vector<int>(3, 7));
}

#if !DOSI_ON_CUDA
TEST(Sort_cpu, any_number_of_threads) {
  for (int threads : {1, 2, 3, 7}) {
    Context ctx(threads);
    check(ctx, par_test::random_values<std::int64_t>(300000, 4));
  }
}
#endif

}  // namespace dosi::DOSI_BACKEND::sort_test
