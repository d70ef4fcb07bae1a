#include "io/export/export.hpp"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include "io/error.hpp"
#include "tests/io/report/support.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::exports {
namespace {

using namespace test_support;

struct Closer {
  void operator()(GDALDataset* d) const { GDALClose(d); }
};
using Dataset = std::unique_ptr<GDALDataset, Closer>;

Dataset open(const std::filesystem::path& path) {
  GDALAllRegister();
  return Dataset(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR));
}

double area_of(OGRLayer& layer) {
  double area = 0;
  for (auto& f : layer) area += f->GetGeometryRef()->toMultiPolygon()->get_Area();
  return area;
}

TEST(Export, GeoPackageHoldsAllTablesInTheirCrs) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 8, false, result::Json());
  const auto done = export_file({.from = r, .to = folder / "r.gpkg"});
  EXPECT_EQ(done.size(), 3u);
  const auto d = open(folder / "r.gpkg");
  ASSERT_NE(d, nullptr);
  EXPECT_EQ(d->GetLayerCount(), 3);
  auto* zones = d->GetLayerByName("zones");
  ASSERT_NE(zones, nullptr);
  EXPECT_EQ(zones->GetFeatureCount(), 8);
  EXPECT_STREQ(zones->GetSpatialRef()->GetAuthorityCode(nullptr), "5186");
  EXPECT_DOUBLE_EQ(area_of(*zones), 8 * 10'000 - 400);
  zones->ResetReading();
  const OGRFeatureUniquePtr f(zones->GetFeature(2));
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->GetFieldAsString("label_"), hostile_names()[1]) << "label and Label are one name to SQLite";
  EXPECT_DOUBLE_EQ(f->GetFieldAsDouble("time_min"), 2);
  EXPECT_EQ(f->GetFieldAsInteger("Label"), 7);
  const OGRFeatureUniquePtr unreached(zones->GetFeature(5));
  EXPECT_FALSE(unreached->IsFieldSetAndNotNull(unreached->GetFieldIndex("time_min")));
}

TEST(Export, IsochronesAreRingsAroundTheirPlace) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 0, false, result::Json());
  export_file({.from = r, .to = folder / "i.gpkg", .table = "surface", .layer_name = "등시선"});
  const auto d = open(folder / "i.gpkg");
  auto* layer = d->GetLayerByName("등시선");
  ASSERT_NE(layer, nullptr);
  ASSERT_EQ(layer->GetFeatureCount(), 2);
  const double pi = std::acos(-1.0);
  for (auto& f : *layer) {
    const double a = f->GetFieldAsDouble("from_min") * 60, b = f->GetFieldAsDouble("to_min") * 60;  // 1 m a second
    EXPECT_NEAR(f->GetGeometryRef()->toMultiPolygon()->get_Area() / (pi * (b * b - a * a)), 1, 0.03);
    EXPECT_EQ(f->GetFieldAsInteger("place"), 0);
  }
}

TEST(Export, SurfacesThatNothingReachesHaveNoPolygons) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 2, true, result::Json());
  EXPECT_EQ(export_file({.from = r, .to = folder / "i.gpkg", .table = "surface"})[0].features, 0u);
}

TEST(Export, GeoJsonIsInDegrees) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 3, false, result::Json());
  export_file({.from = r, .to = folder / "z.geojson", .table = "zones"});
  const auto json = nlohmann::json::parse(read_text(folder / "z.geojson"), nullptr, true);
  ASSERT_EQ(json["features"].size(), 3u);
  EXPECT_FALSE(json.contains("crs"));
  auto corner = json["features"][0]["geometry"]["coordinates"];  // of a Polygon or a MultiPolygon
  while (corner[0].is_array()) corner = nlohmann::json(corner[0]);
  EXPECT_NEAR(corner[0].get<double>(), 127.0, 0.01);
  EXPECT_NEAR(corner[1].get<double>(), 37.55, 0.01);
}

TEST(Export, CsvOpensInExcel) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 3, false, result::Json());
  export_file({.from = r, .to = folder / "p.csv", .table = "points"});
  const auto text = read_text(folder / "p.csv");
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBFx,y,"));
  EXPECT_NE(text.find("성수동 2가 😀"), std::string::npos);
  export_file({.from = r, .to = folder / "z.csv", .table = "zones", .wkt = true});
  EXPECT_NE(read_text(folder / "z.csv").find("MULTIPOLYGON ("), std::string::npos);
}

TEST(Export, RefusesWhatCannotBe) {
  const Temp_folder folder;
  const auto r = make_result(folder / "r.h5", 3, false, result::Json());
  EXPECT_THROW(export_file({.from = r, .to = folder / "r.shp"}), UsageError);
  EXPECT_THROW(export_file({.from = r, .to = folder / "r.csv"}), UsageError) << "several tables";
  EXPECT_THROW(export_file({.from = r, .to = folder / "r.gpkg", .table = "roads"}), UsageError);
  folder.write("there.gpkg", "mine");
  EXPECT_THROW(export_file({.from = r, .to = folder / "there.gpkg"}), UsageError);
  EXPECT_EQ(read_text(folder / "there.gpkg"), "mine");
  export_file({.from = r, .to = folder / "there.gpkg", .overwrite = true});
  for (const auto& e : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(e.path().string().find(".partial"), std::string::npos);
}

TEST(Export, LayersOfACity) {
  const Temp_folder folder;
  {
    city::City_writer w(folder / "c.h5", korean_crs());
    city::Zones zones{squares(2), {}};
    zones.attributes.rows = 2;
    zones.attributes.add("이름", std::vector<std::string>{"가", "나"});
    w.add("dong", zones, {});
    city::Points points{{200000, 200100}, {550000, 550000}, {}};
    points.attributes.rows = 2;
    w.add("wifi", points, {});
    w.publish();
  }
  EXPECT_EQ(export_file({.from = folder / "c.h5", .to = folder / "c.gpkg"}).size(), 2u);
  EXPECT_EQ(export_file({.from = folder / "c.h5", .to = folder / "d.geojson", .table = "zones:dong"})[0].features, 2u);
}

}  // namespace
}  // namespace dosi::exports
