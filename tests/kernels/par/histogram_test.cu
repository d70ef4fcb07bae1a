// histogram: against the serial version, with few, many and crowded bins.
#include <gtest/gtest.h>

#include "tests/kernels/par/support.hpp"
#include "tests/reference/par.hpp"

namespace dosi::DOSI_BACKEND::histogram_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;

// Bins -1 .. bins, so that some items fall outside on either side.
struct Spread {
  std::int64_t bins;
  DOSI_HD std::int64_t operator()(std::size_t i) const {
    return static_cast<std::int64_t>(i * 2654435761u % static_cast<std::size_t>(bins + 2)) - 1;
  }
};

struct AllInOne {
  DOSI_HD std::uint32_t operator()(std::size_t) const { return 1; }
};

DOSI_TEST(Histogram, counts_every_item_once) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    for (std::size_t bins : {1, 2, 100, 5000, 100000, 400000}) {
      Buffer<std::uint64_t> out(ctx, bins);
      out.fill(99);
      const Spread spread{static_cast<std::int64_t>(bins)};
      par::histogram(ctx, n, spread, out.view());
      EXPECT_EQ(out.to_host(), reference::histogram(n, spread, bins)) << n << " " << bins;
    }
  }
}

DOSI_TEST(Histogram, one_crowded_bin) {
  Context ctx(context_argument());
  for (std::size_t bins : {1, 2, 1000000}) {
    Buffer<std::uint64_t> out(ctx, bins);
    par::histogram(ctx, 500000, AllInOne{}, out.view());
    EXPECT_EQ(out.to_host(), reference::histogram(500000, AllInOne{}, bins));
  }
}

DOSI_TEST(Histogram, no_bins) {
  Context ctx(context_argument());
  Buffer<std::uint64_t> beside(ctx, 10);
  beside.fill(7);
  par::histogram(ctx, 1000, AllInOne{}, beside.view().part(0, 0));
  EXPECT_EQ(beside.to_host(), std::vector<std::uint64_t>(10, 7));
}

}  // namespace dosi::DOSI_BACKEND::histogram_test
