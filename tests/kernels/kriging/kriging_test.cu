// Kriging against the textbook's system: all shapes, few and many neighbours, samples that are even, clustered, in
// line, at one place.
#include <gtest/gtest.h>

#include "kernels/core/philox.hpp"
#include "tests/reference/kriging.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::kriging_test {

using dosi::kriging::Kriged;
using dosi::kriging::Shape;
using dosi::kriging::Variogram;

int device() { return DOSI_ON_CUDA ? 0 : 3; }

enum class Layout { even, clustered, line, stacked };

struct Made {
  Made(std::size_t n, Layout layout, std::uint64_t seed = 1) {
    for (std::size_t i = 0; i < n; ++i) {
      Random at(seed, layout == Layout::stacked ? i / 3 : i), r(seed + 50, i);
      double u = at.uniform(), w = at.uniform();
      if (layout == Layout::clustered && i % 6 != 0) {
        u = 0.3 + 0.01 * u;
        w = 0.6 + 0.02 * w;
      }
      if (layout == Layout::line) w = 0.5;
      x.push_back(200'000 + 3000 * u);
      y.push_back(550'000 + 3000 * w);
      value.push_back(6 + std::sin(4 * u) + std::cos(5 * w) + 0.3 * r.normal());
    }
  }
  dosi::kriging::Samples view() const { return {x, y, value}; }
  std::vector<double> x, y, value;
};

struct Answer {
  explicit Answer(std::size_t n) : mean(n), variance(n), singular(n) {}
  Kriged view() { return {mean, variance, singular}; }
  std::vector<double> mean, variance;
  std::vector<std::uint8_t> singular;
};

void check(const Made& m, const Variogram& v, std::size_t neighbours, double tolerance = 1e-9) {
  const auto engine = DOSI_BACKEND::kriging::make_engine(m.view(), v, neighbours, device());
  const Made wanted(37, Layout::even, 9);
  Answer got(37), left(m.x.size());
  engine->predict(wanted.x, wanted.y, got.view());
  engine->leave_one_out(left.view());
  for (std::size_t i = 0; i < 37; ++i) {
    const auto expected = reference::krige_at(m.view(), v, neighbours, wanted.x[i], wanted.y[i]);
    ASSERT_NEAR(got.mean[i], expected.mean, tolerance * 10) << i;
    ASSERT_NEAR(got.variance[i], expected.variance, tolerance * (v.nugget + v.sill)) << i;
    ASSERT_EQ(got.singular[i], 0) << i;
  }
  for (std::size_t i = 0; i < m.x.size(); ++i) {
    const auto expected = reference::krige_at(m.view(), v, neighbours, m.x[i], m.y[i], i);
    ASSERT_NEAR(left.mean[i], expected.mean, tolerance * 10) << i;
    ASSERT_NEAR(left.variance[i], expected.variance, tolerance * (v.nugget + v.sill)) << i;
  }
}

DOSI_TEST(Kriging, EqualsTheTextbook) {
  for (const auto shape : {Shape::spherical, Shape::exponential, Shape::gaussian})
    for (const auto layout : {Layout::even, Layout::clustered, Layout::line})
      for (const std::size_t neighbours : {1, 2, 16, 31, 64, 80}) {
        SCOPED_TRACE(testing::Message() << "shape " << static_cast<int>(shape) << ", layout "
                                        << static_cast<int>(layout) << ", neighbours " << neighbours);
        check(Made(80, layout), {shape, 0.05, 0.6, 900}, neighbours);
        if (testing::Test::HasFatalFailure()) return;
      }
}

// Where samples share a place any of them may be the last to count, so all count or none at its end.
DOSI_TEST(Kriging, SamplesAtOnePlace) {
  Made m(60, Layout::stacked);
  check(m, {Shape::spherical, 0.1, 0.5, 1500}, 60);
  check(m, {Shape::exponential, 0.02, 0.5, 700}, 64);
}

DOSI_TEST(Kriging, FewSamples) {
  check(Made(2, Layout::even), {Shape::spherical, 0.1, 1, 2000}, 30);
  check(Made(5, Layout::even), {Shape::gaussian, 0.1, 1, 2000}, 64);
  const Made one(1, Layout::even);
  const auto engine = DOSI_BACKEND::kriging::make_engine(one.view(), {Shape::spherical, 0.1, 1, 2000}, 4, device());
  Answer got(1);
  const std::vector<double> x{one.x[0] + 1000}, y{one.y[0]};
  engine->predict(x, y, got.view());
  EXPECT_DOUBLE_EQ(got.mean[0], one.value[0]);
  EXPECT_THROW(engine->leave_one_out(got.view()), std::invalid_argument);
}

// Without a nugget samples at one place say the same: all but one are left out, and the answer is that of one each.
DOSI_TEST(Kriging, SamplesThatSayTheSameAreFlagged) {
  Made m(30, Layout::even);
  Made twice = m;
  twice.x.insert(twice.x.end(), m.x.begin(), m.x.end());
  twice.y.insert(twice.y.end(), m.y.begin(), m.y.end());
  twice.value.insert(twice.value.end(), m.value.begin(), m.value.end());
  const Variogram v{Shape::spherical, 0, 1, 1000};
  const Made wanted(20, Layout::even, 5);
  Answer got(20), expected(20);
  DOSI_BACKEND::kriging::make_engine(twice.view(), v, 60, device())->predict(wanted.x, wanted.y, got.view());
  DOSI_BACKEND::kriging::make_engine(m.view(), v, 30, device())->predict(wanted.x, wanted.y, expected.view());
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(got.singular[i], 1);
    EXPECT_EQ(expected.singular[i], 0);
    EXPECT_NEAR(got.mean[i], expected.mean[i], 1e-9);
    EXPECT_NEAR(got.variance[i], expected.variance[i], 1e-9);
  }
}

DOSI_TEST(Kriging, EmpiricalVariogram) {
  for (const auto layout : {Layout::even, Layout::clustered, Layout::stacked}) {
    const Made m(300, layout);
    const auto got = DOSI_BACKEND::kriging::empirical(m.view(), 1200, 15, device()),
               expected = reference::empirical_variogram(m.view(), 1200, 15);
    EXPECT_EQ(got.pairs_at_one_place, layout == Layout::stacked ? 300u : 0u);
    EXPECT_EQ(got.pairs_at_one_place, expected.pairs_at_one_place);
    EXPECT_NEAR(got.gamma_at_one_place, expected.gamma_at_one_place, 1e-10);
    for (std::size_t c = 0; c < 15; ++c) {
      EXPECT_EQ(got.pairs[c], expected.pairs[c]) << c;
      EXPECT_NEAR(got.distance[c], expected.distance[c], 1e-9 * 1200) << c;
      EXPECT_NEAR(got.gamma[c], expected.gamma[c], 1e-10) << c;
    }
  }
}

DOSI_TEST(Kriging, TheSameBitsForAnyThreads) {
  const Made m(3000, Layout::clustered);
  const auto answer = [&](int threads) {
    Answer a(3000);
    DOSI_BACKEND::kriging::make_engine(m.view(), {Shape::spherical, 0.05, 0.6, 900}, 24, threads)
        ->leave_one_out(a.view());
    return a;
  };
  const auto one = answer(DOSI_ON_CUDA ? 0 : 1), other = answer(device());
  EXPECT_EQ(one.mean, other.mean);
  EXPECT_EQ(one.variance, other.variance);
#if DOSI_ON_CUDA
  Answer cpu(3000);
  dosi::cpu::kriging::make_engine(m.view(), {Shape::spherical, 0.05, 0.6, 900}, 24, 2)->leave_one_out(cpu.view());
  EXPECT_EQ(one.mean, cpu.mean);
  EXPECT_EQ(one.variance, cpu.variance);
#endif
}

}  // namespace dosi::DOSI_BACKEND::kriging_test
