// Backfitting and its inference against dense matrices, round by round.
#include <gtest/gtest.h>

#include "kernels/gwr/multiscale.hpp"
#include "tests/reference/mgwr.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/gwr_models.hpp"

namespace dosi::DOSI_BACKEND::gwr_test {

using dosi::gwr::Round;
using test_support::gwr_model;
using test_support::Gwr_model;
using test_support::Layout;

// On a sphere of `radius` where that is above 0; with lists of the `listed` nearest where that is.
void check_rounds(Gwr_model m, double start, const std::vector<Round>& rounds, std::size_t at_once, double radius = 0,
                  std::size_t listed = 0) {
  SCOPED_TRACE(m.name);
  const std::size_t n = m.size(), k = m.columns;
  for (std::size_t i = 0; i < n; ++i)  // about standardised, as MGWR has its columns
    for (std::size_t c = 1; c < k; ++c)
      m.design[i * k + c] = (m.design[i * k + c] - 10.0 * static_cast<double>(c)) / (1 + static_cast<double>(c));
  // New places, among them one of the model's.
  auto wanted = gwr_model(20, 1, Layout::even, true, 8);
  wanted.x[0] = m.x[5];
  wanted.y[0] = m.y[5];
  const double all_over = radius < 1e5 ? 2 : 0;
  if (radius > 0) put_on_sphere(m, radius, all_over);
  if (radius > 0) put_on_sphere(wanted, radius, all_over);
  if (listed > 0) wanted.near = lists_of(wanted, m, listed, false);
  if (listed > 0) m.near = lists_of(m, m, listed, true);
  const auto view = m.view();
  const auto near_there = wanted.near.view();
  const dosi::gwr::Elsewhere elsewhere{wanted.x, wanted.y, wanted.z, near_there};
  reference::Mgwr expected(view);
  const auto engine = DOSI_BACKEND::gwr::make_multiscale_engine(view, 0);
  expected.start(start);
  double rss = 0;
  for (const double e : expected.rest) rss += e * e;
  ASSERT_NEAR(engine->start(start), rss, 1e-9 * rss);
  for (const auto& round : rounds)
    for (std::size_t j = 0; j < k; ++j) {
      const auto before = expected.part[j];
      const auto attempt = engine->attempt(j, round[j]);
      const auto sums = expected.smooth(j, round[j], true);
      ASSERT_NEAR(attempt.rss, sums.rss, 1e-9 * sums.rss);
      ASSERT_NEAR(attempt.trace, sums.trace, 1e-9 * sums.trace);
      double change = 0;
      for (std::size_t i = 0; i < n; ++i)
        change += (expected.part[j][i] - before[i]) * (expected.part[j][i] - before[i]);
      ASSERT_NEAR(engine->smooth(j, round[j]), change, 1e-7 * change + 1e-12);
      ASSERT_NEAR(engine->rss(), sums.rss, 1e-9 * sums.rss);
    }
  std::vector<double> coefficient(n * k), fitted(n), parameters(k, 0), variance(n * k, 0), leverage(n, 0),
      predicted(20, 0);
  engine->fit(coefficient, fitted);
  // At the new places the dense smooth of what there is now.
  std::vector<double> there(20 * k), again(20 * k), own;
  for (std::size_t i = 0; i < 20 * k; ++i) own.push_back(1 + 0.3 * static_cast<double>(i % 7));
  for (std::size_t first = 0; first < n; first += at_once)
    engine->infer(start, rounds, first, std::min(at_once, n - first),
                  {elsewhere, own, predicted, parameters, variance, leverage});
  engine->predict(elsewhere, rounds.back(), there);
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<double> row(n, 0);  // the map from y to what is predicted
    for (std::size_t j = 0; j < k; ++j) {
      const reference::Spot spot{wanted.x[i], wanted.y[i], wanted.z.empty() ? 0 : wanted.z[i],
                                 listed > 0 ? &near_there : nullptr, i};
      const double h = reference::bandwidth_at(view, {dosi::gwr::Kernel::bisquare, true, rounds.back()[j]}, spot);
      const auto d = reference::distances_from(view, spot);
      double xt = 0, xx = 0;
      std::vector<double> step(n, 0);
      for (std::size_t l = 0; l < n; ++l) {
        const double w = reference::weight_of(dosi::gwr::Kernel::bisquare, d[l], h), x = m.design[l * k + j];
        xt += w * x * (expected.part[j][l] + expected.rest[l]);
        xx += w * x * x;
        for (std::size_t q = 0; q < n && w > 0; ++q)
          step[q] += w * x * (expected.hat[j][l][q] + expected.rest_hat[l][q]);
      }
      for (std::size_t q = 0; q < n; ++q) row[q] += own[i * k + j] * step[q] / xx;
      ASSERT_NEAR(there[i * k + j], xt / xx, 1e-8 * (1 + std::fabs(xt / xx)))
          << "column " << j << " at new place " << i;
    }
    double square = 0;
    for (const double v : row) square += v * v;
    ASSERT_NEAR(predicted[i], square, 1e-7 * square) << "variance of the prediction at new place " << i;
  }
  // Put into another engine, what was found goes on as if nothing had happened.
  const auto other = DOSI_BACKEND::gwr::make_multiscale_engine(view, 0);
  other->restore(engine->state());
  EXPECT_EQ(other->rss(), engine->rss());
  other->predict(elsewhere, rounds.back(), again);
  EXPECT_EQ(again, there);
  std::vector<double> b(n * k), f(n);
  other->fit(b, f);
  EXPECT_EQ(b, coefficient);
  EXPECT_EQ(f, fitted);
  for (std::size_t j = 0; j < k; ++j) {
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) {
      trace += expected.hat[j][i][i];
      double square = 0;
      for (const double v : expected.map[j][i]) square += v * v;
      ASSERT_NEAR(variance[i * k + j], square, 1e-7 * square) << "variance of " << j << " at " << i;
      ASSERT_NEAR(coefficient[i * k + j], expected.coefficient[j][i],
                  1e-8 * (1 + std::fabs(expected.coefficient[j][i])));
    }
    ASSERT_NEAR(parameters[j], trace, 1e-8 * trace);
  }
  // Where nothing is to be predicted the last rounds go by the directions that their changes lie in.
  std::vector<double> parameters_too(k, 0), variance_too(n * k, 0), leverage_too(n, 0);
  for (std::size_t first = 0; first < n; first += at_once)
    engine->infer(start, rounds, first, std::min(at_once, n - first),
                  {.parameters = parameters_too, .variance = variance_too, .leverage = leverage_too});
  for (std::size_t j = 0; j < k; ++j) {
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_NEAR(variance_too[i * k + j], variance[i * k + j], 1e-7 * variance[i * k + j])
          << "variance of " << j << " at " << i << " without predictions";
    ASSERT_NEAR(parameters_too[j], parameters[j], 1e-8 * parameters[j]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    double own = 0;
    for (std::size_t j = 0; j < k; ++j) own += expected.hat[j][i][i];
    ASSERT_NEAR(leverage[i], own, 1e-8);
    ASSERT_NEAR(leverage_too[i], own, 2e-8);
    ASSERT_NEAR(fitted[i], m.response[i] - expected.rest[i], 1e-8 * (1 + std::fabs(m.response[i])));
  }
}

DOSI_TEST(Gwr_multiscale, EqualsDenseBackfitting) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::stacked}) {
    check_rounds(gwr_model(150, 3, layout), 60, {{44, 70, 149}, {50, 50, 150}, {50, 48, 150}}, 64);
    if (testing::Test::HasFatalFailure()) return;
  }
  check_rounds(gwr_model(97, 1, Layout::even), 60, {{30}, {31}}, 32);
}

// Bandwidths that stay: changes from round to round in single precision, begun late, at once, and for one round alone.
DOSI_TEST(Gwr_multiscale, RoundsThatStay) {
  const Round early{40, 80}, late{60, 170};
  check_rounds(gwr_model(180, 2, Layout::even), 60, {early, late, late, late, late, late, late, late}, 64);
  check_rounds(gwr_model(180, 2, Layout::skewed), 60, std::vector<Round>(6, late), 180);
  check_rounds(gwr_model(180, 3, Layout::even), 60,
               {{40, 80, 90},
                {50, 80, 90},
                {50, 80, 90},
                {60, 80, 100},
                {60, 80, 170},
                {60, 85, 170},
                {60, 85, 170},
                {44, 50, 60},
                {44, 50, 60}},
               64);
  check_rounds(gwr_model(180, 2, Layout::stacked), 60, std::vector<Round>(3, early), 64);
  check_rounds(gwr_model(180, 2, Layout::even), 60, std::vector<Round>(2, early), 64);
}

// Rounds enough that the last are replayed in fewer and fewer directions; groups of columns that do not end with a
// chunk.
DOSI_TEST(Gwr_multiscale, RoundsThatStayLong) {
  const Round late{60, 170}, wide{120, 90, 179};
  check_rounds(gwr_model(180, 2, Layout::even), 60, std::vector<Round>(20, late), 180);
  check_rounds(gwr_model(180, 3, Layout::skewed), 60, std::vector<Round>(13, wide), 100);
  std::vector<Round> rounds{{40, 80, 90}, {50, 80, 90}, {60, 80, 90}, {60, 85, 90},
                            {60, 85, 90}, {60, 85, 90}, {60, 85, 120}};
  rounds.resize(19, {60, 85, 170});
  check_rounds(gwr_model(180, 3, Layout::stacked), 60, rounds, 64);
}

// Bandwidths that take whole nodes by their moments.
DOSI_TEST(Gwr_multiscale, WideBandwidths) {
  check_rounds(gwr_model(420, 2, Layout::even), 90,
               {{415, 44}, {390, 380}, {390, 380}, {390, 380}, {390, 380}, {390, 380}}, 432);
}

// Arcs over half a small earth, and lists that some places have few of and that are longer one way than the other.
DOSI_TEST(Gwr_multiscale, OnTheSphere) {
  for (const double radius : {3000.0, 6'371'008.8})
    check_rounds(gwr_model(150, 2, Layout::even), 60,
                 {{44, 120}, {50, 149}, {50, 149}, {50, 149}, {50, 149}, {40, 149}}, 64, radius);
  check_rounds(gwr_model(150, 3, Layout::even), 60, {{44, 120, 80}}, 64, 3000);  // one round: where it begins shows
}
DOSI_TEST(Gwr_multiscale, ListedDistances) {
  check_rounds(gwr_model(150, 2, Layout::even), 60, {{44, 120}, {50, 149}, {50, 149}, {50, 149}, {50, 149}, {40, 149}},
               64, 0, 150);
  check_rounds(gwr_model(170, 3, Layout::even, true, 3), 50, {{44, 60, 80}, {30, 60, 80}}, 170, 0, 80);
}

}  // namespace dosi::DOSI_BACKEND::gwr_test
