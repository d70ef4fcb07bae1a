// The turbulence of an inlet: its mean, variance, length and covariance, without divergence and without net flux; the
// same as a plain sum of waves; and that the wind carries it in.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "kernels/wind/inflow.hpp"
#include "tests/kernels/wind/run.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

// Inlet cells at low x, the rest is air.
Box inlet(std::uint32_t nx, std::uint32_t ny, std::uint32_t nz) {
  Box b = empty_box(nx, ny, nz);
  for (std::uint32_t k = 0; k < nz; ++k)
    for (std::uint32_t j = 0; j < ny; ++j) b.at(0, j, k) = Kind::velocity;
  b.velocities.assign(std::size_t{ny} * nz, {0.05f, 0, 0});
  return b;
}

// Wave by wave in double.
DOSI_TEST(Wind_inflow, is_the_sum_of_its_waves) {
  const Box b = inlet(5, 9, 7);
  std::vector<float> intensity(b.velocities.size());
  for (std::size_t i = 0; i < intensity.size(); ++i) intensity[i] = i % 5 == 0 ? 0 : 0.001f * static_cast<float>(i % 7);
  auto q = b.question();
  q.inflow = {.intensity = intensity,
              .length_scale = 4,
              .advection = {0.06f, 0.02f, 0},
              .shear = 0.4,
              .modes = 50,
              .seed = 7,
              .every = 3};
  const auto modes = make_modes(q.inflow);
  EXPECT_EQ(modes.size(), 48u);
  const auto engine = make(q);
  for (const std::uint64_t step : {0, 1, 3, 100, 101}) {
    engine->advance(step - engine->step());
    const auto got = engine->velocities();
    const double time = static_cast<double>(step / 3 * 3);
    std::vector<std::array<double, 3>> waves(got.size());
    double flux = 0, whole = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double y = static_cast<double>(i % 9), z = static_cast<double>(i / 9);
      for (const Mode& m : modes) {
        const double phase = m.k[0] * (0 - 0.06f * time) + m.k[1] * (y - 0.02f * time) + m.k[2] * z;
        for (std::size_t a = 0; a < 3; ++a) waves[i][a] += m.cosine[a] * std::cos(phase) + m.sine[a] * std::sin(phase);
      }
      flux += intensity[i] * waves[i][0];
      whole += intensity[i];
    }
    double through = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i].x, 0.05f + intensity[i] * (waves[i][0] - flux / whole), 2e-8)
          << "step " << step << ", cell " << i;
      EXPECT_NEAR(got[i].y, intensity[i] * waves[i][1], 2e-8);
      EXPECT_NEAR(got[i].z, intensity[i] * waves[i][2], 2e-8);
      through += got[i].x - 0.05f;
    }
    EXPECT_NEAR(through, 0, 1e-6);
  }
}

// f(r) of von Karman's spectrum at the distance of one integral length, 2^(2/3) / Gamma(1/3) s^(1/3) K_1/3(s).
double karman_at_length() {
  const double s = std::sqrt(std::numbers::pi) * std::tgamma(5.0 / 6) / std::tgamma(1.0 / 3);
  return std::pow(2, 2.0 / 3) / std::tgamma(1.0 / 3) * std::cbrt(s) * std::cyl_bessel_k(1.0 / 3, s);
}

// Over many seeds: the same intensity everywhere in each direction, correlated over the length that was asked for, and
// no divergence in any wave.
DOSI_TEST(Wind_inflow, has_the_statistics_asked_for) {
  const Box b = inlet(2, 64, 64);
  const std::vector<float> intensity(b.velocities.size(), 0.01f);
  const double length = 10;
  double sum[3] = {}, square[3] = {}, covariance = 0, near = 0;
  std::size_t count = 0, pairs = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    for (const double shear : {0.0, 0.4}) {
      auto q = b.question();
      q.inflow = {
          .intensity = intensity, .length_scale = length, .advection = {0.1f, 0, 0}, .shear = shear, .seed = seed};
      for (const Mode& m : make_modes(q.inflow)) {
        EXPECT_NEAR(m.k[0] * m.cosine[0] + m.k[1] * m.cosine[1] + m.k[2] * m.cosine[2], 0, 1e-12);
        EXPECT_NEAR(m.k[0] * m.sine[0] + m.k[1] * m.sine[1] + m.k[2] * m.sine[2], 0, 1e-12);
      }
      const auto engine = make(q);
      const auto u = engine->velocities();
      for (std::size_t i = 0; i < u.size(); ++i) {
        const double v[3] = {(u[i].x - 0.05) / 0.01, u[i].y / 0.01, u[i].z / 0.01};
        if (shear > 0) {
          covariance += v[0] * v[2];
          continue;
        }
        ++count;
        for (int a = 0; a < 3; ++a) sum[a] += v[a], square[a] += v[a] * v[a];
        if (i % 64 + 10 < 64) near += v[1] * u[i + 10].y / 0.01, ++pairs;
      }
    }
  for (int a = 0; a < 3; ++a) {
    EXPECT_NEAR(sum[a] / count, 0, 0.12) << a;
    EXPECT_NEAR(square[a] / count, 1, 0.15) << a;
  }
  EXPECT_NEAR(covariance / count, -0.4, 0.12);
  EXPECT_NEAR(near / pairs, karman_at_length(), 0.08);
}

// What is asked for is the variance of a long time at one place, and the air in front of the inlet has it.
DOSI_TEST(Wind_inflow, blows_in) {
  Box b = tunnel(24, 24, 24, 3, 0);
  for (auto& kind : b.kinds)
    if (kind == Kind::ground) kind = Kind::slip;
  b.velocities.assign(b.velocities.size(), {0.08f, 0, 0});
  const std::vector<float> intensity(b.velocities.size(), 0.008f), wind(b.cells(), 0.08f);
  auto q = b.question();
  q.viscosity = 0.002;
  q.smagorinsky = 0.1;
  q.inflow = {.intensity = intensity, .length_scale = 8, .advection = {0.08f, 0, 0}, .every = 2};
  const auto engine = make(q);
  engine->start({}, wind, {}, {});
  engine->advance(300);
  for (int i = 0; i < 300; ++i) engine->advance(10), engine->sample();
  std::vector<float> mean(b.cells()), xx(b.cells()), yy(b.cells()), zz(b.cells());
  EXPECT_EQ(engine->statistics({.x = mean, .xx = xx, .yy = yy, .zz = zz}), 300u);
  double u = 0, variance[3] = {};
  std::size_t count = 0;
  for (std::uint32_t k = 6; k < 18; ++k)
    for (std::uint32_t j = 6; j < 18; ++j, ++count) {
      const std::size_t n = (std::size_t{k} * 24 + j) * 24 + 2;
      u += mean[n], variance[0] += xx[n], variance[1] += yy[n], variance[2] += zz[n];
    }
  EXPECT_NEAR(u / count, 0.08, 0.004);
  for (const double v : variance) EXPECT_NEAR(std::sqrt(v / count) / 0.008, 0.9, 0.35);
}

}  // namespace dosi::DOSI_BACKEND::wind_test
