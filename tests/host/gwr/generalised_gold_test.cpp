// Published answers for counts and events: deaths in Tokyo's wards as GWR4 has them, and Georgia's counties with many
// graduates, whose figures mgwr 2.2.1 gave with its rounds run to 1e-14. Needs the folder of real data.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/support/gwr_study.hpp"

namespace dosi::gwr {
namespace {

using job::Json;
using test_support::column;
using test_support::figure;
using test_support::Study;
using test_support::with;

const Json kDeaths{{"y", "db2564"}, {"x", {"OCC_TEC", "OWNH", "POP65", "UNEMP"}}, {"family", "poisson"}};

struct Case {
  const char* name;
  Json how;
  double trace, deviance, aic, aicc, bic, explained;
};

// GWR4's files of one model: the figures of its summary, and every place to its printed digits.
TEST(Gwr_generalised_gold, deaths_in_tokyo) {
  DOSI_NEEDS_DATA(data);
  const auto folder = data / "gwr/tokyo";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no folder gwr/tokyo among the real data";
  Study tokyo(folder / "Tokyomortality.csv", "X_CENTROID", "Y_CENTROID", "EPSG:30169");
  const Case cases[] = {
      {"BS_F",
       {{"spread", "fixed"}, {"bandwidth", 26029.625402}},
       66.434760,
       13115.103705,
       13247.973224,
       13294.024739,
       13485.035334,
       0.747666},
      {"BS_NN", {{"bandwidth", 50}}, 51.200710, 13157.416861, 13259.818280, 13285.297045, 13442.520052, 0.746852},
      {"GS_F",
       {{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 8764.474458}},
       80.249343,
       11050.508287,
       11211.006974,
       11283.152841,
       11497.364277,
       0.787389},
      {"GS_NN",
       {{"kernel", "gaussian"}, {"bandwidth", 50}},
       11.723460,
       21045.741163,
       21069.188082,
       21070.384849,
       21111.021425,
       0.595081},
      {"BS_NN_OFF",
       {{"bandwidth", 100}, {"offset", "eb2564"}},
       25.145091,
       311.245301,
       361.535483,
       367.110273,
       451.261832,
       0.675868},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto r = tokyo.run(with(kDeaths, c.how));
    // GWR4's bandwidth of neighbours is not widened by kBeyondKth.
    EXPECT_NEAR(figure(r, "parameters"), c.trace, 3e-7 * c.trace);
    EXPECT_NEAR(figure(r, "deviance"), c.deviance, 2e-7 * c.deviance);
    EXPECT_NEAR(figure(r, "aic"), c.aic, 2e-7 * c.aic);
    EXPECT_NEAR(figure(r, "aicc"), c.aicc, 2e-7 * c.aicc);
    EXPECT_NEAR(figure(r, "bic"), c.bic, 2e-7 * c.bic);
    EXPECT_NEAR(figure(r, "deviance_explained"), c.explained, 1e-6);
    const auto rows = test_support::listwise(folder / ("tokyo_" + std::string(c.name) + "_listwise.csv"));
    const auto b = column(r, "coefficient"), error = column(r, "standard_error"), t = column(r, "t"),
               fitted = column(r, "fitted"), explained = column(r, "local_r2"), leverage = column(r, "leverage");
    ASSERT_EQ(rows.size(), 262u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double* row = rows[i].data() + 4;
      const auto near = [&](double got, double expected, const char* what) {
        ASSERT_NEAR(got, expected, 2e-4 * std::fabs(expected) + 2e-5) << what << " of place " << i;
      };
      for (std::size_t k = 0; k < 5; ++k) {
        near(b[i * 5 + k], row[3 * k], "coefficient");
        near(error[i * 5 + k], row[3 * k + 1], "standard error");
        near(t[i * 5 + k], row[3 * k + 2], "t");
      }
      near(fitted[i], row[16], "fitted");
      near(explained[i], row[17], "share of the deviance");
      near(leverage[i], row[18], "influence");
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  const auto searched = tokyo.run(with(kDeaths, {{"offset", "eb2564"}}));
  EXPECT_EQ(test_support::bandwidth(searched), 95);
  // The global model of the same summary.
  const double global[] = {0.007470, -2.287906, -0.259692, 2.199387, 0.064025},
               errors[] = {0.065139, 0.162000, 0.047050, 0.198270, 0.010997};
  const auto terms = searched.root().group("terms");
  const auto b = stream::read_all<double>(terms, "global_coefficient"),
             error = stream::read_all<double>(terms, "global_standard_error");
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(b[k], global[k], 1e-6);
    EXPECT_NEAR(error[k], errors[k], 1e-6);
  }
  const auto model = searched.root().group("model");
  EXPECT_NEAR(stream::read_all<double>(model, "deviance").at(0), 389.281580, 1e-6);
  EXPECT_NEAR(stream::read_all<double>(model, "aicc").at(0), 399.515955, 1e-6);
  EXPECT_NEAR(stream::read_all<double>(model, "deviance_explained").at(0), 0.594601, 1e-6);
}

TEST(Gwr_generalised_gold, graduates_in_georgia) {
  DOSI_NEEDS_DATA(data);
  const test_support::Temp_folder folder;
  std::ifstream in(data / "gwr/georgia/GData_utm.csv");
  std::ofstream out(folder / "high.csv");
  std::string line;
  std::vector<std::string> names;
  for (bool first = true; std::getline(in, line); first = false) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell.substr(0, cell.find('\r')));
    if (first) names = row;
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), "PctBach") - names.begin());
    ASSERT_LT(at, row.size());
    out << line.substr(0, line.find('\r')) << ',' << (first ? "high" : std::stod(row[at]) > 10 ? "1" : "0") << '\n';
  }
  out.close();
  Study georgia(folder / "high.csv", "X", "Y", "EPSG:32616");
  const Json high{{"y", "high"}, {"x", {"PctRural", "PctPov", "PctBlack"}}, {"family", "binomial"}};
  const struct {
    Json how;
    double aicc, bic, trace, b[4], error[4], fitted, explained;  // from b on: of place 100
  } cases[] = {
      {{{"bandwidth", 130}},
       170.4868491157306,
       198.54179813632373,
       9.58740762370842,
       {5.131749827908232, -0.0436794638510374, -0.229513187886244, 0.07018648603968904},
       {1.541303514120419, 0.014341930326079033, 0.06329827709418175, 0.02814295890387775},
       0.36646087701170055,
       0.29745811},
      {{{"kernel", "gaussian"}, {"bandwidth", 60}},
       167.7873816140312,
       188.91200179247,
       7.134112692211263,
       {5.49587811173136, -0.04475993488724992, -0.22168243434798304, 0.05670701108241606},
       {1.247142804820656, 0.011672015495502435, 0.054000446847332136, 0.02185791184731229},
       0.3395986686895665,
       0.30678247},
      {{{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 120000}},
       167.29171063612333,
       197.51662241061683,
       10.369169557680458,
       {4.893257546940279, -0.04018247172590344, -0.23734144532751786, 0.07550628238314559},
       {1.5901338120163915, 0.014690823303229116, 0.06776462485834674, 0.029648766800182764},
       0.36373470069492525,
       0.29564208},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.how.dump());
    const auto r = georgia.run(with(high, c.how));
    EXPECT_NEAR(figure(r, "aicc"), c.aicc, 1e-7);
    EXPECT_NEAR(figure(r, "bic"), c.bic, 1e-7);
    EXPECT_NEAR(figure(r, "parameters"), c.trace, 1e-8);
    const auto b = column(r, "coefficient"), error = column(r, "standard_error");
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_NEAR(b[400 + k], c.b[k], 1e-8 * std::fabs(c.b[k]));
      EXPECT_NEAR(error[400 + k], c.error[k], 1e-8 * c.error[k]);
    }
    EXPECT_NEAR(column(r, "fitted")[100], c.fitted, 1e-8);
    EXPECT_NEAR(column(r, "local_r2")[100], c.explained, 1e-8);
  }
  EXPECT_EQ(test_support::bandwidth(georgia.run(high)), 157);
}

}  // namespace
}  // namespace dosi::gwr
