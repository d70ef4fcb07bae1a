// Random numbers drawn on a backend are those drawn on the host: exactly, but for the normal ones.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/par/par.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::random_test {

struct Draws {
  std::uint32_t bits;
  std::uint32_t below;
  std::uint64_t below64;
  double uniform;
  double normal;
};

DOSI_HD inline Draws draw(std::size_t item) {
  Random random(0x123456789abcdef0u, item, 3);
  Draws draws;
  draws.bits = random.bits();
  draws.below = random.below(3u << 30);
  draws.below64 = random.below64(std::uint64_t{5} << 60);
  draws.uniform = random.uniform();
  draws.normal = random.normal();
  return draws;
}

struct StoreDraws {
  View<Draws> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = draw(i); }
};

DOSI_TEST(Random, draws_are_those_of_the_host) {
  par::Context ctx(DOSI_ON_CUDA ? 0 : 3);
  const std::size_t n = 10000;
  par::Buffer<Draws> out(ctx, n);
  par::for_each(ctx, n, StoreDraws{out.view()});
  const std::vector<Draws> drawn = out.to_host();
  for (std::size_t i = 0; i < n; ++i) {
    const Draws expected = draw(i);
    ASSERT_EQ(drawn[i].bits, expected.bits);
    ASSERT_EQ(drawn[i].below, expected.below);
    ASSERT_EQ(drawn[i].below64, expected.below64);
    ASSERT_EQ(drawn[i].uniform, expected.uniform);
    ASSERT_NEAR(drawn[i].normal, expected.normal, 1e-12);
  }
}

}  // namespace dosi::DOSI_BACKEND::random_test
