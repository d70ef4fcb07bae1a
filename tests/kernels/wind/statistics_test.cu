// Running statistics, histograms and totals, against sums in double over the fields of the same steps.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/kernels/wind/run.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

DOSI_TEST(Wind_statistics, are_those_of_the_fields) {
  for (const Box& b : {tunnel(67, 7, 6, 5, 0.1), rubble(19, 8, 6, 6, 0.8)})
    for (const bool carried : {false, true}) {
      std::vector<std::uint32_t> watched;
      for (std::uint32_t n = 0; n < b.cells(); n += 11)
        if (b.kinds[n] == Kind::fluid) watched.push_back(n);
      auto q = b.question();
      q.force = {1e-4f, 0, 2e-4f};
      q.watched = watched;
      q.speed_bins = 10;
      q.speed_top = 0.06;
      const Source source{watched[1], 1.0f};
      if (carried) q.species = Species{.diffusivity = 0.02, .sources = {&source, 1}};
      const auto engine = started(q, b);
      engine->sample();
      engine->reset_statistics();
      constexpr int kSamples = 40;
      std::vector<std::array<double, 4>> sum(b.cells());
      std::vector<std::array<double, 16>> product(b.cells());
      std::vector<std::uint32_t> counts(watched.size() * 10);
      for (int s = 0; s < kSamples; ++s) {
        engine->advance(3);
        engine->sample();
        const Measured m(*engine, b.cells());
        for (std::size_t n = 0; n < b.cells(); ++n) {
          const double v[4] = {m.x[n], m.y[n], m.z[n], m.concentration[n]};
          for (std::size_t i = 0; i < 4; ++i) {
            sum[n][i] += v[i];
            for (std::size_t j = 0; j < 4; ++j) product[n][4 * i + j] += v[i] * v[j];
          }
        }
        for (std::size_t i = 0; i < watched.size(); ++i) {
          const float speed = std::hypot(m.x[watched[i]], m.y[watched[i]], m.z[watched[i]]);
          ++counts[10 * i + std::min<std::size_t>(9, static_cast<std::size_t>(speed / 0.006f))];
        }
      }
      std::vector<std::vector<float>> got(11, std::vector<float>(b.cells(), 9));
      EXPECT_EQ(
          engine->statistics({got[0], got[1], got[2], got[3], got[4], got[5], got[6], got[7], got[8], got[9], got[10]}),
          static_cast<std::uint64_t>(kSamples));
      const std::pair<std::size_t, std::size_t> which[8] = {{0, 0}, {1, 1}, {2, 2}, {0, 1},
                                                            {0, 2}, {1, 2}, {3, 3}, {3, 3}};
      for (std::size_t n = 0; n < b.cells(); ++n) {
        const auto mean = [&](std::size_t i) { return sum[n][i] / kSamples; };
        const auto covariance = [&](std::size_t i, std::size_t j) {
          return product[n][4 * i + j] / kSamples - mean(i) * mean(j);
        };
        for (std::size_t i = 0; i < 3; ++i) ASSERT_NEAR(got[i][n], mean(i), 1e-7) << b.name << ", cell " << n;
        for (std::size_t k = 0; k < 6; ++k) {
          const auto [i, j] = which[k];
          ASSERT_NEAR(got[3 + k][n], covariance(i, j), 1e-5 * std::sqrt(covariance(i, i) * covariance(j, j)) + 1e-12)
              << b.name << ", cell " << n << ", " << k;
        }
        ASSERT_NEAR(got[9][n], mean(3), 1e-5 * std::fabs(mean(3)) + 1e-9);
        ASSERT_NEAR(got[10][n], covariance(3, 3), 1e-5 * product[n][15] / kSamples + 1e-12);
      }
      // A speed at the edge of a bin may be in either.
      const auto speeds = engine->speeds();
      ASSERT_EQ(speeds.size(), counts.size());
      std::uint32_t moved = 0, all = 0;
      for (std::size_t i = 0; i < counts.size(); ++i)
        moved += speeds[i] > counts[i] ? speeds[i] - counts[i] : 0, all += speeds[i];
      EXPECT_EQ(all, watched.size() * kSamples);
      EXPECT_LE(moved, 2u);
      EXPECT_EQ(engine->statistics({}), static_cast<std::uint64_t>(kSamples));
      engine->reset_statistics();
      EXPECT_EQ(engine->statistics({.x = got[0]}), 0u);
      for (const float value : got[0]) ASSERT_EQ(value, 0);
    }
}

// FP32 keeps five digits over ten thousand samples of a steady wind with small waves on it.
DOSI_TEST(Wind_statistics, keep_their_digits) {
  Box b = empty_box(16, 1, 1);
  std::vector<float> u(16), density(16, 1);
  for (std::size_t n = 0; n < 16; ++n)
    u[n] = 0.1f + 1e-3f * static_cast<float>(std::sin(0.3927 * static_cast<double>(n)));
  auto q = b.question();
  q.viscosity = 1e-6;
  q.collision = Collision::bgk;
  const auto engine = make(q);
  engine->start(density, u, {}, {});
  std::vector<double> sum(16), square(16);
  std::vector<float> mean(16), variance(16);
  const int samples = 10000;
  for (int s = 0; s < samples; ++s) {
    engine->advance(1);
    engine->sample();
    engine->fields({{}, u, {}, {}});
    for (std::size_t n = 0; n < 16; ++n) sum[n] += u[n], square[n] += double{u[n]} * u[n];
  }
  engine->statistics({.x = mean, .xx = variance});
  for (std::size_t n = 0; n < 16; ++n) {
    const double m = sum[n] / samples, v = square[n] / samples - m * m;
    EXPECT_NEAR(mean[n] / m, 1, 1e-5);
    EXPECT_NEAR(variance[n] / v, 1, 2e-5);
  }
}

DOSI_TEST(Wind_statistics, totals_are_sums) {
  const Box b = tunnel(30, 9, 8, 5, 0.1);
  const auto engine = started(b.question(), b);
  engine->advance(10);
  const Measured m(*engine, b.cells());
  double mass = 0, energy = 0, fastest = 0, out = 0;
  for (std::size_t n = 0; n < b.cells(); ++n) {
    if (b.kinds[n] != Kind::fluid) continue;
    const double square = double{m.x[n]} * m.x[n] + double{m.y[n]} * m.y[n] + double{m.z[n]} * m.z[n];
    mass += m.density[n], energy += 0.5 * m.density[n] * square, fastest = std::max(fastest, std::sqrt(square));
    if (b.kinds[n + 1] == Kind::outlet) out += double{m.density[n]} * m.x[n];
  }
  const Totals totals = engine->totals();
  EXPECT_NEAR(totals.mass / mass, 1, 1e-7);
  EXPECT_NEAR(totals.kinetic_energy / energy, 1, 1e-6);
  EXPECT_NEAR(totals.largest_speed / fastest, 1, 1e-6);
  EXPECT_NEAR(totals.outflow / out, 1, 1e-6);
  EXPECT_GT(totals.outflow, 1);
}

}  // namespace dosi::DOSI_BACKEND::wind_test
