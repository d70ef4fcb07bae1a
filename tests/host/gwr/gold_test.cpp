// Published answers on real data, through import and the job: Georgia as GWR4 and mgwr have it, homes in Los Angeles as
// FastGWR has them. Needs the folder of real data.
#include <gtest/gtest.h>

#include <cmath>

#include "host/gwr/criterion.hpp"
#include "tests/support/gwr_study.hpp"

namespace dosi::gwr {
namespace {

using job::Json;
using test_support::bandwidth;
using test_support::column;
using test_support::figure;
using test_support::listwise;
using test_support::Study;
using test_support::with;

const Json kGeorgia{{"y", "PctBach"}, {"x", {"PctRural", "PctPov", "PctBlack"}}, {"residual_df", "both_traces"}};

// Behind the terms: y, yhat, residual, standardised residual, local R2, influence, Cook.
void expect_listwise(const result::Result& r, const std::filesystem::path& file) {
  const auto rows = listwise(file);
  const auto b = column(r, "coefficient"), error = column(r, "standard_error"), t = column(r, "t"),
             fitted = column(r, "fitted"), e = column(r, "residual"), standardised = column(r, "standardised_residual"),
             r2 = column(r, "local_r2"), leverage = column(r, "leverage"), cook = column(r, "cooks_distance");
  ASSERT_EQ(rows.size(), 159u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double* row = rows[i].data() + 4;
    const auto near = [&](double got, double expected, const char* what) {
      ASSERT_NEAR(got, expected, 2e-4 * std::fabs(expected) + 2e-6) << what << " of place " << i;
    };
    for (std::size_t c = 0; c < 4; ++c) {
      near(b[i * 4 + c], row[3 * c], "coefficient");
      near(error[i * 4 + c], row[3 * c + 1], "standard error");
      near(t[i * 4 + c], row[3 * c + 2], "t");
    }
    near(fitted[i], row[13], "fitted");
    near(e[i], row[14], "residual");
    near(standardised[i], row[15], "standardised residual");
    near(r2[i], row[16], "local R2");
    near(leverage[i], row[17], "influence");
    near(cook[i], row[18], "Cook's distance");
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Gwr_gold, georgia_at_given_bandwidths) {
  DOSI_NEEDS_DATA(data);
  const auto folder = data / "gwr/georgia";
  Study georgia(folder / "GData_utm.csv", "X", "Y", "EPSG:32616");
  const struct {
    Json how;
    double aicc, trace, r2, cv;
    const char* places;
  } cases[] = {
      {{{"spread", "fixed"}, {"bandwidth", 209267.689}},
       894.982602,
       16.722876,
       0.607540,
       18.254,
       "georgia_BS_F_listwise.csv"},
      {{{"bandwidth", 90}}, 896.462831, 14.925095, 0.592415, 19.1867, "georgia_BS_NN_listwise.csv"},
      {{{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 87308.298}},
       895.290158,
       0,
       0,
       0,
       "georgia_GS_F_listwise.csv"},
      {{{"kernel", "gaussian"}, {"bandwidth", 49}}, 896.184041, 0, 0, 0, "georgia_GS_NN_listwise.csv"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.how.dump());
    const auto r = georgia.run(with(kGeorgia, c.how));
    EXPECT_NEAR(figure(r, "aicc"), c.aicc, 1e-5);
    if (c.trace > 0) {
      EXPECT_NEAR(figure(r, "parameters"), c.trace, 5e-6);
      EXPECT_NEAR(figure(r, "r2"), c.r2, 1e-6);
      EXPECT_NEAR(figure(r, "cv"), c.cv, 1e-3);
    }
    expect_listwise(r, folder / c.places);
  }
}

TEST(Gwr_gold, georgia_searches) {
  DOSI_NEEDS_DATA(data);
  Study georgia(data / "gwr/georgia/GData_utm.csv", "X", "Y", "EPSG:32616");
  EXPECT_EQ(bandwidth(georgia.run(with(kGeorgia, {{"spread", "fixed"}}))), 211020.83);
  EXPECT_EQ(bandwidth(georgia.run(kGeorgia)), 93);
  EXPECT_EQ(bandwidth(georgia.run(with(kGeorgia, {{"kernel", "gaussian"}, {"criterion", "cv"}, {"spread", "fixed"}}))),
            130289.26);
  EXPECT_EQ(bandwidth(georgia.run(with(kGeorgia, {{"kernel", "gaussian"}, {"criterion", "cv"}}))), 68);
  const auto standardised =
      georgia.run({{"y", "PctBach"}, {"x", {"PctFB", "PctBlack", "PctRural"}}, {"standardise", true}});
  EXPECT_EQ(bandwidth(standardised), 117);
  EXPECT_NEAR(figure(standardised, "rss"), 51.186, 1e-3);
  EXPECT_NEAR(figure(standardised, "parameters"), 11.805, 1e-3);
  EXPECT_NEAR(figure(standardised, "aicc"), 299.051, 1e-3);
  EXPECT_NEAR(figure(standardised, "r2"), 0.678, 1e-3);
  // Every bandwidth of an interval: the golden section found the least of them.
  const auto all = georgia.run(
      with(kGeorgia, {{"search", "interval"}, {"bandwidth_min", 60}, {"bandwidth_max", 159}, {"bandwidth_step", 1}}));
  EXPECT_EQ(bandwidth(all), 93);
  EXPECT_EQ(stream::read_all<double>(all.root().group("evaluations"), "aicc").size(), 100u);
  // The same from one pass, figure by figure, adaptive and fixed.
  for (const Json& limits :
       {Json{{"bandwidth_min", 60}, {"bandwidth_max", 159}, {"bandwidth_step", 1}},
        Json{{"spread", "fixed"}, {"bandwidth_min", 150'000}, {"bandwidth_max", 600'000}, {"bandwidth_step", 5000}}}) {
    const auto single = georgia.run(with(with(kGeorgia, limits), {{"search", "interval"}})),
               curve = georgia.run(with(with(kGeorgia, limits), {{"search", "curve"}}));
    EXPECT_EQ(bandwidth(curve), bandwidth(single));
    for (const char* name : {"bandwidth", "aicc", "aic", "bic", "cv", "parameters", "rss", "singular"}) {
      const auto a = stream::read_all<double>(single.root().group("evaluations"), name),
                 b = stream::read_all<double>(curve.root().group("evaluations"), name);
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-10 * std::fabs(a[i])) << name << ' ' << i;
    }
  }
}

const Json kHomes{{"y", "value"}, {"x", {"nbaths", "nbeds", "area", "age"}}};

TEST(Gwr_gold, homes_in_los_angeles) {
  DOSI_NEEDS_DATA(data);
  Study five(data / "gwr/zillow_5k.csv", "utmX", "utmY", "EPSG:32611");
  const auto adaptive = five.run(kHomes);
  EXPECT_EQ(bandwidth(adaptive), 121);
  EXPECT_NEAR(figure(adaptive, "aicc"), 61867.18296256, 1e-6);
  EXPECT_NEAR(figure(adaptive, "parameters"), 528.2622212, 1e-6);
  EXPECT_NEAR(figure(adaptive, "r2"), 0.7741417971, 1e-9);
  const auto fixed = five.run(with(kHomes, {{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 1495.04}}));
  EXPECT_NEAR(figure(fixed, "aicc"), 61011.90437602, 1e-6);
  EXPECT_NEAR(figure(fixed, "parameters"), 897.4871734, 1e-6);
  EXPECT_NEAR(figure(fixed, "r2"), 0.8443763944, 1e-9);
  // All 4,951 bandwidths: the published one is among them to its last digit, and the golden section stopped beside the
  // least.
  const auto curve = five.run(with(kHomes, {{"search", "curve"}}));
  const auto tried = stream::read_all<double>(curve.root().group("evaluations"), "bandwidth"),
             aicc = stream::read_all<double>(curve.root().group("evaluations"), "aicc");
  ASSERT_EQ(tried.size(), 4951u);
  EXPECT_EQ(tried[71], 121);
  EXPECT_NEAR(aicc[71], 61867.18296256, 1e-6);
  EXPECT_EQ(bandwidth(curve), 122);
  EXPECT_LT(figure(curve, "aicc"), 61867);
  Study twenty(data / "gwr/zillow_20k.csv", "utmX", "utmY", "EPSG:32611");
  const auto large = twenty.run(kHomes);
  EXPECT_EQ(bandwidth(large), 128);
  EXPECT_NEAR(figure(large, "aicc"), 246309.68704617, 1e-5);
}

TEST(Gwr_gold, multiscale) {
  DOSI_NEEDS_DATA(data);
  Study georgia(data / "gwr/georgia/GData_utm.csv", "X", "Y", "EPSG:32616");
  const auto r = georgia.run(
      {{"y", "PctBach"}, {"x", {"PctFB", "PctBlack", "PctRural"}}, {"model", "mgwr"}, {"bandwidth_min", 2}});
  const auto terms = r.root().group("terms");
  EXPECT_EQ(stream::read_all<double>(terms, "bandwidth"), (std::vector<double>{92, 101, 136, 158}));
  EXPECT_NEAR(figure(r, "rss"), 50.899379, 1e-6);
  EXPECT_NEAR(figure(r, "aicc"), 297.120138, 1e-6);
  const auto parameters = stream::read_all<double>(terms, "parameters");
  const double published[] = {3.844671, 3.513771, 2.258053, 1.751756};
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(parameters[c], published[c], 1e-6);
  Study homes(data / "gwr/zillow_5k.csv", "utmX", "utmY", "EPSG:32611");
  const auto five = homes.run(with(kHomes, {{"model", "mgwr"}, {"no_inference", true}}));
  EXPECT_EQ(stream::read_all<double>(five.root().group("terms"), "bandwidth"),
            (std::vector<double>{446, 44, 259, 492, 4998}));
  // What FastGWR's AICc of 7763.011294 and effective parameters leave for the residuals.
  const double n = 5000, effective = 26.542179 + 298.699768 + 42.070768 + 14.312683 + 1.305663;
  EXPECT_NEAR(quality(n, figure(five, "rss"), effective, 0).aicc, 7763.011294, 1e-4);
}

TEST(Gwr_gold, collinear_homes_are_flagged_or_refused) {
  DOSI_NEEDS_DATA(data);
  Study study(data / "gwr/zillow_1k_singular.csv", "utmX", "utmY", "EPSG:32611");
  try {
    study.run(with(kHomes, {{"collinear", "refuse"}}));
    FAIL() << "collinear columns were taken";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::bad_data);
    EXPECT_NE(std::string(e.what()).find("column 'nbeds' is a combination of 'nbaths'"), std::string::npos) << e.what();
  }
  // The column that says nothing new takes its share of another's effect and changes nothing else.
  const auto r = study.run(kHomes),
             without = study.run(with(kHomes, {{"x", {"nbaths", "area", "age"}}, {"bandwidth", bandwidth(r)}}));
  EXPECT_NEAR(figure(r, "aicc"), figure(without, "aicc"), 1e-3);
  EXPECT_NEAR(figure(r, "parameters"), figure(without, "parameters"), 1e-4);
  EXPECT_NEAR(figure(r, "rss"), figure(without, "rss"), 1e-6 * figure(without, "rss"));
  for (const auto flag : stream::read_all<std::uint8_t>(r.root().group("places"), "singular")) EXPECT_EQ(flag, 1);
  for (const double v : column(r, "condition_number")) EXPECT_EQ(v, INFINITY);
  const auto fitted = column(r, "fitted"), expected = column(without, "fitted");
  for (std::size_t i = 0; i < fitted.size(); ++i)
    ASSERT_NEAR(fitted[i], expected[i], 1e-5 * std::fabs(expected[i]) + 1e-3) << i;
}

}  // namespace
}  // namespace dosi::gwr
