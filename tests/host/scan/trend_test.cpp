// Trends that all places have in common: what the maximum of the likelihood has to fulfil, on random data; and those
// that are given.
#include "host/scan/trend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/core/philox.hpp"

namespace dosi::scan {
namespace {

using job::Json;

Question question(const std::string& trend, const Json& more = Json::object()) {
  Json given{{"cases", "c"}, {"population", "p"}, {"trend", trend}};
  given.update(more);
  return Question(job::Parameters(declared_parameters(), given, "dosi scan"));
}

// Years from 2000 on.
Time_axis years(std::size_t n) {
  Time_axis time{.edge = {}, .precision = Date_precision::year, .dated = true};
  for (std::size_t t = 0; t <= n; ++t) time.edge.push_back(months_later(10957, static_cast<int>(12 * t)));
  return time;
}

constexpr std::size_t kPlaces = 5;

Scan_data scan_of(std::size_t steps, std::uint64_t seed, bool separable) {
  Random random(seed, 0);
  Scan_data d;
  d.cases.resize(kPlaces * steps);
  for (auto& c : d.cases) c = random.below(6);
  d.cases[0] = d.cases[steps - 1] = 3;
  if (separable) {
    for (std::size_t p = 0; p < kPlaces; ++p) d.place_measure.push_back(1 + random.uniform());
    for (std::size_t t = 0; t < steps; ++t)
      d.step_share.push_back((0.5 + random.uniform()) / static_cast<double>(steps));
  } else {
    for (std::size_t i = 0; i < kPlaces * steps; ++i)
      d.measure.push_back(random.below(5) == 0 ? 0 : 0.5 + random.uniform());
  }
  return d;
}

// Sums over cells of cases and of what is expected, each times t^power, t from -1 to 1 by the middle of a step.
struct Moments {
  double seen = 0, expected = 0;
};
Moments moments(const Scan_data& d, const Time_axis& time, int power) {
  const std::size_t n = time.steps();
  const auto middle = [&](std::size_t t) { return 0.5 * static_cast<double>(time.edge[t] + time.edge[t + 1]); };
  Moments m;
  for (std::size_t i = 0; i < d.cases.size(); ++i) {
    const double t = std::pow(2 * (middle(i % n) - middle(0)) / (middle(n - 1) - middle(0)) - 1, power);
    m.seen += d.cases[i] * t;
    m.expected += d.measure_of(i / n, i % n, n) * t;
  }
  return m;
}

// Expected cases scaled so that they add up to the cases.
void level(Scan_data& d, const Time_axis& time) {
  const auto m = moments(d, time, 0);
  for (auto& v : d.place_measure) v *= m.seen / m.expected;
  for (auto& v : d.measure) v *= m.seen / m.expected;
}

TEST(Scan_trend, fits_as_poisson_regression_does) {
  for (const std::size_t steps : {3u, 10u, 60u})
    for (const bool separable : {true, false})
      for (std::uint64_t seed = 1; seed < 6; ++seed) {
        const auto time = years(steps);
        for (const auto& [name, terms] : {std::pair{"log_linear", 1}, std::pair{"log_quadratic", 2}}) {
          SCOPED_TRACE(std::string(name) + ", steps " + std::to_string(steps) + ", seed " + std::to_string(seed));
          auto d = scan_of(steps, seed, separable);
          level(d, time);
          const auto before = d;
          const double percent = follow_trend(d, time, question(name));
          EXPECT_EQ(std::isnan(percent), terms == 2);
          for (int power = 0; power <= terms; ++power) {
            const auto m = moments(d, time, power);
            EXPECT_NEAR(m.expected, m.seen, 1e-9 * moments(d, time, 0).seen) << "t^" << power;
          }
          // Places keep their shares of each step, and a second fit finds nothing more.
          for (std::size_t i = 0; i < d.cases.size(); ++i) {
            const double factor = d.measure_of(0, i % steps, steps) / before.measure_of(0, i % steps, steps);
            if (std::isfinite(factor)) {
              EXPECT_NEAR(d.measure_of(i / steps, i % steps, steps),
                          factor * before.measure_of(i / steps, i % steps, steps), 1e-12);
            }
          }
          if (terms == 1) {
            EXPECT_NEAR(follow_trend(d, time, question(name)), 0, 1e-7);
          }
        }
      }
}

TEST(Scan_trend, finds_what_was_put_in) {
  const auto time = years(12);
  Scan_data d{.place_measure = {1}, .step_share = std::vector<double>(12, 1.0 / 12)};
  for (std::size_t t = 0; t < 12; ++t)
    d.cases.push_back(static_cast<std::uint32_t>(std::lround(1e6 * std::pow(1.07, static_cast<double>(t)))));
  level(d, time);
  EXPECT_NEAR(follow_trend(d, time, question("log_linear")), 7, 0.01);  // years differ by a day
}

TEST(Scan_trend, takes_what_is_given) {
  const auto time = years(11);
  auto d = scan_of(11, 3, true);
  const auto before = d;
  const auto sum = moments(d, time, 0).expected;
  EXPECT_NEAR(follow_trend(d, time, question("given", {{"trend_percent", -4}})), -4, 1e-12);
  EXPECT_NEAR(d.step_share[10] / before.step_share[10] / (d.step_share[0] / before.step_share[0]), std::pow(0.96, 10),
              1e-3);
  EXPECT_NEAR(moments(d, time, 0).expected, sum, 1e-12 * sum);
}

TEST(Scan_trend, follows_every_step) {
  const auto time = years(9);
  auto d = scan_of(9, 4, false);
  EXPECT_TRUE(std::isnan(follow_trend(d, time, question("by_step"))));
  for (std::size_t t = 0; t < 9; ++t) {
    double seen = 0, expected = 0;
    for (std::size_t p = 0; p < kPlaces; ++p) {
      seen += d.cases[p * 9 + t];
      expected += d.measure_of(p, t, 9);
    }
    EXPECT_NEAR(expected, seen, 1e-12 * seen);
  }
}

TEST(Scan_trend, is_none_where_it_would_be_without_end) {
  const auto time = years(8);
  for (const auto* name : {"log_linear", "log_quadratic"})
    for (const std::size_t only : {0u, 7u}) {
      auto d = scan_of(8, 5, true);
      for (std::size_t i = 0; i < d.cases.size(); ++i) d.cases[i] = i % 8 == only ? 2 : 0;
      const auto before = d.step_share;
      follow_trend(d, time, question(name));
      for (std::size_t t = 0; t < 8; ++t) EXPECT_NEAR(d.step_share[t], before[t], 1e-15);
    }
}

TEST(Scan_trend, of_no_cases_is_nothing) {
  const auto time = years(8);
  for (const auto* name : {"by_step", "log_linear", "log_quadratic"}) {
    auto d = scan_of(8, 6, true);
    std::fill(d.cases.begin(), d.cases.end(), 0u);
    std::fill(d.place_measure.begin(), d.place_measure.end(), 0.0);
    follow_trend(d, time, question(name));
    for (std::size_t i = 0; i < d.cases.size(); ++i) EXPECT_EQ(d.measure_of(i / 8, i % 8, 8), 0) << name;
  }
}

TEST(Scan_trend, contradictions_are_named) {
  EXPECT_THROW(question("given"), Error);
  EXPECT_THROW(question("none", {{"trend_percent", 3}}), Error);
  EXPECT_THROW(question("by_step", {{"analysis", "temporal"}}), Error);
  EXPECT_THROW(question("log_linear", {{"analysis", "spatial"}}), Error);
}

}  // namespace
}  // namespace dosi::scan
