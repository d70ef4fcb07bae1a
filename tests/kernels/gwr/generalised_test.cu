// Counts and events against dense Fisher scoring: kernels, few and many columns, exposures, new places; what cannot
// settle is flagged and harms nobody else.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/reference/generalised_gwr.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/gwr_models.hpp"

namespace dosi::DOSI_BACKEND::generalised_test {

using dosi::gwr::Bandwidth;
using dosi::gwr::Family;
using dosi::gwr::Kernel;
using test_support::Gwr_model;
using test_support::Layout;

struct Model_of_counts {
  Gwr_model at;
  Family family;
  std::vector<double> exposure;
  dosi::gwr::Model view() const {
    auto m = at.view();
    m.family = family;
    m.exposure = exposure;
    return m;
  }
};

// Columns about 0, a linear predictor that changes from place to place; counts where they are drawn by halving the unit
// interval.
Model_of_counts model_of(Family family, std::size_t n, std::size_t columns, Layout layout, bool exposed,
                         bool intercept = true) {
  Model_of_counts m{test_support::gwr_model(n, columns, layout, intercept), family, {}};
  for (std::size_t i = 0; i < n; ++i) {
    Random random(5, i);
    double link = family == Family::poisson ? 0.7 : -0.3;
    for (std::size_t c = intercept ? 1 : 0; c < columns; ++c) {
      double& v = m.at.design[i * columns + c];
      v = (v - static_cast<double>(c) * 10) / (1 + static_cast<double>(c)) +
          (c == 1 ? 50 : 0);  // one column far from 0
      link += (v - (c == 1 ? 50 : 0)) * 0.3 * std::sin(m.at.x[i] / 3000 + static_cast<double>(c));
    }
    const double t = exposed ? std::exp(3 * random.uniform()) : 1;
    if (exposed) m.exposure.push_back(t);
    double y = 0;
    if (family == Family::binomial) {
      y = random.uniform() < 1 / (1 + std::exp(-link)) ? 1 : 0;
    } else {
      double p = std::exp(-t * std::exp(link)), u = random.uniform();
      for (; u > p && y < 500; p *= t * std::exp(link) / y) {
        u -= p;
        ++y;
      }
    }
    m.at.response[i] = y;
  }
  return m;
}

struct Answer {
  Answer(std::size_t n, std::size_t k)
      : coefficient(n * k), variance(n * k), fitted(n), leverage(n), condition(n), bandwidth(n), local_r2(n),
        singular(n) {}
  dosi::gwr::Fits fits() { return {coefficient, variance, fitted, leverage, condition, bandwidth, local_r2, singular}; }
  std::vector<double> coefficient, variance, fitted, leverage, condition, bandwidth, local_r2;
  std::vector<std::uint8_t> singular;
};

void near(double got, double expected, double scale, const char* what, std::size_t place) {
  ASSERT_NEAR(got, expected, 1e-7 * (std::fabs(expected) + scale)) << what << " of place " << place;
}

void check(const Model_of_counts& m, const Bandwidth& b) {
  SCOPED_TRACE(m.at.name + ", family " + std::to_string(static_cast<int>(m.family)) + ", kernel " +
               std::to_string(static_cast<int>(b.kernel)));
  const std::size_t n = m.at.size(), k = m.at.columns;
  const auto expected = reference::generalised_fit(m.view(), b);
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  const auto light = engine->evaluate(b), sums = engine->prepare(b);
  EXPECT_EQ(light.deviance, sums.deviance);
  std::vector<double> alone(n * k);
  engine->coefficients(b, alone);
  EXPECT_EQ(light.trace, sums.trace);
  EXPECT_EQ(sums.singular, 0u);
  double deviance = 0, trace = 0, rss = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ASSERT_TRUE(expected[i].settled) << "the reference at " << i;
    deviance += expected[i].deviance;
    trace += expected[i].leverage;
    rss += (m.at.response[i] - expected[i].fitted) * (m.at.response[i] - expected[i].fitted);
  }
  ASSERT_NEAR(sums.deviance, deviance, 1e-8 * deviance);
  ASSERT_NEAR(sums.trace, trace, 1e-8 * trace);
  ASSERT_NEAR(sums.rss, rss, 1e-8 * rss);
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < n; i += 2) rows.push_back(static_cast<std::uint32_t>(n - 1 - i));
  Answer got(rows.size(), k);
  engine->fit(rows, got.fits());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto& at = expected[rows[r]];
    near(got.bandwidth[r], at.h, 0, "bandwidth", rows[r]);
    near(got.fitted[r], at.fitted, 1e-3, "fitted value", rows[r]);
    near(got.leverage[r], at.leverage, 1e-3, "leverage", rows[r]);
    near(got.local_r2[r], at.explained, 1, "share of the deviance", rows[r]);
    for (std::size_t c = 0; c < k; ++c) {
      near(got.coefficient[r * k + c], at.coefficient[c], 1, "coefficient", rows[r]);
      near(alone[rows[r] * k + c], at.coefficient[c], 1, "coefficient alone", rows[r]);
      near(got.variance[r * k + c], at.variance[c], 1e-6, "variance", rows[r]);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Gwr_generalised, EqualsDenseScoring) {
  for (const auto family : {Family::poisson, Family::binomial})
    for (const auto kernel : {Kernel::bisquare, Kernel::gaussian})
      for (const auto layout : {Layout::even, Layout::skewed, Layout::stacked}) {
        check(model_of(family, 301, 3, layout, family == Family::poisson), {kernel, true, 150});
        if (testing::Test::HasFatalFailure()) return;
      }
  check(model_of(Family::poisson, 200, 2, Layout::even, false), {Kernel::tricube, false, 6000});
}

// On a sphere, and with distances that are listed.
DOSI_TEST(Gwr_generalised, ArcsAndListedDistances) {
  for (const auto family : {Family::poisson, Family::binomial}) {
    auto m = model_of(family, 301, 3, Layout::even, family == Family::poisson), listed = m;
    put_on_sphere(m.at, 6'371'000, 0.01);
    check(m, {Kernel::bisquare, true, 150});
    check(m, {Kernel::gaussian, true, 150});
    listed.at.near = lists_of(listed.at, listed.at, 250, true);
    check(listed, {Kernel::bisquare, true, 150});
  }
}

DOSI_TEST(Gwr_generalised, AnyNumberOfColumns) {
  for (const std::size_t columns : {1, 2, 4, 5, 6, 7, 8, 11}) {
    check(model_of(Family::poisson, 240, columns, Layout::even, true), {Kernel::bisquare, true, 230});
    check(model_of(Family::binomial, 240, columns, Layout::even, false, columns < 4), {Kernel::gaussian, true, 200});
    if (testing::Test::HasFatalFailure()) return;
  }
}

DOSI_TEST(Gwr_generalised, PredictsAtNewPlaces) {
  for (const auto family : {Family::poisson, Family::binomial}) {
    const auto m = model_of(family, 260, 3, Layout::even, family == Family::poisson),
               wanted = model_of(family, 40, 3, Layout::skewed, false);
    const Bandwidth b{Kernel::bisquare, true, 160};
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    engine->prepare(b);
    Answer got(40, 3);
    engine->predict(wanted.at.x, wanted.at.y, wanted.at.design, got.fits());
    for (std::size_t i = 0; i < 40; ++i) {
      const auto at =
          reference::generalised_at(m.view(), b, {wanted.at.x[i], wanted.at.y[i]}, wanted.at.design.data() + i * 3, 1);
      near(got.fitted[i], at.fitted, 1e-3, "fitted value", i);
      near(got.leverage[i], at.link_variance, 1e-3, "variance of the link", i);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// West of a line there are only zeros, in a strip a column tells zeros from ones: those places say 2, all figures are
// finite, and where the others lie the answer is that of the reference.
DOSI_TEST(Gwr_generalised, WhatCannotSettleIsFlagged) {
  for (const auto family : {Family::poisson, Family::binomial}) {
    auto m = model_of(family, 600, 2, Layout::even, false);
    for (std::size_t i = 0; i < 600; ++i) {
      if (m.at.x[i] < 204'000) m.at.response[i] = 0;
      if (m.at.x[i] > 208'000 && family == Family::binomial) m.at.response[i] = m.at.design[i * 2 + 1] > 50 ? 1 : 0;
    }
    const Bandwidth b{Kernel::bisquare, true, 60};
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    const auto sums = engine->prepare(b);
    EXPECT_GT(sums.singular, 60u);
    EXPECT_LT(sums.singular, 500u);
    EXPECT_TRUE(std::isfinite(sums.deviance + sums.trace + sums.rss));
    std::vector<std::uint32_t> rows(600);
    std::iota(rows.begin(), rows.end(), 0u);
    Answer got(600, 2);
    engine->fit(rows, got.fits());
    std::size_t flagged = 0, compared = 0;
    for (std::size_t i = 0; i < 600; ++i) {
      EXPECT_TRUE(std::isfinite(got.coefficient[2 * i] + got.coefficient[2 * i + 1] + got.fitted[i] + got.leverage[i]))
          << i;
      flagged += got.singular[i] != 0;
      if (got.singular[i] != 0 || i % 7 > 0) continue;
      const auto at = reference::generalised_at(m.view(), b, {m.at.x[i], m.at.y[i]}, m.at.design.data() + 2 * i, 1);
      if (!at.settled) continue;
      near(got.fitted[i], at.fitted, 1e-3, "fitted value", i);
      ++compared;
    }
    EXPECT_EQ(flagged, sums.singular);
    EXPECT_GT(compared, 10u);
  }
}

}  // namespace dosi::DOSI_BACKEND::generalised_test
