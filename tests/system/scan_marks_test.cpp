// dosi scan of marked cases through the program: from SaTScan's files to clusters, and answers to bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "io/result/result.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::vector<double> numbers(const h5::Group& table, const char* name) { return stream::read_all<double>(table, name); }

// Nine places on a line, ten cases a day in each during eight days. Those of b and c on the days 3 to 5 have marks of
// their own: `odd(i)`, all others `usual(i)`, where i counts the cases of a place and day.
struct Scan_marked : testing::Test {
  const Temp_folder folder;
  std::string city = (folder / "c.h5").string(), out = (folder / "r.h5").string(), printed;

  template <class Usual, class Odd>
  void study(const char* type, Usual usual, Odd odd) {
    std::string geo, cas;
    for (int p = 0; p < 9; ++p) geo += fmt::format("{} {} 0\n", static_cast<char>('a' + p), 100 * p);
    for (int p = 0; p < 9; ++p)
      for (int day = 1; day <= 8; ++day)
        for (int i = 0; i < 10; ++i) {
          const bool inside = (p == 1 || p == 2) && day >= 3 && day <= 5;
          cas += fmt::format("{} 1 2024/5/{} {}\n", static_cast<char>('a' + p), day,
                             inside ? odd(i) : usual(i + p + 3 * day));
        }
    folder.write("s.geo", geo);
    folder.write("s.cas", cas);
    folder.write("s.prm", fmt::format("[Input]\nCaseFile=s.cas\nCoordinatesFile=s.geo\nPrecisionCaseTimes=3\nStartDate="
                                      "2024/5/1\nEndDate=2024/5/8\nModelType={}\nAnalysisType=3\n"
                                      "ScanAreas=1\nMaxTemporalSize=50\nMonteCarloReps=99\n",
                                      type));
    const auto imported =
        run_dosi({"import", "study", "--city", city, "--prm", (folder / "s.prm").string(), "--replace"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    printed = imported.out;
  }

  // Asks what the import has printed.
  h5::Group clusters() {
    std::istringstream in(printed.substr(printed.find("dosi scan") + 5));
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word == "RESULT" ? out : word);
    words.emplace_back("--overwrite");
    const auto finished = run_dosi(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    const auto result = result::Result::open(out);
    EXPECT_EQ(stream::read_strings(result.root().group("clusters"), "start")[0], "2024-05-03");
    EXPECT_EQ(stream::read_strings(result.root().group("clusters"), "end")[0], "2024-05-05");
    EXPECT_EQ(stream::read_all<std::int64_t>(result.root().group("clusters"), "places")[0], 2);
    EXPECT_EQ(numbers(result.root().group("clusters"), "p")[0], 0.01);
    EXPECT_EQ(run_dosi({"check", city}).code, 0);
    EXPECT_EQ(run_dosi({"report", out, "--out", (folder / "r.html").string()}).code, 0);
    EXPECT_EQ(run_dosi({"export", out, "--out", (folder / "r.gpkg").string(), "--overwrite"}).code, 0);
    return result.root().group("clusters");
  }
};

TEST_F(Scan_marked, Normal) {
  study(
      "5", [](int i) { return i % 5; }, [](int i) { return 4 + i % 3; });
  EXPECT_THAT(printed, HasSubstr("--cases cases --model normal --analysis space_time --mark mark --rates high"));
  const auto c = clusters();
  EXPECT_NEAR(numbers(c, "mean_inside")[0], 4.9, 1e-12);
  EXPECT_NEAR(numbers(c, "mean_outside")[0], 2, 1e-12);
  // Of 60 values 4, 5, 6 (24, 18, 18) around 4.9, and of 660 with a variance of 2.
  const double left = 24 * 0.81 + 18 * 0.01 + 18 * 1.21 + 660 * 2, between = 60 * 660.0 / 720 * 2.9 * 2.9;
  EXPECT_NEAR(numbers(c, "variance")[0], left / 720, 1e-9);
  EXPECT_NEAR(numbers(c, "llr")[0], 360 * std::log1p(between / left), 1e-7);
  EXPECT_EQ(stream::read_all<std::int64_t>(c, "cases")[0], 60);
  const auto places = result::Result::open(out).root().group("places");
  EXPECT_NEAR(numbers(places, "mean")[1], (30 * 4.9 + 50 * 2) / 80, 1e-12);
}

TEST_F(Scan_marked, Exponential) {
  // Every fifth is censored; inside a quarter of the time.
  study(
      "4", [](int i) { return fmt::format("{} {}", 4, i % 5 == 0 ? 1 : 0); },
      [](int i) { return fmt::format("{} {}", 1, i % 5 == 0 ? 1 : 0); });
  EXPECT_THAT(printed,
              AllOf(HasSubstr("--model exponential"), HasSubstr("--mark mark"), HasSubstr("--censored censored")));
  const auto c = clusters();
  EXPECT_EQ(stream::read_all<std::int64_t>(c, "cases")[0], 48);
  EXPECT_EQ(stream::read_all<std::int64_t>(c, "individuals")[0], 60);
  const double events = 576, time = 60 + 660 * 4.0, expected = events * 60 / time;
  EXPECT_NEAR(numbers(c, "expected")[0], expected, 1e-9);
  EXPECT_NEAR(numbers(c, "mean_inside")[0], 60.0 / 48, 1e-12);
  EXPECT_NEAR(numbers(c, "mean_outside")[0], 5, 1e-12);
  EXPECT_NEAR(numbers(c, "relative_risk")[0], 48 / expected / ((events - 48) / (events - expected)), 1e-9);
  EXPECT_NEAR(numbers(c, "llr")[0],
              48 * std::log(48 / expected) + (events - 48) * std::log((events - 48) / (events - expected)), 1e-7);
}

TEST_F(Scan_marked, Ordinal) {
  // Usually 1, 1, 2, 3, 3 of five; inside 2 and 3 in equal shares, so that they are one pool.
  study(
      "3", [](int i) { return i % 5 < 2    ? 1
                              : i % 5 == 2 ? 2
                                           : 3; }, [](int i) { return i % 3 == 0 ? 2 : 3; });
  const auto c = clusters();
  EXPECT_THAT(stream::read_strings(c, "class_name"), ElementsAre("1", "2", "3"));
  const auto cases = numbers(c, "class_cases"), risk = numbers(c, "class_relative_risk");
  EXPECT_THAT(std::vector<double>(cases.begin(), cases.begin() + 3), ElementsAre(0, 24, 36));
  const auto pool = stream::read_all<std::int64_t>(c, "class_pool");
  EXPECT_THAT(std::vector<std::int64_t>(pool.begin(), pool.begin() + 3), ElementsAre(1, 2, 2));
  EXPECT_EQ(risk[0], 0);
  EXPECT_NEAR(risk[2], 1 / (396.0 / 660), 1e-9);
  EXPECT_EQ(stream::read_strings(c, "rate")[0], "high");
  EXPECT_NEAR(numbers(c, "llr")[0],
              60 * std::log(720.0 / 456) + 264 * std::log(720.0 / 660) + 396 * std::log(396 * 720.0 / (660.0 * 456)),
              1e-7);
}

TEST_F(Scan_marked, Multinomial) {
  const char* names[] = {"red", "green", "blue"};
  study(
      "7", [&](int i) { return names[i % 5 / 2]; }, [&](int i) { return names[1 + i % 2]; });
  EXPECT_THAT(printed, AllOf(HasSubstr("--model multinomial"), testing::Not(HasSubstr("--rates"))));
  const auto c = clusters();
  EXPECT_THAT(stream::read_strings(c, "class_name"), ElementsAre("blue", "green", "red"));
  const auto cases = numbers(c, "class_cases");
  EXPECT_THAT(std::vector<double>(cases.begin(), cases.begin() + 3), ElementsAre(30, 30, 0));
  EXPECT_FALSE(c.has("rate"));
}

// Low values, long survival and low classes are found where they are asked for, and each category has its own marks.
TEST_F(Scan_marked, LowSidesAndCategories) {
  std::string csv = "x,y,time,kind,size,stage,lasted,over\n";
  for (int p = 0; p < 9; ++p)
    for (int day = 1; day <= 8; ++day)
      for (int i = 0; i < 12; ++i) {
        const bool odd = p < 2 && day >= 6 && i % 2 == 0;
        csv += fmt::format("{},{},2024-05-0{},{},{},{},{},{}\n", 200000 + 500 * p, 550000, day,
                           i % 2 == 0 ? "even" : "odd", odd ? 1 : 5 + (i + p) % 3,
                           odd          ? "I"
                           : i % 3 == 0 ? "II"
                                        : "III",
                           odd ? 9 : 2 + (i + p) % 2, i % 4 == 1 ? 1 : 0);
      }
  folder.write("p.csv", csv);
  ASSERT_EQ(run_dosi({"import", "points", "--city", city, "--name", "p", "--file", (folder / "p.csv").string(), "--x",
                      "x", "--y", "y", "--crs", "EPSG:5186"})
                .code,
            0);
  const auto scan = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"scan", "--city",     city,   "--out",   out,   "--cases",    "p",  "--cell",
                                   "400",  "--category", "kind", "--rates", "low", "--replicas", "99", "--overwrite"};
    words.insert(words.end(), more.begin(), more.end());
    const auto finished = run_dosi(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    const auto c = result::Result::open(out).root().group("clusters");
    EXPECT_EQ(stream::read_strings(c, "category")[0], "even");
    EXPECT_EQ(stream::read_strings(c, "start")[0], "2024-05-06");
    EXPECT_EQ(stream::read_strings(c, "rate")[0], "low");
    EXPECT_EQ(numbers(c, "p")[0], 0.01);
    for (std::size_t i = 1; i < numbers(c, "p").size(); ++i) EXPECT_GT(numbers(c, "p")[i], 0.05) << i;
  };
  scan({"--model", "normal", "--mark", "size"});
  scan({"--model", "exponential", "--mark", "lasted", "--censored", "over"});
  scan({"--model", "ordinal", "--mark", "stage", "--classes", "I,II,III"});
}

// Offences of Houston's crimes as classes: the statistic is that of the classes told, against those of all crimes.
TEST_F(Scan_marked, HoustonsMixOfCrimes) {
  DOSI_NEEDS_DATA(data);
  const auto csv = (folder / "crimes.csv").string();
  ASSERT_EQ(std::system(("gunzip -c " + test_support::quoted((data / "events/houston_crime_2010.csv.gz").string()) +
                         " > " + test_support::quoted(csv))
                            .c_str()),
            0);
  ASSERT_EQ(
      run_dosi({"import", "points", "--city", city, "--name", "crimes", "--file", csv, "--columns", "time,offense"})
          .code,
      0);
  const auto finished =
      run_dosi({"scan", "--city", city, "--out", out, "--cases", "crimes", "--cell", "5000", "--model", "multinomial",
                "--mark", "offense", "--step", "7", "--max-steps", "8", "--replicas", "99"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const auto c = result::Result::open(out).root().group("clusters");
  const auto names = stream::read_strings(c, "class_name");
  ASSERT_THAT(names, ElementsAre("aggravated assault", "auto theft", "burglary", "murder", "rape", "robbery", "theft"));
  const double all[] = {7157, 7934, 17778, 157, 376, 6287, 46410};
  const auto inside = numbers(c, "class_cases");
  double n = 0, llr = 0;
  for (std::size_t k = 0; k < 7; ++k) n += inside[k];
  const auto part = [](double x, double of) { return x > 0 ? x * std::log(x / of) : 0; };
  for (std::size_t k = 0; k < 7; ++k)
    llr += part(inside[k], n * all[k] / 86'099) + part(all[k] - inside[k], (86'099 - n) * all[k] / 86'099);
  EXPECT_NEAR(numbers(c, "llr")[0], llr, 1e-7);
  EXPECT_EQ(numbers(c, "p")[0], 0.01);
  EXPECT_EQ(n, static_cast<double>(stream::read_all<std::int64_t>(c, "cases")[0]));
}

TEST_F(Scan_marked, BadMarksAreNamed) {
  folder.write("s.geo", "a 0 0\nb 10 0\nc 20 0\n");
  folder.write("s.prm", "[Input]\nCaseFile=s.cas\nCoordinatesFile=s.geo\nModelType=4\nAnalysisType=1\n");
  folder.write("s.cas", "a 1 3 0\nb 1 long 0\nc 2 3\n");
  const auto broken = run_dosi({"import", "study", "--city", city, "--prm", (folder / "s.prm").string()});
  EXPECT_EQ(broken.code, 65);
  EXPECT_THAT(broken.err, AllOf(HasSubstr("s.cas: line 2: mark 'long' must be a number"),
                                HasSubstr("s.cas: line 3: has 3 fields, 4 needed")));
  folder.write("s.cas", "a 1\nb 1\n");
  const auto without = run_dosi({"import", "study", "--city", city, "--prm", (folder / "s.prm").string()});
  EXPECT_EQ(without.code, 65);
  EXPECT_THAT(without.err, HasSubstr("s.cas: line 1: has 2 fields, 3 needed"));

  folder.write("p.csv",
               "x,y,time,size,same,gone,stage,text\n200000,550000,2024-05-01,1,7,1,I,a\n200000,550090,2024-05-01,-2,7,"
               "1,,b\n200090,550000,2024-05-02,,7,1,IV,c\n200090,550090,2024-05-02,0,7,1,II,3\n");
  ASSERT_EQ(run_dosi({"import", "points", "--city", city, "--name", "p", "--file", (folder / "p.csv").string(), "--x",
                      "x", "--y", "y", "--crs", "EPSG:5186"})
                .code,
            0);
  const auto expect = [&](int code, const testing::Matcher<std::string>& message, std::vector<std::string> more) {
    std::vector<std::string> words{"scan", "--city", city, "--out",      out, "--cases",
                                   "p",    "--cell", "50", "--replicas", "19"};
    words.insert(words.end(), more.begin(), more.end());
    const auto finished = run_dosi(words);
    EXPECT_EQ(finished.code, code) << finished.err;
    EXPECT_THAT(finished.err, message);
    EXPECT_FALSE(std::filesystem::exists(out));
  };
  expect(65, HasSubstr("row 2: has no size"), {"--model", "normal", "--mark", "size"});
  expect(65, HasSubstr("row 0: text 'a' must be a number"), {"--model", "normal", "--mark", "text"});
  expect(65, HasSubstr("same: is 7 everywhere"), {"--model", "normal", "--mark", "same"});
  expect(65,
         AllOf(HasSubstr("row 1: size -2 must be more than 0"), HasSubstr("row 2: has no size"),
               HasSubstr("row 3: size 0 must be more than 0")),
         {"--model", "exponential", "--mark", "size"});
  expect(65, HasSubstr("gone: all cases are censored"),
         {"--model", "exponential", "--mark", "same", "--censored", "gone"});
  expect(65, HasSubstr("row 0: same '7' must be 0, the event came, or 1"),
         {"--model", "exponential", "--mark", "same", "--censored", "same"});
  expect(65, HasSubstr("same: is '7' everywhere; two classes are needed"),
         {"--model", "multinomial", "--mark", "same"});
  expect(65,
         AllOf(HasSubstr("row 1: has no stage"), HasSubstr("row 2: stage 'IV' is not among the classes I, II, III")),
         {"--model", "ordinal", "--mark", "stage", "--classes", "I,II,III"});
  expect(2, HasSubstr("classes: 'text' holds text: say which is lower and which is higher; there are: 3, a, b, c"),
         {"--model", "ordinal", "--mark", "text"});
  expect(2, AllOf(HasSubstr("mark: p has no column 'weight'; there are:"), HasSubstr("gone, same, size, stage")),
         {"--model", "normal", "--mark", "weight"});
  expect(2, AllOf(HasSubstr("mark: ordinal needs the column"), HasSubstr("censored: only exponential")),
         {"--model", "ordinal", "--censored", "gone"});
  expect(2, AllOf(HasSubstr("mark: permutation has none"), HasSubstr("classes: only ordinal")),
         {"--model", "permutation", "--mark", "size", "--classes", "I,II"});
  expect(2, HasSubstr("rates: multinomial compares all classes at once"),
         {"--model", "multinomial", "--mark", "text", "--rates", "both"});
}

}  // namespace
}  // namespace dosi
