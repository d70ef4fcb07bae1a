#include "io/report/report.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "io/result/figures.hpp"
#include "tests/io/report/support.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::report {
namespace {

using namespace test_support;
using Json = nlohmann::ordered_json;

std::string data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const auto first = page.find(open) + open.size();
  return page.substr(first, page.find("</script>", first) - first);
}

std::string page_of(const Temp_folder& folder, std::size_t zones, bool missing, const result::Json& panels) {
  const auto page = folder / "page.html";
  write_page({make_result(folder / "r.h5", zones, missing, panels)}, page, {});
  EXPECT_FALSE(std::filesystem::exists(page.string() + ".partial"));
  return read_text(page);
}

TEST(Report, DataParsesBackWhateverItsNamesAre) {
  const Temp_folder folder;
  const auto page = page_of(folder, 8, false, usual_panels());
  const auto text = data_of(page);
  EXPECT_EQ(text.find('<'), std::string::npos);
  const auto data = Json::parse(text);
  const auto& columns = data["results"][0]["tables"]["zones"]["columns"];
  for (const auto& c : columns)
    if (c["name"] == "label") {
      EXPECT_EQ(c["values"][0], hostile_names()[0]);
      EXPECT_EQ(c["values"][2], hostile_names()[2]);
      EXPECT_LT(c["values"][3].get<std::string>().size(), 400u);
    } else if (c["name"] == "time") {
      EXPECT_EQ(c["units"], "min");
      EXPECT_EQ(c["values"][1], 2);
      EXPECT_TRUE(c["values"][4].is_null());
    } else if (c["name"] == "share") {
      EXPECT_EQ(c["units"], "%");
      EXPECT_EQ(c["values"][4], 50);
    }
  const auto& panels = data["results"][0]["panels"];
  EXPECT_EQ(panels[3]["problem"], "kind");
  EXPECT_EQ(panels[4]["problem"], "table");
  EXPECT_EQ(panels[5]["problem"], "kind");
  EXPECT_EQ(panels[6]["kind"], "grid");
  const auto around = page.substr(0, page.find(text)) + page.substr(page.find(text) + text.size());
  EXPECT_EQ(around.find("onerror=alert"), std::string::npos);
  EXPECT_NE(around.find("<title>Access &lt;b&gt;of&lt;/b&gt; &lt;/script&gt;</title>"), std::string::npos);
}

TEST(Report, ACurveIsOneColumnOverAnother) {
  const Temp_folder folder;
  const auto panels =
      result::Json::array({{{"kind", "curve"}, {"table", "zones"}, {"x", "share"}, {"column", "time"}},
                           {{"kind", "curve"}, {"table", "zones"}, {"x", "label"}, {"column", "time"}},
                           {{"kind", "curve"}, {"table", "zones"}, {"x", "share"}, {"column", "nothing"}}});
  const auto data = Json::parse(data_of(page_of(folder, 8, false, panels)));
  const auto& drawn = data["results"][0]["panels"];
  EXPECT_EQ(drawn[0]["curve"]["x"]["values"].size(), 8u);
  EXPECT_EQ(drawn[0]["curve"]["x"]["values"][4], 50);
  EXPECT_EQ(drawn[0]["curve"]["x"]["units"], "%");
  EXPECT_EQ(drawn[0]["curve"]["y"]["values"][1], 2);
  EXPECT_TRUE(drawn[0]["curve"]["y"]["values"][4].is_null());
  EXPECT_EQ(drawn[1]["problem"], "column");
  EXPECT_EQ(drawn[2]["problem"], "column");
}

TEST(Report, ALongCurveKeepsItsLowestPoint) {
  const Temp_folder folder;
  constexpr std::size_t kRows = 12'001, kLowest = 7'002;  // which every second or third row is not
  std::vector<double> x, y;
  for (std::size_t i = 0; i < kRows; ++i) {
    x.push_back(static_cast<double>(i));
    y.push_back(i == kLowest ? -5 : 1 + static_cast<double>(i % 10));
  }
  result::Writer w(folder / "r.h5", {}, "gwr", result::words("Curve", "곡선"), {{"program", "dosi"}});
  result::Figures t(w, "tried", "row", kRows, "Tried");
  t.numbers("x", x, "x", "x");
  t.numbers("y", y, "y", "y");
  w.set_panels(result::Json::array({{{"kind", "curve"}, {"table", "tried"}, {"x", "x"}, {"column", "y"}}}));
  w.publish();
  write_page({folder / "r.h5"}, folder / "page.html", {});
  const auto curve = Json::parse(data_of(read_text(folder / "page.html")))["results"][0]["panels"][0]["curve"];
  const auto xs = curve["x"]["values"].get<std::vector<double>>(), ys = curve["y"]["values"].get<std::vector<double>>();
  EXPECT_LE(xs.size(), 5'001u);
  EXPECT_GE(xs.size(), 5'000u);
  ASSERT_EQ(xs.size(), ys.size());
  EXPECT_TRUE(std::is_sorted(xs.begin(), xs.end()));
  const auto low = std::min_element(ys.begin(), ys.end()) - ys.begin();
  EXPECT_EQ(xs[static_cast<std::size_t>(low)], kLowest);
  EXPECT_EQ(ys[static_cast<std::size_t>(low)], -5);
}

TEST(Report, NothingIsFetched) {
  const Temp_folder folder;
  const auto page = page_of(folder, 3, false, usual_panels());
  for (const auto* pattern :
       {R"((src|href)\s*=\s*["']?(https?:)?//)", R"(url\(\s*["']?https?:)", R"(@import)", R"(\bfetch\(["']http)"}) {
    std::smatch found;
    EXPECT_FALSE(std::regex_search(page, found, std::regex(pattern))) << found.str();
  }
  const std::regex address(R"(https?://[^\s"'<>)]+)");
  for (std::sregex_iterator it(page.begin(), page.end(), address), end; it != end; ++it)
    EXPECT_TRUE(it->str().starts_with("http://www.w3.org/") || it->str().starts_with("https://d3js.org")) << it->str();
}

TEST(Report, NoZonesOneZoneAllMissing) {
  for (const std::size_t zones : {0, 1, 6})
    for (const bool missing : {false, true}) {
      const Temp_folder folder;
      const auto data = Json::parse(data_of(page_of(folder, zones, missing, result::Json())));
      EXPECT_EQ(data["results"][0]["tables"].contains("zones"), zones > 0);
    }
}

TEST(Report, SharedZonesAreHeldOnce) {
  const Temp_folder folder;
  const auto a = make_result(folder / "a.h5", 4, false, usual_panels()),
             b = make_result(folder / "b.h5", 4, true, usual_panels());
  write_page({a, b}, folder / "p.html", {.title = "둘", .language = "ko"});
  const auto data = Json::parse(data_of(read_text(folder / "p.html")));
  EXPECT_EQ(data["geometries"].size(), 1u);
  EXPECT_EQ(data["title"], "둘");
}

TEST(Report, WhatIsNoResultAndAFolderThatIsNot) {
  const Temp_folder folder;
  const auto text = folder.write("text.h5", "not HDF5");
  EXPECT_THROW(write_page({text}, folder / "p.html", {}), Error);
  const auto r = make_result(folder / "r.h5", 1, false, result::Json());
  EXPECT_THROW(write_page({r}, folder / "no/p.html", {}), IoError);
  EXPECT_FALSE(std::filesystem::exists(folder / "p.html"));
}

// What a browser makes of a page: the part before the data. Nothing may have been said on its console.
std::string shown_page(const Temp_folder& folder, const std::filesystem::path& page) {
  const auto shown =
      run_program({"timeout", "120", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                   "--virtual-time-budget=3000", "--enable-logging=stderr",
                   "--user-data-dir=" + (folder / "profile").string(), "--dump-dom", "file://" + page.string()});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(shown.err.find("CONSOLE"), std::string::npos) << shown.err;
  const auto first = shown.out.find("<div id=\"page\">"), last = shown.out.find("<script type=\"application/json\"");
  return first == std::string::npos || last == std::string::npos ? "" : shown.out.substr(first, last - first);
}

bool has_browser() { return run_program({"chromium", "--version"}).code == 0; }

TEST(Report, ClassesShowBothSidesOfResiduals) {
  if (!has_browser()) GTEST_SKIP() << "no chromium here";
  const Temp_folder folder;
  {
    result::Writer w(folder / "r.h5", korean_crs(), "gwr", result::words("Residuals", "잔차"), {{"program", "dosi"}});
    const std::size_t n = 400;
    auto g = w.create_table("places", result::Table_kind::points, "place", n);
    std::vector<double> x, y, residual;
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(200000 + 10.0 * static_cast<double>(i % 20));
      y.push_back(550000 + 10.0 * static_cast<double>(i / 20));
      residual.push_back(i < 4 ? -9.0 + static_cast<double>(i)
                               : -1.9 + 3.8 * static_cast<double>(i) / static_cast<double>(n));  // a few far below
    }
    stream::write_all<double>(g, "x", {"place"}, x);
    stream::write_all<double>(g, "y", {"place"}, y);
    stream::write_all<double>(g, "residual", {"place"}, residual);
    w.set_panels(result::Json::array({{{"kind", "map"}, {"table", "places"}, {"column", "residual"}}}));
    w.publish();
  }
  write_page({folder / "r.h5"}, folder / "p.html", {});
  const auto body = shown_page(folder, folder / "p.html");
  std::size_t above = 0, below = 0;
  const std::regex from("<th scope=\"row\">(?:≥ )?(-?[0-9.]+)");
  for (auto m = std::sregex_iterator(body.begin(), body.end(), from); m != std::sregex_iterator(); ++m)
    (std::stod((*m)[1]) < 0 ? below : above) += 1;
  EXPECT_GE(below, 2u) << body;
  EXPECT_GE(above, 2u) << "four far below leave one class for all that is above: " << body;
}

TEST(Report, WhoIsNotReachedIsNotCountedAsUnchanged) {
  if (!has_browser()) GTEST_SKIP() << "no chromium here";
  const Temp_folder folder;
  const auto panels = result::Json::array(
      {{{"kind", "map"}, {"table", "zones"}, {"column", "people_all"}, {"label", "label"}, {"status", "status"}}});
  write_page({make_result(folder / "r.h5", 8, false, panels)}, folder / "p.html", {});
  EXPECT_NE(shown_page(folder, folder / "p.html").find("class=\"striped\""), std::string::npos);
}

TEST(Report, OpensInABrowserWithoutErrors) {
  if (!has_browser()) GTEST_SKIP() << "no chromium here";
  for (const bool missing : {false, true}) {
    const Temp_folder folder;
    write_page({make_result(folder / "r.h5", 8, missing, usual_panels())}, folder / "p.html", {.language = "ko"});
    const auto body = shown_page(folder, folder / "p.html");
    const std::regex zone("<path class=\"zone\" d=\"M");
    EXPECT_EQ(std::distance(std::sregex_iterator(body.begin(), body.end(), zone), std::sregex_iterator()), 8);
    EXPECT_EQ(body.find("<img"), std::string::npos) << "a name became markup";
    EXPECT_NE(body.find("성수동 2가 😀"), std::string::npos);
    EXPECT_NE(body.find("hologram"), std::string::npos) << "the unknown panel is named";
    EXPECT_EQ(body.find("NaN"), std::string::npos);
    EXPECT_EQ(body.find("[object"), std::string::npos);
    EXPECT_EQ(body.find("undefined"), std::string::npos);
  }
}

}  // namespace
}  // namespace dosi::report
