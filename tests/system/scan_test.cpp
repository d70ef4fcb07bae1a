// dosi scan through the program: what SaTScan finds in its sample data, what make-city has planted, real crimes, and
// answers to bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "io/result/result.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;
using test_support::words;
using testing::AllOf;
using testing::HasSubstr;

#define EXPECT_DONE(...)                         \
  do {                                           \
    const auto finished = run_dosi(__VA_ARGS__); \
    ASSERT_EQ(finished.code, 0) << finished.err; \
  } while (false)

struct Clusters {
  explicit Clusters(const std::filesystem::path& path)
      : result(result::Result::open(path)), table(result.root().group("clusters")) {
    llr = numbers("llr");
    p = numbers("p");
    expected = numbers("expected");
    relative_risk = numbers("relative_risk");
    cases = stream::read_all<std::int64_t>(table, "cases");
  }
  std::vector<double> numbers(const char* name) const { return stream::read_all<double>(table, name); }
  std::vector<std::string> texts(const char* name) const { return stream::read_strings(table, name); }
  std::vector<std::int64_t> wholes(const char* name) const { return stream::read_all<std::int64_t>(table, name); }
  // The labels of the places in the cluster of a rank.
  std::vector<std::string> members(std::int64_t rank) const {
    const auto places = result.root().group("places");
    const auto label = stream::read_strings(places, "label");
    const auto of = stream::read_all<std::int64_t>(places, "cluster");
    std::vector<std::string> out;
    for (std::size_t i = 0; i < of.size(); ++i)
      if (of[i] == rank) out.push_back(label[i]);
    return out;
  }
  std::vector<double> critical() const {
    return stream::read_all<double>(result.root().group("scans"), "critical_value");
  }

  result::Result result;
  h5::Group table;
  std::vector<double> llr, p, expected, relative_risk;
  std::vector<std::int64_t> cases;
};

// Both p-values have Monte Carlo errors.
void expect_p(double got, double replicas, double published, double published_replicas) {
  const double v = published * (1 - published);
  EXPECT_NEAR(got, published, 4 * std::sqrt(v / replicas + v / published_replicas)) << "published " << published;
}

// A town in each county of New Mexico, chosen so that the nine counties of the published cluster make a disc. In the
// sample's own coordinates, an older plane without a scale, they do not. So this checks what is expected and the
// statistic, not the geography.
constexpr const char* kTowns =
    "Bernalillo 35.08 -106.65\nCatron 33.71 -108.76\nChaves 33.39 -104.52\nColfax 36.90 -104.44\nCurry 34.40 "
    "-103.21\nDeBaca 34.47 -104.25\n"
    "DonaAna 32.32 -106.77\nEddy 32.42 -104.23\nGrant 32.77 -108.28\nGuadelupe 34.94 -104.68\nHarding 35.94 "
    "-104.19\nHidalgo 32.35 -108.71\n"
    "Lea 32.70 -103.14\nLincoln 33.33 -105.67\nLosAlamos 35.89 -106.31\nLuna 32.27 -107.76\nMcKinley 35.53 "
    "-108.74\nMora 35.97 -105.33\n"
    "Otero 32.90 -105.96\nQuay 35.17 -103.73\nRioArriba 35.99 -106.08\nRoosevelt 34.19 -103.34\nSandoval 35.23 "
    "-106.66\nSanJuan 36.73 -108.22\n"
    "SanMiguel 35.59 -105.22\nSantaFe 35.69 -105.94\nSierra 33.13 -107.25\nSocorro 34.06 -106.89\nTaos 36.41 "
    "-105.57\nTorrance 34.76 -106.06\n"
    "Union 36.45 -103.18\nValencia 34.81 -106.73\n";

std::vector<std::string> new_mexico(const std::string& city, const std::string& out, const std::string& replicas) {
  return {"scan",         "--city",      city,      "--out",      out,       "--cases",    "cases",
          "--population", "population",  "--model", "poisson",    "--start", "1973-01-01", "--end",
          "1991-12-31",   "--step-unit", "year",    "--replicas", replicas};
}

TEST(Scan_gold, NewMexicoBrainCancer) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "nm.h5").string(), out = (folder / "r.h5").string();
  EXPECT_DONE({"import", "study", "--city", city, "--prm", (data / "satscan/nm.prm").string(), "--geo",
               folder.write("towns.geo", kTowns).string(), "--coordinates", "degrees"});
  EXPECT_DONE(new_mexico(city, out, "9999"));
  const Clusters c(out);
  ASSERT_GE(c.llr.size(), 3u);
  EXPECT_NEAR(c.llr[0], 10.979758, 1e-6);
  EXPECT_EQ(c.cases[0], 236);
  EXPECT_NEAR(c.expected[0], 176.2233, 1e-4);
  EXPECT_NEAR(c.relative_risk[0], 1.42, 0.005);
  EXPECT_THAT(c.members(1), testing::UnorderedElementsAre("Torrance", "Bernalillo", "Sandoval", "SantaFe", "Socorro",
                                                          "Valencia", "SanMiguel", "LosAlamos", "Guadelupe"));
  EXPECT_EQ(c.texts("start")[0], "1985");
  EXPECT_EQ(c.texts("end")[0], "1989");
  EXPECT_NEAR(c.llr[1], 5.684828, 1e-6);
  EXPECT_EQ(c.members(2), std::vector<std::string>{"Chaves"});
  EXPECT_EQ(c.cases[1], 16);
  EXPECT_NEAR(c.expected[1], 6.03, 0.005);
  EXPECT_NEAR(c.llr[2], 3.884186, 1e-6);
  EXPECT_THAT(c.members(3), testing::UnorderedElementsAre("Curry", "Roosevelt"));
  EXPECT_EQ(c.cases[2], 13);
  // These hang on all discs, not on one, and so a little on the towns chosen.
  EXPECT_NEAR(c.p[0], 0.0110, 0.005);
  EXPECT_NEAR(c.numbers("p_gumbel")[0], 0.012, 0.004);
  EXPECT_NEAR(c.critical()[0], 9.335, 0.25);
  EXPECT_NEAR(c.critical()[1], 11.093, 0.4);
  EXPECT_NEAR(c.critical()[2], 13.528, 1.2);
}

// The same zones in the sample's own plane, where the county of Lincoln comes before Guadelupe.
TEST(Scan_gold, NewMexicoInItsPlane) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "nm.h5").string(), out = (folder / "r.h5").string();
  const auto imported = run_dosi({"import", "study", "--city", city, "--prm", (data / "satscan/nm.prm").string()});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("--cases cases --population population --model poisson --analysis space_time "
                                      "--rates high --start 1973-01-01 --end 1991-12-31 --step-unit year"));
  EXPECT_DONE(new_mexico(city, out, "99"));
  const Clusters c(out);
  EXPECT_NEAR(c.llr[1], 5.684828, 1e-6);
  EXPECT_NEAR(c.llr[2], 3.884186, 1e-6);
  EXPECT_EQ(c.result.crs().name, "local plane");
  EXPECT_DONE({"check", city});
  EXPECT_DONE({"report", out, "--out", (folder / "r.html").string()});
  EXPECT_DONE({"export", out, "--out", (folder / "r.gpkg").string()});
}

TEST(Scan_gold, NorthHumbersideLeukaemia) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "nh.h5").string(), out = (folder / "r.h5").string();
  EXPECT_DONE({"import", "study", "--city", city, "--prm", (data / "satscan/NHumberside.prm").string()});
  EXPECT_DONE({"scan", "--city", city, "--out", out, "--cases", "cases", "--controls", "controls", "--model",
               "bernoulli", "--analysis", "spatial", "--replicas", "9999"});
  const Clusters c(out);
  ASSERT_GE(c.llr.size(), 2u);
  // Two clusters are as likely.
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_NEAR(c.llr[i], 4.836516, 1e-6);
    EXPECT_EQ(c.cases[i], 4);
  }
  EXPECT_THAT(c.members(1), testing::UnorderedElementsAre("14", "18", "19", "26"));
  EXPECT_THAT(c.members(2), testing::UnorderedElementsAre("169", "170", "172", "173"));
  expect_p(c.p[0], 9999, 0.679, 9999);
}

TEST(Scan_gold, NewYorkFever) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "nyc.h5").string(), out = (folder / "r.h5").string();
  EXPECT_DONE({"import", "study", "--city", city, "--prm", (data / "satscan/NYCfever.prm").string()});
  EXPECT_DONE({"scan",    "--city",         city,      "--out",       out,
               "--cases", "cases",          "--model", "permutation", "--prospective",
               "--start", "2001-11-01",     "--end",   "2001-11-24",  "--max-steps",
               "7",       "--max-distance", "3000",    "--replicas",  "9999"});
  const Clusters c(out);
  EXPECT_NEAR(c.llr[0], 3.845418, 1e-6);
  EXPECT_EQ(c.wholes("places")[0], 9);
  EXPECT_EQ(c.cases[0], 4);
  EXPECT_NEAR(c.expected[0], 0.67, 0.005);
  EXPECT_EQ(c.texts("start")[0], "2001-11-22");
  EXPECT_EQ(c.texts("end")[0], "2001-11-24");
  expect_p(c.p[0], 9999, 0.211, 999);
  EXPECT_NEAR(c.numbers("recurrence_interval")[0], 1 / c.p[0], 1e-9);
}

// make-city says where complaints were planted: what is significant is there, and what was planted strongly is found.
TEST(Scan_planted, ClustersOfComplaintsAreFound) {
  const Temp_folder folder;
  const auto city = (folder / "c.h5").string(), out = (folder / "r.h5").string();
  EXPECT_DONE({"make-city", "--people", "100000", "--seed", "3", "--out", city});
  EXPECT_DONE({"scan", "--city", city, "--out", out, "--cases", "complaints", "--cell", "250", "--model", "permutation",
               "--category", "category", "--max-steps", "45", "--max-distance", "2000", "--replicas", "99"});
  const auto truth = h5::File::open(city).root().group("truth/clusters");
  const auto x = stream::read_all<double>(truth, "x"), y = stream::read_all<double>(truth, "y"),
             radius = stream::read_all<double>(truth, "radius"),
             risk = stream::read_all<double>(truth, "relative_risk");
  const auto category = stream::read_strings(truth, "category");
  const auto first_day = stream::read_as_double(truth, "first_day"),
             last_day = stream::read_as_double(truth, "last_day");

  const Clusters c(out);
  const auto of = c.texts("category");
  const auto begin = c.wholes("first_step"), length = c.wholes("steps"), rank = c.wholes("rank"),
             centre = c.wholes("centre_place");
  const auto q = c.numbers("q"), reach = c.numbers("radius");
  const auto places = city::read_polygons(c.result.root().group("places"));
  const auto meets = [&](std::size_t i, std::size_t k) {
    const auto at = static_cast<std::size_t>(centre[i]) * 5;  // squares have five vertices
    const double cx = 0.5 * (places.x[at] + places.x[at + 2]), cy = 0.5 * (places.y[at] + places.y[at + 2]);
    return of[i] == category[k] && std::hypot(cx - x[k], cy - y[k]) < reach[i] + radius[k] &&
           static_cast<double>(begin[i]) <= last_day[k] && static_cast<double>(begin[i] + length[i]) > first_day[k];
  };
  std::size_t strong = 0, false_alarms = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (risk[k] < 4.5) continue;
    ++strong;
    bool found = false;
    for (std::size_t i = 0; i < of.size(); ++i) found |= rank[i] == 1 && q[i] <= 0.05 && meets(i, k);
    EXPECT_TRUE(found) << category[k] << ", relative risk " << risk[k];
  }
  EXPECT_GE(strong, 2u);
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (rank[i] != 1 || q[i] > 0.05) continue;
    bool planted = false;
    for (std::size_t k = 0; k < x.size(); ++k) planted |= meets(i, k);
    false_alarms += planted ? 0 : 1;
  }
  EXPECT_EQ(false_alarms, 0u);
}

// A street of places with more cases: ellipses follow it, circles cannot.
TEST(Scan_planted, EllipsesFollowAStreet) {
  const Temp_folder folder;
  const auto city = (folder / "c.h5").string();
  std::string geo, cas, pop;
  for (int x = 0; x < 12; ++x)
    for (int y = 0; y < 12; ++y) {
      const std::string name = "p" + std::to_string(x) + "-" + std::to_string(y);
      geo += name + " " + std::to_string(100 * x) + " " + std::to_string(100 * y) + "\n";
      cas += name + " " + std::to_string(x == y && x >= 3 && x < 10 ? 12 : 3) + "\n";
      pop += name + " 2024 500\n";
    }
  EXPECT_DONE({"import", "study", "--city", city, "--geo", folder.write("s.geo", geo).string(), "--cas",
               folder.write("s.cas", cas).string(), "--pop", folder.write("s.pop", pop).string()});
  const auto scan = [&](const char* out, std::vector<std::string> more) {
    auto line = words("scan --city {} --out {} --cases cases --population population --analysis spatial --replicas 99",
                      {city, (folder / out).string()});
    line.insert(line.end(), more.begin(), more.end());
    EXPECT_DONE(line);
  };
  scan("circles.h5", {});
  scan("ellipses.h5", {"--ellipses", "2,8", "--compactness", "0"});
  scan("penalised.h5", {"--ellipses", "2,8"});
  const Clusters circles(folder / "circles.h5"), ellipses(folder / "ellipses.h5");
  EXPECT_GT(ellipses.llr[0], circles.llr[0] + 5);
  EXPECT_EQ(ellipses.members(1).size(), 7u);
  EXPECT_EQ(ellipses.cases[0], 84);
  EXPECT_NEAR(ellipses.numbers("axis_angle")[0], 45, 8);
  EXPECT_EQ(ellipses.p[0], 0.01);
  // Penalised, the same ellipse counts (32/81)^0.5 of its ratio; here it still wins.
  const Clusters penalised(folder / "penalised.h5");
  EXPECT_EQ(penalised.members(1), ellipses.members(1));
  EXPECT_DOUBLE_EQ(penalised.llr[0], ellipses.llr[0]);
  EXPECT_DOUBLE_EQ(penalised.numbers("statistic")[0], ellipses.llr[0] * std::sqrt(32.0 / 81));
  EXPECT_FALSE(ellipses.table.has("statistic"));
}

// Two bursts at one end of a city hide a third at the other behind their size, until they are taken out.
TEST(Scan_planted, RoundsAndSizes) {
  const Temp_folder folder;
  const auto city = (folder / "c.h5").string();
  std::string geo, cas, pop;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "p" + std::to_string(i);
    geo += name + " " + std::to_string(100 * i) + " 0\n";
    cas += name + " " +
           std::to_string((i >= 10 && i < 14) || (i >= 17 && i < 21) ? 30
                          : i >= 45 && i < 47                        ? 24
                                                                     : 9 + i % 3) +
           "\n";
    pop += name + " 2024 500\n";
  }
  EXPECT_DONE({"import", "study", "--city", city, "--geo", folder.write("s.geo", geo).string(), "--cas",
               folder.write("s.cas", cas).string(), "--pop", folder.write("s.pop", pop).string()});
  const auto scan = [&](const char* out, std::vector<std::string> more) {
    auto line = words("scan --city {} --out {} --cases cases --population population --analysis spatial --replicas 999",
                      {city, (folder / out).string()});
    line.insert(line.end(), more.begin(), more.end());
    EXPECT_DONE(line);
    EXPECT_DONE({"report", (folder / out).string(), "--out", (folder / (std::string(out) + ".html")).string()});
    EXPECT_DONE({"export", (folder / out).string(), "--out", (folder / (std::string(out) + ".gpkg")).string()});
  };
  scan("plain.h5", {});
  scan("rounds.h5", {"--clusters", "iterative"});
  scan("gini.h5", {"--clusters", "gini"});
  scan("stopped.h5", {"--stop-after", "10"});
  const Clusters plain(folder / "plain.h5"), rounds(folder / "rounds.h5"), gini(folder / "gini.h5"),
      stopped(folder / "stopped.h5");
  EXPECT_EQ(plain.members(1).size(), 11u) << "both bursts and what is between";
  EXPECT_EQ(rounds.members(1), plain.members(1));
  EXPECT_THAT(rounds.members(2), testing::ElementsAre("p45", "p46"));
  EXPECT_LT(rounds.p[1], plain.p[1]) << "less to be compared with";
  EXPECT_GT(rounds.p.back(), 0.05);
  const auto table = rounds.result.root().group("rounds");
  EXPECT_EQ(stream::read_all<double>(table, "p"), rounds.p);
  EXPECT_EQ(stream::read_all<std::int64_t>(table, "cases")[1], 60 * 10 + 8 * 20 + 2 * 14 - rounds.cases[0]);
  std::vector<std::vector<std::string>> both{gini.members(1), gini.members(2)};
  EXPECT_THAT(both, testing::UnorderedElementsAre(testing::ElementsAre("p10", "p11", "p12", "p13"),
                                                  testing::ElementsAre("p17", "p18", "p19", "p20")));
  const auto chosen = stream::read_all<std::int64_t>(gini.result.root().group("sizes"), "chosen");
  EXPECT_EQ(std::count(chosen.begin(), chosen.end(), 1), 1);
  // Nothing does as well as the first cluster: all replicas are drawn, and the answer is that of a full run.
  EXPECT_EQ(stopped.p, plain.p);
  EXPECT_EQ(stopped.critical(), plain.critical());
  for (const auto* c : {&plain, &rounds, &gini})
    EXPECT_EQ(city::read_polygons(c->table).size(), c->llr.size()) << "a circle each";
  EXPECT_EQ(rounds.numbers("radius")[1], 100);
  const auto page = test_support::read_text(folder / "rounds.h5.html");
  EXPECT_THAT(page, HasSubstr("Rounds: each without the clusters before"));
  EXPECT_THAT(test_support::read_text(folder / "gini.h5.html"), HasSubstr("Largest discs tried"));
  const auto work = plain.result.provenance().at("work");
  EXPECT_EQ(work.at("windows"), work.at("pairs_of_disc_and_length")) << "one step";
  EXPECT_GT(work.at("logarithms"), 0);
  EXPECT_LT(work.at("logarithms").get<double>(), 0.05 * work.at("windows").get<double>());
}

// By hand: with steps of a week one of ten data sets has such a cluster, a week in seventy days.
TEST(Scan_planted, RecurrenceIntervalOfWeeks) {
  const Temp_folder folder;
  const auto city = (folder / "c.h5").string(), out = (folder / "r.h5").string();
  std::string cas;
  for (int day = 7; day <= 28; day += 7)
    cas += fmt::format("a {0} 2024-01-{1:02}\nb 10 2024-01-{1:02}\nc 10 2024-01-{1:02}\n", day == 28 ? 20 : 2, day);
  EXPECT_DONE({"import", "study", "--city", city, "--geo", folder.write("s.geo", "a 0 0\nb 100 0\nc 0 100\n").string(),
               "--cas", folder.write("s.cas", cas + "c 1 2024-01-01\n").string(), "--time", "day"});
  EXPECT_DONE({"scan", "--city", city, "--out", out, "--cases", "cases", "--model", "permutation", "--prospective",
               "--step", "7", "--replicas", "9"});
  const Clusters c(out);
  ASSERT_FALSE(c.p.empty());
  EXPECT_EQ(c.p[0], 0.1);
  EXPECT_DOUBLE_EQ(c.numbers("recurrence_interval")[0], 70);
  EXPECT_EQ(c.texts("start")[0], "2024-01-22");
}

TEST(Scan_real, HoustonCrimesOnAGrid) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto csv = (folder / "crimes.csv").string(), city = (folder / "c.h5").string(),
             out = (folder / "r.h5").string();
  ASSERT_EQ(std::system(("gunzip -c " + test_support::quoted((data / "events/houston_crime_2010.csv.gz").string()) +
                         " > " + test_support::quoted(csv))
                            .c_str()),
            0);
  EXPECT_DONE({"import", "points", "--city", city, "--name", "crimes", "--file", csv, "--columns", "time,offense"});
  EXPECT_DONE({"scan", "--city", city, "--out", out, "--cases", "crimes", "--cell", "3000", "--model", "permutation",
               "--max-steps", "30", "--replicas", "99"});
  const Clusters c(out);
  EXPECT_EQ(c.p[0], 0.01);
  EXPECT_GT(c.relative_risk[0], 1);
  std::int64_t all = 0;
  for (const auto n : stream::read_all<std::int64_t>(c.result.root().group("places"), "cases")) all += n;
  EXPECT_EQ(all, 86'099);
}

// Wrong input: one answer with all that is wrong with it.
struct Scan_refuses : testing::Test {
  std::string city = (folder() / "c.h5").string(), out = (folder() / "r.h5").string();
  static const Temp_folder& folder() {
    static const Temp_folder one;
    return one;
  }
  void study(const char* cas, const char* pop, const char* geo = "a 0 0\nb 10 0\nc 0 10\n") const {
    folder().write("s.geo", geo);
    folder().write("s.cas", cas);
    folder().write("s.pop", pop);
    EXPECT_DONE({"import", "study", "--city", city, "--geo", folder() / "s.geo", "--cas", folder() / "s.cas", "--pop",
                 folder() / "s.pop", "--time", "day", "--replace"});
  }
  void expect(int code, const testing::Matcher<std::string>& message, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"scan",    "--city", city,           "--out",      out,
                                   "--cases", "cases",  "--population", "population", "--overwrite"};
    words.insert(words.end(), more.begin(), more.end());
    const auto finished = run_dosi(words);
    EXPECT_EQ(finished.code, code) << finished.err;
    EXPECT_THAT(finished.err, message);
    EXPECT_FALSE(std::filesystem::exists(out));
  }
};

TEST_F(Scan_refuses, LinesThatCannotBeRead) {
  folder().write("s.geo", "a 0 0\nb 10\na 3 3\n");
  folder().write("s.cas", "a 1 2024-01-01\nz 1 2024-01-01\na -1 2024-01-02\na 1 2024-02-30\na 1.5 2024-01-02\na 1\n");
  const auto finished = run_dosi({"import", "study", "--city", city, "--geo", folder() / "s.geo", "--cas",
                                  folder() / "s.cas", "--time", "day", "--replace"});
  EXPECT_EQ(finished.code, 65);
  EXPECT_THAT(finished.err,
              AllOf(HasSubstr("s.geo: line 2: needs a name and two coordinates"),
                    HasSubstr("s.geo: line 3: the place 'a' came before"),
                    HasSubstr("s.cas: line 2: the place 'z' is not among those with coordinates"),
                    HasSubstr("s.cas: line 3: '-1' must be a whole number"),
                    HasSubstr("s.cas: line 4: '2024-02-30' is no date"), HasSubstr("s.cas: line 5: '1.5' must be"),
                    HasSubstr("s.cas: line 6: has 2 fields, 3 needed")));
}

TEST_F(Scan_refuses, ParameterFilesThatAskForMore) {
  folder().write("s.geo", "a 0 0\nb 10 0\n");
  folder().write("s.cas", "a 1\nb 2\n");
  folder().write("s.prm", "[Input]\nCaseFile=s.cas\nCoordinatesFile=s.geo\nModelType=6\nAnalysisType=5\n");
  const auto refused = run_dosi({"import", "study", "--city", city, "--prm", folder() / "s.prm", "--replace"});
  EXPECT_EQ(refused.code, 65);
  EXPECT_THAT(
      refused.err,
      AllOf(
          HasSubstr("AnalysisType=5: dosi has no such; it has 1 (spatial)"),
          HasSubstr("ModelType=6: dosi has no such; it has 0 (poisson), 1 (bernoulli), 2 (permutation), 3 (ordinal)")));
  folder().write("s.prm",
                 "[Input]\nCaseFile=s.cas\nCoordinatesFile=s.geo\nModelType=1\nAnalysisType=1\nUseGridFile=y\n["
                 "Inference]\nIterativeScan=y\nMonteCarloReps=99\nReportGumbel=n\n");
  const auto warned = run_dosi({"import", "study", "--city", city, "--prm", folder() / "s.prm", "--replace"});
  EXPECT_EQ(warned.code, 0) << warned.err;
  EXPECT_THAT(warned.err,
              AllOf(HasSubstr("s.prm: ignored: UseGridFile=y in [Input]"), testing::Not(HasSubstr("ReportGumbel"))));
  EXPECT_THAT(warned.out, HasSubstr("--model bernoulli --analysis spatial --rates high --max-population 50 --min-cases "
                                    "2 --clusters iterative --most-clusters 10 --alpha 0.05 --replicas 99"));
  folder().write("s.prm", "nonsense\n");
  const auto broken = run_dosi({"import", "study", "--city", city, "--prm", folder() / "s.prm", "--replace"});
  EXPECT_EQ(broken.code, 65);
  EXPECT_THAT(broken.err, HasSubstr("line 1: 'nonsense' is no key with a value"));
}

TEST_F(Scan_refuses, CasesWhereNobodyLives) {
  study("a 1 2024-01-01\nb 2 2024-01-02\nc 3 2024-01-03\n", "a 2024 100\nb 2024 0\n");
  expect(65,
         AllOf(HasSubstr("place 'b': 2 cases, but no population"), HasSubstr("place 'c': 3 cases, but no population")));
}

TEST_F(Scan_refuses, CasesBeforeAnybodyLivesThere) {
  study("a 1 2024-01-01\nb 2 2024-01-02\nb 3 2024-03-03\n", "a 2024 100\nb 2024/1/10 0\nb 2024/2/10 10\n");
  expect(65, HasSubstr("place 'b', 2024-01-02: 2 cases, but no population then"));
}

TEST_F(Scan_refuses, DatesOutsideOfTheStudy) {
  study("a 1 2024-01-01\nb 2 2024-03-02\nc 3 2023-01-03\n", "a 2024 100\nb 2024 10\nc 2024 10\n");
  expect(65,
         AllOf(HasSubstr("2024-03-02 of 2 at 'b'"), HasSubstr("2023-01-03 of 3 at 'c'"),
               HasSubstr("2024-01-01 to 2024-01-31")),
         {"--start", "2024-01", "--end", "2024-01"});
}

TEST_F(Scan_refuses, OnePlaceOnly) {
  study("a 1 2024-01-01\na 1 2024-01-05\n", "a 2024 100\n", "a 0 0\n");
  expect(65, HasSubstr("there is one place only"));
  const auto temporal = run_dosi({"scan", "--city", city, "--out", out, "--cases", "cases", "--population",
                                  "population", "--analysis", "temporal", "--replicas", "19"});
  EXPECT_EQ(temporal.code, 0) << temporal.err;
  std::filesystem::remove(out);
}

TEST_F(Scan_refuses, NoCases) {
  study("a 0 2024-01-01\nb 0 2024-01-05\n", "a 2024 100\nb 2024 10\nc 2024 10\n");
  expect(65, HasSubstr("no times"));
  expect(65, HasSubstr("there are no cases"), {"--start", "2024-01-01", "--end", "2024-02-01"});
}

TEST_F(Scan_refuses, ParametersThatContradict) {
  study("a 1 2024-01-01\nb 1 2024-01-05\n", "a 2024 100\nb 2024 10\nc 2024 10\n");
  expect(2,
         AllOf(HasSubstr("controls: bernoulli needs them"), HasSubstr("population: only poisson has one"),
               HasSubstr("prospective: a spatial analysis has no time"), HasSubstr("start: 'soon' is no date")),
         {"--model", "bernoulli", "--analysis", "spatial", "--prospective", "--start", "soon"});
  expect(2, HasSubstr("max_steps: 9 is more than the 5 steps"), {"--max-steps", "9"});
  expect(2, HasSubstr("no disc is left"), {"--max-population", "0.1"});
  expect(2,
         AllOf(HasSubstr("overlap: clusters = gini lets no two"), HasSubstr("gini compares sizes of discs"),
               HasSubstr("gini_sizes: all are more than max_population, 10 %"),
               HasSubstr("stop_after: 50 is more than the 20 replicas")),
         {"--clusters", "gini", "--analysis", "temporal", "--overlap", "any", "--gini-sizes", "20,30",
          "--max-population", "10", "--stop-after", "50", "--replicas", "20"});
}

}  // namespace
}  // namespace dosi
