// gwr as a user has it: what is planted comes out, what is wrong is said, what is interrupted goes on.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "host/gwr/gwr_job.hpp"
#include "host/job/run.hpp"
#include "host/make_city/make_city.hpp"
#include "kernels/core/philox.hpp"
#include "tests/support/gwr_points.hpp"
#include "tests/support/same_results.hpp"

namespace dosi::gwr {
namespace {

using job::Json;
using test_support::run_dosi;
using test_support::Table_of_points;
using test_support::Temp_folder;
using testing::HasSubstr;

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ma += a[i] / static_cast<double>(a.size());
    mb += b[i] / static_cast<double>(b.size());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

// The surfaces that make-city planted under its sales come out where the data can tell them, and the local model is
// far better than the global one.
TEST(Gwr_job, planted_coefficients_come_out) {
  const Temp_folder folder;
  make_city::make({.people = 1'000'000, .seed = 11, .out = folder / "city.h5"});
  job::run(gwr_kind(), {folder / "city.h5", folder / "out.h5",
                        Json{{"layer", "sales"},
                             {"y", "price_krw"},
                             {"x", {"area_m2", "floor", "built_year", "dist_to_centre_m", "dist_to_park_m"}},
                             {"device", "cpu"}},
                        "test"});
  const auto r = result::Result::open(folder / "out.h5");
  const auto city = city::City::open(folder / "city.h5");
  const auto truth = city.root().group("truth/coefficients");
  const auto b = stream::read_all<double>(r.root().group("places"), "coefficient"),
             error = stream::read_all<double>(r.root().group("places"), "standard_error");
  const std::size_t n = b.size() / 6;
  const auto column = [&](std::size_t c) {
    std::vector<double> v;
    for (std::size_t i = 0; i < n; ++i) v.push_back(b[i * 6 + c]);
    return v;
  };
  EXPECT_GT(correlation(column(1), stream::read_as_double(truth, "area_m2")), 0.85);
  // Two standard errors would hold the planted value at 95 of 100 places, but surfaces bend within a bandwidth, which
  // one for all columns cannot suit.
  for (const auto& [name, c] : {std::pair{"area_m2", 1}, {"floor", 2}, {"built_year", 3}}) {
    const auto planted = stream::read_as_double(truth, name);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < n; ++i)
      inside += std::fabs(b[i * 6 + static_cast<std::size_t>(c)] - planted[i]) <
                2 * error[i * 6 + static_cast<std::size_t>(c)];
    EXPECT_GT(static_cast<double>(inside), 0.75 * static_cast<double>(n)) << name;
    EXPECT_LT(static_cast<double>(inside), 0.995 * static_cast<double>(n)) << name;
  }
  const auto aicc = stream::read_all<double>(r.root().group("model"), "aicc"),
             r2 = stream::read_all<double>(r.root().group("model"), "r2");
  EXPECT_LT(aicc[1], aicc[0] - 1000);
  EXPECT_GT(r2[1], r2[0]);
  const auto fair = stream::read_as_double(truth, "fair_price"),
             fitted = stream::read_all<double>(r.root().group("places"), "fitted");
  EXPECT_GT(correlation(fitted, fair), 0.99);
}

std::string points(std::size_t n) {
  std::string text = "x,y,price,area,twice,same,name,age\n";
  for (std::size_t i = 0; i < n; ++i)
    text += fmt::format("{},{},{},{},{},7,n{},{}\n", 200000 + (i * 37) % 101 * 10, 550000 + (i * 53) % 97 * 10,
                        100 + i % 13 + (i * 7) % 11, i % 17, 2 * (i % 17) + 1, i,
                        i % 5 == 3 ? "" : std::to_string((i * 3) % 7));
  return text;
}

TEST(Gwr_job, wrong_questions_and_data_are_answered) {
  const Table_of_points t(points(120));
  const auto expect = [&](int code, const std::vector<std::string>& words, const std::vector<std::string>& said) {
    const auto done = t.gwr(words);
    EXPECT_EQ(done.code, code) << done.err;
    for (const auto& s : said) EXPECT_THAT(done.err, HasSubstr(s));
    EXPECT_FALSE(std::filesystem::exists(t.folder / "r.h5"));
  };
  expect(2, {"--y", "price"}, {"x: is required"});
  expect(2, {"--y", "price", "--x", "area,area", "--bandwidth", "30.5", "--bandwidth-min", "3", "--search", "interval"},
         {"'area' is named twice", "30.5 is no number of neighbours", "there is nothing to search"});
  expect(2, {"--y", "price", "--x", "price"}, {"'price' is what is to be explained"});
  expect(2, {"--y", "price", "--x", "area", "--search", "interval"}, {"an interval needs"});
  expect(2, {"--y", "price", "--x", "name"}, {"x: column 'name' of points/p holds text"});
  expect(2, {"--y", "price", "--x", "nothing"}, {"nothing", "area"});
  expect(2, {"--y", "price", "--x", "area", "--bandwidth", "121"}, {"121 neighbours of 120 places"});
  expect(2, {"--y", "price", "--x", "area", "--search", "curve", "--kernel", "gaussian"},
         {"a curve takes kernels that are powers of the distance, bisquare or tricube"});
  expect(2, {"--y", "price", "--x", "area", "--search", "curve", "--family", "poisson"},
         {"a curve is of family=gaussian"});
  expect(2, {"--y", "price", "--x", "area", "--search", "curve", "--model", "mgwr"},
         {"mgwr searches a bandwidth for each column"});
  expect(2, {"--y", "price", "--x", "area", "--search", "curve", "--spread", "fixed", "--bandwidth-step", "0.00001"},
         {"bandwidths from", "at 120 places are too many; at most 1000000, as with a step of"});
  expect(2, {"--y", "price", "--x", "area", "--model", "mgwr", "--kernel", "gaussian"},
         {"mgwr takes the adaptive bisquare kernel"});
  expect(2,
         {"--y", "price", "--x", "area", "--family", "binomial", "--offset", "age", "--criterion", "cv",
          "--residual-df", "both_traces"},
         {"offset: belongs to family=poisson", "cv is of family=gaussian", "no error variance of their own"});
  expect(2, {"--y", "price", "--x", "area", "--family", "poisson", "--model", "mgwr"}, {"mgwr takes gaussian alone"});
  expect(65, {"--y", "price", "--x", "area", "--family", "binomial"},
         {"column 'price' is 100 in row 0; an event is 0 or 1", "in 115 more rows"});
  expect(65, {"--y", "price", "--x", "age", "--family", "poisson", "--offset", "area"},
         {"column 'area' is 0 in row 0; an exposure is above 0"});
  expect(65, {"--y", "price", "--x", "area,twice,same", "--collinear", "refuse"},
         {"column 'twice' is a combination of 'area'",
          "column 'same' is 7 in every row, which the intercept already says"});
  expect(65, {"--y", "same", "--x", "area"}, {"there is nothing to explain"});
  const Table_of_points few(points(4));
  const auto done = few.gwr({"--y", "price", "--x", "area,age"});
  EXPECT_EQ(done.code, 65);
  EXPECT_THAT(done.err, HasSubstr("rows have all of 3 columns; a regression on 3 terms needs at least 6"));
}

// A column twice, one that is constant, a dummy too many: every model goes on, says which columns, and marks the
// places.
TEST(Gwr_job, collinear_columns_never_abort) {
  std::string text = "x,y,price,area,age,twice,same,none,east,middle,west\n";
  for (std::size_t i = 0; i < 160; ++i) {
    Random r(83, i);
    const std::size_t part = i * 7 % 3;
    const double area = std::floor(20 * r.uniform()), age = std::floor(30 * r.uniform());
    text +=
        fmt::format("{},{},{},{},{},{},7.1,0,{:d},{:d},{:d}\n", 200000 + 1000 * r.uniform(),
                    550000 + 1000 * r.uniform(), std::floor(5 + area + 4 * static_cast<double>(part) + 3 * r.uniform()),
                    area, age, 2 * area + 1, part == 0, part == 1, part == 2);
  }
  const Table_of_points t(text);
  const std::string columns = "area,age,twice,same,east,middle,west";
  const std::vector<std::vector<std::string>> models{
      {},
      {"--search", "curve"},
      {"--standardise"},
      {"--kernel", "gaussian", "--spread", "fixed", "--bandwidth", "400"},
      {"--family", "poisson", "--bandwidth", "80"},
      {"--time", "age", "--time-scale", "5", "--bandwidth", "90"},
      {"--model", "mgwr", "--iterations", "5"},
      {"--predict", "p", "--bandwidth", "100"}};
  for (const auto& model : models) {
    std::vector<std::string> words{"--y", "price", "--x", columns};
    words.insert(words.end(), model.begin(), model.end());
    SCOPED_TRACE(fmt::format("{}", fmt::join(words, " ")));
    const auto done = t.gwr(words);
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr("column 'twice' is a combination of 'area'"));
    EXPECT_THAT(done.err, HasSubstr("column 'same' is 7.1 in every row"));
    EXPECT_THAT(done.err, HasSubstr("column 'west' is a combination of 'east', 'middle'"));
    const auto r = result::Result::open(t.folder / "r.h5");
    const auto table = r.root().group("places");
    for (const double v : stream::read_all<double>(table, "fitted")) ASSERT_TRUE(std::isfinite(v));
    for (const double v : stream::read_all<double>(table, "coefficient")) ASSERT_TRUE(std::isfinite(v));
    EXPECT_TRUE(std::isfinite(stream::read_all<double>(r.root().group("model"), "aicc")[1]));
    if (!model.empty() && model[0] == "--model") continue;
    const auto singular = stream::read_all<std::uint8_t>(table, "singular");
    EXPECT_EQ(std::count(singular.begin(), singular.end(), 1), 160);
    for (const double v : stream::read_all<double>(table, "condition_number")) ASSERT_EQ(v, INFINITY);
    const auto page = run_dosi({"report", t.folder / "r.h5", "--out", t.folder / "r.html"});
    ASSERT_EQ(page.code, 0) << page.err;
    EXPECT_THAT(test_support::read_text(t.folder / "r.html"), HasSubstr("places with a condition number above 30"));
  }
  // What explains something is told as if the others were not there.
  ASSERT_EQ(t.gwr({"--y", "price", "--x", "area,same,none", "--bandwidth", "100"}).code, 0);
  const auto with =
      stream::read_all<double>(result::Result::open(t.folder / "r.h5").root().group("places"), "coefficient");
  ASSERT_EQ(t.gwr({"--y", "price", "--x", "area", "--bandwidth", "100"}).code, 0);
  const auto alone =
      stream::read_all<double>(result::Result::open(t.folder / "r.h5").root().group("places"), "coefficient");
  for (std::size_t i = 0; i < 160; ++i) {
    ASSERT_NEAR(with[i * 4], alone[i * 2], 1e-6 * (1 + std::fabs(alone[i * 2])));
    ASSERT_NEAR(with[i * 4 + 1], alone[i * 2 + 1], 1e-6);
    EXPECT_EQ(with[i * 4 + 2], 0);
    EXPECT_EQ(with[i * 4 + 3], 0);
  }
}

TEST(Gwr_job, rows_with_missing_values_are_left_out_and_named) {
  const Table_of_points t(points(200));
  const auto done = t.gwr({"--y", "price", "--x", "area,age"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("40 of 200 rows have a missing value and are left out: 3 (age), 8 (age)"));
  const auto r = result::Result::open(t.folder / "r.h5");
  const auto rows = stream::read_all<std::uint32_t>(r.root().group("left_out"), "row"),
             kept = stream::read_all<std::uint32_t>(r.root().group("places"), "row");
  EXPECT_EQ(rows.size(), 40u);
  EXPECT_EQ(kept.size(), 160u);
  EXPECT_EQ(rows[1], 8u);
  EXPECT_EQ(kept[3], 4u);
}

// Every other sale is the model's, all are predicted: nine tenths of those it has not seen lie in their interval.
TEST(Gwr_job, predictions_hold_new_values_as_often_as_they_say) {
  std::string text = "x,y,price,area,age,half\n";
  for (std::size_t i = 0; i < 3000; ++i) {
    Random r(9, i);
    const double x = 200000 + 5000 * r.uniform(), y = 550000 + 5000 * r.uniform(), area = 80 + 20 * r.normal(),
                 age = 30 * r.uniform();
    const double price = 50 + area * (2 + std::sin(x / 2000)) - age * (1 + std::cos(y / 2500)) + 6 * r.normal();
    text += fmt::format("{:.3f},{:.3f},{:.4f},{:.4f},{},{}\n", x, y, price, area,
                        i == 5 ? "" : fmt::format("{:.4f}", age), i % 2 == 0 ? fmt::format("{:.4f}", price) : "");
  }
  const Table_of_points t(text);
  for (const bool standardise : {false, true}) {
    std::vector<std::string> words{"--y", "half", "--x", "area,age", "--predict", "p", "--interval", "0.9"};
    if (standardise) words.push_back("--standardise");
    const auto done = t.gwr(words);
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr("points/p: 1 of 3000 rows have a missing value and are not predicted"));
    const auto r = result::Result::open(t.folder / "r.h5");
    const auto table = r.root().group("predictions");
    const auto row = stream::read_all<std::uint32_t>(table, "row");
    const auto lower = stream::read_all<double>(table, "lower"), upper = stream::read_all<double>(table, "upper"),
               observed = stream::read_all<double>(table, "observed");
    const auto price = city::City::open(t.city).read_points("p").attributes.find("price")->as_numbers();
    double mean = 0, square = 0;
    for (std::size_t i = 0; i < 3000; i += 2) mean += price[i] / 1500;
    for (std::size_t i = 0; i < 3000; i += 2) square += (price[i] - mean) * (price[i] - mean) / 1500;
    std::size_t unseen = 0, inside = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] % 2 == 0) continue;
      ++unseen;
      EXPECT_TRUE(std::isnan(observed[i]));
      const double v = standardise ? (price[row[i]] - mean) / std::sqrt(square) : price[row[i]];
      inside += v > lower[i] && v < upper[i];
    }
    EXPECT_EQ(unseen, 1499u);
    EXPECT_NEAR(static_cast<double>(inside) / 1499, 0.9, 0.04);
  }
}

// Counts with exposures: nine in ten of the expected values that made them lie within their intervals.
TEST(Gwr_job, expected_counts_lie_in_their_intervals) {
  std::string text = "x,y,cases,people,age,half\n";
  std::vector<double> truth;
  for (std::size_t i = 0; i < 3000; ++i) {
    Random r(19, i);
    const double x = 200000 + 5000 * r.uniform(), y = 550000 + 5000 * r.uniform(), age = r.normal(),
                 people = std::exp(1 + 2 * r.uniform());
    truth.push_back(people * std::exp(0.5 + 0.4 * std::sin(x / 2500) + age * 0.3 * std::cos(y / 3000)));
    double cases = 0, left = r.uniform();
    for (double p = std::exp(-truth.back()); left > p && cases < 1000; p *= truth.back() / cases) {
      left -= p;
      ++cases;
    }
    text += fmt::format("{:.3f},{:.3f},{},{:.6f},{:.6f},{}\n", x, y, cases, people, age,
                        i % 2 == 0 ? fmt::format("{}", cases) : "");
  }
  const Table_of_points t(text);
  const auto done = t.gwr({"--y", "half", "--x", "age", "--family", "poisson", "--offset", "people", "--predict", "p",
                           "--interval", "0.9", "--standardise"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("deviance explained"));
  const auto table = result::Result::open(t.folder / "r.h5").root().group("predictions");
  const auto row = stream::read_all<std::uint32_t>(table, "row");
  const auto lower = stream::read_all<double>(table, "lower"), upper = stream::read_all<double>(table, "upper");
  std::size_t unseen = 0, inside = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] % 2 == 0) continue;
    ++unseen;
    inside += truth[row[i]] > lower[i] && truth[row[i]] < upper[i];
  }
  EXPECT_EQ(unseen, 1500u);
  EXPECT_NEAR(static_cast<double>(inside) / 1500, 0.9, 0.06);
}

// Predicted where its own places are, an MGWR gives about what it fitted there; at places it has not seen, about what
// is there.
TEST(Gwr_job, multiscale_predicts) {
  std::string text = "x,y,price,area,half\n";
  for (std::size_t i = 0; i < 1200; ++i) {
    Random r(59, i);
    const double x = 200000 + 5000 * r.uniform(), y = 550000 + 5000 * r.uniform(), area = r.normal();
    const double price = 2 * std::sin(x / 900) + area * (3 + std::cos(y / 2500)) + 0.3 * r.normal();
    text += fmt::format("{:.3f},{:.3f},{:.5f},{:.5f},{}\n", x, y, price, area,
                        i % 2 == 0 ? fmt::format("{:.5f}", price) : "");
  }
  const Table_of_points t(text);
  const auto done = t.gwr({"--y", "half", "--x", "area", "--model", "mgwr", "--predict", "p", "--no-inference"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto r = result::Result::open(t.folder / "r.h5");
  const auto table = r.root().group("predictions");
  const auto predicted = stream::read_all<double>(table, "fitted"),
             fitted = stream::read_all<double>(r.root().group("places"), "fitted");
  const auto price = city::City::open(t.city).read_points("p").attributes.find("price")->as_numbers();
  ASSERT_EQ(predicted.size(), 1200u);
  std::vector<double> unseen, truth;
  for (std::size_t i = 0; i < 1200; ++i) {
    if (i % 2 == 0) EXPECT_NEAR(predicted[i], fitted[i / 2], 2e-3) << i;
    else {
      unseen.push_back(predicted[i]);
      truth.push_back(price[i]);
    }
  }
  EXPECT_GT(correlation(unseen, truth), 0.98);
}

// Surfaces that a model of several bandwidths can follow, drawn anew: the intervals of its predictions hold the new
// observations as often as they say, within what chance leaves of so many, and the standard errors the means as the
// replay has them.
TEST(Gwr_job, multiscale_intervals_hold_new_values_as_often_as_they_say) {
  std::size_t unseen = 0, inside = 0, mean_inside = 0;
  for (std::uint64_t draw = 0; draw < 3; ++draw) {
    std::string text = "x,y,price,area,age,half\n";
    std::vector<double> price, mean;
    for (std::size_t i = 0; i < 700; ++i) {
      Random r(71 + draw, i);
      const double x = 200000 + 5000 * r.uniform(), y = 550000 + 5000 * r.uniform(), area = r.normal(),
                   age = r.normal();
      mean.push_back(0.6 * std::sin(x / 2200) + area * (1 + 0.5 * std::cos(y / 2500)) - 0.7 * age);
      price.push_back(mean.back() + 0.5 * r.normal());
      text += fmt::format("{:.3f},{:.3f},{:.6f},{:.6f},{:.6f},{}\n", x, y, price.back(), area, age,
                          i % 2 == 0 ? fmt::format("{:.6f}", price.back()) : "");
    }
    const Table_of_points t(text);
    const auto done = t.gwr({"--y", "half", "--x", "area,age", "--model", "mgwr", "--predict", "p", "--interval",
                             "0.95", "--replay", "last"});
    ASSERT_EQ(done.code, 0) << done.err;
    const auto table = result::Result::open(t.folder / "r.h5").root().group("predictions");
    const auto number = [&](const char* name) { return stream::read_all<double>(table, name); };
    const auto lower = number("lower"), upper = number("upper"), fitted = number("fitted"),
               error = number("standard_error"), observed = number("observed");
    const auto outside = stream::read_all<std::uint8_t>(table, "outside");
    double centre = 0, square = 0;
    for (std::size_t i = 0; i < 700; i += 2) centre += price[i] / 350;
    for (std::size_t i = 0; i < 700; i += 2) square += (price[i] - centre) * (price[i] - centre) / 350;
    for (std::size_t i = 0; i < 700; ++i) {
      if (i % 2 == 0) {
        ASSERT_EQ(outside[i], observed[i] < lower[i] ? 1 : observed[i] > upper[i] ? 2 : 0);
        continue;
      }
      ++unseen;
      const double v = (price[i] - centre) / std::sqrt(square), m = (mean[i] - centre) / std::sqrt(square);
      inside += v > lower[i] && v < upper[i];
      mean_inside += std::fabs(m - fitted[i]) < 1.96 * error[i];
    }
  }
  const double all = static_cast<double>(unseen), chance = std::sqrt(0.95 * 0.05 / all);
  EXPECT_EQ(unseen, 1050u);
  EXPECT_NEAR(static_cast<double>(inside) / all, 0.95, 3 * chance);
  EXPECT_GT(static_cast<double>(mean_inside) / all, 0.85);
  EXPECT_LT(static_cast<double>(mean_inside) / all, 0.99);
}

TEST(Gwr_job, report_and_export_take_a_result) {
  const Table_of_points t(points(150));
  for (const std::string model : {"gwr", "mgwr", "poisson"}) {
    ASSERT_EQ(t.gwr({"--y", "price", "--x", "area", model == "poisson" ? "--family" : "--model", model}).code, 0);
    const auto page = run_dosi({"report", t.folder / "r.h5", "--out", t.folder / (model + ".html")});
    ASSERT_EQ(page.code, 0) << page.err;
    EXPECT_THAT(test_support::read_text(t.folder / (model + ".html")), HasSubstr("coefficient_area"));
    EXPECT_THAT(page.err, testing::Not(HasSubstr("warn")));
    const auto exported =
        run_dosi({"export", t.folder / "r.h5", "--out", t.folder / (model + ".csv"), "--table", "places"});
    ASSERT_EQ(exported.code, 0) << exported.err;
    EXPECT_THAT(test_support::read_text(t.folder / (model + ".csv")), HasSubstr("standard_error_area"));
  }
}

// Homes in King County by longitude and latitude, flats in Seoul: thousands of sales through import.
TEST(Gwr_job, real_sales) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto run = [&](const std::string& name, const std::filesystem::path& file,
                       const std::vector<std::string>& import, const std::string& y, const std::string& x) {
    std::vector<std::string> words{"import", "points", "--city", folder / (name + ".h5"),
                                   "--name", name,     "--file", file};
    words.insert(words.end(), import.begin(), import.end());
    const auto imported = run_dosi(words);
    EXPECT_EQ(imported.code, 0) << imported.err;
    const auto done = run_dosi({"gwr", "--city", folder / (name + ".h5"), "--out", folder / (name + ".gwr.h5"),
                                "--layer", name, "--y", y, "--x", x, "--device", "cpu"});
    EXPECT_EQ(done.code, 0) << done.err;
    return stream::read_all<double>(result::Result::open(folder / (name + ".gwr.h5")).root().group("model"), "r2");
  };
  const auto king =
      run("king", data / "gwr/kc_house_data.csv", {"--x", "long", "--y", "lat", "--city-crs", "EPSG:32610"}, "price",
          "sqft_living,grade,yr_built,bathrooms");
  ASSERT_EQ(king.size(), 2u);
  EXPECT_GT(king[1], 0.85);
  EXPECT_GT(king[1], king[0] + 0.15);
  const auto seoul = run("seoul", data / "seoul/apartment_trades_2024.csv", {"--x", "Longitude", "--y", "Latitude"},
                         "Price", "Area,Floor,Building Year");
  ASSERT_EQ(seoul.size(), 2u);
  EXPECT_GT(seoul[1], 0.85);
  EXPECT_GT(seoul[1], seoul[0] + 0.2);
}

}  // namespace
}  // namespace dosi::gwr
