// Space and time: what changes with time is found to, what does not is not, and a scale of 0 is plain GWR.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "host/geometry/sphere.hpp"
#include "host/gwr/time_scale.hpp"
#include "io/result/result.hpp"
#include "kernels/core/philox.hpp"
#include "tests/reference/gwr.hpp"
#include "tests/support/gwr_points.hpp"

namespace dosi::gwr {
namespace {

using test_support::Table_of_points;
using testing::HasSubstr;

// Prices whose slope turns with the day, by `speed`, and with the place.
std::string sales(double speed) {
  std::string text = "x,y,price,area,day,same\n";
  for (std::size_t i = 0; i < 2000; ++i) {
    Random r(29, i);
    const double x = 200000 + 8000 * r.uniform(), y = 550000 + 8000 * r.uniform(), day = 1000 * r.uniform(),
                 area = r.normal();
    text += fmt::format("{:.3f},{:.3f},{:.5f},{:.5f},{:.4f},7\n", x, y,
                        area * (2 + std::sin(x / 2500) + std::sin(speed * day)) + 0.3 * r.normal(), area, day);
  }
  return text;
}

double figure(const result::Result& r, const char* name) {
  return stream::read_all<double>(r.root().group("model"), name).at(1);
}

TEST(Gwr_time, search_finds_the_least) {
  for (const double least : {0.02, 1.0, 7.3, 61.0}) {
    const auto tried = search_time_scale(1, [&](double m) {
      return Time_scale{m, 1, m > 0 ? std::fabs(std::log2(m / least)) : 100};
    });
    EXPECT_LE(std::fabs(std::log2(best_of(tried).metres / least)), 1.0 / 8 + 1e-12) << least;
  }
  EXPECT_EQ(best_of(search_time_scale(5, [](double m) { return Time_scale{m, 1, m}; })).metres, 0);
}

TEST(Gwr_time, what_changes_with_time_is_found) {
  const Table_of_points t(sales(0.012));
  const std::vector<std::string> plain{"--y", "price", "--x", "area"};
  const auto with = [&](std::vector<std::string> more) {
    auto words = plain;
    words.insert(words.end(), more.begin(), more.end());
    const auto done = t.gwr(words);
    EXPECT_EQ(done.code, 0) << done.err;
    return result::Result::open(t.folder / "r.h5");
  };
  const auto space = with({});
  const double without = figure(space, "aicc");
  const auto b = stream::read_all<double>(space.root().group("places"), "coefficient");
  const auto found = with({"--time", "day", "--predict", "p"});
  EXPECT_LT(figure(found, "aicc"), without - 500);
  EXPECT_GT(figure(found, "r2"), 0.97);
  const auto scales = found.root().group("time_scales");
  const auto aicc = stream::read_all<double>(scales, "aicc"), metres = stream::read_all<double>(scales, "metres");
  EXPECT_EQ(metres[0], 0);
  EXPECT_NEAR(aicc[0], without, 1e-6);
  EXPECT_NEAR(*std::min_element(aicc.begin(), aicc.end()), figure(found, "aicc"), 1e-9);
  // Predicted where the model's places are: their own fits.
  const auto fitted = stream::read_all<double>(found.root().group("places"), "fitted"),
             predicted = stream::read_all<double>(found.root().group("predictions"), "fitted");
  for (std::size_t i = 0; i < fitted.size(); ++i)
    ASSERT_NEAR(fitted[i], predicted[i], 1e-9 * (1 + std::fabs(fitted[i])));
  const auto none = with({"--time", "day", "--time-scale", "0"});
  EXPECT_EQ(figure(none, "aicc"), without);
  EXPECT_EQ(stream::read_all<double>(none.root().group("places"), "coefficient"), b);
}

// On the sphere the distance is the root of the squared arc and the squared metres that the time counts for.
TEST(Gwr_time, arcs_and_times) {
  constexpr std::size_t kPlaces = 300;
  constexpr double kScale = 9;
  std::string text = "x,y,price,area,day,longitude,latitude\n";
  std::array<std::vector<double>, 3> side;
  std::vector<double> t, design, response;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    Random r(31, i);
    const double longitude = std::round(1e6 * (126.9 + 0.1 * r.uniform())) / 1e6,
                 latitude = std::round(1e6 * (37.5 + 0.1 * r.uniform())) / 1e6, day = std::round(1000 * r.uniform()),
                 area = std::round(1e5 * r.normal()) / 1e5;
    const double price =
        std::round(1e5 * (area * (2 + std::sin(60 * longitude) + std::sin(0.012 * day)) + 0.3 * r.normal())) / 1e5;
    text += fmt::format("{},{},{:.5f},{:.5f},{},{:.6f},{:.6f}\n", 200000 + 5 * i, 550000 + i % 7, price, area, day,
                        longitude, latitude);
    const auto at = geometry::on_sphere(longitude, latitude);
    for (std::size_t s = 0; s < 3; ++s) side[s].push_back(at[s]);
    t.push_back(kScale * day);
    design.insert(design.end(), {1, area});
    response.push_back(price);
  }
  Model m{side[0], side[1], design, 2, response, true};
  m.z = side[2];
  m.t = t;
  m.radius = geometry::kEarthRadius;
  const auto expected = reference::gwr_fit(m, {Kernel::bisquare, true, 60});
  const Table_of_points points(text);
  const auto done = points.gwr({"--y", "price", "--x", "area", "--time", "day", "--time-scale", "9", "--distance",
                                "sphere", "--bandwidth", "60", "--predict", "p", "--replicas", "2"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto r = result::Result::open(points.folder / "r.h5");
  const auto b = stream::read_all<double>(r.root().group("places"), "coefficient"),
             h = stream::read_all<double>(r.root().group("places"), "bandwidth"),
             fitted = stream::read_all<double>(r.root().group("places"), "fitted");
  const auto predicted = stream::read_all<double>(r.root().group("predictions"), "fitted");
  ASSERT_EQ(h.size(), kPlaces);
  for (std::size_t i = 0; i < kPlaces; ++i) {
    ASSERT_NEAR(h[i], expected.places[i].h, 1e-6 * expected.places[i].h) << i;
    ASSERT_NEAR(b[2 * i + 1], expected.places[i].coefficient[1], 1e-6) << i;
    ASSERT_NEAR(predicted[i], fitted[i], 1e-9 * (1 + std::fabs(fitted[i]))) << i;
  }
  const auto searched = points.gwr({"--y", "price", "--x", "area", "--time", "day", "--distance", "sphere"});
  ASSERT_EQ(searched.code, 0) << searched.err;
}

TEST(Gwr_time, what_does_not_change_is_left_to_space) {
  const Table_of_points t(sales(0));
  const auto done = t.gwr({"--y", "price", "--x", "area", "--time", "day"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto r = result::Result::open(t.folder / "r.h5");
  const auto scales = r.root().group("time_scales");
  const auto aicc = stream::read_all<double>(scales, "aicc"), metres = stream::read_all<double>(scales, "metres");
  const auto best = metres[static_cast<std::size_t>(std::min_element(aicc.begin(), aicc.end()) - aicc.begin())];
  EXPECT_LT(best * 1000, 8000);  // all days together count for less than the town's breadth
  for (const auto& [words, said] :
       {std::pair{std::vector<std::string>{"--time-scale", "3"}, "belongs to a column given as time"},
        std::pair{std::vector<std::string>{"--time", "day", "--model", "mgwr"}, "mgwr knows space alone"}}) {
    std::vector<std::string> all{"--y", "price", "--x", "area"};
    all.insert(all.end(), words.begin(), words.end());
    const auto bad = t.gwr(all);
    EXPECT_EQ(bad.code, 2);
    EXPECT_THAT(bad.err, HasSubstr(said));
  }
  const auto same = t.gwr({"--y", "price", "--x", "area", "--time", "same"});
  EXPECT_EQ(same.code, 65);
  EXPECT_THAT(same.err, HasSubstr("column 'same' is 7 in every row"));
}

}  // namespace
}  // namespace dosi::gwr
