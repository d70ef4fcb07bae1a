// A curve of bandwidths against the dense reference and against one evaluation at each: both kernels, adaptive and
// fixed, few and many columns, all kinds of distance; ties, places at one point, fewer neighbours than terms, collinear
// columns; parts in any order.
#include <gtest/gtest.h>

#include "kernels/gwr/curve.hpp"
#include "tests/reference/gwr.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/gwr_models.hpp"

namespace dosi::DOSI_BACKEND::gwr_curve_test {

using dosi::gwr::Bandwidths;
using dosi::gwr::Kernel;
using dosi::gwr::kCurveFigures;
using dosi::gwr::kCurveParts;
using dosi::gwr::Sums;
using test_support::gwr_model;
using test_support::Gwr_model;
using test_support::Layout;

// All parts, `at_once` at a time; their sums in order.
std::vector<double> drawn(const Gwr_model& m, const Bandwidths& b, std::size_t at_once = kCurveParts, int device = 0) {
  const auto engine = DOSI_BACKEND::gwr::make_curve_engine(m.view(), b, device);
  const std::size_t width = kCurveFigures * b.value.size();
  std::vector<double> parts(kCurveParts * width), total(width, 0);
  for (std::size_t end = kCurveParts; end > 0;) {  // the last first
    const std::size_t count = std::min(at_once, end);
    end -= count;
    engine->sums(end, count, std::span(parts).subspan(end * width, count * width));
  }
  for (std::size_t p = 0; p < kCurveParts; ++p)
    for (std::size_t i = 0; i < width; ++i) total[i] += parts[p * width + i];
  return total;
}

Sums at(const std::vector<double>& curve, std::size_t b) {
  const std::size_t n = curve.size() / kCurveFigures;
  return {.rss = curve[b],
          .trace = curve[n + b],
          .press = curve[2 * n + b],
          .singular = static_cast<std::size_t>(curve[3 * n + b])};
}

// At each bandwidth that a reference is there for; `tolerance` of the sums, of leave-one-out errors a hundred times as
// much, and only where no place is all of its own fit.
void check(const Gwr_model& m, Kernel kernel, bool adaptive, const std::vector<double>& values,
           double tolerance = 1e-9) {
  const auto curve = drawn(m, {kernel, adaptive, values});
  for (std::size_t b = 0; b < values.size(); ++b) {
    SCOPED_TRACE(m.name + ", kernel " + std::to_string(static_cast<int>(kernel)) +
                 (adaptive ? ", adaptive " : ", fixed ") + std::to_string(values[b]));
    const auto reference = reference::gwr_fit(m.view(), {kernel, adaptive, values[b]});
    const auto expected = reference.sums, got = at(curve, b);
    double own = 0;
    for (const auto& place : reference.places) own = std::max(own, place.leverage);
    ASSERT_EQ(got.singular, expected.singular);
    ASSERT_NEAR(got.rss, expected.rss, tolerance * expected.rss);
    ASSERT_NEAR(got.trace, expected.trace, tolerance * expected.trace);
    if (own < 1 - 1e-6) {
      ASSERT_NEAR(got.press, expected.press, 100 * tolerance * expected.press);
    }
  }
}

std::vector<double> from(double low, double high, double step) {
  std::vector<double> values;
  for (double v = low; v <= high; v += step) values.push_back(v);
  return values;
}

DOSI_TEST(Gwr_curve, EqualsTheDenseReference) {
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube})
    for (const auto layout : {Layout::even, Layout::skewed, Layout::line, Layout::stacked}) {
      check(gwr_model(151, 3, layout), kernel, true, {30, 31, 32, 33, 60, 61, 90, 119, 120, 150, 151});
      check(gwr_model(150, 2, layout), kernel, false, {4000, 4001, 7000, 9000, 20'000, 1e6});
      if (testing::Test::HasFatalFailure()) return;
    }
}

DOSI_TEST(Gwr_curve, AnyNumberOfColumns) {
  for (const std::size_t columns : {1, 2, 3, 4, 5, 6, 7, 8, 13})
    for (const bool intercept : {true, false}) {
      check(gwr_model(120, columns, Layout::even, intercept), Kernel::bisquare, true, {70, 100, 120});
      check(gwr_model(120, columns, Layout::even, intercept), Kernel::tricube, true, {80});
      if (testing::Test::HasFatalFailure()) return;
    }
}

// Every bandwidth there is of more places, one by one against an evaluation of its own.
DOSI_TEST(Gwr_curve, EqualsAnEvaluationAtEach) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::stacked}) {
    const auto m = gwr_model(700, 4, layout);
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    for (const bool adaptive : {true, false}) {
      const auto values = adaptive ? from(40, 700, 1) : from(6000, 16'000, 77);
      const auto curve = drawn(m, {Kernel::bisquare, adaptive, values});
      for (std::size_t b = 0; b < values.size(); b += DOSI_ON_CUDA ? 60 : 7) {
        const auto expected = engine->evaluate({Kernel::bisquare, adaptive, values[b]});
        const auto got = at(curve, b);
        ASSERT_EQ(got.singular, expected.singular) << values[b];
        ASSERT_NEAR(got.rss, expected.rss, 1e-10 * expected.rss) << values[b];
        ASSERT_NEAR(got.trace, expected.trace, 1e-10 * expected.trace) << values[b];
        ASSERT_NEAR(got.press, expected.press, 1e-9 * expected.press) << values[b];
      }
    }
  }
}

// The hard places for sums of powers: a far town whose places are all but equally far from one that stands alone.
// Weights there are a millionth of the terms they are made of.
DOSI_TEST(Gwr_curve, NothingCancelsFarFromTown) {
  auto m = gwr_model(150, 2, Layout::even);
  for (std::size_t i = 1; i < m.size(); ++i) {
    m.x[i] = 200'000 + (m.x[i] - 200'000) * 0.05;
    m.y[i] = 550'000 + (m.y[i] - 550'000) * 0.05;
  }
  m.x[0] = 2'000'000;
  check(m, Kernel::bisquare, true, from(10, 150, 20));
  m.x[0] = 400'000;
  check(m, Kernel::tricube, true, from(10, 150, 20));
}

DOSI_TEST(Gwr_curve, ManyPlacesAtOnePoint) {
  auto m = gwr_model(200, 2, Layout::even);
  for (std::size_t i = 0; i < 120; ++i) {
    m.x[i] = 201'000;
    m.y[i] = 551'000;
  }
  check(m, Kernel::bisquare, true, {130, 140, 199, 200});
  // Around those only they themselves have a weight at 100 neighbours and at 120.
  const std::vector<double> values{100, 110, 120, 121};
  const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube}) {
    const auto curve = drawn(m, {kernel, true, values});
    for (std::size_t b = 0; b < values.size(); ++b) {
      const auto expected = engine->evaluate({kernel, true, values[b]});
      EXPECT_EQ(at(curve, b).singular, expected.singular) << values[b];
      EXPECT_NEAR(at(curve, b).rss, expected.rss, 1e-9 * expected.rss) << values[b];
      EXPECT_NEAR(at(curve, b).trace, expected.trace, 1e-9 * expected.trace) << values[b];
    }
  }
}

// Ties: a chessboard, where up to twelve places are equally far, and bandwidths end among them.
DOSI_TEST(Gwr_curve, PlacesEquallyFar) {
  auto m = gwr_model(169, 2, Layout::even);
  for (std::size_t i = 0; i < m.size(); ++i) {
    m.x[i] = 200'000 + 100.0 * static_cast<double>(i % 13);
    m.y[i] = 550'000 + 100.0 * static_cast<double>(i / 13);
  }
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube}) check(m, kernel, true, from(12, 169, 9));
}

// Fewer neighbours than terms, a column that is constant around some places, one that is twice another: flagged and
// counted as an evaluation does, and with the same ridge.
DOSI_TEST(Gwr_curve, SingularFitsAreFlaggedNotFatal) {
  auto m = gwr_model(300, 3, Layout::even);
  const auto compare = [&](const char* what, const std::vector<double>& values, double tolerance) {
    const auto curve = drawn(m, {Kernel::bisquare, true, values});
    const auto engine = DOSI_BACKEND::gwr::make_engine(m.view(), 0);
    std::size_t most = 0;
    for (std::size_t b = 0; b < values.size(); ++b) {
      const auto expected = engine->evaluate({Kernel::bisquare, true, values[b]}), got = at(curve, b);
      EXPECT_EQ(got.singular, expected.singular) << what << ' ' << values[b];
      EXPECT_NEAR(got.rss, expected.rss, tolerance * expected.rss + 1e-9) << what << ' ' << values[b];
      EXPECT_NEAR(got.trace, expected.trace, tolerance * expected.trace) << what << ' ' << values[b];
      most = std::max(most, got.singular);
    }
    return most;
  };
  EXPECT_EQ(compare("few", {1, 2, 3}, 1e-6), 300u);
  for (std::size_t i = 0; i < m.size(); ++i) m.design[i * 3 + 2] = m.x[i] > 205'000 ? 1 : 0;
  const auto constant = compare("constant", {20, 30, 40, 60, 100, 300}, 1e-6);
  EXPECT_GT(constant, 50u);
  EXPECT_LT(constant, 300u);
  for (std::size_t i = 0; i < m.size(); ++i) m.design[i * 3 + 2] = 2 * m.design[i * 3 + 1] + 5;
  EXPECT_EQ(compare("twice", {30, 80, 300}, 1e-6), 300u);
}

DOSI_TEST(Gwr_curve, OnASphereInTimeAndListed) {
  for (const double spread : {0.0, 2.0}) {
    auto m = gwr_model(150, 3, Layout::even);
    put_on_sphere(m, 6'371'000, spread);
    check(m, Kernel::bisquare, true, {40, 41, 90, 150});
    check(m, Kernel::tricube, false, {spread > 0 ? 9e6 : 8000.0, spread > 0 ? 2.1e7 : 12'000.0});
    put_in_time(m, spread > 0 ? 200'000 : 8000);
    check(m, Kernel::bisquare, true, {40, 90, 150});
    if (testing::Test::HasFatalFailure()) return;
  }
  auto flat = gwr_model(150, 3, Layout::even);
  for (std::size_t i = 0; i < flat.size(); ++i) flat.z.push_back(9000 * Random(31, i).uniform());
  check(flat, Kernel::bisquare, true, {40, 90, 150});
  auto listed = gwr_model(160, 2, Layout::even);
  listed.near = lists_of(listed, listed, 100, true);
  for (const auto kernel : {Kernel::bisquare, Kernel::tricube}) check(listed, kernel, true, {40, 41, 70, 100, 120});
}

DOSI_TEST(Gwr_curve, SameBitsForAnyPartsAndThreads) {
  const auto m = gwr_model(900, 3, Layout::skewed);
  const auto values = from(20, 900, 37);
  const Bandwidths b{Kernel::bisquare, true, values};
  const auto whole = drawn(m, b);
  EXPECT_EQ(drawn(m, b, 7), whole);
  EXPECT_EQ(drawn(m, b, 1, DOSI_ON_CUDA ? 0 : 1), whole);
  // A part of the range alone: other reach, other room, the same numbers.
  const std::vector<double> fewer(values.begin() + 3, values.begin() + 9);
  const auto some = drawn(m, {Kernel::bisquare, true, fewer});
  for (std::size_t i = 0; i < fewer.size(); ++i) EXPECT_NEAR(some[i], whole[i + 3], 1e-12 * some[i]);
}

DOSI_TEST(Gwr_curve, WhatACurveCannotDoIsRefused) {
  const auto m = gwr_model(60, 2, Layout::even);
  const std::vector<double> values{20, 30}, falling{30, 20}, wide{20, 61}, none;
  const auto make = [&](const Bandwidths& b) { return DOSI_BACKEND::gwr::make_curve_engine(m.view(), b, 0); };
  EXPECT_NO_THROW(make({Kernel::bisquare, true, values}));
  EXPECT_THROW(make({Kernel::gaussian, true, values}), std::invalid_argument);
  EXPECT_THROW(make({Kernel::bisquare, true, falling}), std::invalid_argument);
  EXPECT_THROW(make({Kernel::bisquare, true, wide}), std::invalid_argument);
  EXPECT_THROW(make({Kernel::bisquare, true, none}), std::invalid_argument);
}

}  // namespace dosi::DOSI_BACKEND::gwr_curve_test
