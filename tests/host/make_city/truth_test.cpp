// What the truth group says was planted is really there.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/host/make_city/cities.hpp"

namespace dosi::make_city {
namespace {

constexpr std::int64_t kPeople = 100000;
constexpr std::uint64_t kSeed = 2;

TEST(Make_city_truth, clusters_raise_counts_by_their_relative_risk) {
  const auto city = testing::made(kPeople, kSeed);
  const auto c = city.read_points("complaints");
  const auto day = testing::numbers(c.attributes, "day"), time = testing::numbers(c.attributes, "time");
  const auto category = c.attributes.find("category")->as_text();
  const auto at = [&](const char* name) { return testing::truth(city, "clusters", name); };
  const auto x = at("x"), y = at("y"), radius = at("radius"), first = at("first_day"), last = at("last_day"),
             risk = at("relative_risk"), expected = at("expected"), planted = at("planted");
  const auto kind = stream::read_strings(city.root().group("truth/clusters"), "category");
  ASSERT_GE(x.size(), 3u);
  double all_observed = 0, all_expected = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    double inside = 0;
    for (std::size_t i = 0; i < c.size(); ++i)
      inside += category[i] == kind[k] && day[i] >= first[k] && day[i] <= last[k] &&
                std::hypot(c.x[i] - x[k], c.y[i] - y[k]) <= radius[k] + 1;
    const double mean = risk[k] * expected[k];
    EXPECT_NEAR(planted[k], (risk[k] - 1) * expected[k], 0.5);
    EXPECT_GE(inside, planted[k]);
    EXPECT_NEAR(inside, mean, 4.5 * std::sqrt(expected[k]) + 0.15 * mean) << "cluster " << k;
    EXPECT_GT(inside, 2 * expected[k]) << "cluster " << k;
    all_observed += inside, all_expected += mean;
  }
  EXPECT_NEAR(all_observed, all_expected, 0.15 * all_expected);
  double extra = std::accumulate(planted.begin(), planted.end(), 0.0);
  EXPECT_EQ(static_cast<double>(c.size()), std::floor(kPeople / 12.0) + extra);
  EXPECT_TRUE(std::is_sorted(time.begin(), time.end()));
  for (std::size_t i = 0; i < c.size(); ++i) ASSERT_EQ(day[i], std::floor(time[i] / 86400));
  EXPECT_EQ(day.front(), 0);
  EXPECT_EQ(day.back(), 364);
}

TEST(Make_city_truth, complaints_elsewhere_follow_the_residents) {
  const auto city = testing::made(kPeople, kSeed);
  const auto c = city.read_points("complaints"), b = city.read_points("buildings");
  const auto residents = testing::numbers(b.attributes, "residents");
  const auto middle = testing::truth(city, "centres", "x")[0];
  double west_people = 0, west = 0;
  for (std::size_t i = 0; i < b.size(); ++i) west_people += b.x[i] < middle ? residents[i] : 0;
  for (std::size_t i = 0; i < c.size(); ++i) west += c.x[i] < middle;
  EXPECT_NEAR(west / static_cast<double>(c.size()), west_people / kPeople, 0.04);
}

struct Sales {
  std::vector<double> x, y, price, assessed, fair;
  std::vector<std::vector<double>> attribute, coefficient;
};

Sales read_sales(const city::City& city) {
  Sales out;
  const auto p = city.read_points("sales");
  out.x = p.x, out.y = p.y;
  out.price = testing::numbers(p.attributes, "price_krw");
  out.assessed = testing::numbers(p.attributes, "assessed_krw");
  out.fair = testing::truth(city, "coefficients", "fair_price");
  for (const char* name : {"intercept", "area_m2", "floor", "built_year", "dist_to_centre_m", "dist_to_park_m"}) {
    out.coefficient.push_back(testing::truth(city, "coefficients", name));
    out.attribute.push_back(std::string(name) == "intercept" ? std::vector<double>(p.size(), 1)
                                                             : testing::numbers(p.attributes, name));
  }
  for (auto& year : out.attribute[3]) year -= 2000;
  return out;
}

TEST(Make_city_truth, prices_are_coefficients_times_attributes_and_noise) {
  const auto s = read_sales(testing::made(kPeople, kSeed));
  ASSERT_EQ(s.price.size(), static_cast<std::size_t>(kPeople / 150));
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < s.price.size(); ++i) {
    double fair = 0;
    for (std::size_t k = 0; k < s.attribute.size(); ++k) fair += s.coefficient[k][i] * s.attribute[k][i];
    ASSERT_NEAR(fair, s.fair[i], 1e-6 * fair);
    ASSERT_GT(fair, 1e8);
    const double residual = s.price[i] / fair - 1;
    sum += residual, squares += residual * residual;
  }
  const double n = static_cast<double>(s.price.size());
  EXPECT_NEAR(sum / n, 0, 0.012);
  EXPECT_NEAR(std::sqrt(squares / n), 0.08, 0.01);
}

// Solves a small dense system by elimination with pivots.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r)
      if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
    std::swap(a[c], a[pivot]), std::swap(b[c], b[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double f = a[r][c] / a[c][c];
      for (std::size_t k = c; k < n; ++k) a[r][k] -= f * a[c][k];
      b[r] -= f * b[c];
    }
  }
  for (std::size_t c = 0; c < n; ++c) b[c] /= a[c][c];
  return b;
}

// Local regression with Gaussian weights at every tenth sale: the price of a square metre comes back.
TEST(Make_city_truth, coefficients_come_back_from_a_local_regression) {
  const auto s = read_sales(testing::made(kPeople, kSeed));
  const std::size_t n = s.price.size(), k = s.attribute.size();
  constexpr double kBandwidth = 700;
  double error = 0, spread = 0, mean = 0, count = 0;
  for (const double c : s.coefficient[1]) mean += c / static_cast<double>(n);
  for (std::size_t at = 0; at < n; at += 10) {
    std::vector<std::vector<double>> a(k, std::vector<double>(k));
    std::vector<double> b(k);
    for (std::size_t i = 0; i < n; ++i) {
      const double d2 = std::pow(s.x[i] - s.x[at], 2) + std::pow(s.y[i] - s.y[at], 2);
      const double w = std::exp(-0.5 * d2 / (kBandwidth * kBandwidth));
      for (std::size_t p = 0; p < k; ++p) {
        b[p] += w * s.attribute[p][i] * s.price[i];
        for (std::size_t q = 0; q < k; ++q) a[p][q] += w * s.attribute[p][i] * s.attribute[q][i];
      }
    }
    const auto beta = solve(a, b);
    error += std::abs(beta[1] - s.coefficient[1][at]);
    spread += std::abs(mean - s.coefficient[1][at]);
    ++count;
  }
  EXPECT_LT(error / count, 0.12 * mean);
  EXPECT_LT(error, 0.6 * spread);
}

TEST(Make_city_truth, wrong_assessments_stand_out) {
  const auto city = testing::made(kPeople, kSeed);
  const auto s = read_sales(city);
  const auto sale = testing::truth(city, "wrong_assessments", "sale"),
             factor = testing::truth(city, "wrong_assessments", "factor");
  const double share = *city.root().group("truth/wrong_assessments").number_attribute("assessed_share");
  EXPECT_NEAR(static_cast<double>(sale.size()), 0.02 * static_cast<double>(s.price.size()), 10);
  std::map<std::size_t, double> wrong;
  for (std::size_t i = 0; i < sale.size(); ++i) {
    wrong[static_cast<std::size_t>(sale[i])] = factor[i];
    EXPECT_GE(std::abs(factor[i] - 1), 0.25);
    EXPECT_LE(std::abs(factor[i] - 1), 0.60);
  }
  for (std::size_t i = 0; i < s.fair.size(); ++i) {
    const double ratio = s.assessed[i] / (share * s.fair[i]) / (wrong.contains(i) ? wrong[i] : 1);
    ASSERT_NEAR(ratio, 1, 6.1 * 0.03) << "sale " << i;
  }
}

TEST(Make_city_truth, underserved_area_has_people_and_no_medical_facility) {
  for (const std::int64_t people : {std::int64_t{20000}, kPeople}) {
    const auto city = testing::made(people, kSeed);
    const auto x = testing::truth(city, "underserved", "x")[0], y = testing::truth(city, "underserved", "y")[0],
               radius = testing::truth(city, "underserved", "radius")[0];
    for (const char* layer : {"hospitals", "clinics", "pharmacies"}) {
      const auto p = city.read_points(layer);
      EXPECT_GE(p.size(), 2u);
      for (std::size_t i = 0; i < p.size(); ++i) EXPECT_GE(std::hypot(p.x[i] - x, p.y[i] - y), radius) << layer;
    }
    const auto b = city.read_points("buildings");
    const auto residents = testing::numbers(b.attributes, "residents");
    double inside = 0;
    for (std::size_t i = 0; i < b.size(); ++i) inside += std::hypot(b.x[i] - x, b.y[i] - y) < radius ? residents[i] : 0;
    EXPECT_GT(inside, 0.01 * static_cast<double>(people));
    EXPECT_NEAR(inside, testing::truth(city, "underserved", "residents")[0], 0.15 * inside + 100);
  }
}

TEST(Make_city_layers, every_column_says_what_it_is) {
  const auto city = testing::made(20000, kSeed);
  for (const auto& layer : city.layers()) {
    if (layer.kind == "raster" || layer.kind == "network") continue;
    for (const auto& name : city.column_names(layer)) {
      const auto d = city.group(layer).dataset(name);
      EXPECT_FALSE(d.string_attribute("long_name").empty()) << d.path();
      const bool needs_units = d.type().kind != h5::Kind::string;
      EXPECT_EQ(d.string_attribute("units").empty(), !needs_units) << d.path();
    }
  }
  EXPECT_EQ(city.crs().name, "EPSG:5186");
  const auto terrain = city.read_raster("terrain");
  EXPECT_EQ(terrain.cell, 30);
  EXPECT_GT(*std::max_element(terrain.values.begin(), terrain.values.end()), 60);
}

}  // namespace
}  // namespace dosi::make_city
