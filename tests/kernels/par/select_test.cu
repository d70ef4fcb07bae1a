// select and select_index: against the serial version.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::select_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;

struct Odd {
  DOSI_HD bool operator()(std::uint32_t x) const { return x % 2 == 1; }
};

struct Negative {
  DOSI_HD bool operator()(double x) const { return x < 0; }
};

// All, none, or every seventh, by index.
struct EveryNth {
  std::size_t n;
  DOSI_HD bool operator()(std::size_t i) const { return n > 0 && i % n == 0; }
};

template <class T, class Pred>
void check(Context& ctx, const std::vector<T>& values, Pred pred) {
  const Buffer<T> in(ctx, std::span<const T>(values));
  Buffer<T> out(ctx, values.size());
  const std::size_t count = par::select(ctx, in.view(), out.view(), pred);
  std::vector<T> kept = out.to_host();
  ASSERT_LE(count, kept.size());
  kept.resize(count);
  EXPECT_EQ(kept, reference::select(values, pred)) << values.size();
}

DOSI_TEST(Select, keeps_order) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    check(ctx, par_test::random_values<std::uint32_t>(n, 1), Odd{});
    check(ctx, par_test::random_values<double>(n, 2), Negative{});
  }
}

DOSI_TEST(Select, indices) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    for (std::size_t nth : {0, 1, 7, 5000}) {
      Buffer<std::uint32_t> out(ctx, n);
      const std::size_t count = par::select_index(ctx, n, EveryNth{nth}, out.view());
      std::vector<std::uint32_t> kept = out.to_host();
      kept.resize(count);
      EXPECT_EQ(kept, reference::select_index(n, EveryNth{nth})) << n << " " << nth;
    }
  }
}

DOSI_TEST(Select, short_outputs_and_large_indices_are_refused) {
  Context ctx(context_argument());
  Buffer<std::uint32_t> in(ctx, 10), out(ctx, 9);
  in.fill(1);
  out.fill(7);
  EXPECT_THROW(par::select(ctx, in.view(), out.view(), Odd{}), std::invalid_argument);
  EXPECT_THROW(par::select_index(ctx, 10, EveryNth{1}, out.view()), std::invalid_argument);
  EXPECT_THROW(par::select_index(ctx, (std::size_t{1} << 32) + 1, EveryNth{1}, out.view()), std::invalid_argument);
  EXPECT_EQ(out.to_host(), std::vector<std::uint32_t>(9, 7));
}

#if !DOSI_ON_CUDA
struct ThrowAt {
  bool operator()(std::size_t i) const {
    if (i == 150000) throw std::domain_error("150000");
    return true;
  }
};

TEST(Select_cpu, an_exception_does_not_leave_threads_waiting) {
  Context ctx(3);
  Buffer<std::uint32_t> out(ctx, 400000);
  EXPECT_THROW(par::select_index(ctx, 400000, ThrowAt{}, out.view()), std::domain_error);
}
#endif

}  // namespace dosi::DOSI_BACKEND::select_test
