// The logarithm and the border that windows are screened by.
#include "kernels/scan/likelihood.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/philox.hpp"
#include "kernels/scan/prepare.hpp"
#include "tests/reference/scan.hpp"

namespace dosi::scan {
namespace {

TEST(Scan_likelihood, logarithm_is_within_two_units_of_the_last_place) {
  Random random(1, 0);
  for (int i = 0; i < 200'000; ++i) {
    const double x = i % 2 == 0 ? std::exp(60 * random.uniform() - 30) : 0.9 + 0.2 * random.uniform();
    const double expected = std::log(x);
    EXPECT_NEAR(exact_log(x), expected, 2 * std::abs(std::nextafter(expected, 2 * expected) - expected)) << x;
  }
  EXPECT_EQ(exact_log(1.0), 0.0);
}

// No window on or within the polygon beats its level, and one a little outside of the border does.
void check_border(Model model, double cases, double measure, bool high) {
  const auto f = likelihood_of(model, cases, measure);
  std::int64_t first = 0;
  std::vector<double> levels;
  const auto nodes = border_nodes(f, high, first, levels);
  const Borders borders{nodes.data(), first};
  Random random(7, 0);
  for (int i = 0; i < 20'000; ++i) {
    const int level = static_cast<int>(random.below(kLevels));
    const double m = measure * (i % 3 == 0 ? random.uniform() : std::exp(-20 * random.uniform()));
    const double y = borders.at(level, m), middle = f.rate * m;
    const double top = model == Model::bernoulli ? std::min(m, cases) : cases;
    if (high ? y > top : y < 0) continue;  // beyond what a window can have
    const double ratio = reference::scan_ratio(model, y, m, cases, measure);
    ASSERT_LE(ratio, levels[static_cast<std::size_t>(level)] * (1 + 1e-9) + 1e-9)
        << m << " of " << measure << ", level " << level << (high ? " high" : " low");
    const double exact = border(f, m, levels[static_cast<std::size_t>(level)], high, middle),
                 outside = exact + 1e-4 * (exact - middle);
    if (high ? outside < top : outside > std::max(0.0, model == Model::bernoulli ? cases - (measure - m) : 0.0)) {
      ASSERT_GE(reference::scan_ratio(model, outside, m, cases, measure),
                levels[static_cast<std::size_t>(level)] * (1 - 1e-9))
          << m << ", level " << level;
    }
  }
}

TEST(Scan_likelihood, border_is_inside_and_tight) {
  for (const bool high : {true, false}) {
    check_border(Model::poisson, 1000, 1000, high);
    check_border(Model::poisson, 86'314, 86'314, high);
    check_border(Model::poisson, 3, 3, high);
    check_border(Model::bernoulli, 62, 203, high);
    check_border(Model::bernoulli, 4096, 16384, high);
  }
}

TEST(Scan_likelihood, bound_is_no_less) {
  Random random(5, 0);
  for (const auto model : {Model::poisson, Model::bernoulli}) {
    const auto f = likelihood_of(model, 500, model == Model::poisson ? 500 : 1300);
    for (int i = 0; i < 20'000; ++i) {
      const double m = f.measure * random.uniform() * 0.999 + 1e-6,
                   low = model == Model::bernoulli ? std::max(0.0, 500 - (f.measure - m)) : 0;
      const double c = low + (std::min(500.0, model == Model::bernoulli ? m : 500.0) - low) * random.uniform();
      ASSERT_GE(f.bound(c, m) * (1 + 1e-9) + 1e-9, f(c, m)) << c << " " << m;
      // Where rates inside differ by less than twice, a few per cent above.
      if (c < 2 * f.rate * m && c > 0.5 * f.rate * m && m < 0.5 * f.measure && c < 0.5 * f.cases) {
        ASSERT_LE(f.bound(c, m), 1.1 * f(c, m) + 1e-9) << c << " " << m;
      }
    }
  }
  for (const double c : {1e3, 1e6, 1e9}) {
    const auto f = likelihood_of(Model::poisson, 2 * c, 2 * c);
    for (const double m : {c, c * (1 - 1e-5), c * 1.001})
      ASSERT_GE(f.bound(c, m) * (1 + 1e-9) + 1e-9, f(c, m)) << c << " " << m;
  }
}

TEST(Scan_likelihood, alias_bins_hold_the_weights) {
  Random random(3, 0);
  for (const std::size_t n : {1u, 2u, 7u, 100u}) {
    std::vector<double> weights(n), got(n, 0);
    double sum = 0;
    for (auto& w : weights) sum += w = random.below(3) == 0 ? 0 : random.uniform();
    weights[n / 2] += 1;
    sum += 1;
    for (std::size_t i = 0; i < n; ++i) {
      const auto b = alias_of(weights)[i];
      got[i] += b.keep / 0x1p32 / static_cast<double>(n);
      got[b.other] += (1 - b.keep / 0x1p32) / static_cast<double>(n);
    }
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(got[i], weights[i] / sum, 1e-8) << n;
      if (weights[i] == 0) {
        EXPECT_EQ(got[i], 0.0);
      }
    }
  }
}

TEST(Scan_likelihood, runs_are_within_a_factor_of_two) {
  for (const std::uint32_t shortest : {1u, 3u})
    for (std::uint32_t longest = shortest; longest < 200; ++longest) {
      std::uint32_t next = shortest;
      for (const auto& r : runs_of(shortest, longest)) {
        EXPECT_EQ(r.shortest, next);
        EXPECT_LT(r.longest, 2 * r.shortest);
        next = r.longest + 1;
      }
      EXPECT_EQ(next, longest + 1);
    }
}

}  // namespace
}  // namespace dosi::scan
