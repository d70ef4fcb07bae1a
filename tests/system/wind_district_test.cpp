// A district of a made city, as its user has it: dosi make-city, then dosi wind among its buildings, as squares where
// they are points and as outlines that lie along their streets; with its terrain, the smoke of its streets, a page and
// maps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>

#include "io/result/result.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;
using test_support::words;
using testing::HasSubstr;

constexpr double kSize = 160, kCell = 5;

struct Houses {
  std::vector<double> x, y, height, footprint;
  explicit Houses(const std::filesystem::path& city) {
    const auto file = h5::File::open(city);
    const auto layer = file.root().group("points").group("buildings");
    x = stream::read_all<double>(layer, "x");
    y = stream::read_all<double>(layer, "y");
    height = stream::read_as_double(layer, "height_m");
    footprint = stream::read_as_double(layer, "footprint_m2");
  }
  // Where most of them stand: the middle of a square of the district's size around one of them.
  std::pair<double, double> dense() const {
    std::size_t best = 0, most = 0;
    for (std::size_t i = 0; i < x.size(); i += 7) {
      std::size_t near = 0;
      for (std::size_t j = 0; j < x.size(); ++j)
        near += std::fabs(x[i] - x[j]) < kSize / 2 && std::fabs(y[i] - y[j]) < kSize / 2 ? 1 : 0;
      if (near > most) most = near, best = i;
    }
    return {std::round(x[best]), std::round(y[best])};
  }
  double area_around(std::pair<double, double> middle) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (std::fabs(x[i] - middle.first) < kSize / 2 && std::fabs(y[i] - middle.second) < kSize / 2)
        sum += footprint[i];
    return sum;
  }
  // Twice as long as wide, turned by 30 degrees.
  void write_outlines(const std::filesystem::path& csv) const {
    std::ofstream out(csv);
    out << "height_m,wkt\n" << std::setprecision(12);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double half_width = std::sqrt(footprint[i] / 2) / 2, c = std::sqrt(0.75), s = 0.5;
      out << height[i] << ",\"POLYGON ((";
      const char* comma = "";
      for (const auto& [along, across] : {std::pair{-2, -1}, {2, -1}, {2, 1}, {-2, 1}, {-2, -1}}) {
        const double a = along * half_width, b = across * half_width;
        out << comma << x[i] + c * a - s * b << ' ' << y[i] + s * a + c * b;
        comma = ", ";
      }
      out << "))\"\n";
    }
  }
};

struct Street {
  std::vector<float> ratio, height, aloft, smoke;
  double emitted = 0, inside = 0, left = 0;
  explicit Street(const std::filesystem::path& path) {
    const auto r = result::Result::open(path);
    const auto street = r.root().group("street"), runs = r.root().group("directions");
    ratio = stream::read_all<float>(street, "ratio");
    height = stream::read_all<float>(street, "building_height");
    aloft = stream::read_all<float>(street, "speed_at_height");
    smoke = stream::read_all<float>(street, "concentration");
    const auto figure = [&](const char* name) { return stream::read_all<double>(runs, name)[0]; };
    emitted = figure("emitted"), inside = figure("inside"), left = figure("left");
  }
  double built_area() const {
    return kCell * kCell *
           static_cast<double>(std::count_if(height.begin(), height.end(), [](float h) { return h > 0; }));
  }
  static double mean(const std::vector<float>& values) {
    double sum = 0, count = 0;
    for (const float v : values)
      if (std::isfinite(v)) sum += v, ++count;
    return sum / count;
  }
};

TEST(Wind_district, of_a_made_city) {
  const Temp_folder folder;
  const auto city = folder / "city.h5";
  ASSERT_EQ(run_dosi({"make-city", "--people", "20000", "--out", city}).code, 0);
  const Houses houses(city);
  houses.write_outlines(folder / "outlines.csv");
  const auto imported = run_dosi({"import", "zones", "--city", city, "--name", "outlines", "--file",
                                  folder / "outlines.csv", "--crs", "EPSG:5186"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  const auto middle = houses.dense();
  const double footprints = houses.area_around(middle);
  for (const char* layer : {"points:buildings", "zones:outlines"}) {
    const auto out = folder / (std::string(layer).substr(0, 5) + ".h5");
    const auto f =
        run_dosi(words("wind --city {} --out {} --buildings {} --terrain terrain --centre {} --size {} --cell {} "
                       "--fetch 60 --top 150 --sources streets --spin-up 8 --average 12 --heights 60 --threads 1",
                       {city, out, layer, fmt::format("{},{}", middle.first, middle.second), fmt::format("{}", kSize),
                        fmt::format("{}", kCell)}));
    ASSERT_EQ(f.code, 0) << f.err;
    const Street s(out);
    EXPECT_NEAR(s.built_area() / footprints, 1, 0.25) << layer << ": what stands has the footprints' area";
    const double street = Street::mean(s.ratio), above = Street::mean(s.aloft) / 5;
    EXPECT_GT(street, 0.05) << layer;
    EXPECT_LT(street, 0.8) << layer << ": the street is sheltered";
    EXPECT_GT(above, 1) << layer << ": the wind goes on above the roofs";
    EXPECT_GT(s.emitted, 0);
    EXPECT_NEAR((s.inside + s.left) / s.emitted, 1, 1e-3) << layer;
    EXPECT_GT(Street::mean(s.smoke), 0) << layer;
    ASSERT_EQ(run_dosi({"report", out, "--out", out.string() + ".html"}).code, 0);
    ASSERT_EQ(run_dosi({"export", out, "--out", out.string() + ".tif", "--column", "ratio"}).code, 0);
    EXPECT_THAT(test_support::read_text(out.string() + ".html"), HasSubstr("building_height"));
  }
}

}  // namespace
}  // namespace dosi
