// Imports of real files. The folder is named by DOSI_DATA; without it these are skipped.
#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include "io/import/network.hpp"
#include "io/import/points.hpp"
#include "io/import/zones.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
namespace fs = std::filesystem;

struct Real_import : testing::Folder {
  fs::path data;
  void SetUp() override {
    const char* named = std::getenv("DOSI_DATA");
    if (named == nullptr) GTEST_SKIP() << "DOSI_DATA does not name a folder with the real data";
    data = named;
  }
  Zones_import dong() const {
    Zones_request q;
    q.file = data / "seoul/dong.geojson";
    q.join = {data / "seoul/population_2020_cp949.csv", {"자치구", "동"}, {"adm_nm"}, "auto"};
    return import_zones(q, {});
  }
  // A city with the districts in it, as a user would begin.
  Target seoul() const {
    auto z = dong();
    z.report.layer = "dong";
    const Destination to{folder / "seoul.h5", "zones", "dong", "", false, "test"};
    store(to, z.crs, z.zones, z.report);
    return look_at({to.city, "points", "p", "", false, ""});
  }
  Points_import points(const char* file, const Target& target, const std::string& crs = "") const {
    Points_request q;
    q.file = data / file;
    q.crs = crs;
    return import_points(q, target);
  }
};

TEST_F(Real_import, seoul_downtown_network) {
  Network_request q;
  q.nodes = data / "seoul/downtown_osm_nodes.csv";
  q.edges = data / "seoul/downtown_osm_edges.csv";
  const auto done = import_network(q, {});
  EXPECT_EQ(done.crs.name, "EPSG:5186");
  EXPECT_EQ(done.report.rejected(), 0u);
  EXPECT_EQ(done.network.nodes(), 4685u);
  EXPECT_EQ(done.report.counts.at("arcs for drive"), 12458u);
  q.modes = {"drive"};
  EXPECT_EQ(import_network(q, {}).network.arcs(), 12458u);
}

TEST_F(Real_import, seoul_arterial_network_whose_classes_are_numbers) {
  Network_request q;
  q.nodes = data / "seoul/topis_arterial_nodes.csv";
  q.edges = data / "seoul/topis_arterial_edges.csv";
  q.modes = {"drive"};
  const auto done = import_network(q, {});
  EXPECT_EQ(done.network.nodes(), 2209u);
  EXPECT_EQ(done.network.arcs(), 5018u);
}

TEST_F(Real_import, seoul_districts_with_their_population) {
  const auto done = dong();
  ASSERT_EQ(done.zones.size(), 425u);
  ASSERT_EQ(done.report.joins.size(), 1u);
  const auto& j = done.report.joins[0];
  EXPECT_EQ(j.rows, 450u);
  EXPECT_EQ(j.matched, 425u);
  EXPECT_TRUE(j.zones_unmatched.empty());
  ASSERT_EQ(j.rows_unmatched.rows.size(), 25u);
  for (const auto& r : j.rows_unmatched.rows) EXPECT_EQ(r.cells[1], "소계");
  const auto& people = std::get<std::vector<std::int64_t>>(done.zones.attributes.find("전체")->values);
  std::int64_t sum = 0;
  for (const auto p : people) sum += p;
  EXPECT_EQ(sum, 10013781);
  EXPECT_TRUE(std::holds_alternative<std::vector<double>>(done.zones.attributes.find("세대당인구")->values));
  double area = 0;
  const auto& p = done.zones.polygons;
  for (std::size_t r = 0; r < p.ring_is_hole.size(); ++r)
    for (auto i = p.vertex_first[r]; i + 1 < p.vertex_first[r + 1]; ++i)
      area += ((p.x[i] - 2e5) * (p.y[i + 1] - 5.5e5) - (p.x[i + 1] - 2e5) * (p.y[i] - 5.5e5)) / 2;
  EXPECT_NEAR(area / 1e6, 607.43, 0.01) << "as ST_Area of the file in EPSG:5186; the city's own figure is 605.2 km2";
}

TEST_F(Real_import, seoul_wifi_has_73_bad_rows) {
  const auto done = points("seoul/wifi_cp949.csv", seoul());
  EXPECT_EQ(done.report.encoding, "CP949");
  EXPECT_EQ(done.report.read, 13628u);
  EXPECT_EQ(done.report.kept, 13555u);
  EXPECT_THAT(done.report.rejected_by_reason(),
              ElementsAre(Pair("latitude and longitude swapped", 59), Pair("outside the city", 14)));
}

TEST_F(Real_import, seoul_hospitals_lie_in_the_district_of_their_address) {
  const auto target = seoul();
  const auto done = points("seoul/hospital_permits_cp949.csv", target, "EPSG:5174");
  EXPECT_EQ(done.report.kept, 766u);
  EXPECT_THAT(done.report.rejected_by_reason(), ElementsAre(Pair("missing coordinates", 116)));
  const auto names = done.points.attributes.find("사업장명")->as_text();
  struct Known {
    const char* name;
    double longitude, latitude;
  };
  for (const Known k : {Known{"서울대학교병원", 126.9990, 37.5796}, Known{"삼성서울병원", 127.0857, 37.4883},
                        Known{"고려대학교의과대학부속구로병원", 126.8849, 37.4921}}) {
    const auto it = std::find(names.begin(), names.end(), k.name);
    ASSERT_NE(it, names.end()) << k.name;
    double x = k.longitude, y = k.latitude;
    Projection(crs_named("EPSG:4326", ""), done.crs).apply(std::span(&x, 1), std::span(&y, 1));
    const auto i = static_cast<std::size_t>(it - names.begin());
    EXPECT_LT(std::hypot(done.points.x[i] - x, done.points.y[i] - y), 100) << k.name;
  }
}

TEST_F(Real_import, seoul_points_of_other_kinds) {
  const auto target = seoul();
  EXPECT_EQ(points("seoul/toilets_cp949.csv", target).report.kept, 4938u);
  EXPECT_EQ(points("seoul/bus_stops_cp949.csv", target).report.kept, 11290u);
  const auto stops = points("seoul/bus_stops_cp949.csv", target);
  EXPECT_TRUE(stops.points.attributes.find("정류소번호")->is_text()) << "01001 is a code";
  EXPECT_EQ(points("seoul/station.csv", target).report.read, 304u);
  EXPECT_EQ(points("seoul/school.csv", target).report.read, 1412u);
  EXPECT_EQ(points("seoul/apartment_trades_2024.csv", target).report.read, 3851u);
}

TEST_F(Real_import, porto_alegre) {
  Network_request q;
  q.osm = data / "porto_alegre/poa_osm.pbf";
  const auto done = import_network(q, {});
  EXPECT_EQ(done.crs.name, "EPSG:32722");
  EXPECT_EQ(done.report.counts.at("ways read"), 16032u);
  EXPECT_GT(done.report.counts.at("arcs for walk"), done.report.counts.at("arcs for drive"));
  const auto hexagons = points("porto_alegre/poa_hexgrid.csv", {});
  EXPECT_EQ(hexagons.points.size(), 1227u);
  EXPECT_EQ(hexagons.crs.name, "EPSG:32722");
}

}  // namespace
}  // namespace dosi::imports
