// Layers survive a city, an update keeps the others, and what is wrong with a city is said.
#include "io/city/city.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/temp_folder.hpp"

namespace dosi::city {
namespace {

using test_support::Temp_folder;
using testing::HasSubstr;

const Crs kCrs{"EPSG:5186", "PROJCRS[\"made for tests\"]"};

Points some_points(std::size_t n) {
  Points p;
  std::vector<double> beds;
  std::vector<std::int64_t> code;
  std::vector<std::string> name;
  for (std::size_t i = 0; i < n; ++i) {
    p.x.push_back(1000.5 + static_cast<double>(i));
    p.y.push_back(2000.25 - static_cast<double>(i));
    beds.push_back(i % 5 == 0 ? std::nan("") : static_cast<double>(i) / 2);
    code.push_back(i % 7 == 0 ? kMissingWhole : static_cast<std::int64_t>(i) - 3);
    name.push_back("병원 " + std::to_string(i));
  }
  p.attributes.rows = n;
  p.attributes.add("beds", beds, "1", "beds of the hospital");
  p.attributes.add("code", code);
  p.attributes.add("이름", name);
  p.attributes.add("x", std::vector<double>(n, 1.0));  // a name that the geometry uses itself
  return p;
}

Zones square(double x, double y, double side) {
  Zones z;
  z.polygons.ring_first = {0, 1};
  z.polygons.vertex_first = {0, 5};
  z.polygons.ring_is_hole = {0};
  z.polygons.x = {x, x + side, x + side, x, x};
  z.polygons.y = {y, y, y + side, y + side, y};
  z.attributes.rows = 1;
  z.attributes.add("name", std::vector<std::string>{"한 동"});
  return z;
}

Network triangle() {
  Network n;
  n.node_x = {0, 100, 0};
  n.node_y = {0, 0, 100};
  n.node_id = {7, 8, 9};
  n.arc_tail = {0, 1, 2};
  n.arc_head = {1, 2, 0};
  n.arc_length = {100, 141.4, 100};
  n.arc_class = {0, 1, 2};
  n.times["walk"] = {1000, 2000, kNever};
  return n;
}

void make(const std::filesystem::path& path, std::size_t points = 100) {
  City_writer w(path, kCrs, "시험");
  w.add("hospitals", some_points(points), {"test", "test"});
  w.add("dong", square(0, 0, 10), {"test", "test"});
  w.add("streets", triangle(), {"test", "test"});
  w.add("height", Raster{3, 2, 5, 6, 10, {1, 2, 3, 4, 5, std::nanf("")}, "m", "height"}, {"test", "test"});
  w.publish();
}

TEST(City, LayersSurvive) {
  const Temp_folder folder;
  make(folder / "c.h5", 50'000);
  const auto city = City::open(folder / "c.h5");
  EXPECT_EQ(city.crs().name, "EPSG:5186");
  EXPECT_EQ(city.title(), "시험");
  EXPECT_EQ(city.layers().size(), 4u);
  const auto expected = some_points(50'000), got = city.read_points("hospitals");
  EXPECT_EQ(got.x, expected.x);
  EXPECT_EQ(got.y, expected.y);
  const auto beds = got.attributes.find("beds")->as_numbers();
  EXPECT_TRUE(std::isnan(beds[0]));
  EXPECT_EQ(beds[7], 3.5);
  EXPECT_EQ(got.attributes.find("beds")->long_name, "beds of the hospital");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(got.attributes.find("code")->values)[7], kMissingWhole);
  EXPECT_EQ(got.attributes.find("이름")->as_text()[49'999], "병원 49999");
  EXPECT_NE(got.attributes.find("x_"), nullptr);
  EXPECT_EQ(city.read_network("streets").times.at("walk"), triangle().times.at("walk"));
  EXPECT_EQ(city.read_zones("dong").polygons.x, square(0, 0, 10).polygons.x);
  EXPECT_EQ(city.read_raster("height").values[4], 5);
}

TEST(City, UpdateKeepsTheOtherLayersAndTheirColumns) {
  const Temp_folder folder;
  make(folder / "c.h5");
  {
    auto w = City_writer::update(folder / "c.h5", {"zones/dong"});
    w.add("dong", square(5, 5, 20), {"again", "again"});
    w.publish();
  }
  const auto city = City::open(folder / "c.h5");
  EXPECT_EQ(city.layers().size(), 4u);
  EXPECT_EQ(city.read_zones("dong").polygons.x[0], 5);
  EXPECT_EQ(city.read_points("hospitals").attributes.columns.size(), 4u);
  EXPECT_EQ(city.column_names(city.find("hospitals", {"points"})).size(), 4u);
}

TEST(City, AnUnpublishedUpdateChangesNothing) {
  const Temp_folder folder;
  make(folder / "c.h5");
  {
    auto w = City_writer::update(folder / "c.h5");
    w.add("more", square(0, 0, 1), {"", ""});
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "c.h5.partial"));
  EXPECT_EQ(City::open(folder / "c.h5").layers().size(), 4u);
}

TEST(City, FindsLayersByNameAndSaysWhatThereIs) {
  const Temp_folder folder;
  make(folder / "c.h5");
  const auto city = City::open(folder / "c.h5");
  EXPECT_EQ(city.find("dong", {"zones", "points"}).kind, "zones");
  EXPECT_EQ(city.find("points:hospitals", {"zones", "points"}).name, "hospitals");
  const auto told = [&](const char* name, const std::vector<std::string>& kinds) -> std::string {
    try {
      city.find(name, kinds);
    } catch (const UsageError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(told("hospital", {"points"}), HasSubstr("no layer 'hospital' that would do; did you mean hospitals?"));
  EXPECT_THAT(told("xyzzyxyzzy", {"points"}), HasSubstr("there are: points:hospitals"));
  EXPECT_THAT(told("dong", {"series"}), HasSubstr("there is none of the kind needed (series)"));
}

TEST(City, BadNamesAreRefused) {
  for (const char* name : {"", "a/b", "a b", "..", "it's"}) EXPECT_THROW(check_layer_name(name), UsageError) << name;
  EXPECT_NO_THROW(check_layer_name("행정동_2020-1"));
}

TEST(City, ANetworkThatLiesIsDescribed) {
  const Temp_folder folder;
  auto n = triangle();
  n.arc_length[1] = -5;
  n.arc_head[2] = 99;
  n.node_x[0] = std::nan("");
  City_writer w(folder / "c.h5", kCrs);
  w.add("streets", n, {"", ""});
  w.publish();
  try {
    City::open(folder / "c.h5").read_network("streets");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::bad_data);
    EXPECT_THAT(e.what(), HasSubstr("length -5"));
    EXPECT_THAT(e.what(), HasSubstr("to 99"));
    EXPECT_THAT(e.what(), HasSubstr("node 0"));
  }
}

TEST(City, PointsOfUnknownNumberAreAppended) {
  const Temp_folder folder;
  {
    City_writer w(folder / "c.h5", kCrs);
    Points_writer points(w, "many", {"", ""}, {{"이름", 40}});
    for (int i = 0; i < 5; ++i) points.append(some_points(3000));
    points.finish();
    w.publish();
  }
  const auto city = City::open(folder / "c.h5");
  EXPECT_EQ(city.find("many", {"points"}).rows, 15'000u);
  const auto p = city.read_points("many");
  EXPECT_EQ(p.size(), 15'000u);
  EXPECT_EQ(p.attributes.rows, 15'000u);
  EXPECT_EQ(p.attributes.find("이름")->as_text()[14'999], "병원 2999");
}

TEST(City, OtherFilesAreNotCities) {
  const Temp_folder folder;
  EXPECT_THROW(City::open(folder / "none.h5"), IoError);
  EXPECT_THROW(City::open(folder.path()), IoError);
  EXPECT_THROW(City::open(folder.write("text.h5", "this is no HDF5 file")), DataError);
  h5::File::create(folder / "empty.h5").close();
  EXPECT_THROW(City::open(folder / "empty.h5"), DataError);
}

Series some_records() {
  Series s;
  s.places = "points:clinics";
  s.place = {0, 2, 2};
  s.time = {11000, std::nan(""), 11001.5};
  s.time_units = "days since 1970-01-01";
  s.time_precision = "day";
  s.attributes.rows = 3;
  s.attributes.add("count", std::vector<std::int64_t>{1, 0, 4});
  s.attributes.add("sex", std::vector<std::string>{"f", "m", "f"});
  return s;
}

TEST(City, SeriesSurvives) {
  const Temp_folder folder;
  City_writer w(folder / "c.h5", kCrs);
  w.add("clinics", some_points(3), {"test", ""});
  w.add("cases", some_records(), {"test", ""});
  w.publish();
  const auto city = City::open(folder / "c.h5");
  const auto s = city.read_series("cases");
  const auto expected = some_records();
  EXPECT_EQ(s.places, expected.places);
  EXPECT_EQ(s.place, expected.place);
  EXPECT_EQ(s.time[0], 11000);
  EXPECT_TRUE(std::isnan(s.time[1]));
  EXPECT_EQ(s.time_units, expected.time_units);
  EXPECT_EQ(s.time_precision, "day");
  ASSERT_EQ(s.attributes.columns.size(), 2u);
  EXPECT_EQ(s.attributes.find("sex")->as_text(), expected.attributes.find("sex")->as_text());
  EXPECT_EQ(city.column_names(city.find("cases", {"series"})).size(), 4u);
}

TEST(City, SeriesOfPlacesThatAreNotThereAreRefused) {
  const Temp_folder folder;
  auto records = some_records();
  records.place = {0, 7, -1};
  City_writer w(folder / "c.h5", kCrs);
  w.add("clinics", some_points(3), {"test", ""});
  w.add("cases", records, {"test", ""});
  w.publish();
  try {
    City::open(folder / "c.h5").read_series("cases");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::bad_data);
    EXPECT_THAT(e.what(), HasSubstr("record 1: place 7, but points:clinics has 3 rows"));
    EXPECT_THAT(e.what(), HasSubstr("record 2: place -1"));
  }
}

}  // namespace
}  // namespace dosi::city
