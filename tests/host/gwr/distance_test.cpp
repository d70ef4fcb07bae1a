// Distances that are no straight lines: on the sphere as mgwr has them, over streets as Dijkstra has them, and a river
// between banks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "host/geometry/sphere.hpp"
#include "kernels/core/philox.hpp"
#include "tests/reference/mgwr.hpp"
#include "tests/reference/shortest_paths.hpp"
#include "tests/support/gwr_points.hpp"
#include "tests/support/gwr_study.hpp"

namespace dosi::gwr {
namespace {

using test_support::bandwidth;
using test_support::column;
using test_support::figure;
using test_support::Study;
using test_support::Table_of_points;
using test_support::with;
using testing::HasSubstr;

const job::Json kGeorgia{{"y", "PctBach"},
                         {"x", {"PctRural", "PctPov", "PctBlack"}},
                         {"distance", "sphere"},
                         {"longitude", "Longitud"},
                         {"latitude", "Latitude"}};

// What mgwr 2.2.1 answers with spherical=True, by the degrees in the same table. Its earth has a radius of 6371 km.
TEST(Gwr_distance, georgia_on_the_sphere_as_mgwr_has_it) {
  DOSI_NEEDS_DATA(data);
  Study georgia(data / "gwr/georgia/GData_utm.csv", "X", "Y", "EPSG:32616");
  const auto searched = georgia.run(kGeorgia);
  EXPECT_EQ(bandwidth(searched), 92);
  EXPECT_NEAR(figure(searched, "aicc"), 896.3611276914722, 1e-8);
  EXPECT_NEAR(figure(searched, "parameters"), 14.585717952159914, 1e-8);
  EXPECT_NEAR(figure(searched, "rss"), 2099.8893343453865, 1e-7);
  const auto b = column(searched, "coefficient"), error = column(searched, "standard_error");
  const double first[] = {18.447746911542094, -0.08892490461838629, -0.21542456646551256, 0.06732213750811618},
               last[] = {18.359289098235227, -0.0747682624826119, -0.3103825561113037, 0.1064982303612344};
  const double errors[] = {2.3673242029024246, 0.020774988678738046, 0.11329132665507499, 0.047427725257105764};
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(b[c], first[c], 1e-9 * std::fabs(first[c]));
    EXPECT_NEAR(b[158 * 4 + c], last[c], 1e-9 * std::fabs(last[c]));
    EXPECT_NEAR(error[c], errors[c], 1e-9);
  }
  const auto gaussian = georgia.run(with(kGeorgia, {{"kernel", "gaussian"}}));
  EXPECT_EQ(bandwidth(gaussian), 50);
  EXPECT_NEAR(figure(gaussian, "aicc"), 896.315832543484, 1e-8);
  const double scale = geometry::kEarthRadius / 6371;  // metres of one kilometre of mgwr's
  EXPECT_NEAR(
      figure(georgia.run(with(kGeorgia, {{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 150 * scale}})),
             "aicc"),
      900.7845124415817, 1e-8);
  EXPECT_NEAR(figure(georgia.run(with(kGeorgia, {{"spread", "fixed"}, {"bandwidth", 300 * scale}})), "aicc"),
              899.4998072032049, 1e-8);
  // Predicted at its own places an answer is the fit there.
  const auto predicted = georgia.run(with(kGeorgia, {{"bandwidth", 92}, {"predict", "places"}}));
  const auto there = stream::read_all<double>(predicted.root().group("predictions"), "fitted"),
             fitted = column(predicted, "fitted");
  for (std::size_t i = 0; i < fitted.size(); ++i) EXPECT_NEAR(there[i], fitted[i], 1e-9 * std::fabs(fitted[i]));
}

TEST(Gwr_distance, wrong_questions_and_degrees_are_answered) {
  std::string text = "x,y,price,area,longitude,latitude,far\n";
  for (std::size_t i = 0; i < 60; ++i)
    text += fmt::format("{},{},{},{},{},{},{}\n", 200000 + i * 37 % 101 * 10, 550000 + i * 53 % 97 * 10, i % 13,
                        i * 7 % 17, 127 + 0.001 * static_cast<double>(i), i == 4 ? "" : "37.5", i == 7 ? 97 : 37);
  const Table_of_points t(text);
  const auto expect = [&](int code, std::vector<std::string> words, const std::vector<std::string>& said) {
    words.insert(words.end(), {"--y", "price", "--x", "area"});
    const auto done = t.gwr(words);
    EXPECT_EQ(done.code, code) << done.err;
    for (const auto& s : said) EXPECT_THAT(done.err, HasSubstr(s));
  };
  expect(2, {"--distance", "travel_time", "--time", "area"}, {"time: goes with distance=plane or sphere"});
  expect(2, {"--distance", "sphere", "--model", "mgwr", "--time", "area"}, {"time: mgwr knows space alone"});
  expect(2, {"--distance", "sphere", "--longitude", "lon"}, {"lon"});
  expect(65, {"--distance", "sphere", "--latitude", "far"},
         {"columns 'longitude' and 'far' hold no degrees",
          "row 7: longitude 127.007 and latitude 97 are not on the earth"});
  expect(2, {"--distance", "travel_time"}, {"has no network layer"});
  expect(2, {"--distance", "travel_time", "--kernel", "gaussian", "--spread", "fixed", "--replicas", "9"},
         {"gaussian reaches everywhere", "spread: with distance=travel_time",
          "replicas: the test of spatial variability"});
  expect(0, {"--distance", "sphere", "--bandwidth", "40"},
         {"1 of 60 rows have a missing value and are left out: 4 (latitude)"});
}

// MGWR's bandwidths, coefficients and effective parameters of a result, against dense matrices that go the same rounds.
// `m`: the raw model.
void expect_rounds(const result::Result& r, Model m) {
  const std::size_t n = m.x.size(), k = m.columns;
  std::vector<double> design(m.design.begin(), m.design.end()), response(m.response.begin(), m.response.end());
  const auto standardise = [&](std::vector<double>& v, std::size_t first, std::size_t stride) {
    double mean = 0, square = 0;
    for (std::size_t i = first; i < v.size(); i += stride) mean += v[i] / static_cast<double>(n);
    for (std::size_t i = first; i < v.size(); i += stride)
      square += (v[i] - mean) * (v[i] - mean) / static_cast<double>(n);
    for (std::size_t i = first; i < v.size(); i += stride) v[i] = (v[i] - mean) / std::sqrt(square);
  };
  for (std::size_t c = 1; c < k; ++c) standardise(design, c, k);
  standardise(response, 0, 1);
  m.design = design;
  m.response = response;
  reference::Mgwr expected(m);
  const auto bandwidths = stream::read_all<double>(r.root().group("rounds"), "bandwidth");
  const auto evaluations = r.root().group("evaluations");
  const auto tried = stream::read_all<double>(evaluations, "bandwidth"),
             aicc = stream::read_all<double>(evaluations, "aicc");
  expected.start(tried[static_cast<std::size_t>(std::min_element(aicc.begin(), aicc.end()) - aicc.begin())]);
  for (std::size_t at = 0; at < bandwidths.size(); ++at) expected.smooth(at % k, bandwidths[at], true);
  const auto b = column(r, "coefficient"), parameters = stream::read_all<double>(r.root().group("terms"), "parameters");
  for (std::size_t j = 0; j < k; ++j) {
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) {
      trace += expected.hat[j][i][i];
      ASSERT_NEAR(b[i * k + j], expected.coefficient[j][i], 1e-7 * (1 + std::fabs(expected.coefficient[j][i])))
          << "place " << i << ", column " << j;
    }
    ASSERT_NEAR(parameters[j], trace, 1e-6 * trace);
  }
}

TEST(Gwr_distance, multiscale_on_the_sphere) {
  DOSI_NEEDS_DATA(data);
  Study georgia(data / "gwr/georgia/GData_utm.csv", "X", "Y", "EPSG:32616");
  const auto r = georgia.run(with(kGeorgia, {{"model", "mgwr"}, {"iterations", 6}, {"predict", "places"}}));
  std::ifstream in(data / "gwr/georgia/GData_utm.csv");
  std::string line;
  std::getline(in, line);
  const auto cells = [&] {
    std::vector<std::string> out;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');)
      out.push_back(cell.substr(0, cell.find_last_not_of("\r\" ") + 1).substr(cell.find_first_not_of('"')));
    return out;
  };
  const auto names = cells();
  const auto of = [&](const std::vector<std::string>& row, const char* name) {
    return std::stod(row[static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())]);
  };
  std::vector<double> x, y, z, design, response;
  while (std::getline(in, line)) {
    const auto row = cells();
    const auto at = geometry::on_sphere(of(row, "Longitud"), of(row, "Latitude"));
    x.push_back(at[0]);
    y.push_back(at[1]);
    z.push_back(at[2]);
    design.insert(design.end(), {1, of(row, "PctRural"), of(row, "PctPov"), of(row, "PctBlack")});
    response.push_back(of(row, "PctBach"));
  }
  ASSERT_EQ(x.size(), 159u);
  Model m{x, y, design, 4, response, true};
  m.z = z;
  m.radius = geometry::kEarthRadius;
  expect_rounds(r, m);
}

// A town on two banks: streets every 100 m, no way over the river but at its western end. What a column adds is 2 in
// the north and -2 in the south, and on the bank the other bank is near and tells nothing.
class Gwr_river : public testing::Test {
 protected:
  static constexpr std::uint32_t kWide = 30, kHigh = 20;
  static constexpr std::uint32_t kBlock = 80'000;  // ms for 100 m at 4.5 km/h

  Gwr_river() {
    std::string nodes = "id,x,y\n", edges = "from,to,length\n", points = "x,y,value,area\n", far = "x,y,area\n";
    for (std::uint32_t v = 0; v < kWide * kHigh; ++v) {
      const std::uint32_t column = v % kWide, row = v / kWide;
      const double x = 200'000 + 100.0 * column, y = 550'000 + 100.0 * row;
      nodes += fmt::format("{},{},{}\n", v, x, y);
      Random r(7, v);
      area.push_back(r.normal());
      value.push_back((row >= kHigh / 2 ? 2 : -2) * area.back() + 0.2 * r.normal());
      points += fmt::format("{},{},{:.9f},{:.9f}\n", x, y, value.back(), area.back());
      const auto join = [&](std::uint32_t other) {
        edges += fmt::format("{},{},100\n{},{},100\n", v, other, other, v);
        arcs.push_back({v, other, kBlock});
        arcs.push_back({other, v, kBlock});
      };
      if (column + 1 < kWide) join(v + 1);
      if (row + 1 < kHigh && (row + 1 != kHigh / 2 || column == 0)) join(v + kWide);
    }
    points += fmt::format("{},{},5,5\n", 200'000, 549'300);  // 700 m from any street
    std::ofstream(folder / "nodes.csv") << nodes;
    std::ofstream(folder / "edges.csv") << edges;
    std::ofstream(folder / "p.csv") << points;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"network", "--name", "streets", "--nodes", folder / "nodes.csv", "--edges", folder / "edges.csv"},
             {"points", "--name", "p", "--file", folder / "p.csv", "--x", "x", "--y", "y"}}) {
      std::vector<std::string> all{"import", words[0],    "--city",     folder / "c.h5",
                                   "--crs",  "EPSG:5186", "--city-crs", "EPSG:5186"};
      all.insert(all.end(), words.begin() + 1, words.end());
      const auto done = test_support::run_dosi(all);
      EXPECT_EQ(done.code, 0) << done.err;
    }
  }

  result::Result run(std::vector<std::string> words, const std::string& said = "") {
    std::vector<std::string> all{"gwr", "--city", folder / "c.h5", "--out", folder / "r.h5", "--overwrite", "--layer",
                                 "p",   "--y",    "value",         "--x",   "area",          "--device",    "cpu"};
    all.insert(all.end(), words.begin(), words.end());
    const auto done = test_support::run_dosi(all);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr(said));
    return result::Result::open(folder / "r.h5");
  }

  test_support::Temp_folder folder;
  std::vector<double> area, value;
  std::vector<reference::Arc> arcs;
};

TEST_F(Gwr_river, travel_times_are_those_of_dijkstra) {
  const std::size_t n = kWide * kHigh;
  const reference::Graph graph(static_cast<std::uint32_t>(n), arcs);
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> place, distance;
  std::vector<double> x, y, design;
  for (std::uint32_t v = 0; v < n; ++v) {
    const auto times = graph.from(v);
    for (std::uint32_t u = 0; u < n; ++u) {
      place.push_back(u);
      distance.push_back(static_cast<std::uint32_t>(times[u]));
    }
    first.push_back(place.size());
    x.push_back(v % kWide);
    y.push_back(v / kWide);
    design.insert(design.end(), {1, area[v]});
  }
  Model m{x, y, design, 2, value, true};
  m.near = {first, place, distance, 1.0 / 60'000};
  expect_rounds(run({"--distance", "travel_time", "--model", "mgwr", "--iterations", "3", "--predict", "p"}), m);
  if (HasFatalFailure()) return;
  const auto expected = reference::gwr_fit(m, {Kernel::bisquare, true, 60});
  const auto r =
      run({"--distance", "travel_time", "--bandwidth", "60", "--predict", "p"}, "600 (a street within 300 m)");
  const auto b = column(r, "coefficient"), h = column(r, "bandwidth"), fitted = column(r, "fitted");
  const auto predicted = stream::read_all<double>(r.root().group("predictions"), "fitted");
  ASSERT_EQ(h.size(), n);
  ASSERT_EQ(predicted.size(), n);
  for (std::size_t i = 0; i < n; ++i) {
    ASSERT_NEAR(h[i], expected.places[i].h, 1e-9) << i;
    ASSERT_NEAR(b[2 * i + 1], expected.places[i].coefficient[1], 1e-8) << i;
    ASSERT_NEAR(fitted[i], expected.places[i].fitted, 1e-8) << i;
    ASSERT_NEAR(predicted[i], fitted[i], 1e-8) << i;
  }
}

TEST_F(Gwr_river, the_other_bank_is_far) {
  const auto over_streets = run({"--distance", "travel_time", "--predict", "p"});
  const double aicc = figure(over_streets, "aicc"), r2 = figure(over_streets, "r2");
  const auto straight = run({"--bandwidth-min", "20"});
  EXPECT_LT(aicc, figure(straight, "aicc") - 300);
  EXPECT_GT(r2, 0.95);
  const auto counts = run({"--distance", "travel_time", "--bandwidth", "60", "--kernel", "tricube"});
  EXPECT_GT(figure(counts, "r2"), 0.95);
}

}  // namespace
}  // namespace dosi::gwr
