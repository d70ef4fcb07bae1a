// Files of GIS programs: several layers, encodings that a shapefile does not name, reprojection from their own CRS.
#include <gmock/gmock.h>

#include "tests/io/import/temp.hpp"

#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include "io/import/points.hpp"
#include "io/import/zones.hpp"

namespace dosi::imports {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::thrown;

struct Import_formats : testing::Folder {
  // A point at 200 km, 550 km of EPSG:5186 in each layer, named 사직동.
  fs::path make(const std::string& name, const char* driver, const std::vector<const char*>& layers,
                const char* encoding) const {
    GDALAllRegister();
    const fs::path path = folder / name;
    GDALDataset* d =
        GetGDALDriverManager()->GetDriverByName(driver)->Create(path.c_str(), 0, 0, 0, GDT_Unknown, nullptr);
    OGRSpatialReference srs;
    srs.importFromEPSG(5186);
    srs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    CPLStringList options;
    if (encoding != nullptr) options.SetNameValue("ENCODING", encoding);
    for (const char* l : layers) {
      OGRLayer* layer = d->CreateLayer(l, &srs, wkbPoint, options.List());
      OGRFieldDefn dong("dong", OFTString), n("n", OFTInteger64);
      layer->CreateField(&dong);
      layer->CreateField(&n);
      OGRFeature f(layer->GetLayerDefn());
      f.SetField("dong", "사직동");
      f.SetField("n", GIntBig{1} << 40);
      OGRPoint p(200000, 550000);
      f.SetGeometry(&p);
      EXPECT_EQ(layer->CreateFeature(&f), OGRERR_NONE);
    }
    GDALClose(d);
    return path;
  }
  static void check(const Points_import& done) {
    EXPECT_EQ(done.crs.name, "EPSG:5186");
    ASSERT_EQ(done.points.size(), 1u);
    EXPECT_NEAR(done.points.x[0], 200000, 1e-3);
    EXPECT_NEAR(done.points.y[0], 550000, 1e-3);
    EXPECT_THAT(done.points.attributes.find("dong")->as_text(), ElementsAre("사직동"));
    EXPECT_THAT(std::get<std::vector<std::int64_t>>(done.points.attributes.find("n")->values),
                ElementsAre(std::int64_t{1} << 40));
  }
};

TEST_F(Import_formats, a_shapefile_without_a_word_on_its_encoding) {
  Points_request q;
  q.file = make("p.shp", "ESRI Shapefile", {"p"}, "CP949");
  check(import_points(q, {}));
  fs::remove(folder / "p.cpg");
  {
    std::fstream dbf(folder / "p.dbf", std::ios::in | std::ios::out | std::ios::binary);
    dbf.seekp(29);  // the language of a dBase file
    dbf.put('\0');
  }
  const auto done = import_points(q, {});
  EXPECT_EQ(done.report.encoding, "CP949");
  check(done);
  q.encoding = "CP949";
  check(import_points(q, {}));
  fs::remove(folder / "p.prj");
  EXPECT_THAT(thrown([&] { import_points(q, {}); }), HasSubstr("--crs"));
  q.crs = "EPSG:5186";
  check(import_points(q, {}));
}

TEST_F(Import_formats, a_geopackage_with_several_layers) {
  Points_request q;
  q.file = make("o'r \"g\".gpkg", "GPKG", {"first", "second"}, nullptr);
  EXPECT_THAT(thrown([&] { import_points(q, {}); }), HasSubstr("first, second"));
  q.layer = "third";
  EXPECT_THAT(thrown([&] { import_points(q, {}); }), HasSubstr("no layer 'third'"));
  q.layer = "second";
  check(import_points(q, {}));
  Zones_request z;
  z.file = q.file;
  z.layer = "first";
  EXPECT_THAT(thrown([&] { import_zones(z, {}); }), HasSubstr("1 features: not a polygon: Point"));
}

TEST_F(Import_formats, names_are_files_and_never_addresses) {
  Points_request q;
  for (const char* name :
       {"/vsicurl/http://localhost/x.geojson", "http://localhost/x.geojson", "{\"type\":\"Point\"}", "PG:dbname=x"}) {
    q.file = name;
    EXPECT_THROW(import_points(q, {}), IoError) << name;
  }
  q.file = write("virtual.vrt",
                 "<OGRVRTDataSource><OGRVRTLayer "
                 "name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>");
  EXPECT_THROW(import_points(q, {}), DataError) << "only formats that hold their data themselves";
}

}  // namespace
}  // namespace dosi::imports
