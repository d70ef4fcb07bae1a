// Points: what is kept, what is rejected and why, and what stands in the city afterwards.
#include <gmock/gmock.h>

#include <cmath>
#include "io/import/points.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using testing::thrown;
namespace fs = std::filesystem;

struct Import_points : testing::Folder {
  Points_import csv(const std::string& bytes, Points_request q = {}, const Target& target = {}) {
    q.file = write("o'hare \"wifi\".csv", bytes);
    return import_points(q, target);
  }
  // Puts an import into city.h5 as the command does.
  void keep(const std::string& layer, Points_import done, bool replace = false) {
    done.report.layer = layer;
    Destination to{folder / "city.h5", "points", layer, "", replace, "test"};
    look_at(to);
    store(to, done.crs, done.points, done.report);
  }
};

const std::string kGood =
    "no,경도,위도,n,code\n"
    "1,126.97,37.56,5,007\n"
    "2,126.98,37.57,,012\n"
    "3,126.99,37.55,\"1,200\",110\n";

TEST_F(Import_points, places_points_in_metres_and_types_columns) {
  const auto done = csv(kGood);
  EXPECT_EQ(done.crs.name, "EPSG:5186");
  ASSERT_EQ(done.points.size(), 3u);
  EXPECT_NEAR(done.points.x[1], 198233.5, 1);  // 127 E is 200 km east
  EXPECT_NEAR(done.points.y[1], 552287, 300);
  const auto& a = done.points.attributes;
  ASSERT_EQ(a.columns.size(), 3u) << "the coordinates are no attributes";
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(a.find("n")->values), ElementsAre(5, city::kMissingWhole, 1200));
  EXPECT_THAT(std::get<std::vector<std::string>>(a.find("code")->values), ElementsAre("007", "012", "110"));
  EXPECT_THAT(done.report.notes[0], HasSubstr("'경도' and '위도'"));
}

TEST_F(Import_points, a_column_named_as_the_geometry_is_kept_under_another_name) {
  auto done = csv("lon,lat,y,a/b\n127,37.5,1.5,2\n127.01,37.51,2.5,3\n");
  EXPECT_THAT(done.report.notes, ::testing::Contains(HasSubstr("column 'y' is kept as 'y_'")));
  EXPECT_THAT(done.report.notes, ::testing::Contains(HasSubstr("column 'a/b' is kept as 'a_b'")));
  keep("shops", std::move(done));
  const auto city = city::City::open(folder / "city.h5");
  const auto& layer = city.find("shops", {"points"});
  EXPECT_THAT(city.column_names(layer), UnorderedElementsAre("y_", "a_b"));
  EXPECT_THAT(city.read_attributes(layer, {"y_"}).find("y_")->as_numbers(), ElementsAre(1.5, 2.5));
  EXPECT_THAT(thrown([&] { city.read_attributes(layer, {"y"}); }), HasSubstr("the column of that name is 'y_'"));
}

TEST_F(Import_points, names_every_reason) {
  const auto done = csv(kGood +
                        "4,37.56,126.97,1,1\n"  // swapped
                        "5,,37.5,1,1\n"         // missing
                        "6,abc,37.5,1,1\n"      // not a number
                        "7,nan,37.5,1,1\n"      // not finite
                        "8,inf,37.5,1,1\n"
                        "9,0,0,1,1\n"
                        "10,-51.2,-30.0,1,1\n"  // Porto Alegre
                        "11,172.108,37.5,1,1\n"
                        "12,1e300,37.5,1,1\n"
                        "13,126.9\n"
                        "14,126.97,37.56,1,1,more\n");
  EXPECT_EQ(done.report.read, 14u);
  EXPECT_EQ(done.report.kept, 3u);
  EXPECT_THAT(done.report.rejected_by_reason(),
              UnorderedElementsAre(Pair("latitude and longitude swapped", 1), Pair("missing coordinates", 1),
                                   Pair("coordinates are not numbers", 1), Pair("coordinates are not finite", 2),
                                   Pair("coordinates are both zero", 1), Pair("outside the city", 3),
                                   Pair("fewer fields than the header", 1), Pair("more fields than the header", 1)));
  const auto& first = done.report.rejects[0].rows;
  EXPECT_TRUE(std::any_of(first.begin(), first.end(), [](const Reject& r) {
    return r.row == 5 && r.cells == std::vector<std::string>{"4", "37.56", "126.97", "1", "1"};
  }));
}

TEST_F(Import_points, repairs_swapped_rows_only_when_asked) {
  Points_request q;
  q.repair_swapped = true;
  const auto done = csv(kGood + "4,37.56,126.97,1,1\n", q);
  EXPECT_EQ(done.report.repaired, 1u);
  ASSERT_EQ(done.points.size(), 4u);
  EXPECT_NEAR(done.points.x[3], done.points.x[0], 1e-6);
  EXPECT_NEAR(done.points.y[3], done.points.y[0], 1e-6);
}

TEST_F(Import_points, columns_the_wrong_way_round_are_an_error_and_not_a_heap_of_rejects) {
  Points_request q;
  q.x = "위도";
  q.y = "경도";
  EXPECT_THAT(thrown([&] { csv(kGood, q); }), HasSubstr("look exchanged"));
}

TEST_F(Import_points, cp949_text_arrives_as_utf8) {
  const auto done = csv("\xB5\xBF,x,y\n\xBB\xE7\xC1\xF7\xB5\xBF,127,37.5\n");
  EXPECT_EQ(done.report.encoding, "CP949");
  EXPECT_THAT(done.points.attributes.find("동")->as_text(), ElementsAre("사직동"));
}

TEST_F(Import_points, metres_need_a_crs) {
  const std::string text = "name,좌표정보(X),좌표정보(Y)\na,198189.576573592,450677.440130558    \n";
  EXPECT_THAT(thrown([&] { csv(text); }), HasSubstr("--crs"));
  Points_request q;
  q.crs = "EPSG:5174";
  const auto done = csv(text, q);
  EXPECT_NEAR(done.points.x[0], 198250, 200);
  q.crs = "EPSG:0";
  EXPECT_THROW(csv(text, q), UsageError);
}

TEST_F(Import_points, a_column_declared_as_numbers_rejects_words) {
  Points_request q;
  q.numbers = {"p"};
  const auto done = csv("x,y,p\n127,37.5,1\n127,37.5,unknown\n127,37.5,\n", q);
  EXPECT_THAT(done.report.rejected_by_reason(), ElementsAre(Pair("not a number: p", 1)));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(done.points.attributes.find("p")->values));
  q.numbers = {"q"};
  EXPECT_THAT(thrown([&] { csv("x,y,p\n127,37.5,1\n", q); }), HasSubstr("its columns are: x, y, p"));
  q.numbers = {"q", "x", "r"};
  EXPECT_THAT(thrown([&] { csv("x,y,p\n127,37.5,1\n", q); }),
              AllOf(HasSubstr("no column 'q'"), HasSubstr("no column 'r'")));
}

TEST_F(Import_points, shapes_as_text_count_where_there_are_no_coordinate_columns) {
  auto done = csv("name,geom\na,POINT(127 37.5)\nb,\nc,POINT(nan 1)\n");
  EXPECT_EQ(done.report.kept, 1u);
  EXPECT_EQ(done.report.rejected(), 2u);
  done = csv("geom,lon,lat\n0101000020E6,127,37.5\n");
  EXPECT_EQ(done.report.kept, 1u);
  EXPECT_TRUE(done.points.attributes.find("geom")->is_text());
}

TEST_F(Import_points, the_city_decides_what_is_outside) {
  keep("a", csv(kGood));
  Target target = look_at({folder / "city.h5", "points", "b", "", false, ""});
  ASSERT_TRUE(target.extent);
  const std::string far = "x,y\n126.98,37.56\n126.98,37.70\n";
  EXPECT_EQ(csv(far, {}, target).report.rejected(), 1u);
  Points_request q;
  q.margin = 50000;
  EXPECT_EQ(csv(far, q, target).report.rejected(), 0u);
  q.extent = {126, 37, 128, 38};
  q.margin = 0;
  EXPECT_EQ(csv(far, q, target).report.rejected(), 0u);
  q.extent = {1, 2};
  EXPECT_THROW(csv(far, q, target), UsageError);
}

TEST_F(Import_points, one_endless_text_does_not_blow_up_a_column) {
  std::string text = "x,y,t\n127,37.5," + std::string(90000, 'a') + "\n";
  for (int i = 0; i < 50000; ++i) text += "127,37.5,\n";
  EXPECT_THAT(thrown([&] { csv(text); }), HasSubstr("column 't': row 2 has 90000 bytes"));
}

TEST_F(Import_points, nothing_left_is_an_error_with_the_reasons) {
  EXPECT_THAT(thrown([&] { csv("x,y\n,\n,1\n"); }), HasSubstr("missing coordinates"));
  EXPECT_THAT(thrown([&] { csv("x,y\n"); }), HasSubstr("no rows"));
  EXPECT_THAT(thrown([&] { csv("a,b\n1,2\n"); }), HasSubstr("--x and --y"));
}

TEST_F(Import_points, the_layer_is_whole_and_the_rejects_lie_beside_it) {
  keep("w", csv(kGood + "4,,,1,1\n"));
  EXPECT_EQ(read(folder / "city.w.rejects.csv"), "no,경도,위도,n,code,row,reason\n4,,,1,1,5,missing coordinates\n");
  EXPECT_THAT(thrown([&] { keep("w", csv(kGood)); }), HasSubstr("--replace"));
  keep("v", csv(kGood));
  keep("w", csv(kGood), true);
  EXPECT_FALSE(fs::exists(folder / "city.w.rejects.csv")) << "stale";
  const auto city = city::City::open(folder / "city.h5");
  EXPECT_EQ(city.layers().size(), 2u);
  const auto p = city.read_points("w");
  EXPECT_EQ(p.size(), 3u);
  EXPECT_THAT(p.attributes.find("code")->as_text(), ElementsAre("007", "012", "110"));
  for (const auto& e : fs::directory_iterator(folder)) EXPECT_NE(e.path().extension(), ".partial");
}

TEST_F(Import_points, a_failure_leaves_the_city_as_it_was) {
  keep("a", csv(kGood));
  const auto before = read(folder / "city.h5");
  EXPECT_THROW(keep("b/c", csv(kGood)), UsageError);
  Destination to{folder / "city.h5", "points", "b", "", false, "test"};
  auto done = csv(kGood + "4,,,1,1\n");
  fs::create_directory(folder / "city.b.rejects.csv.partial");
  EXPECT_ANY_THROW(store(to, done.crs, done.points, done.report));
  EXPECT_EQ(read(folder / "city.h5"), before);
}

TEST_F(Import_points, a_city_is_in_metres) {
  Target target;
  target.crs = crs_named("EPSG:3857", "test");
  EXPECT_THAT(thrown([&] { csv(kGood, {}, target); }), HasSubstr("EPSG:5186 would do"));
  target.crs = crs_named("EPSG:4326", "test");
  EXPECT_THAT(thrown([&] { csv(kGood, {}, target); }), HasSubstr("projected"));
}

TEST_F(Import_points, reads_geojson_with_its_own_types) {
  Points_request q;
  q.file = write("p.geojson", R"({"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"n":1,"t":"가","r":0.5},"geometry":{"type":"Point","coordinates":[127.0,37.5]}},
    {"type":"Feature","properties":{"n":null,"t":"나","r":1},"geometry":null},
    {"type":"Feature","properties":{"n":3,"t":"다","r":1},"geometry":{"type":"LineString","coordinates":[[127,37],[127,38]]}},
    {"type":"Feature","properties":{"n":4,"t":"라","r":1},"geometry":{"type":"Point","coordinates":[37.5,127.0]}},
    {"type":"Feature","properties":{"n":5,"t":"마","r":2},"geometry":{"type":"Point","coordinates":[127.01,37.51]}}]})");
  const auto done = import_points(q, {});
  EXPECT_EQ(done.report.kept, 2u);
  EXPECT_THAT(done.report.rejected_by_reason(),
              UnorderedElementsAre(Pair("missing coordinates", 1), Pair("not a point: Line String", 1),
                                   Pair("latitude and longitude swapped", 1)));
  EXPECT_THAT(done.report.rejects[0].rows[1].cells.back(), HasSubstr("LINESTRING"));
  EXPECT_TRUE(std::holds_alternative<std::vector<double>>(done.points.attributes.find("r")->values));
  q.file = write("broken.geojson", R"({"type":"FeatureCollection","features":[{"type")");
  EXPECT_THROW(import_points(q, {}), DataError);
  q.file = folder / "absent.gpkg";
  EXPECT_THROW(import_points(q, {}), IoError);
}

}  // namespace
}  // namespace dosi::imports
