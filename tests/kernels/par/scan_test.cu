// Scans: against the serial version, in place, and with any number of threads.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::scan_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;

template <class T, class Op>
void check(Context& ctx, const std::vector<T>& values, T init, Op op) {
  const Buffer<T> in(ctx, std::span<const T>(values));
  Buffer<T> out(ctx, values.size());
  par::inclusive_scan(ctx, in.view(), out.view(), op);
  EXPECT_EQ(out.to_host(), reference::inclusive_scan(values, op)) << values.size();
  const T total = par::exclusive_scan(ctx, in.view(), out.view(), init, op);
  const auto [expected, expected_total] = reference::exclusive_scan(values, init, op);
  EXPECT_EQ(out.to_host(), expected) << values.size();
  EXPECT_EQ(total, expected_total) << values.size();
}

DOSI_TEST(Scan, integers_are_exact) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    check<std::uint32_t>(ctx, par_test::random_values<std::uint32_t>(n, 1), 17, par::Plus{});
    check<std::uint64_t>(ctx, par_test::random_values<std::uint64_t>(n, 2), 3, par::Plus{});
    check<std::int64_t>(ctx, par_test::random_values<std::int64_t>(n, 3), -1, par::Maximum{});
  }
}

DOSI_TEST(Scan, in_place) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    const auto values = par_test::random_values<std::uint64_t>(n, 4);
    Buffer<std::uint64_t> buffer(ctx, std::span<const std::uint64_t>(values));
    const auto [expected, total] = reference::exclusive_scan(values, std::uint64_t{9}, par::Plus{});
    EXPECT_EQ(par::exclusive_scan(ctx, buffer.view(), buffer.view(), 9), total);
    EXPECT_EQ(buffer.to_host(), expected);
    buffer.upload(values);
    par::inclusive_scan(ctx, buffer.view(), buffer.view());
    EXPECT_EQ(buffer.to_host(), reference::inclusive_scan(values, par::Plus{}));
  }
}

DOSI_TEST(Scan, doubles_within_rounding) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    const auto values = par_test::random_values<double>(n, 5);
    const Buffer<double> in(ctx, std::span<const double>(values));
    Buffer<double> out(ctx, n);
    const double total = par::exclusive_scan(ctx, in.view(), out.view(), 0.5);
    const auto [expected, expected_total] = reference::exclusive_scan(values, 0.5, par::Plus{});
    const std::vector<double> host = out.to_host();
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(host[i], expected[i], 1e-6);
    EXPECT_NEAR(total, expected_total, 1e-6);
  }
}

DOSI_TEST(Scan, a_short_output_is_refused) {
  Context ctx(context_argument());
  Buffer<int> in(ctx, 10), out(ctx, 9);
  in.fill(1);
  out.fill(7);
  EXPECT_THROW(par::inclusive_scan(ctx, in.view(), out.view()), std::invalid_argument);
  EXPECT_THROW(par::exclusive_scan(ctx, in.view(), out.view(), 0), std::invalid_argument);
  EXPECT_EQ(out.to_host(), std::vector<int>(9, 7));
}

#if !DOSI_ON_CUDA
TEST(Scan_cpu, doubles_do_not_depend_on_threads) {
  const auto values = par_test::random_values<double>(300007, 6);
  std::vector<double> expected;
  for (int threads : {1, 2, 3, 7}) {
    Context ctx(threads);
    Buffer<double> buffer(ctx, std::span<const double>(values));
    par::exclusive_scan(ctx, buffer.view(), buffer.view(), 0.0);
    if (threads == 1) expected = buffer.to_host();
    EXPECT_EQ(buffer.to_host(), expected);
  }
}

struct ThrowOnNegative {
  int operator()(int a, int b) const {
    if (b < 0) throw std::domain_error("negative");
    return a + b;
  }
};

TEST(Scan_cpu, an_exception_does_not_leave_threads_waiting) {
  std::vector<int> values(400000, 1);
  values[100000] = -1;
  Context ctx(3);
  Buffer<int> buffer(ctx, std::span<const int>(values));
  EXPECT_THROW(par::exclusive_scan(ctx, buffer.view(), buffer.view(), 0, ThrowOnNegative{}), std::domain_error);
}
#endif

}  // namespace dosi::DOSI_BACKEND::scan_test
