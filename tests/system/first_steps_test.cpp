// What somebody meets who has never used the program: a mistyped option, a folder that is not there, a key that tells
// no zone from another, a place far from the city. Nothing is taken in silence, and the answer says what would be
// right.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/made_city.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using namespace test_support;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t times_said(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

struct First_steps : testing::Test {
  static void SetUpTestSuite() { city_ = new Made_city(20'000); }
  static void TearDownTestSuite() { delete city_; }

  Finished told(int code, const std::vector<std::string>& words, const std::vector<std::string>& parts) {
    auto f = run_dosi(words);
    EXPECT_EQ(f.code, code) << f.err;
    for (const auto& part : parts) EXPECT_THAT(f.err, HasSubstr(part));
    return f;
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return in(name);
  }
  std::string in(const std::string& name) const { return (folder / name).string(); }
  std::string city() const { return city_->path.string(); }

  Temp_folder folder;
  static Made_city* city_;
};
Made_city* First_steps::city_ = nullptr;

TEST_F(First_steps, AllThatIsWrongWithACommandLineIsSaidTogether) {
  told(2,
       {"access", "--city", city(), "--out", in("r.h5"), "--cutofs", "5", "--mode", "walk", "--mode=drive",
        "--xyzzyxyzzy", "--overwrite"},
       {"--cutofs: is no option of 'access'; did you mean --cutoffs?", "--mode: is given more than once",
        "--xyzzyxyzzy: is no option of 'access'; --help"});
  told(2, {"import", "points", "--nam", "p"}, {"--nam: is no option of 'points'; did you mean --name?"});
  told(2, {"report", "r.h5"}, {"--out is required"});
  EXPECT_THAT(told(2, {"access", "--bogus", "--log-json"}, {}).err, AllOf(HasSubstr("{\""), HasSubstr("bogus")))
      << "errors are JSON where JSON was asked for";
}

TEST_F(First_steps, LayersThatAreNotThereAreSaidTogether) {
  told(2,
       {"access", "--city", city(), "--out", in("r.h5"), "--origins", "dongs", "--destinations", "hospitls", "--zones",
        "xyzzyxyzzy"},
       {"origins: ", "no layer 'dongs' that would do; did you mean dong?", "destinations: ", "did you mean hospitals?",
        "zones: ", "there are: zones:districts, zones:dong, zones:water"});
  told(2, {"wind", "--city", city(), "--out", in("r.h5"), "--surface", "terain", "--probes", "terrain"},
       {"surface: ", "did you mean terrain?", "probes: "});
}

// Of all jobs of a plan, before the first one is run.
TEST_F(First_steps, LayersThatAPlanWantsAreLookedForBeforeItsFirstJob) {
  const auto plan = file(
      "plan.toml", "city = \"" + city() +
                       "\"\n[[job]]\nname = \"a\"\njob = \"access\"\norigins = \"dong\"\ndestinations = \"hospitals\"\n"
                       "[[job]]\nname = \"b\"\njob = \"gwr\"\nlayer = \"sale\"\ny = \"price_krw\"\nx = [\"area_m2\"]\n"
                       "[[job]]\nname = \"c\"\njob = \"scan\"\ncases = \"xyzzyxyzzy\"\n");
  told(2, {"run", plan}, {"line 7: job 'b': layer: ", "did you mean sales?", "line 13: job 'c': cases: "});
  EXPECT_FALSE(std::filesystem::exists(in("results/a.h5")));
}

TEST_F(First_steps, WhatIsRequiredAndWhatRangeItHasIsShown) {
  const auto help = run_dosi({"access", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--origins TEXT              (required)"), HasSubstr("--nearest NUMBER"),
                              Not(HasSubstr("(required) network"))));
  const auto declared = run_dosi({"describe", "access"});
  EXPECT_THAT(declared.out,
              AllOf(HasSubstr("how many nearest destinations to name, 1 to 64"), HasSubstr("[min], 0 to 600")));
}

TEST_F(First_steps, FiguresAreWrittenAsAPersonReadsThem) {
  told(0,
       {"access", "--city", city(), "--out", in("r.h5"), "--origins", "dong", "--destinations", "hospitals", "--groups",
        "residents", "--snap", "0"},
       {});
  const auto info = run_dosi({"info", in("r.h5")}).out;
  EXPECT_THAT(info, AllOf(HasSubstr("median time, residents: "), HasSubstr("origins with no street near: "),
                          Not(HasSubstr(": none min")), Not(HasSubstr(" \n")), Not(HasSubstr(".00\n")),
                          Not(HasSubstr(".00 "))));
}

TEST_F(First_steps, AFolderThatIsNotThereIsSaidSo) {
  told(0, {"access", "--city", city(), "--out", in("r.h5"), "--origins", "dong", "--destinations", "hospitals"}, {});
  const auto said = "the folder '" + in("no") + "' does not exist";
  told(74, {"report", in("r.h5"), "--out", in("no/p.html")}, {said});
  told(74, {"make-city", "--people", "20000", "--out", in("no/c.h5")}, {said});
  told(74, {"export", in("r.h5"), "--out", in("no/x.gpkg")}, {said});
  told(74, {"access", "--city", city(), "--out", in("no/r.h5"), "--origins", "dong", "--destinations", "hospitals"},
       {said});
  told(74, {"import", "points", "--city", in("no/c.h5"), "--name", "p", "--file", file("p.csv", "x,y\n127,37.5\n")},
       {said});
}

TEST_F(First_steps, AKeyThatManyZonesShareIsNotCalledAKeyOfNone) {
  const auto zones = file("z.csv",
                          "gu,dong,wkt\nA,one,\"POLYGON((127 37,127.01 37,127.01 37.01,127 37.01,127 "
                          "37))\"\nA,two,\"POLYGON((127.01 37,127.02 37,127.02 37.01,127.01 37.01,127.01 37))\"\n");
  const auto table = file("t.csv", "gu,people\nA,5\n");
  const auto f = told(65,
                      {"import", "zones", "--city", in("c.h5"), "--name", "z", "--file", zones, "--join", table,
                       "--join-on", "gu", "--zone-key", "gu"},
                      {"'A' matches 2 zones", "--zone-key need columns that tell every zone apart"});
  EXPECT_THAT(f.err, Not(HasSubstr("no row matches a zone;")));
}

TEST_F(First_steps, AStudyOfAPlaneThatIsCalledDegreesIsSaidOnce) {
  const auto places = file("a.geo", "one 66 102\ntwo 126 47\nthree 123 162\n"),
             cases = file("a.cas", "one 1\ntwo 2\nthree 1\nfour 1\n");
  const auto f =
      told(65, {"import", "study", "--city", in("c.h5"), "--geo", places, "--cas", cases, "--coordinates", "degrees"},
           {"--coordinates cartesian", "line 2: latitude 126", "line 3: latitude 123",
            "'four' is not among those with coordinates"});
  EXPECT_THAT(f.err, Not(HasSubstr("'two' is not among")));
  const auto sound =
      told(65, {"import", "study", "--city", in("c.h5"), "--geo", places, "--cas", cases, "--coordinates", "cartesian"},
           {"'four'"});
  EXPECT_THAT(sound.err, Not(HasSubstr("--coordinates cartesian")));
}

TEST_F(First_steps, AStudyBesideItsCasesNamesTheirDates) {
  const std::vector<std::string> scan{"scan",        "--city",     city(),   "--out", in("s.h5"),
                                      "--cases",     "complaints", "--cell", "500",   "--model",
                                      "permutation", "--replicas", "9"};
  auto late = scan, early = scan;
  late.insert(late.end(), {"--start", "2030-01-01"});
  early.insert(early.end(), {"--end", "2019-01-01"});
  told(2, late, {"start: 2030-01-01 is after the last case, 2024-12-"});
  told(2, early, {"end: 2019-01-01 is before the first case, 2024-01-0"});
}

TEST_F(First_steps, AnAmountThatIsAskedForTwiceIsWarnedOfOnce) {
  const auto places = file("p.csv", "x,y,beds\n200000,550000,5\n200100,550000,\n199900,550000,7\n");
  std::filesystem::copy_file(city(), in("c.h5"));
  told(0, {"import", "points", "--city", in("c.h5"), "--name", "homes", "--file", places, "--crs", "EPSG:5186"}, {});
  const auto f = told(0,
                      {"access", "--city", in("c.h5"), "--out", in("r.h5"), "--origins", "dong", "--destinations",
                       "homes", "--groups", "residents", "--opportunities", "count,beds", "--supply", "beds"},
                      {});
  EXPECT_EQ(times_said(f.err, "column 'beds' is missing in 1 of 3 rows"), 1u) << f.err;
}

TEST_F(First_steps, PlacesGoByTheNameThatTheirTableGivesThem) {
  const auto places = file("p.csv", "x,y,closed_on,사업장명\n200000,550000,,성모병원\n200100,550000,,한마음의원\n");
  std::filesystem::copy_file(city(), in("c.h5"));
  told(0, {"import", "points", "--city", in("c.h5"), "--name", "hospices", "--file", places, "--crs", "EPSG:5186"}, {});
  told(0,
       {"access", "--city", in("c.h5"), "--out", in("r.h5"), "--origins", "dong", "--destinations", "hospices",
        "--isochrones", "destinations", "--cutoffs", "5"},
       {});
  told(0, {"export", in("r.h5"), "--table", "isochrones", "--out", in("i.geojson")}, {});
  EXPECT_THAT(read_text(in("i.geojson")), AllOf(HasSubstr("성모병원"), HasSubstr("한마음의원")));
}

TEST_F(First_steps, AValuationDateFarFromTheSalesIsSaid) {
  std::string sales = "x,y,price,area,day\n";
  for (int i = 0; i < 80; ++i)
    sales += fmt::format("{},{},{},{},2024-{:02}-{:02}\n", 200000 + 37 * (i % 9), 550000 + 29 * (i % 7),
                         1000 + 31 * (i % 11) + 9 * i, 50 + (i * 7) % 23, 1 + i % 3, 1 + i % 28);
  told(0,
       {"import", "points", "--city", in("c.h5"), "--name", "sales", "--file", file("s.csv", sales), "--crs",
        "EPSG:5186"},
       {});
  const auto appraise = [&](const std::string& day, const std::string& columns, int code,
                            const std::vector<std::string>& parts) {
    return told(code,
                {"appraise", "--city", in("c.h5"), "--out", in(day + ".h5"), "--sales", "sales", "--price", "price",
                 "--x", columns, "--date", "day", "--valuation-date", day, "--bandwidth", "60"},
                parts);
  };
  appraise(
      "2029-01-01", "area", 0,
      {"valuation_date: 2029-01-01 is beyond the sales, 2024-01-01 to 2024-03-", "the nearest month that has sales"});
  EXPECT_THAT(appraise("2024-04-01", "area", 0, {}).err, Not(HasSubstr("beyond the sales")));
  EXPECT_EQ(times_said(appraise("2024-04-02", "aria", 2, {"did you mean 'area'?"}).err, "'aria'"), 1u)
      << "of a layer that is sales and parcels";
}

TEST_F(First_steps, WindWhereNothingStandsOrAboveTheBoxIsRefused) {
  const std::vector<std::string> wind{
      "wind", "--city",  city(), "--out", in("w.h5"), "--buildings", "buildings", "--cell",    "8", "--size",
      "96",   "--fetch", "32",   "--top", "160",      "--spin-up",   "1",         "--average", "1"};
  auto far = wind, high = wind, coarse = wind;
  far.insert(far.end(), {"--centre", "127.0,37.5"});
  high.insert(high.end(), {"--heights", "10,159,500"});
  coarse.insert(coarse.end(), {"--sources", "streets"});
  told(2, far, {"centre: no building of points:buildings stands within 96 x 96 m around (127, 38); they cover x "});
  EXPECT_THAT(told(2, high, {"heights: 159 m", "heights: 500 m", "give a higher top"}).err,
              Not(HasSubstr("heights: 10 m")));
  const auto f = told(0, coarse, {"not within the tolerance; give a longer average"});
  EXPECT_THAT(f.err, AllOf(Not(HasSubstr("most_throughs")), HasSubstr("the mean concentration is below 0 at ")));
}

TEST_F(First_steps, APageInKoreanHasAKoreanHeading) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> questions{
      {"dong에서 hospitals까지 도보 접근성", {"access", "--origins", "dong", "--destinations", "hospitals"}},
      {"complaints 공간 스캔, 베르누이 모형",
       {"scan", "--cases", "complaints", "--controls", "buildings", "--cell", "500", "--model", "bernoulli",
        "--analysis", "spatial", "--replicas", "9"}},
      {"price_krw 지리가중회귀: area_m2 (points/sales)",
       {"gwr", "--layer", "sales", "--y", "price_krw", "--x", "area_m2", "--bandwidth", "60"}},
      {"assessed_krw: points/sales, 매매 ",
       {"appraise", "--sales", "sales", "--price", "price_krw", "--assessed", "assessed_krw", "--x", "area_m2",
        "--bandwidth", "60"}},
      {"바람길: buildings",
       {"wind", "--buildings", "buildings", "--cell", "8", "--size", "96", "--fetch", "32", "--top", "160", "--spin-up",
        "1", "--average", "1"}}};
  for (const auto& [heading, words] : questions) {
    auto command = words;
    const auto result = in(words[0] + ".h5"), page = in(words[0] + ".html");
    command.insert(command.end(), {"--city", city(), "--out", result});
    told(0, command, {});
    told(0, {"report", result, "--out", page, "--lang", "ko"}, {});
    EXPECT_THAT(read_text(page), HasSubstr("<title>" + heading));
    told(0, {"report", result, "--out", page}, {});
    EXPECT_THAT(read_text(page), Not(HasSubstr("<title>" + heading)));
  }
}

}  // namespace
}  // namespace dosi
