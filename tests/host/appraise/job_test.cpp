// dosi appraise as a job: what was planted comes out, what cannot be is named, an interrupted run goes on, real sales.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "host/appraise/appraise_job.hpp"
#include "host/job/run.hpp"
#include "host/make_city/make_city.hpp"
#include "io/result/result.hpp"
#include "kernels/core/philox.hpp"
#include "tests/support/program.hpp"
#include "tests/support/same_results.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::appraise {
namespace {

using job::Json;
using test_support::run_dosi;
using test_support::Temp_folder;
using test_support::words;
using testing::HasSubstr;

std::vector<double> numbers(const result::Result& r, const char* table, const char* name) {
  return stream::read_as_double(r.root().group(table), name);
}
std::vector<std::string> texts(const result::Result& r, const char* table, const char* name) {
  return stream::read_strings(r.root().group(table), name);
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ma += a[i] / n, mb += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i)
    ab += (a[i] - ma) * (b[i] - mb), aa += (a[i] - ma) * (a[i] - ma), bb += (b[i] - mb) * (b[i] - mb);
  return ab / std::sqrt(aa * bb);
}

// Of the assessments that make-city has planted wrong nearly all are outside their interval, and few others are; the
// list begins with them. The level of assessment, the prices and the ratio study are those of what was planted.
TEST(Appraise_job, planted_wrong_assessments_are_found) {
  const Temp_folder folder;
  make_city::make({.people = 1'000'000, .seed = 11, .out = folder / "city.h5"});
  job::run(appraise_kind(), {folder / "city.h5", folder / "out.h5",
                             Json{{"sales", "sales"},
                                  {"price", "price_krw"},
                                  {"assessed", "assessed_krw"},
                                  {"x", {"area_m2", "floor", "built_year", "dist_to_centre_m", "dist_to_park_m"}},
                                  {"scale", "price"},
                                  {"interval", 0.95},
                                  {"strata", {"district"}},
                                  {"replicas", 200},
                                  {"device", "cpu"}},
                             "test"});
  const auto r = result::Result::open(folder / "out.h5");
  const auto truth = city::City::open(folder / "city.h5").root().group("truth");
  const auto wrong = stream::read_as_double(truth.group("wrong_assessments"), "sale");
  const std::set<double> planted(wrong.begin(), wrong.end());
  const auto row = numbers(r, "parcels", "row"), outside = numbers(r, "parcels", "outside"),
             predicted = numbers(r, "parcels", "predicted"), rank = numbers(r, "parcels", "rank");
  double found = 0, said = 0, off = 0;
  const auto fair = stream::read_as_double(truth.group("coefficients"), "fair_price");
  for (std::size_t i = 0; i < row.size(); ++i) {
    said += outside[i] != 0;
    found += outside[i] != 0 && planted.contains(row[i]);
    off += std::fabs(predicted[i] / fair[static_cast<std::size_t>(row[i])] - 1) / static_cast<double>(row.size());
    EXPECT_EQ(rank[i] > 0, outside[i] != 0);
  }
  EXPECT_GT(found / static_cast<double>(planted.size()), 0.98);  // recall
  EXPECT_GT(found / said, 0.95);                                 // precision
  EXPECT_LT(off, 0.03);
  // The surfaces that were planted come out.
  const auto b = numbers(r, "parcels", "coefficient");
  for (const auto& [name, column, least] : {std::tuple{"area_m2", 0, 0.9}, {"built_year", 2, 0.6}}) {
    std::vector<double> mine, of_rows;
    const auto surface = stream::read_as_double(truth.group("coefficients"), name);
    for (std::size_t i = 0; i < row.size(); ++i) {
      mine.push_back(b[i * 5 + static_cast<std::size_t>(column)]);
      of_rows.push_back(surface[static_cast<std::size_t>(row[i])]);
    }
    EXPECT_GT(correlation(mine, of_rows), least) << name;
  }
  const auto listed = numbers(r, "listed", "row"), of_list = numbers(r, "listed", "off");
  ASSERT_EQ(listed.size(), 100u);
  std::size_t right = 0;
  for (std::size_t i = 0; i < 90; ++i) right += planted.contains(listed[i]);
  EXPECT_GE(right, 88u);
  // Assessed values are 70 % of the fair price with 3 % noise, prices have 8 %; 2 % are wrong and mostly trimmed.
  EXPECT_NEAR(numbers(r, "models", "level")[0], 0.70, 0.004);
  EXPECT_NEAR(numbers(r, "models", "deviation")[0], 0.08, 0.004);
  EXPECT_NEAR(numbers(r, "models", "coverage")[0], 0.95, 0.005);
  EXPECT_NEAR(numbers(r, "ratio_study", "cod")[0], 100 * std::sqrt(0.08 * 0.08 + 0.03 * 0.03) * std::sqrt(2 / M_PI),
              0.4);
  const auto strata = texts(r, "ratio_study", "value"), verdict = texts(r, "ratio_study", "cod_verdict");
  EXPECT_EQ(strata.size(), 4u);
  for (const auto& v : verdict) EXPECT_EQ(v, "pass");
  // Prices are unlike their fair values by 8 %: a ratio to price rises where the price fell, and the deciles are by
  // both.
  EXPECT_EQ(numbers(r, "deciles", "median").size(), 10u);
}

struct Table_of_sales {
  explicit Table_of_sales(const std::string& text, const std::string& name = "s", const std::string& more = "") {
    add(name, text);
    if (!more.empty()) add("p", more);
  }
  void add(const std::string& name, const std::string& text) {
    std::ofstream(folder / (name + ".csv")) << text;
    const auto done = run_dosi({"import", "points", "--city", city, "--name", name, "--file", folder / (name + ".csv"),
                                "--x", "x", "--y", "y", "--crs", "EPSG:5186", "--city-crs", "EPSG:5186"});
    EXPECT_EQ(done.code, 0) << done.err;
  }
  test_support::Finished appraise(std::vector<std::string> words) const {
    std::vector<std::string> all{"appraise", "--city", city,       "--out", folder / "r.h5", "--overwrite",
                                 "--sales",  "s",      "--device", "cpu",   "--replicas",    "99"};
    if (std::find(words.begin(), words.end(), "--price") == words.end())
      words.insert(words.end(), {"--price", "price"});
    all.insert(all.end(), words.begin(), words.end());
    return run_dosi(all);
  }
  result::Result result() const { return result::Result::open(folder / "r.h5"); }
  Temp_folder folder;
  std::string city = folder / "c.h5";
};

// Prices of area and age alone, the same everywhere, with as much noise as asked for; every tenth is assessed twice too
// high.
std::string sales(std::size_t n, double noise,
                  const std::string& header = "x,y,price,area,age,assessed,class,date,id\n", std::size_t first = 0) {
  std::string text = header;
  for (std::size_t i = first; i < first + n; ++i) {
    Random r(21, i);
    const double x = 200'000 + 5000 * r.uniform(), y = 550'000 + 5000 * r.uniform(), area = 40 + 100 * r.uniform(),
                 age = 30 * r.uniform();
    const double fair = std::exp(11 + 0.01 * area - 0.02 * age);
    text += fmt::format("{:.3f},{:.3f},{:.4f},{:.4f},{:.4f},{:.4f},{},2024-{:02}-{:02},k{}\n", x, y,
                        fair * std::exp(noise * r.normal()), area, age, fair * (i % 10 == 3 ? 1.6 : 0.8),
                        i % 20 == 0 ? "land" : "home", 1 + i % 12, 1 + i % 28, i);
  }
  return text;
}

TEST(Appraise_job, comparables_are_adjusted_to_the_parcel) {
  const Table_of_sales t(sales(400, 1e-6));
  for (const std::string scale : {"log", "price"}) {
    const auto done = t.appraise({"--assessed", "assessed", "--x", "area,age", "--scale", scale, "--bandwidth",
                                  scale == "log" ? "400" : "120", "--comparables", "4", "--list", "30"});
    ASSERT_EQ(done.code, 0) << done.err;
    const auto r = t.result();
    const auto rank = numbers(r, "comparables", "rank_number"), price = numbers(r, "comparables", "price"),
               adjusted = numbers(r, "comparables", "adjusted"), adjustment = numbers(r, "comparables", "adjustment"),
               unlike = numbers(r, "comparables", "unlikeness"), row = numbers(r, "comparables", "row");
    const auto predicted = numbers(r, "listed", "predicted"), off = numbers(r, "listed", "off"),
               listed = numbers(r, "listed", "row");
    ASSERT_EQ(rank.size(), 120u);
    for (std::size_t i = 0; i < rank.size(); ++i) {
      const auto subject = static_cast<std::size_t>(rank[i]) - 1;
      EXPECT_EQ(subject, i / 4);
      if (i % 4 > 0) {
        EXPECT_GE(unlike[i], unlike[i - 1]);
      }
      EXPECT_NE(row[i], listed[subject]) << "a parcel is no evidence for itself";
      EXPECT_NEAR(adjustment[2 * i] + adjustment[2 * i + 1], adjusted[i] - price[i], 1e-6 * price[i]);
      if (scale == "log") {
        // The model is exact: each comparable, adjusted, says what the parcel is worth.
        EXPECT_NEAR(adjusted[i] / predicted[subject], 1, 1e-4);
        EXPECT_NEAR(off[subject], 1, 1e-3);
      }
    }
  }
}

// Sales prices rise by 1 % a month; appraised at the end, cheap early sales do not mislead, and a mean price is above a
// median one.
TEST(Appraise_job, sales_are_brought_to_the_valuation_date) {
  std::string text = "x,y,price,area,assessed,date\n";
  for (std::size_t i = 0; i < 1200; ++i) {
    Random r(4, i);
    const auto month = r.below(24);
    const double area = 50 + 50 * r.uniform(), fair = std::exp(11 + 0.01 * area);
    text += fmt::format("{:.2f},{:.2f},{:.4f},{:.4f},{:.4f},{}{:02}15\n", 200'000 + 3000 * r.uniform(),
                        550'000 + 3000 * r.uniform(), fair * std::exp(0.01 * (month - 23.0) + 0.2 * r.normal()), area,
                        fair, 2022 + month / 12, month % 12 + 1);
  }
  const Table_of_sales t(text);
  const auto level = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"--assessed", "assessed", "--x", "area", "--bandwidth", "1200"};
    words.insert(words.end(), more.begin(), more.end());
    const auto done = t.appraise(words);
    EXPECT_EQ(done.code, 0) << done.err;
    return numbers(t.result(), "ratio_study", "median")[0];
  };
  EXPECT_NEAR(level({"--date", "date", "--time", "linear"}), 1, 0.02);
  EXPECT_NEAR(level({"--date", "date", "--time", "monthly"}), 1, 0.06);
  EXPECT_NEAR(level({"--date", "date", "--time", "linear", "--valuation-date", "2022-01-15"}), std::exp(0.23), 0.03);
  EXPECT_GT(level({"--date", "date", "--time", "none"}), 1.08);
  const auto smearing = numbers(t.result(), "models", "smearing")[0],
             predicted = numbers(t.result(), "parcels", "predicted")[0];
  EXPECT_NEAR(smearing, std::exp(0.5 * (0.2 * 0.2 + 0.01 * 0.01 * 48)), 0.01);
  level({"--date", "date", "--time", "none", "--retransform", "none"});
  EXPECT_NEAR(numbers(t.result(), "parcels", "predicted")[0] * smearing, predicted, 1e-6 * predicted);
}

// Prices with a pattern that no column explains and no wide regression sees: kriging takes it up, and its variance is
// right.
TEST(Appraise_job, kriging_takes_up_what_the_model_leaves) {
  std::string text = "x,y,price,area,assessed,half\n";
  for (std::size_t i = 0; i < 1600; ++i) {
    Random r(6, i);
    const double x = 4000 * r.uniform(), y = 4000 * r.uniform(), area = 50 + 50 * r.uniform();
    const double fair = std::exp(11 + 0.01 * area + 0.2 * std::sin(x / 180) * std::cos(y / 150)),
                 price = fair * std::exp(0.05 * r.normal());
    text += fmt::format("{:.2f},{:.2f},{:.4f},{:.4f},{:.4f},{}\n", 200'000 + x, 550'000 + y, price, area, price,
                        i % 4 == 0 ? "" : fmt::format("{:.4f}", price));
  }
  const Table_of_sales t(text);
  const auto errors = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"--price", "half",       "--x",      "area",    "--bandwidth",
                                   "1200",    "--assessed", "assessed", "--level", "1"};
    words.insert(words.end(), more.begin(), more.end());
    const auto done = t.appraise(words);
    EXPECT_EQ(done.code, 0) << done.err;
    // Of the quarter that was never sold: its error, and how often it lies in its interval.
    const auto r = t.result();
    const auto row = numbers(r, "parcels", "row"), position = numbers(r, "parcels", "position"),
               ratio = numbers(r, "parcels", "ratio");
    double square = 0, inside = 0, n = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (static_cast<std::size_t>(row[i]) % 4 == 0) {
        square += std::pow(std::log(ratio[i]), 2);
        inside += std::fabs(position[i]) <= 1;
        ++n;
      }
    EXPECT_EQ(n, 400);
    EXPECT_NEAR(inside / n, 0.9, 0.05);
    return std::sqrt(square / n);
  };
  const double without = errors({}), with = errors({"--kriging", "--variogram-cutoff", "400"});
  EXPECT_LT(with, 0.75 * without);
  EXPECT_NEAR(numbers(t.result(), "models", "msdr")[0], 1, 0.15);
  EXPECT_NEAR(numbers(t.result(), "models", "kriged_rmse")[0], with, 0.02);
  EXPECT_LT(errors({"--kriging", "--variogram", "gaussian", "--variogram-cutoff", "300", "--scale", "price"}),
            0.8 * without);
  EXPECT_LT(
      errors({"--kriging", "--nugget", "0.003", "--sill", "0.01", "--range", "600", "--kriging-neighbours", "12"}),
      0.8 * without);
  EXPECT_FALSE(t.result().root().has("variogram"));
}

// Official values in another layer: by a key the sales know theirs.
TEST(Appraise_job, parcels_of_another_layer) {
  const Table_of_sales t(sales(300, 0.05, "x,y,price,area,age,value,class,date,id\n"), "s",
                         sales(900, 0.05, "x,y,unused,area,age,assessed,class,date,id\n", 100));
  auto done = t.appraise({"--parcels", "p", "--assessed", "assessed", "--x", "area,age"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("points/s has no column 'assessed', so no ratio of a sale is known; give 'key'"));
  done = t.appraise({"--parcels", "p", "--assessed", "assessed", "--x", "area,age", "--key", "id"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("100 of 300 sales have a value of 'id' that no parcel has"));
  EXPECT_EQ(numbers(t.result(), "ratio_study", "sales")[0], 200);
  EXPECT_EQ(numbers(t.result(), "parcels", "row").size(), 900u);
  const auto row = numbers(t.result(), "parcels", "row"), outside = numbers(t.result(), "parcels", "outside");
  std::size_t wrong = 0, said = 0;
  for (std::size_t i = 0; i < 900; ++i) {
    const bool twice = (static_cast<std::size_t>(row[i]) + 100) % 10 == 3;
    wrong += twice != (outside[i] == 2);
    said += outside[i] == 2;
  }
  EXPECT_EQ(said, 90u);
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(t.appraise({"--parcels", "p", "--assessed", "assessed", "--x", "area,age", "--level", "0.8"}).code, 0);
  EXPECT_FALSE(t.result().root().has("ratio_study"));
}

TEST(Appraise_job, classes_with_few_sales_are_pooled_or_left_out) {
  const Table_of_sales t(sales(600, 0.05));
  auto done = t.appraise({"--assessed", "assessed", "--x", "area,age", "--by", "class", "--fewest", "50"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(
      done.err,
      HasSubstr(
          "1 of 2 values of 'class' have fewer than 50 sales and are appraised by the model of all sales: land (30)"));
  EXPECT_EQ(texts(t.result(), "models", "name"), (std::vector<std::string>{"home", "all"}));
  EXPECT_EQ(numbers(t.result(), "models", "sales"), (std::vector<double>{570, 600}));
  EXPECT_EQ(numbers(t.result(), "models", "parcels"), (std::vector<double>{570, 30}));
  done = t.appraise({"--assessed", "assessed", "--x", "area,age", "--by", "class", "--fewest", "50", "--few", "leave"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto model = numbers(t.result(), "parcels", "model"), predicted = numbers(t.result(), "parcels", "predicted");
  for (std::size_t i = 0; i < 600; ++i) EXPECT_EQ(std::isnan(predicted[i]), i % 20 == 0) << i;
  done =
      t.appraise({"--assessed", "assessed", "--x", "area,age", "--by", "class", "--fewest", "1000", "--few", "leave"});
  EXPECT_EQ(done.code, 65);
  EXPECT_THAT(done.err, HasSubstr("no value of 'class' has 1000 sales"));
}

TEST(Appraise_job, rows_that_cannot_take_part_are_named) {
  auto text = sales(200, 0.05);
  text +=
      "200100,550100,-5,60,3,100,home,2024-01-01,a\n200100,550100,0,60,3,100,home,2024-01-01,b\n200100,550100,70000,,3,"
      "70000,home,2024-01-01,c\n";
  text +=
      "200100,550100,70000,60,3,0,home,2024-01-01,d\n200100,550100,70000,60,3,70000,home,someday,e\n200100,550100,,60,"
      "3,70000,home,2024-01-01,f\n";
  const Table_of_sales t(text);
  const auto done = t.appraise({"--assessed", "assessed", "--x", "area,age", "--date", "date"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("1 rows of points/s have no price: parcels, no sales"));
  EXPECT_THAT(done.err, HasSubstr("sale: price is -5; it must be above 0: 1 row, the first 200"));
  EXPECT_THAT(done.err, HasSubstr("sale: date is no day such as 2024-01-31: 1 row, the first 204"));
  EXPECT_THAT(
      done.err,
      HasSubstr("parcel: assessed is 0; it must be above 0, so there is nothing to verify: 1 row, the first 203"));
  const auto why = texts(t.result(), "left_out", "why");
  EXPECT_THAT(why,
              testing::ElementsAre(HasSubstr("price is -5"), HasSubstr("price is 0"), "sale: area is missing",
                                   HasSubstr("date is no day"), "parcel: area is missing", HasSubstr("assessed is 0")));
  EXPECT_EQ(numbers(t.result(), "parcels", "row").size(), 204u);
  EXPECT_EQ(numbers(t.result(), "sales", "row").size(), 201u);
}

TEST(Appraise_job, wrong_questions_and_data_are_answered) {
  const Table_of_sales t(sales(120, 0.05));
  const auto expect = [&](int code, const std::vector<std::string>& words, const std::vector<std::string>& said) {
    const auto done = t.appraise(words);
    EXPECT_EQ(done.code, code) << done.err;
    for (const auto& s : said) EXPECT_THAT(done.err, HasSubstr(s));
    EXPECT_FALSE(std::filesystem::exists(t.folder / "r.h5"));
  };
  expect(2, {"--assessed", "assessed"}, {"x: is required"});
  expect(2, {"--assessed", "assesed", "--x", "area,aeg", "--strata", "clas"},
         {"no column 'assesed'; did you mean 'assessed'", "no column 'aeg'", "no column 'clas'; did you mean 'class'"});
  expect(2, {"--assessed", "assessed", "--x", "class"},
         {"x: column 'class' of points/s holds text; numbers are needed"});
  expect(2, {"--assessed", "assessed", "--x", "area,area"}, {"'area' is named twice"});
  expect(2, {"--x", "area", "--strata", "class"}, {"strata: are for a ratio study"});
  expect(2, {"--x", "area", "--kriging-neighbours", "1000"}, {"kriging_neighbours"});
  expect(65, {"--x", "area", "--by", "class", "--fewest", "119", "--few", "leave"},
         {"no value of 'class' has 119 sales"});
  const Table_of_sales few(sales(20, 0.05));
  const auto done = few.appraise({"--x", "area"});
  EXPECT_EQ(done.code, 65);
  EXPECT_THAT(done.err, HasSubstr("20 sales have a price and all columns; at least 30 are needed"));
}

TEST(Appraise_job, report_and_export_take_a_result) {
  const Table_of_sales t(sales(300, 0.05));
  for (const bool verify : {true, false}) {
    std::vector<std::string> words{"--x", "area,age", "--date", "date"};
    if (verify) words.insert(words.end(), {"--assessed", "assessed", "--strata", "class"});
    ASSERT_EQ(t.appraise(words).code, 0);
    const auto page = run_dosi({"report", t.folder / "r.h5", "--out", t.folder / "r.html"});
    ASSERT_EQ(page.code, 0) << page.err;
    EXPECT_THAT(page.err, testing::Not(HasSubstr("warn")));
    const auto html = test_support::read_text(t.folder / "r.html");
    EXPECT_THAT(html, HasSubstr("Price that the market says"));
    EXPECT_EQ(html.find("Median ratio from the cheapest tenth to the dearest") != std::string::npos, verify);
    EXPECT_THAT(html, testing::Not(HasSubstr("there is no column")));
    for (const std::string table : {"parcels", "sales", "comparables"}) {
      const auto exported = run_dosi(
          {"export", t.folder / "r.h5", "--out", t.folder / (table + ".csv"), "--table", table, "--overwrite"});
      ASSERT_EQ(exported.code, 0) << exported.err;
    }
    EXPECT_THAT(test_support::read_text(t.folder / "parcels.csv"), HasSubstr("predicted"));
  }
}

// Killed in its search, and killed in its tiles: the same command goes on and ends with the same answer.
TEST(Appraise_job, a_killed_run_goes_on) {
  const Temp_folder folder;
  const std::string city = folder / "city.h5";
  make_city::make({.people = 1'000'000, .seed = 3, .out = city});
  const auto command = [&](const std::string& out) {
    return std::vector<std::string>{
        DOSI_PROGRAM, "appraise",   "--city",    city,         "--out",        out,   "--sales",
        "sales",      "--price",    "price_krw", "--assessed", "assessed_krw", "--x", "area_m2,floor,built_year",
        "--strata",   "district",   "--threads", "1",          "--device",     "cpu", "--tile-rows",
        "64",         "--replicas", "200"};
  };
  const std::string whole = folder / "whole.h5", killed = folder / "killed.h5";
  ASSERT_EQ(test_support::run_program(command(whole)).code, 0);
  const auto kill_when = [&](const auto& ready) {
    const auto words = command(killed);
    std::vector<char*> argv;
    for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      std::freopen("/dev/null", "w", stderr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    for (int i = 0; i < 20'000 && !ready(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  };
  const auto work = std::filesystem::path(killed + ".work");
  ASSERT_TRUE(kill_when([&] { return std::filesystem::exists(work / "evaluations-0.jsonl"); }));
  ASSERT_TRUE(kill_when([&] { return std::filesystem::exists(work / "tile-000002.h5"); }));
  EXPECT_FALSE(std::filesystem::exists(killed));
  const auto done = test_support::run_program(command(killed));
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("bandwidths were tried before the interruption"));
  EXPECT_THAT(done.err, HasSubstr("continues after"));
  const auto c = test_support::compare(result::Result::open(whole), result::Result::open(killed));
  EXPECT_GT(c.variables, 0u);
  EXPECT_EQ(c.deviation, 0) << (c.differing.empty() ? "" : c.differing[0]);
}

// A roll as it is made without a model: the median price of a square foot (or metre) of the place's code times its
// area.
void add_plain_roll(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& layer,
                    const std::string& price, const std::string& area, const std::string& place) {
  const auto city = city::City::open(from);
  auto points = city.read_points(layer);
  const auto prices = points.attributes.find(price)->as_numbers(), areas = points.attributes.find(area)->as_numbers();
  const auto places = points.attributes.find(place)->as_text();
  std::map<std::string, std::vector<double>> unit;
  for (std::size_t i = 0; i < prices.size(); ++i) unit[places[i]].push_back(prices[i] / areas[i]);
  for (auto& [name, values] : unit) std::sort(values.begin(), values.end());
  std::vector<double> roll;
  for (std::size_t i = 0; i < prices.size(); ++i)
    roll.push_back(std::round(0.9 * areas[i] * unit[places[i]][unit[places[i]].size() / 2]));
  points.attributes.add("roll", roll);
  city::City_writer writer(to, city.crs());
  writer.add(layer, points, {"test", "test"});
  writer.publish();
}

// Homes in King County and flats in Seoul, as they come through import; and against a roll as it is made without a
// model, whose faults are known: it says nothing of grade, age and floor.
TEST(Appraise_job, real_sales) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  struct Case {
    std::string name;
    std::filesystem::path file;
    std::vector<std::string> import, ask;
    std::string price, area, place;
    double error;
  };
  const std::vector<Case> cases{
      {"king",
       data / "gwr/kc_house_data.csv",
       {"--x", "long", "--y", "lat", "--city-crs", "EPSG:32610"},
       {"--price", "price", "--x", "sqft_living,sqft_lot,grade,condition,yr_built,bathrooms,view", "--date", "date",
        "--bandwidth", "182"},
       "price",
       "sqft_living",
       "zipcode",
       0.17},
      {"seoul",
       data / "seoul/apartment_trades_2024.csv",
       {"--x", "Longitude", "--y", "Latitude"},
       {"--price", "Price", "--x", "Area,Floor,Building Year", "--date", "Date", "--bandwidth", "49"},
       "Price",
       "Area",
       "Gu",
       0.25}};
  for (const auto& c : cases) {
    auto line = words("import points --city {} --name s --file {}", {folder / (c.name + ".h5"), c.file});
    line.insert(line.end(), c.import.begin(), c.import.end());
    const auto imported = run_dosi(line);
    ASSERT_EQ(imported.code, 0) << imported.err;
    add_plain_roll(folder / (c.name + ".h5"), folder / "roll.h5", "s", c.price, c.area, c.place);
    for (const bool verified : {false, true}) {
      line = words("appraise --city {} --out {} --sales s --device cpu --replicas 99 --overwrite",
                   {verified ? folder / "roll.h5" : folder / (c.name + ".h5"), folder / "r.h5"});
      line.insert(line.end(), c.ask.begin(), c.ask.end());
      if (verified) line.insert(line.end(), {"--assessed", "roll", "--strata", c.place});
      const auto done = run_dosi(line);
      ASSERT_EQ(done.code, 0) << done.err;
      const auto r = result::Result::open(folder / "r.h5");
      EXPECT_LT(numbers(r, "models", "deviation")[0], c.error) << c.name;
      EXPECT_NEAR(numbers(r, "models", "coverage")[0], 0.9, 0.005);
      if (!verified) {
        EXPECT_FALSE(r.root().has("ratio_study"));
        continue;
      }
      EXPECT_NEAR(numbers(r, "ratio_study", "median")[0], 0.9, 0.06) << c.name;
      EXPECT_GT(numbers(r, "ratio_study", "cod")[0], 15) << c.name;
      EXPECT_EQ(texts(r, "ratio_study", "cod_verdict")[0], "fail");
      EXPECT_GT(numbers(r, "ratio_study", "prd_lower")[0], 1.015) << c.name;
      EXPECT_EQ(numbers(r, "comparables", "row").size(), 500u);
    }
  }
}

}  // namespace
}  // namespace dosi::appraise
