// Zones: rings put in order, bad polygons told apart, tables joined by name.
#include <gmock/gmock.h>

#include <cmath>
#include "io/import/zones.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using testing::thrown;

std::string feature(const std::string& name, const std::string& geometry) {
  return R"({"type":"Feature","properties":{"name":")" + name + R"(","pop":3},"geometry":)" + geometry + "}";
}
std::string square(double x, double y, double side = 0.01) {
  return fmt::format(R"({{"type":"Polygon","coordinates":[[[{0},{1}],[{0},{3}],[{2},{3}],[{2},{1}],[{0},{1}]]]}})", x,
                     y, x + side, y + side);
}
std::string collection(const std::vector<std::string>& features) {
  return fmt::format(R"({{"type":"FeatureCollection","features":[{}]}})", fmt::join(features, ","));
}
double signed_area(const city::Polygons& p, std::size_t ring) {
  double a = 0;
  for (auto i = p.vertex_first[ring]; i + 1 < p.vertex_first[ring + 1]; ++i)
    a += p.x[i] * p.y[i + 1] - p.x[i + 1] * p.y[i];
  return a / 2;
}

struct Import_zones : testing::Folder {
  Zones_import zones(const std::string& text, Zones_request q = {}) {
    q.file = write("z.geojson", text);
    return import_zones(q, {});
  }
  Zones_import joined(const std::vector<std::string>& names, const std::string& table,
                      std::vector<std::string> on = {"gu", "dong"}) {
    std::vector<std::string> f;
    for (std::size_t i = 0; i < names.size(); ++i)
      f.push_back(feature(names[i], square(127 + 0.01 * static_cast<double>(i), 37.5)));
    Zones_request q;
    q.join = {write("t.csv", table), std::move(on), {"name"}, "auto"};
    return zones(collection(f), q);
  }
};

TEST_F(Import_zones, exterior_rings_turn_left_and_holes_right) {
  const auto done = zones(collection(
      {feature("clockwise", square(127, 37.5)),
       feature("hole",
               R"({"type":"Polygon","coordinates":[[[127.1,37.5],[127.2,37.5],[127.2,37.6],[127.1,37.6],[127.1,37.5]],
                        [[127.14,37.54],[127.16,37.54],[127.16,37.56],[127.14,37.56],[127.14,37.54]]]})"),
       feature("two", R"({"type":"MultiPolygon","coordinates":[[[[127.3,37.5],[127.4,37.5],[127.4,37.6],[127.3,37.5]]],
                        [[[127.5,37.5],[127.6,37.5],[127.6,37.6],[127.5,37.5]]]]})")}));
  const auto& p = done.zones.polygons;
  ASSERT_EQ(p.size(), 3u);
  EXPECT_THAT(p.ring_first, ElementsAre(0, 1, 3, 5));
  EXPECT_THAT(p.ring_is_hole, ElementsAre(0, 0, 1, 0, 0));
  for (std::size_t r = 0; r < 5; ++r) {
    EXPECT_EQ(signed_area(p, r) < 0, p.ring_is_hole[r] == 1) << r;
    EXPECT_EQ(p.x[p.vertex_first[r]], p.x[p.vertex_first[r + 1] - 1]);
    EXPECT_EQ(p.y[p.vertex_first[r]], p.y[p.vertex_first[r + 1] - 1]);
  }
  EXPECT_NEAR(signed_area(p, 0), 884 * 1110, 5000);
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(done.zones.attributes.find("pop")->values));
}

TEST_F(Import_zones, bad_shapes_are_rejected_with_their_reason) {
  const std::vector<std::string> all{
      feature("good", square(127, 37.5)),
      feature("bow tie",
              R"({"type":"Polygon","coordinates":[[[127,37.5],[127.1,37.6],[127.1,37.5],[127,37.6],[127,37.5]]]})"),
      feature("nothing", "null"),
      feature("empty", R"({"type":"Polygon","coordinates":[]})"),
      feature("point", R"({"type":"Point","coordinates":[127,37.5]})"),
      feature("swapped", square(37.5, 127)),
      feature("flat", R"({"type":"Polygon","coordinates":[[[127,37.5],[127.1,37.5],[127,37.5]]]})"),
      feature("good too", square(127.1, 37.5))};
  auto done = zones(collection(all));
  EXPECT_EQ(done.report.kept, 2u);
  const auto reasons = done.report.rejected_by_reason();
  EXPECT_EQ(done.report.rejected(), 6u);
  EXPECT_EQ(reasons.at("invalid polygon: self-intersection"), 1u);
  EXPECT_EQ(reasons.at("no geometry"), 2u) << "null, and no coordinates";
  EXPECT_EQ(reasons.at("not a polygon: Point"), 1u);
  EXPECT_EQ(reasons.at("latitude and longitude swapped"), 1u);
  EXPECT_THAT(done.report.rejects[0].columns, ElementsAre("name", "pop", "geometry"));
  EXPECT_THAT(done.report.rejects[0].rows[0].cells.back(), HasSubstr("POLYGON"));

  Zones_request q;
  q.repair = true;
  done = zones(collection(all), q);
  EXPECT_EQ(done.report.kept, 3u);
  EXPECT_EQ(done.report.repaired, 1u);
  EXPECT_EQ(done.zones.polygons.ring_first[2] - done.zones.polygons.ring_first[1], 2u) << "two triangles";
}

TEST_F(Import_zones, polygons_may_come_as_text_in_a_table) {
  Zones_request q;
  q.file = write("z.csv",
                 "name,wkt,n\na,\"POLYGON((127 37.5,127.1 37.5,127.1 37.6,127 37.5))\",01\n"
                 "b,\"POLYGON((nan 37.5,127.1 37.5,127.1 37.6,nan 37.5))\",02\nc,words,03\nd,,04\n");
  const auto done = import_zones(q, {});
  EXPECT_EQ(done.report.kept, 1u);
  EXPECT_EQ(done.report.rejected(), 3u);
  EXPECT_EQ(done.report.rejected_by_reason().at("geometry is not WKT") +
                done.report.rejected_by_reason().count("coordinates are not finite"),
            2u);
  EXPECT_THAT(done.zones.attributes.find("n")->as_text(), ElementsAre("01"));
}

TEST_F(Import_zones, joins_by_the_end_of_a_name) {
  const auto done = joined({"서울특별시 종로구 사직동", "서울특별시 강남구 신사동", "서울특별시 관악구 신사동",
                            "서울특별시 성동구 금호2·3가동"},
                           "gu,dong,n,r\n관악구,신사동,30,3.5 \n종로구,소계,99,x\n강남구,신사동,20,2.5\n종로구, 사직동 "
                           ",10,1.5\n성동구,금호2.3가동,,\n");
  const auto& a = done.zones.attributes;
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(a.find("n")->values), ElementsAre(10, 20, 30, city::kMissingWhole));
  EXPECT_EQ(std::get<std::vector<double>>(a.find("r")->values)[2], 3.5) << "typed by the matched rows alone";
  EXPECT_EQ(done.report.joins[0].matched, 4u);
  ASSERT_EQ(done.report.joins[0].rows_unmatched.rows.size(), 1u);
  EXPECT_EQ(done.report.joins[0].rows_unmatched.rows[0].row, 3u);
}

TEST_F(Import_zones, the_same_name_twice_is_not_guessed) {
  const auto done = joined({"서울특별시 강남구 신사동", "서울특별시 관악구 신사동", "서울특별시 종로구 사직동"},
                           "dong,n\n신사동,1\n사직동,2\n직동,3\n", {"dong"});
  const auto& j = done.report.joins[0];
  EXPECT_EQ(j.matched, 1u);
  ASSERT_EQ(j.rows_unmatched.rows.size(), 2u);
  EXPECT_THAT(j.rows_unmatched.rows[0].reason,
              HasSubstr("matches 2 zones: 서울특별시 강남구 신사동, 서울특별시 관악구 신사동"));
  EXPECT_THAT(j.rows_unmatched.rows[1].reason, HasSubstr("no zone '직동'")) << "half a word is no match";
  EXPECT_EQ(j.zones_unmatched.size(), 2u);
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(done.zones.attributes.find("n")->values),
              ElementsAre(city::kMissingWhole, city::kMissingWhole, 2));
}

TEST_F(Import_zones, two_rows_for_a_zone_are_an_error_that_names_both) {
  EXPECT_THAT(thrown([&] { joined({"A B"}, "gu,dong,n\na,b,1\nA, b,2\n"); }),
              HasSubstr("rows 2 and 3 both match the zone 'A B'"));
  EXPECT_THAT(thrown([&] { joined({"A B"}, "gu,dong,n\nx,y,1\n"); }), HasSubstr("'x y', one of the zones 'A B'"));
  EXPECT_THAT(thrown([&] { joined({"A B"}, "gu,dong,n\nx,y,1\n", {"dongs"}); }),
              HasSubstr("its columns are: gu, dong, n"));
}

TEST_F(Import_zones, the_same_column_twice_keeps_both) {
  const auto done = joined({"A B"}, "gu,dong,pop\na,b,7\n");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(done.zones.attributes.find("pop")->values)[0], 3);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(done.zones.attributes.find("pop_joined")->values)[0], 7);
}

TEST_F(Import_zones, the_city_holds_what_was_imported) {
  auto done = joined({"A B", "C D"}, "gu,dong,n\na,b,7\nx,y,8\n");
  const Destination to{folder / "city's.h5", "zones", "z", "", false, "test"};
  done.report.layer = to.layer;
  store(to, done.crs, done.zones, done.report);
  const auto z = city::City::open(to.city).read_zones("z");
  EXPECT_EQ(z.size(), 2u);
  EXPECT_EQ(z.polygons.x, done.zones.polygons.x);
  EXPECT_EQ(read(folder / "city's.z.unmatched.csv"), "gu,dong,n,row,reason\nx,y,8,3,no zone 'x y'\n");
  EXPECT_THAT(summary(done.report), HasSubstr("1 of 2 rows matched, 1 without a zone; 1 zones without a row"));
  EXPECT_EQ(as_json(done.report)["join"]["zones_unmatched"][0], "C D");
}

}  // namespace
}  // namespace dosi::imports
