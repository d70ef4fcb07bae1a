// Variograms are fitted as they should be, and kriging says of zinc on the bank of the Meuse what gstat says.
#include "host/appraise/residuals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "io/error.hpp"
#include "kernels/core/philox.hpp"
#include "tests/support/program.hpp"

namespace dosi::appraise {
namespace {

using kriging::Shape;
using kriging::Variogram;

// The classes of a variogram itself, with more pairs far away than near.
kriging::Empirical classes_of(const Variogram& v, std::size_t n = 15) {
  kriging::Empirical e;
  for (std::size_t c = 0; c < n; ++c) {
    const double h = 100.0 * (static_cast<double>(c) + 0.6);
    e.pairs.push_back(50 * (c + 1));
    e.distance.push_back(h);
    e.gamma.push_back(v.gamma(h));
  }
  return e;
}

TEST(Variogram_fit, finds_what_classes_were_made_of) {
  for (const auto shape : {Shape::spherical, Shape::exponential, Shape::gaussian})
    for (const bool cressie : {true, false})
      for (const Variogram v :
           {Variogram{shape, 0.05, 0.6, 700}, Variogram{shape, 0, 3, 400}, Variogram{shape, 2, 0.5, 1000}}) {
        const auto fit = fit_variogram(classes_of(v), shape, cressie);
        EXPECT_NEAR(fit.range, v.range, 1e-3 * v.range) << static_cast<int>(shape) << cressie;
        EXPECT_NEAR(fit.nugget, v.nugget, 1e-3 * (v.nugget + v.sill)) << static_cast<int>(shape) << cressie;
        EXPECT_NEAR(fit.sill, v.sill, 1e-3 * (v.nugget + v.sill)) << static_cast<int>(shape) << cressie;
      }
}

// No other variogram of the shape has a smaller sum.
TEST(Variogram_fit, is_the_least_of_all) {
  auto e = classes_of({Shape::spherical, 0.2, 0.6, 700});
  for (std::size_t c = 0; c < e.gamma.size(); ++c) e.gamma[c] *= 1 + 0.3 * (Random(3, c).uniform() - 0.5);
  for (const bool cressie : {true, false}) {
    const auto sum = [&](const Variogram& v) {
      double s = 0;
      for (std::size_t c = 0; c < e.pairs.size(); ++c) {
        const double g = v.gamma(e.distance[c]), n = static_cast<double>(e.pairs[c]);
        s += cressie ? n * std::pow(e.gamma[c] / g - 1, 2)
                     : n / (e.distance[c] * e.distance[c]) * std::pow(e.gamma[c] - g, 2);
      }
      return s;
    };
    const auto best = fit_variogram(e, Shape::spherical, cressie);
    for (std::uint64_t i = 0; i < 3000; ++i) {
      Random r(8, i);
      const double size = i % 2 == 0 ? 0.02 : 0.5;
      const auto near = [&](double v) { return v * std::exp(size * r.normal()); };
      EXPECT_GE(sum({Shape::spherical, near(best.nugget), near(best.sill), near(best.range)}), sum(best) * (1 - 1e-9));
    }
  }
}

TEST(Variogram_fit, says_what_cannot_be_fitted) {
  auto e = classes_of({Shape::spherical, 0.2, 0.6, 700}, 2);
  EXPECT_THROW(fit_variogram(e, Shape::spherical, true), DataError);
  e = classes_of({Shape::spherical, 0.2, 0.6, 700});
  for (double& g : e.gamma) g = 0;
  EXPECT_THROW(fit_variogram(e, Shape::spherical, true), DataError);
}

// gstat: vgm 0.05066243 Nug, 0.5906078 Sph(897.0209) of log(zinc); leave-one-out root mean squared error 0.39180351.
TEST(Variogram_fit, zinc_of_the_meuse) {
  DOSI_NEEDS_DATA(data);
  const auto file = data / "kriging/meuse.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  std::ifstream in(file);
  std::vector<double> x, y, zinc;
  std::string line;
  for (std::getline(in, line); std::getline(in, line);) {
    double a = 0, b = 0, c = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%lf,%lf,%lf", &a, &b, &c), 3);
    x.push_back(a);
    y.push_back(b);
    zinc.push_back(std::log(c));
  }
  ASSERT_EQ(x.size(), 155u);
  const auto device = Device::choose("cpu", 0);
  const auto fitted = make_field({"spherical", "distance", {}, {}, {}, {}, 32}, x, y, zinc, device)->variogram;
  // gstat's search ends a little before the least sum.
  EXPECT_NEAR(fitted.nugget, 0.05066243, 3e-6);
  EXPECT_NEAR(fitted.sill, 0.5906078, 3e-6);
  EXPECT_NEAR(fitted.range, 897.0209, 0.02);
  const Variogram v{Shape::spherical, 0.05066243, 0.5906078, 897.0209};
  const auto field = make_field({"spherical", "distance", v.nugget, v.sill, v.range, {}, 155}, x, y, zinc, device);
  EXPECT_NEAR(field->rmse, 0.39180351, 5e-9);
  // The first cells of meuse.grid.
  const std::vector<double> gx{181180, 181140, 181180}, gy{333740, 333700, 333700},
      expected{6.499624084, 6.622355528, 6.505165758};
  std::vector<double> mean(3), variance(3);
  field->engine->predict(gx, gy, {mean, variance, {}});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(mean[i], expected[i], 5e-8);
}

}  // namespace
}  // namespace dosi::appraise
