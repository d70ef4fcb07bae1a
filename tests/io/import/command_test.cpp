// dosi import as a user types it: exit codes, what is printed, what lies in the folder afterwards.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include "io/city/city.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Import_command : testing::Folder {
  std::string out, log;
  static std::string quoted(const std::string& s) {
    std::string q = "'";
    for (const char c : s) q += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return q + "'";
  }
  int dosi(const std::vector<std::string>& words) {
    std::string line = quoted(DOSI_PROGRAM);
    for (const auto& w : words) line.append(" ").append(quoted(w));
    line += " >" + quoted(folder / "out") + " 2>" + quoted(folder / "log");
    const int status = std::system(line.c_str());
    out = read(folder / "out");
    log = read(folder / "log");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(Import_command, a_city_from_nothing) {
  const auto csv = write("it's \"a\" file.csv", "id,lon,lat\n1,127,37.5\n2,127.01,37.51\n3,37.5,127\n");
  const auto city = folder / "my city's.h5";
  ASSERT_EQ(dosi({"import", "points", "--city", city, "--name", "wifi", "--file", csv, "--json"}), 0) << log;
  const auto report = nlohmann::json::parse(out);
  EXPECT_EQ(report["kept"], 2);
  EXPECT_EQ(report["layer"], "wifi");
  EXPECT_EQ(report["rejected_by_reason"]["latitude and longitude swapped"], 1);
  EXPECT_THAT(log, HasSubstr("my city's.wifi.rejects.csv"));
  EXPECT_THAT(log, HasSubstr("'lon' and 'lat'"));
  const auto history = city::City::open(city).group({"points", "wifi"}).string_attribute("history");
  EXPECT_THAT(history, HasSubstr("dosi import points --city"));
  EXPECT_THAT(history, HasSubstr("--json"));

  EXPECT_EQ(dosi({"import", "points", "--city", city, "--name", "wifi", "--file", csv}), 2);
  EXPECT_EQ(
      dosi({"import", "points", "--city", city, "--name", "wifi", "--file", csv, "--replace", "--repair-swapped"}), 0)
      << log;
  EXPECT_THAT(out, HasSubstr("read 3, kept 3, rejected 0, repaired 1"));
  EXPECT_EQ(city::City::open(city).read_points("wifi").size(), 3u);
}

TEST_F(Import_command, errors_have_their_codes) {
  const auto city = (folder / "c.h5").string();
  EXPECT_EQ(dosi({"import"}), 2);
  EXPECT_EQ(dosi({"import", "points", "--city", city, "--name", "p"}), 2);
  EXPECT_EQ(dosi({"import", "points", "--city", city, "--name", "p", "--file", folder / "none.csv"}), 74);
  EXPECT_THAT(log, HasSubstr("there is no such file"));
  EXPECT_EQ(dosi({"import", "points", "--city", city, "--name", "p", "--file", write("e.csv", "")}), 65);
  EXPECT_EQ(dosi({"import", "network", "--city", city, "--name", "n"}), 2);
  EXPECT_EQ(dosi({"import", "network", "--city", city, "--name", "n", "--nodes", "x"}), 2);
  EXPECT_EQ(dosi({"import", "points", "--city", write("text.h5", "words"), "--name", "p", "--file",
                  write("a.csv", "x,y\n1,2\n")}),
            65);
  EXPECT_EQ(dosi({"import", "points", "--city", folder / "no/such/c.h5", "--name", "p", "--file", folder / "a.csv"}),
            74);
  EXPECT_FALSE(fs::exists(city));
  for (const auto& e : fs::directory_iterator(folder)) EXPECT_NE(e.path().extension(), ".partial");
}

}  // namespace
}  // namespace dosi::imports
