// Seoul and Porto Alegre from their files to their answers, through the program, checked with Dijkstra.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.hpp"
#include "tests/system/dijkstra_check.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;
using testing::HasSubstr;

#define EXPECT_DONE(...)                         \
  do {                                           \
    const auto finished = run_dosi(__VA_ARGS__); \
    ASSERT_EQ(finished.code, 0) << finished.err; \
  } while (false)

TEST(Real_cities, SeoulOnFootToHospitalsAndWifi) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "seoul.h5").string();
  const auto seoul = [&](const char* name) { return (data / "seoul" / name).string(); };
  EXPECT_DONE({"import", "network", "--city", city, "--name", "downtown", "--nodes", seoul("downtown_osm_nodes.csv"),
               "--edges", seoul("downtown_osm_edges.csv"), "--modes", "drive,walk", "--city-crs", "EPSG:5186"});
  EXPECT_DONE({"import", "zones", "--city", city, "--name", "dong", "--file", seoul("dong.geojson"), "--join",
               seoul("population_2020_cp949.csv"), "--join-on", "자치구,동", "--zone-key", "adm_nm"});
  EXPECT_DONE({"import", "points", "--city", city, "--name", "wifi", "--file", seoul("wifi_cp949.csv")});
  EXPECT_DONE({"import", "points", "--city", city, "--name", "hospitals", "--file", seoul("hospital_permits_cp949.csv"),
               "--crs", "EPSG:5174"});
  EXPECT_DONE({"import", "points", "--city", city, "--name", "toilets", "--file", seoul("toilets_cp949.csv")});
  folder.write("plan.toml", R"(
    city = "seoul.h5"
    [[job]]
    name = "hospital"
    job = "access"
    origins = "dong"
    destinations = "hospitals"
    nearest = 3
    groups = ["전체", "65세이상"]
    [[job]]
    name = "wifi"
    job = "access"
    needs = ["hospital"]
    origins = "dong"
    destinations = "wifi"
    cutoffs = [5, 10]
    groups = ["전체", "65세이상"]
  )");
  EXPECT_DONE({"run", (folder / "plan.toml").string()});
  system_test::check(city, folder / "results/hospital.h5", {"downtown", "walk", {10}, {"count"}}, 200);
  system_test::check(city, folder / "results/wifi.h5", {"downtown", "walk", {5, 10}, {"count"}}, 100);

  const auto result = result::Result::open(folder / "results/wifi.h5");
  const auto zones = result.root().group("zones");
  const auto label = stream::read_strings(zones, "label"), status = stream::read_strings(zones, "status");
  const auto median = stream::read_all<double>(zones, "median_time"),
             people = stream::read_all<double>(zones, "people");
  ASSERT_EQ(label.size(), 425u);
  double total = 0;
  std::size_t unreachable = 0;
  for (std::size_t z = 0; z < label.size(); ++z) {
    total += people[z * 2];
    if (status[z] != "unreachable") continue;
    ++unreachable;
    EXPECT_TRUE(std::isnan(median[z * 2]) && std::isnan(median[z * 2 + 1])) << label[z];
  }
  EXPECT_NEAR(total, 10'013'781, 0.5);
  for (std::size_t z = 0; z < label.size(); ++z) {
    if (label[z].find("강남구") != std::string::npos) {
      EXPECT_EQ(status[z], "unreachable") << label[z];
    }
    if (label[z].find("중구 명동") != std::string::npos) {
      EXPECT_EQ(status[z], "reached") << label[z];
    }
  }
  EXPECT_GT(unreachable, 350u);
  const auto summary = result.summary();
  EXPECT_EQ(summary.back()["names"].size(), unreachable);

  // The same command again finds everything done.
  const auto again = run_dosi({"run", (folder / "plan.toml").string()});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
}

TEST(Real_cities, PortoAlegreFromOpenStreetMap) {
  DOSI_NEEDS_DATA(data);
  const Temp_folder folder;
  const auto city = (folder / "poa's city.h5").string();
  const auto poa = [&](const char* name) { return (data / "porto_alegre" / name).string(); };
  EXPECT_DONE({"import", "network", "--city", city, "--name", "streets", "--osm", poa("poa_osm.pbf")});
  EXPECT_DONE({"import", "points", "--city", city, "--name", "hexagons", "--file", poa("poa_hexgrid.csv")});
  for (const std::string mode : {"walk", "bicycle", "drive"}) {
    const auto out = (folder / (mode + ".h5")).string();
    EXPECT_DONE({"access", "--city", city, "--out", out, "--mode", mode, "--origins", "hexagons", "--destinations",
                 "hexagons", "--nearest", "2", "--cutoffs", "10,30", "--opportunities", "jobs,schools,healthcare",
                 "--groups", "population"});
    system_test::check(city, out, {"streets", mode, {10, 30}, {"jobs", "schools", "healthcare"}}, 12);
  }
}

}  // namespace
}  // namespace dosi
