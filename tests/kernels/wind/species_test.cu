// A species in the air: against the textbook's lattice, a cloud that moves and spreads, and its budget.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/wind/run.hpp"
#include "tests/reference/species.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

// The largest difference of a concentration from the textbook's, as a share of the largest one; and the budgets.
void expect_reference(const Box& b, Question q) {
  constexpr int steps = 14;
  std::vector<float> cloud(b.cells());
  Random random(3, 0);
  for (float& c : cloud) c = static_cast<float>(random.uniform());
  reference::Lattice air(q);
  air.start([&](std::size_t n) { return reference::Lattice::State{b.density[n], {b.x[n], b.y[n], b.z[n]}}; });
  reference::Carried carried(q, air);
  carried.start([&](std::size_t n) { return cloud[n]; });
  for (int i = 0; i < steps; ++i) carried.step(), air.step();
  for (const auto& [storage, tolerance] : {std::pair{Storage::fp32, 3e-5}, {Storage::fp16, 2e-2}}) {
    q.storage = storage;
    const auto engine = make(q);
    engine->start(b.density, b.x, b.y, b.z, cloud);
    engine->advance(steps);
    const Measured got(*engine, b.cells());
    double most = 0, largest = 0;
    for (std::size_t n = 0; n < b.cells(); ++n) {
      largest = std::max(largest, std::fabs(carried.concentration(n)));
      const double d = std::fabs(got.concentration[n] - carried.concentration(n));
      if (!(d <= most)) most = d;
    }
    EXPECT_LT(most, tolerance * largest) << b.name;
    const Budget budget = engine->budget();
    EXPECT_NEAR(budget.emitted, carried.emitted, tolerance * carried.emitted) << b.name;
    EXPECT_NEAR(budget.inside, carried.inside(), tolerance * carried.emitted) << b.name;
    EXPECT_NEAR(budget.left, carried.left, tolerance * carried.emitted) << b.name;
  }
}

DOSI_TEST(Wind_species, is_the_textbooks_lattice) {
  for (const Box& b : boxes())
    for (const double smagorinsky : {0.0, 0.15}) {
      std::vector<Source> sources;
      for (std::uint32_t n = 0; n < b.cells(); n += 5)
        if (b.kinds[n] == Kind::fluid) sources.push_back({n, 0.01f}), sources.push_back({n, 0.02f});
      auto q = b.question();
      q.smagorinsky = smagorinsky;
      q.species = Species{.diffusivity = 0.02, .sources = sources, .largest = 4};
      expect_reference(b, q);
    }
}

// Moments of a cloud along an axis of a periodic box that it does not fill.
struct Cloud {
  double mass = 0, mean = 0, variance = 0;
  Cloud(const std::vector<float>& concentration, const Box& b, int axis) {
    const auto sum = [&](auto value) {
      double total = 0;
      for (std::size_t n = 0; n < b.cells(); ++n) {
        const std::size_t at[3] = {n % b.nx, n / b.nx % b.ny, n / b.nx / b.ny};
        total += concentration[n] * value(static_cast<double>(at[axis]) + 0.5);
      }
      return total;
    };
    mass = sum([](double) { return 1; });
    mean = sum([](double x) { return x; }) / mass;
    variance = sum([&](double x) { return (x - mean) * (x - mean); }) / mass;
  }
};

// sigma^2 = sigma_0^2 + 2 D t along each axis, whatever the wind. Halves at a low diffusivity leave noise far from the
// cloud, which its variance is all but made for finding.
DOSI_TEST(Wind_species, a_cloud_moves_with_the_wind_and_spreads) {
  for (int axis = 0; axis < 3; ++axis)
    for (const double diffusivity : {0.002, 0.01})
      for (const auto& [storage, tolerance] : {std::pair{Storage::fp32, 0.001}, {Storage::fp16, 0.01}}) {
        if (storage == Storage::fp16 && (axis > 0 || diffusivity < 0.005)) continue;
        Box b = empty_box(axis == 0 ? 80 : 28, axis == 1 ? 80 : 28, axis == 2 ? 80 : 28);
        const float wind = 0.1f;
        std::vector<float> cloud(b.cells()), u(b.cells(), wind), none;
        for (std::size_t n = 0; n < b.cells(); ++n) {
          const double size[3] = {double(b.nx), double(b.ny), double(b.nz)};
          const std::size_t at[3] = {n % b.nx, n / b.nx % b.ny, n / b.nx / b.ny};
          double square = 0;
          for (int a = 0; a < 3; ++a)
            square += std::pow(static_cast<double>(at[a]) + 0.5 - (a == axis ? 20 : size[a] / 2), 2);
          cloud[n] = static_cast<float>(std::exp(-square / (2 * 2.5 * 2.5)));
        }
        auto q = b.question();
        q.storage = storage;
        q.species = Species{.diffusivity = diffusivity, .largest = 1};
        const auto engine = make(q);
        engine->start({}, axis == 0 ? u : none, axis == 1 ? u : none, axis == 2 ? u : none, cloud);
        engine->advance(160);  // until its flux is that of its slope
        engine->fields({{}, {}, {}, {}, cloud});
        const Cloud before(cloud, b, axis), across_before(cloud, b, (axis + 1) % 3);
        const double steps = 200;
        engine->advance(200);
        engine->fields({{}, {}, {}, {}, cloud});
        const Cloud after(cloud, b, axis), across(cloud, b, (axis + 1) % 3);
        EXPECT_NEAR(after.mean - before.mean, wind * steps, 10 * tolerance) << "axis " << axis << ", D " << diffusivity;
        EXPECT_NEAR(after.variance - before.variance, 2 * diffusivity * steps, tolerance * after.variance)
            << "axis " << axis << ", D " << diffusivity;
        EXPECT_NEAR(across.variance - across_before.variance, 2 * diffusivity * steps, tolerance * after.variance)
            << "axis " << axis;
        EXPECT_NEAR(after.mass / before.mass, 1, storage == Storage::fp32 ? 1e-6 : 1e-3);
      }
}

// In a closed box all stays; through a tunnel what was emitted is inside or has left, and halves say the same.
DOSI_TEST(Wind_species, budget) {
  Box b = tunnel(48, 12, 12, 5, 0.05);
  const Source source{(5 * 12 + 6) * 48 + 8, 3.0f};
  b.kinds[source.cell] = Kind::fluid;
  auto q = b.question();
  q.smagorinsky = 0.12;
  q.species = Species{.diffusivity = 0.01, .sources = {&source, 1}};
  std::vector<float> whole(b.cells()), halves(b.cells());
  for (const auto& [storage, tolerance, into] :
       {std::tuple{Storage::fp32, 2e-6, &whole}, {Storage::fp16, 1.5e-4, &halves}}) {
    q.storage = storage;
    const auto engine = started(q, b);
    engine->advance(1500);
    const Budget budget = engine->budget();
    EXPECT_NEAR(budget.emitted, 4500, storage == Storage::fp32 ? 0.1 : 45);
    EXPECT_GT(budget.left, 0.2 * budget.emitted);
    EXPECT_GT(budget.inside, 0.01 * budget.emitted);
    EXPECT_NEAR((budget.inside + budget.left) / budget.emitted, 1, tolerance);
    engine->fields({{}, {}, {}, {}, *into});
    const double sum = std::accumulate(into->begin(), into->end(), 0.0);
    EXPECT_NEAR(sum / budget.inside, 1, 1e-5);
  }
  double difference = 0, all = 0;
  for (std::size_t n = 0; n < b.cells(); ++n)
    difference += std::pow(whole[n] - halves[n], 2), all += std::pow(whole[n], 2);
  EXPECT_LT(std::sqrt(difference / all), 0.05);

  Box closed = rubble(20, 12, 10, 7, 0.8);
  for (auto& kind : closed.kinds)
    if (kind == Kind::velocity || kind == Kind::outlet) kind = Kind::slip;
  closed.velocities.clear();
  auto shut = closed.question();
  std::vector<float> cloud(closed.cells(), 1.0f);
  shut.species = Species{.diffusivity = 0.01, .largest = 1};
  const auto engine = make(shut);
  engine->start({}, closed.x, {}, {}, cloud);
  engine->advance(500);
  EXPECT_NEAR(engine->budget().inside / engine->budget().emitted, 1, 1e-6);
  EXPECT_EQ(engine->budget().left, 0);
}

}  // namespace dosi::DOSI_BACKEND::wind_test
