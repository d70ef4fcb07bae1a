// The engine of gwr against the dense reference: every kernel, fixed and adaptive, few and many columns, places that
// are even, skewed, on a line, stacked; collinear columns; new places.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/reference/gwr.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/gwr_models.hpp"
#include "tests/support/thread_company.hpp"

namespace dosi::DOSI_BACKEND::gwr_test {

using dosi::gwr::Bandwidth;
using dosi::gwr::Kernel;
using test_support::gwr_model;
using test_support::Gwr_model;
using test_support::Layout;

struct Answer {
  Answer(std::size_t n, std::size_t k)
      : coefficient(n * k), variance(n * k), fitted(n), leverage(n), condition(n), bandwidth(n), local_r2(n),
        singular(n) {}
  dosi::gwr::Fits fits() { return {coefficient, variance, fitted, leverage, condition, bandwidth, local_r2, singular}; }
  std::vector<double> coefficient, variance, fitted, leverage, condition, bandwidth, local_r2;
  std::vector<std::uint8_t> singular;
};

void near(double got, double expected, double scale, const char* what, std::size_t place) {
  ASSERT_NEAR(got, expected, 1e-8 * (std::fabs(expected) + scale)) << what << " of place " << place;
}

void check(const Gwr_model& m, const Bandwidth& b) {
  SCOPED_TRACE(m.name + ", kernel " + std::to_string(static_cast<int>(b.kernel)) +
               (b.adaptive ? ", adaptive " : ", fixed ") + std::to_string(b.value));
  const auto expected = reference::gwr_fit(m.view(), b);
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  const auto light = engine->evaluate(b), sums = engine->prepare(b);
  EXPECT_EQ(light.rss, sums.rss);
  std::vector<double> alone(m.size() * m.columns);
  engine->coefficients(b, alone);
  EXPECT_EQ(light.trace, sums.trace);
  EXPECT_EQ(sums.singular, expected.sums.singular);
  ASSERT_NEAR(sums.rss, expected.sums.rss, 1e-8 * expected.sums.rss);
  ASSERT_NEAR(sums.trace, expected.sums.trace, 1e-8 * expected.sums.trace);
  ASSERT_NEAR(sums.trace2, expected.sums.trace2, 1e-8 * expected.sums.trace2);
  ASSERT_NEAR(sums.press, expected.sums.press, 1e-6 * expected.sums.press);
  // Every other row, from the end.
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < m.size(); i += 2) rows.push_back(static_cast<std::uint32_t>(m.size() - 1 - i));
  Answer got(rows.size(), m.columns);
  engine->fit(rows, got.fits());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto& at = expected.places[rows[r]];
    near(got.bandwidth[r], at.h, 0, "bandwidth", rows[r]);
    near(got.fitted[r], at.fitted, 1, "fitted value", rows[r]);
    near(got.leverage[r], at.leverage, 1e-3, "leverage", rows[r]);
    near(got.local_r2[r], at.local_r2, 1, "local R2", rows[r]);
    ASSERT_NEAR(got.condition[r], at.condition, 1e-5 * at.condition) << "condition of place " << rows[r];
    ASSERT_EQ(got.singular[r], 0);
    for (std::size_t c = 0; c < m.columns; ++c) {
      near(got.coefficient[r * m.columns + c], at.coefficient[c], 1, "coefficient", rows[r]);
      near(alone[rows[r] * m.columns + c], at.coefficient[c], 1, "coefficient alone", rows[r]);
      near(got.variance[r * m.columns + c], at.variance[c], 1e-6, "variance", rows[r]);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Gwr_engine, EqualsTheDenseReference) {
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube, Kernel::gaussian, Kernel::exponential})
    for (const auto layout : {Layout::even, Layout::skewed, Layout::line, Layout::stacked}) {
      for (const double k : {40.0, 131.0, 250.0}) check(gwr_model(301, 3, layout), {kernel, true, k});
      check(gwr_model(270, 4, layout), {kernel, false, 9000});
      if (testing::Test::HasFatalFailure()) return;
    }
}

DOSI_TEST(Gwr_engine, AnyNumberOfColumns) {
  for (const std::size_t columns : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13})
    for (const bool intercept : {true, false}) {
      check(gwr_model(180, columns, Layout::even, intercept), {Kernel::bisquare, true, 150});
      check(gwr_model(180, columns, Layout::even, intercept), {Kernel::gaussian, true, 60});
      if (testing::Test::HasFatalFailure()) return;
    }
}

// Wide bandwidths take whole nodes by their moments; the engine looks for the K-th place from the one before.
DOSI_TEST(Gwr_engine, ManyPlacesAndBandwidthsInAnyOrder) {
  for (const auto layout : {Layout::even, Layout::skewed}) {
    const auto m = gwr_model(1500, 3, layout);
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    for (const double k : {1500.0, 60.0, 900.0, 899.0, 61.0, 1499.0}) {
      const Bandwidth b{Kernel::bisquare, true, k};
      const auto again = engine->evaluate(b), alone = DOSI_BACKEND::gwr::make_engine(m.view(), 0)->evaluate(b);
      EXPECT_EQ(again.rss, alone.rss) << k;
      EXPECT_EQ(again.trace, alone.trace) << k;
    }
    check(m, {Kernel::bisquare, true, 700});
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Gwr_engine, FewPlaces) {
  check(gwr_model(5, 2, Layout::even), {Kernel::gaussian, true, 5});
  check(gwr_model(33, 2, Layout::even), {Kernel::exponential, true, 4});
  check(gwr_model(33, 1, Layout::even), {Kernel::tricube, false, 5000});
}

// A column that is constant around some places, and one that is twice another: the fit goes on, and says where.
DOSI_TEST(Gwr_engine, CollinearColumnsAreFlaggedNotFatal) {
  auto m = gwr_model(400, 3, Layout::even);
  for (std::size_t i = 0; i < m.size(); ++i) m.design[i * 3 + 2] = m.x[i] > 205'000 ? 1 : 0;
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  const Bandwidth b{Kernel::bisquare, true, 30};
  const auto sums = engine->prepare(b);
  EXPECT_GT(sums.singular, 100u);
  EXPECT_LT(sums.singular, 400u);
  EXPECT_TRUE(std::isfinite(sums.rss) && std::isfinite(sums.trace));
  std::vector<std::uint32_t> rows(m.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Answer got(m.size(), 3);
  engine->fit(rows, got.fits());
  // Where the column is constant the other two say all there is: the fit without it.
  Gwr_model without = m;
  without.columns = 2;
  without.design.clear();
  for (std::size_t i = 0; i < m.size(); ++i)
    without.design.insert(without.design.end(), {m.design[i * 3], m.design[i * 3 + 1]});
  const auto expected = reference::gwr_fit(without.view(), b);
  std::size_t flagged = 0;
  for (std::size_t i = 0; i < m.size(); ++i) {
    if (!got.singular[i]) continue;
    ++flagged;
    EXPECT_NEAR(got.fitted[i], expected.places[i].fitted, 1e-5 * std::fabs(expected.places[i].fitted)) << i;
    EXPECT_GT(got.condition[i], 1e5) << i;
  }
  EXPECT_EQ(flagged, sums.singular);

  for (std::size_t i = 0; i < m.size(); ++i) m.design[i * 3 + 2] = 2 * m.design[i * 3 + 1] + 5;
  EXPECT_EQ(DOSI_BACKEND::gwr::make_engine(m.view(), 0)->evaluate(b).singular, m.size());
}

// More places at one point than the bandwidth counts: only those at the point itself are left.
DOSI_TEST(Gwr_engine, ManyPlacesAtOnePoint) {
  auto m = gwr_model(300, 2, Layout::even);
  for (std::size_t i = 0; i < 200; ++i) {
    m.x[i] = 201'000;
    m.y[i] = 551'000;
  }
  check(m, {Kernel::bisquare, true, 250});
  check(m, {Kernel::gaussian, true, 220});
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube, Kernel::gaussian, Kernel::exponential}) {
    engine->prepare({kernel, true, 100});
    Answer got(1, 2);
    const std::vector<std::uint32_t> rows{7};
    engine->fit(rows, got.fits());
    const auto expected = reference::gwr_at(m.view(), {kernel, true, 100}, {m.x[7], m.y[7]}, m.design.data() + 14, 7);
    EXPECT_EQ(got.bandwidth[0], 0);
    EXPECT_NEAR(got.fitted[0], expected.fitted, 1e-8 * std::fabs(expected.fitted));
  }
}

// Three engines that tell each other what they found say what one says, in every bit.
DOSI_TEST(Gwr_engine, EnginesInCompany) {
  for (const std::size_t n : {3u, 40u, 500u}) {
    const auto m = gwr_model(n, n < 10 ? 1 : 3, Layout::skewed);
    const Bandwidth narrow{Kernel::bisquare, true, n < 10 ? 3.0 : 20.0}, wide{Kernel::gaussian, false, 4000};
    std::vector<std::uint32_t> rows(n);
    std::iota(rows.begin(), rows.end(), 0u);
    for (const std::size_t size : {2u, 3u, 5u})
      for (const auto& b : {narrow, wide}) {
        const auto one = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
        const auto light = one->evaluate(b), sums = one->prepare(b);
        Answer expected(n, m.columns);
        one->fit(rows, expected.fits());
        test_support::in_company(size, [&](const dosi::gwr::Company& company) {
          const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), DOSI_ON_CUDA ? 0 : 1, company);
          const auto its_light = engine->evaluate(b), its = engine->prepare(b);
          EXPECT_EQ(its_light.rss, light.rss);
          EXPECT_EQ(its_light.trace, light.trace);
          EXPECT_EQ(its.trace2, sums.trace2);
          EXPECT_EQ(its.press, sums.press);
          EXPECT_EQ(its.singular, sums.singular);
          Answer got(n, m.columns);
          engine->fit(rows, got.fits());
          EXPECT_EQ(got.coefficient, expected.coefficient);
          EXPECT_EQ(got.bandwidth, expected.bandwidth);
          EXPECT_EQ(got.local_r2, expected.local_r2);
          engine->coefficients(b, got.coefficient);  // no meeting
        });
      }
  }
}

DOSI_TEST(Gwr_engine, PredictsAtNewPlaces) {
  const auto m = gwr_model(260, 3, Layout::even), wanted = gwr_model(40, 3, Layout::skewed, true, 77);
  for (const Bandwidth b : {Bandwidth{Kernel::bisquare, true, 90}, Bandwidth{Kernel::gaussian, false, 2000}}) {
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    engine->prepare(b);
    Answer got(wanted.size(), 3);
    engine->predict(wanted.x, wanted.y, wanted.design, got.fits());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto at =
          reference::gwr_at(m.view(), b, {wanted.x[i], wanted.y[i]}, wanted.design.data() + i * 3, m.size());
      near(got.fitted[i], at.fitted, 1, "fitted value", i);
      near(got.leverage[i], at.leverage, 1e-3, "variance of the fitted value", i);
      for (std::size_t c = 0; c < 3; ++c) near(got.variance[i * 3 + c], at.variance[c], 1e-6, "variance", i);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// A third coordinate, flat, as wide as the plane, and far wider.
DOSI_TEST(Gwr_engine, PlacesInSpaceAndTime) {
  for (const double size : {100.0, 9000.0, 200'000.0})
    for (const auto kernel : {Kernel::bisquare, Kernel::gaussian}) {
      auto m = gwr_model(700, 3, Layout::even), wanted = gwr_model(20, 3, Layout::even, true, 5);
      for (std::size_t i = 0; i < 700; ++i) m.z.push_back(size * Random(31, i).uniform());
      for (std::size_t i = 0; i < 20; ++i) wanted.z.push_back(size * Random(32, i).uniform());
      check(m, {kernel, true, 400});
      check(m, {kernel, true, 60});
      check(m, {kernel, false, 7000 + size / 8});
      const Bandwidth b{kernel, true, 90};
      const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
      engine->prepare(b);
      Answer got(20, 3);
      engine->predict(wanted.x, wanted.y, wanted.design, got.fits(), wanted.z);
      for (std::size_t i = 0; i < 20; ++i) {
        const auto at = reference::gwr_at(m.view(), b, {wanted.x[i], wanted.y[i], wanted.z[i]},
                                          wanted.design.data() + i * 3, m.size());
        near(got.fitted[i], at.fitted, 1, "fitted value", i);
        near(got.bandwidth[i], at.h, 0, "bandwidth", i);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
}

// Distances as arcs of great circles: around a point, where they are all but straight, and all over a sphere, antipodes
// among them; with times that count for a little, or for as much as space.
void check_sphere(Kernel kernel, double spread, double time) {
  auto m = gwr_model(500, 3, Layout::even), wanted = gwr_model(20, 3, Layout::even, true, 5);
  put_on_sphere(m, 6'371'000, spread);
  put_on_sphere(wanted, 6'371'000, spread);
  if (spread > 0) {
    m.x[1] = -m.x[0];
    m.y[1] = -m.y[0];
    m.z[1] = -m.z[0];
  }
  if (time > 0) put_in_time(m, time);
  if (time > 0) put_in_time(wanted, time);
  check(m, {kernel, true, 60});
  check(m, {kernel, true, 499});
  check(m, {kernel, false, spread > 0 ? 9e6 : 7000});
  const Bandwidth b{kernel, true, 90};
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  engine->prepare(b);
  Answer got(20, 3);
  engine->predict(wanted.x, wanted.y, wanted.design, got.fits(), wanted.z, {}, wanted.t);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto at = reference::gwr_at(
        m.view(), b, {.x = wanted.x[i], .y = wanted.y[i], .z = wanted.z[i], .t = time > 0 ? wanted.t[i] : 0},
        wanted.design.data() + i * 3, m.size());
    near(got.fitted[i], at.fitted, 1, "fitted value", i);
    near(got.bandwidth[i], at.h, 0, "bandwidth", i);
  }
}
DOSI_TEST(Gwr_engine, PlacesOnASphere) {
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube, Kernel::gaussian, Kernel::exponential}) {
    check_sphere(kernel, 0, 0);
    check_sphere(kernel, 2, 0);
    if (testing::Test::HasFatalFailure()) return;
  }
}
DOSI_TEST(Gwr_engine, PlacesOnASphereInTime) {
  for (const auto kernel : {Kernel::bisquare, Kernel::exponential}) {
    check_sphere(kernel, 0, 8000);
    check_sphere(kernel, 2, 200'000);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Distances that are listed: shorter lists and longer ones than the bandwidth, few and many columns, new places.
DOSI_TEST(Gwr_engine, ListedDistances) {
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube})
    for (const std::size_t columns : {1, 3, 9}) {
      auto m = gwr_model(400, columns, Layout::even), wanted = gwr_model(20, columns, Layout::even, true, 5);
      m.near = lists_of(m, m, 230, true);
      check(m, {kernel, true, 60});
      check(m, {kernel, true, 230});
      const Bandwidth b{kernel, true, 90};
      const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
      engine->prepare(b);
      Answer got(20, columns);
      const auto lists = lists_of(wanted, m, 240, false);  // longer than any of the model's
      const auto listed = lists.view();
      engine->predict(wanted.x, wanted.y, wanted.design, got.fits(), {}, listed);
      for (std::size_t i = 0; i < 20; ++i) {
        const auto at = reference::gwr_at(m.view(), b, {.x = 0, .y = 0, .near = &listed, .list = i},
                                          wanted.design.data() + i * columns, m.size());
        near(got.fitted[i], at.fitted, 1, "fitted value", i);
        near(got.bandwidth[i], at.h, 0, "bandwidth", i);
        near(got.leverage[i], at.leverage, 1e-3, "variance of the fitted value", i);
      }
      EXPECT_THROW(engine->evaluate({Kernel::gaussian, true, 50}), std::invalid_argument);
      EXPECT_THROW(engine->evaluate({kernel, false, 50}), std::invalid_argument);
      if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace dosi::DOSI_BACKEND::gwr_test
