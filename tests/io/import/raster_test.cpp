// Rasters: taken as they are where they fit the city, resampled where they do not, refused where they cannot be placed.
#include <gmock/gmock.h>

#include <cmath>
#include "io/import/raster.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using testing::thrown;

// An ESRI ASCII grid: rows from the north, lower left corner, cell.
std::string grid(std::size_t columns, std::size_t rows, double x, double y, double cell, const std::string& values) {
  return fmt::format("ncols {}\nnrows {}\nxllcorner {}\nyllcorner {}\ncellsize {}\nNODATA_value -9999\n{}\n", columns,
                     rows, x, y, cell, values);
}

struct Import_raster : testing::Folder {
  Raster_import raster(const std::string& text, Raster_request q, const Target& target = {}) {
    q.file = write("heights.asc", text);
    return import_raster(q, target);
  }
};

TEST_F(Import_raster, comes_as_it_is_where_it_fits_the_city) {
  const auto done = raster(grid(3, 2, 200000, 550000, 2, "1 2 3\n4 -9999 6"), {.crs = "EPSG:5186", .units = "m"});
  const auto& r = done.raster;
  EXPECT_EQ(r.columns, 3u);
  EXPECT_EQ(r.rows, 2u);
  EXPECT_EQ(r.cell, 2);
  EXPECT_EQ(r.x0, 200001);
  EXPECT_EQ(r.y0, 550001);
  EXPECT_EQ(r.units, "m");
  ASSERT_EQ(r.values.size(), 6u);
  EXPECT_EQ(r.values[0], 4);  // the southern row is the first
  EXPECT_THAT(r.values[1], IsNan());
  EXPECT_EQ(r.values[3], 1);
  EXPECT_EQ(r.values[5], 3);
  EXPECT_EQ(done.report.read, 6u);
  EXPECT_EQ(done.report.kept, 5u);
}

TEST_F(Import_raster, is_resampled_into_the_citys_crs) {
  // 0.001 degrees of latitude are 111 m, of longitude 88 m there; values rise to the north by 100 a row.
  std::string values;
  for (int row = 0; row < 20; ++row) {
    for (int c = 0; c < 20; ++c) values += fmt::format("{} ", 100 * (19 - row));
    values += "\n";
  }
  const auto done = raster(grid(20, 20, 127, 37.5, 0.001, values), {.crs = "EPSG:4326", .cell = 50});
  const auto& r = done.raster;
  EXPECT_EQ(done.crs.name, "EPSG:5186");
  EXPECT_EQ(r.cell, 50);
  EXPECT_NEAR(static_cast<double>(r.columns) * 50, 1768, 60);
  EXPECT_NEAR(static_cast<double>(r.rows) * 50, 2220, 60);
  const auto at = [&](std::size_t row) { return static_cast<double>(r.values[row * r.columns + r.columns / 2]); };
  EXPECT_NEAR((at(30) - at(10)) / (20 * 50), 100 / 111.0, 0.01);
  EXPECT_THAT(done.report.notes, ::testing::Contains(HasSubstr("resampled (bilinear) to square cells of 50 m")));
}

TEST_F(Import_raster, of_an_extent_keeps_that) {
  const auto done = raster(grid(4, 4, 200000, 550000, 10, "1 2 3 4\n5 6 7 8\n9 10 11 12\n13 14 15 16"),
                           {.crs = "EPSG:5186", .resampling = "nearest", .extent = {200010, 550010, 200030, 550030}});
  EXPECT_THAT(done.raster.values, ElementsAre(10, 11, 6, 7));
}

TEST_F(Import_raster, says_what_is_wrong) {
  const auto text = grid(2, 1, 200000, 550000, 2, "1 2");
  EXPECT_THAT(thrown([&] { raster(text, {.crs = "EPSG:5186", .band = 2}); }), HasSubstr("has 1"));
  EXPECT_THAT(thrown([&] { raster(text, {}); }), HasSubstr("--crs"));
  EXPECT_THAT(thrown([&] { raster("no raster", {.crs = "EPSG:5186"}); }), HasSubstr("is no raster that GDAL reads"));
  EXPECT_THAT(thrown([&] { raster(grid(2, 1, 200000, 550000, 2, "-9999 -9999"), {.crs = "EPSG:5186"}); }),
              HasSubstr("no cell has a value"));
  EXPECT_THAT(thrown([&] { raster(text, {.crs = "EPSG:5186", .cell = 1e-9}); }), HasSubstr("too many"));
  EXPECT_THAT(thrown([&] { import_raster({.file = folder / "none.tif"}, {}); }), HasSubstr("there is no such file"));
}

}  // namespace
}  // namespace dosi::imports
