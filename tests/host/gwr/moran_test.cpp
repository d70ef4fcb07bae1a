// Moran's I and its moments against dense matrices; nearest places against all pairs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "host/gwr/moran.hpp"
#include "io/result/result.hpp"
#include "kernels/gwr/nearest.hpp"
#include "tests/support/gwr_models.hpp"
#include "tests/support/gwr_points.hpp"

namespace dosi::gwr {
namespace {

using test_support::gwr_model;
using test_support::Layout;

std::vector<std::uint32_t> nearest_of_all(const std::vector<double>& x, const std::vector<double>& y, std::size_t i,
                                          std::size_t k) {
  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto d2 = [&](auto j) { return (x[j] - x[i]) * (x[j] - x[i]) + (y[j] - y[i]) * (y[j] - y[i]); };
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(i));
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return d2(a) < d2(b); });
  order.resize(k);
  return order;
}

TEST(Gwr_moran, nearest_places_equal_all_pairs) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::line, Layout::stacked})
    for (const std::size_t k : {1, 8, 40}) {
      const auto m = gwr_model(333, 1, layout);
      const auto near = nearest_places(m.x, m.y, k);
      for (std::size_t i = 0; i < m.size(); ++i) {
        const auto expected = nearest_of_all(m.x, m.y, i, k);
        ASSERT_TRUE(std::equal(expected.begin(), expected.end(), near.begin() + static_cast<std::ptrdiff_t>(i * k)))
            << m.name << ", place " << i << ", " << k;
      }
    }
  EXPECT_THROW(nearest_places(std::vector<double>(3, 0), std::vector<double>(3, 0), 3), std::invalid_argument);
}

// The definitions with an n x n matrix of weights (Cliff and Ord 1981).
TEST(Gwr_moran, equals_dense_matrices) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::stacked}) {
    const auto m = gwr_model(150, 1, layout);
    constexpr std::size_t k = 6;
    const std::size_t n = m.size();
    std::vector<std::vector<double>> w(n, std::vector<double>(n, 0));
    for (std::size_t i = 0; i < n; ++i)
      for (const auto j : nearest_of_all(m.x, m.y, i, k)) w[i][j] = 1.0 / k;
    double mean = 0, cross = 0, m2 = 0, m4 = 0, s0 = 0, s1 = 0, s2 = 0;
    for (const double v : m.response) mean += v / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
      double row = 0, column = 0;
      for (std::size_t j = 0; j < n; ++j) {
        cross += w[i][j] * (m.response[i] - mean) * (m.response[j] - mean);
        s0 += w[i][j];
        s1 += (w[i][j] + w[j][i]) * (w[i][j] + w[j][i]) / 2;
        row += w[i][j];
        column += w[j][i];
      }
      s2 += (row + column) * (row + column);
      m2 += std::pow(m.response[i] - mean, 2);
      m4 += std::pow(m.response[i] - mean, 4);
    }
    const double c = static_cast<double>(n), e = -1 / (c - 1), b2 = c * m4 / (m2 * m2);
    const double normal = (c * c * s1 - c * s2 + 3 * s0 * s0) / (s0 * s0 * (c * c - 1)) - e * e;
    const double random =
        (c * ((c * c - 3 * c + 3) * s1 - c * s2 + 3 * s0 * s0) - b2 * (c * (c - 1) * s1 - 2 * c * s2 + 6 * s0 * s0)) /
            ((c - 1) * (c - 2) * (c - 3) * s0 * s0) -
        e * e;
    const auto got = morans_i(nearest_places(m.x, m.y, k), m.response);
    EXPECT_NEAR(got.i, c / s0 * cross / m2, 1e-12) << m.name;
    EXPECT_NEAR(got.z_normal, (got.i - e) / std::sqrt(normal), 1e-9);
    EXPECT_NEAR(got.z_random, (got.i - e) / std::sqrt(random), 1e-9);
  }
}

// Dealt out at random, I has the mean and the variance that are told: over 4,000 deals z is about standard normal.
TEST(Gwr_moran, moments_are_those_of_chance) {
  const auto m = gwr_model(60, 1, Layout::even);
  double sum = 0, square = 0;
  constexpr int deals = 4000;
  const auto near = nearest_places(m.x, m.y, 5);
  for (std::uint32_t r = 0; r < deals; ++r) {
    auto value = m.response;
    Random random(3, 0, r);
    for (std::uint32_t i = 59; i > 0; --i) std::swap(value[i], value[random.below(i + 1)]);
    const double z = morans_i(near, value).z_random;
    sum += z / deals;
    square += z * z / deals;
  }
  EXPECT_NEAR(sum, 0, 0.06);
  EXPECT_NEAR(square, 1, 0.1);
}

// Residuals of the global model hang together where coefficients bend; the local model leaves little of that.
TEST(Gwr_moran, local_model_takes_up_what_hangs_together) {
  std::string text = "x,y,price,area\n";
  for (std::size_t i = 0; i < 900; ++i) {
    Random r(43, i);
    const double x = 8000 * r.uniform(), a = r.normal();
    text += fmt::format("{:.3f},{:.3f},{:.5f},{:.5f}\n", 200000 + x, 550000 + 8000 * r.uniform(),
                        3 * std::sin(x / 1500) + a + 0.5 * r.normal(), a);
  }
  const test_support::Table_of_points t(text);
  for (const std::string model : {"gwr", "mgwr"}) {
    const auto done = t.gwr({"--y", "price", "--x", "area", "--model", model});
    ASSERT_EQ(done.code, 0) << done.err;
    const auto table = result::Result::open(t.folder / "r.h5").root().group("moran");
    const auto i = stream::read_all<double>(table, "i"), p = stream::read_all<double>(table, "p_random");
    ASSERT_EQ(i.size(), 2u);
    EXPECT_GT(i[0], 0.5);
    EXPECT_LT(p[0], 1e-6);
    EXPECT_LT(std::fabs(i[1]), 0.1) << model;
  }
  const auto bad = t.gwr({"--y", "price", "--x", "area", "--moran-neighbours", "900"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, testing::HasSubstr("moran_neighbours: 900 of 900 places"));
}

}  // namespace
}  // namespace dosi::gwr
