// The ratio study around its measures: trimming, quartiles, strata, verdicts, tenths of value, intervals.
#include "host/appraise/ratio_study.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "io/error.hpp"
#include "kernels/core/philox.hpp"
#include "tests/reference/ratio_study.hpp"

namespace dosi::appraise {
namespace {

using job::Json;
using testing::HasSubstr;

Question question(Json more = Json::object()) {
  Json given{{"sales", "s"}, {"price", "p"}, {"assessed", "a"}, {"x", {"area"}}, {"replicas", 500}};
  given.update(more);
  return Question(job::Parameters(declared_parameters(), given, "test"));
}

Ratio_study study(const Ratio_sales& sales, const Question& q) {
  return study_ratios(sales, q, Device::choose("cpu", 2));
}

// Ratios about 0.9 with 10 % noise, and as many far off as asked for.
Ratio_sales made(std::size_t n, std::size_t far, std::uint64_t seed = 3) {
  Ratio_sales s;
  for (std::size_t i = 0; i < n; ++i) {
    Random r(seed, i);
    s.price.push_back(200'000 * std::exp(0.5 * r.normal()));
    s.assessed.push_back(s.price.back() * 0.9 * std::exp(0.1 * r.normal()) * (i < far ? 4 : 1));
  }
  return s;
}

TEST(Ratio_study, quartiles_lie_at_quarters_of_one_more_than_the_ratios) {
  EXPECT_DOUBLE_EQ(quartile_of({1, 2, 3, 4, 5, 6, 7}, 0.25), 2);  // (7 + 1) / 4 = the second
  EXPECT_DOUBLE_EQ(quartile_of({1, 2, 3, 4, 5, 6, 7}, 0.75), 6);
  EXPECT_DOUBLE_EQ(quartile_of({1, 2, 3, 4}, 0.25), 1.25);
  EXPECT_DOUBLE_EQ(quartile_of({1, 2}, 0.25), 1);
  EXPECT_DOUBLE_EQ(quartile_of({5}, 0.75), 5);
}

TEST(Ratio_study, outliers_are_trimmed_and_counted) {
  const auto sales = made(400, 7);
  const auto trimmed = study(sales, question()), all = study(sales, question({{"trim", 0}}));
  EXPECT_EQ(trimmed.strata[0].sales, 400u);
  EXPECT_EQ(trimmed.strata[0].trimmed, 7u);
  for (std::size_t i = 0; i < 400; ++i) EXPECT_EQ(trimmed.trimmed[i], i < 7 ? 1 : 0) << i;
  EXPECT_EQ(all.strata[0].trimmed, 0u);
  EXPECT_GT(all.strata[0].of(Measure::cod), trimmed.strata[0].of(Measure::cod) + 2);
  std::vector<reference::Sale_ratio> kept;
  for (std::size_t i = 7; i < 400; ++i) kept.push_back({sales.assessed[i], sales.price[i]});
  const auto expected = reference::ratio_measures(kept);
  for (std::size_t m = 0; m < kMeasures; ++m)
    EXPECT_NEAR(trimmed.strata[0].measure[m], expected[m], 1e-10 * (1 + std::fabs(expected[m]))) << m;
}

TEST(Ratio_study, strata_have_their_own_sales_trimming_and_limits) {
  auto sales = made(300, 0);
  sales.strata.resize(1);
  for (std::size_t i = 0; i < 300; ++i)
    sales.strata[0].push_back(i < 4 ? "10" : i < 8 ? "" : i % 2 == 0 ? "9" : "land");
  const auto s = study(sales, question({{"strata", {"class"}},
                                        {"limits", {{{"column", "class"}, {"value", "land"}, {"cod", {0.0, 1.0}}}}}}));
  ASSERT_EQ(s.strata.size(), 4u);
  EXPECT_EQ(s.strata[0].value, "all");
  EXPECT_EQ(s.strata[1].value, "9");  // by number, then text
  EXPECT_EQ(s.strata[2].value, "10");
  EXPECT_EQ(s.strata[3].value, "land");
  EXPECT_EQ(s.strata[0].sales, 300u);
  EXPECT_EQ(s.strata[1].sales + s.strata[3].sales, 292u);
  EXPECT_TRUE(s.strata[2].too_few);
  EXPECT_TRUE(std::isnan(s.strata[2].low(Measure::median)));
  EXPECT_EQ(s.strata[2].cod, Verdict::none);
  EXPECT_EQ(s.strata[1].cod, Verdict::pass);
  EXPECT_EQ(s.strata[3].cod, Verdict::fail);
  sales.strata[0].clear();
  for (std::size_t i = 0; i < 300; ++i) sales.strata[0].push_back(std::to_string(i * 5));
  EXPECT_EQ(study(sales, question({{"strata", {"class"}}})).strata.size(), 301u);
}

TEST(Ratio_study, verdicts_ask_whether_the_interval_reaches_the_limits) {
  const Range r{5, 15};
  EXPECT_EQ(judge(10, 4, 20, r), Verdict::pass);
  EXPECT_EQ(judge(16, 14.9, 18, r), Verdict::unclear);
  EXPECT_EQ(judge(16, 15.1, 18, r), Verdict::fail);
  EXPECT_EQ(judge(4, 3, 4.9, r), Verdict::fail);
  EXPECT_EQ(judge(4, 3, 5.1, r), Verdict::unclear);
  EXPECT_EQ(judge(std::nan(""), 3, 5.1, r), Verdict::none);
}

// Cheap sales assessed too high: every measure of bias says so, and the tenths fall.
TEST(Ratio_study, a_regressive_roll_is_seen) {
  auto sales = made(2000, 0);
  for (std::size_t i = 0; i < 2000; ++i) sales.assessed[i] *= std::pow(sales.price[i] / 200'000, -0.15);
  const auto s = study(sales, question());
  EXPECT_EQ(s.strata[0].prd, Verdict::fail);
  EXPECT_EQ(s.strata[0].prb, Verdict::fail);
  EXPECT_EQ(s.strata[0].mki, Verdict::fail);
  EXPECT_NEAR(s.strata[0].of(Measure::prb), -0.15 * std::log(2.0), 0.02);  // a doubling of value takes 2^-0.15 off
  EXPECT_LT(s.strata[0].of(Measure::mki), 0.95);
  ASSERT_EQ(s.deciles.size(), kDeciles);
  for (std::size_t d = 1; d < kDeciles; ++d) {
    EXPECT_LT(s.deciles[d].of(Measure::median), s.deciles[d - 1].of(Measure::median));
    EXPECT_GT(s.decile_value[d], s.decile_value[d - 1]);
    EXPECT_EQ(s.deciles[d].sales,
              s.strata[0].sales / 10 + (s.strata[0].sales % 10 > 0 && s.deciles[d].sales > s.strata[0].sales / 10));
  }
}

// Of 200 rolls drawn from one market, about 95 % have intervals that hold what the market has.
TEST(Ratio_study, intervals_hold_the_truth_as_often_as_they_say) {
  const auto market = study(made(200'000, 0, 77), question({{"trim", 0}, {"replicas", 99}})).strata[0];
  std::array<int, kMeasures> held{};
  for (std::uint64_t roll = 0; roll < 200; ++roll) {
    const auto s = study(made(250, 0, 1000 + roll), question({{"trim", 0}})).strata[0];
    for (std::size_t m = 0; m < kMeasures; ++m)
      held[m] += market.measure[m] >= s.lower[m] && market.measure[m] <= s.upper[m];
  }
  for (std::size_t m = 0; m < kMeasures; ++m) {
    EXPECT_GE(held[m], 178) << m;
    EXPECT_LE(held[m], 199) << m;
  }
}

TEST(Ratio_study, what_cannot_be_asked_is_said) {
  const auto said = [](Json more) {
    try {
      question(std::move(more));
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Exit::usage);
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(said({{"cod_limits", {15.0, 5.0}}}), HasSubstr("cod_limits: must be the lowest and the highest"));
  EXPECT_THAT(said({{"limits", {{{"column", "class"}, {"value", "land"}, {"codd", {5, 25}}}}}}),
              HasSubstr("unknown key 'codd'; did you mean cod?"));
  EXPECT_THAT(said({{"limits", {{{"column", "class"}, {"value", "land"}, {"cod", {25, 5}}}}}}),
              HasSubstr("must be [lowest, highest]"));
  EXPECT_THAT(said({{"limits", {{{"column", "class"}, {"value", "land"}}}}}),
              HasSubstr("'class' is none of the columns of strata"));
  EXPECT_THAT(said({{"nugget", 1.0}}), HasSubstr("are for kriging"));
  EXPECT_THAT(said({{"nugget", 1.0}, {"kriging", true}}), HasSubstr("given all three, or none"));
  EXPECT_THAT(said({{"valuation_date", "soon"}}), HasSubstr("'soon' is no day"));
  EXPECT_THAT(said({{"assessed", "p"}}), HasSubstr("is the price too"));
  EXPECT_THAT(said({{"x", {"p"}}}), HasSubstr("'p' is what is to be explained"));
}

}  // namespace
}  // namespace dosi::appraise
