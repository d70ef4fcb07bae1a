// The engine against the textbook's lattice, on boxes of all kinds of cells; and what has to be the same in every bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "kernels/wind/wind.hpp"
#include "tests/kernels/wind/boxes.hpp"
#include "tests/reference/lattice.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

using namespace dosi::wind;
using namespace dosi::test_support;

int device() { return DOSI_ON_CUDA ? 0 : 3; }

struct Way {
  const char* name;
  Collision collision;
  double smagorinsky;
  Velocity force;
};
constexpr Way kWays[] = {{"bgk", Collision::bgk, 0, {}},
                         {"trt", Collision::trt, 0, {}},
                         {"regularised", Collision::regularised, 0, {}},
                         {"bgk, force", Collision::bgk, 0, {1e-3f, -2e-3f, 5e-4f}},
                         {"trt, force, subgrid", Collision::trt, 0.15, {1e-3f, 5e-4f, -1e-3f}},
                         {"regularised, subgrid", Collision::regularised, 0.2, {}},
                         {"regularised, force, subgrid", Collision::regularised, 0.1, {-5e-4f, 1e-3f, 1e-3f}}};

std::unique_ptr<Engine> started(const Question& q, const Box& b, int on = device()) {
  auto engine = DOSI_BACKEND::wind::make_engine(q, on);
  engine->start(b.density, b.x, b.y, b.z);
  return engine;
}

struct Measured {
  explicit Measured(const Engine& engine, std::size_t cells) : density(cells), x(cells), y(cells), z(cells) { engine.fields({density, x, y, z}); }
  std::vector<float> density, x, y, z;
  double mass() const { return std::accumulate(density.begin(), density.end(), 0.0); }
};

// The largest difference of a density or a velocity after some steps from the same start.
double difference_from_reference(const Box& b, Question q, Storage storage, int steps) {
  q.storage = storage;
  const auto engine = started(q, b);
  reference::Lattice lattice(q);
  lattice.start([&](std::size_t n) { return reference::Lattice::State{b.density[n], {b.x[n], b.y[n], b.z[n]}}; });
  engine->advance(static_cast<std::uint64_t>(steps));
  for (int i = 0; i < steps; ++i) lattice.step();
  const Measured got(*engine, b.cells());
  double most = 0;
  for (std::size_t n = 0; n < b.cells(); ++n) {
    if (b.kinds[n] != Kind::fluid) {
      EXPECT_EQ(got.density[n], 1);
      EXPECT_EQ(got.x[n], 0);
      continue;
    }
    const auto s = lattice.state(n);
    for (const double d : {got.density[n] - s.density, got.x[n] - s.u[0], got.y[n] - s.u[1], got.z[n] - s.u[2]}) {
      if (!(std::fabs(d) <= most)) most = std::fabs(d);
    }
  }
  return most;
}

DOSI_TEST(Wind_engine, is_the_textbooks_lattice) {
  for (const Box& b : boxes())
    for (const Way& way : kWays) {
      auto q = b.question();
      q.collision = way.collision;
      q.smagorinsky = way.smagorinsky;
      q.force = way.force;
      q.outlet_density = 0.99;
      q.outlet_relaxation = 0.1;
      EXPECT_LT(difference_from_reference(b, q, Storage::fp32, 25), 2e-6) << b.name << ", " << way.name;
      EXPECT_LT(difference_from_reference(b, q, Storage::fp16, 25), 6e-4) << b.name << ", " << way.name << ", halves";
    }
}

DOSI_TEST(Wind_engine, mass_stays) {
  Box closed = rubble(24, 12, 10, 5, 0.8);
  for (auto& kind : closed.kinds)
    if (kind == Kind::velocity || kind == Kind::outlet) kind = Kind::wall;
  closed.velocities.clear();
  Box open = empty_box(32, 12, 10);
  for (const Box& b : {closed, stir(open, 3)})
    for (const Way& way : kWays)
      for (const auto& [storage, tolerance] : {std::pair{Storage::fp32, 1e-7}, {Storage::fp16, 1e-5}}) {
        auto q = b.question();
        q.collision = way.collision;
        q.smagorinsky = way.smagorinsky;
        q.force = {way.force.x / 50, way.force.y / 50, way.force.z / 50};
        q.storage = storage;
        const auto engine = started(q, b);
        const double before = Measured(*engine, b.cells()).mass();
        engine->advance(100);
        EXPECT_NEAR(Measured(*engine, b.cells()).mass() / before, 1, tolerance) << b.name << ", " << way.name;
      }
}

void expect_same(const Checkpoint& a, const Checkpoint& b, const std::string& what) {
  EXPECT_EQ(a.step, b.step) << what;
  EXPECT_TRUE(a.populations == b.populations) << what;
  EXPECT_EQ(a.outlet_velocities, b.outlet_velocities) << what;
}

DOSI_TEST(Wind_engine, same_bits_however_it_is_run) {
  for (const Box& b : {tunnel(67, 9, 8, 3, 0.1), rubble(40, 7, 6, 4, 0.7)})
    for (const Storage storage : {Storage::fp32, Storage::fp16}) {
      auto q = b.question();
      q.storage = storage;
      q.smagorinsky = 0.1;
      const auto whole = started(q, b);
      whole->advance(31);
      const Checkpoint expected = whole->save();
      if (!DOSI_ON_CUDA)
        for (const int threads : {1, 2, 5}) {
          const auto other = started(q, b, threads);
          other->advance(31);
          expect_same(other->save(), expected, b.name + ", threads");
        }
      const auto first = started(q, b);
      first->advance(13);
      const Checkpoint half = first->save();
      auto second = DOSI_BACKEND::wind::make_engine(q, device());
      second->restore(half);
      EXPECT_EQ(second->step(), 13u);
      second->advance(18);
      expect_same(second->save(), expected, b.name + ", restored");
      first->advance(18);
      expect_same(first->save(), expected, b.name + ", gone on after a save");
    }
}

// Where no fluid will read, a checkpoint has zeros: the first slots of cells without fluid.
DOSI_TEST(Wind_engine, checkpoints_have_nothing_left_over) {
  const Box b = rubble(20, 7, 6, 9, 0.7);
  const auto engine = started(b.question(), b);
  for (const int steps : {7, 8}) {
    engine->advance(static_cast<std::uint64_t>(steps) - engine->step());
    const Checkpoint c = engine->save();
    for (std::size_t n = 0; n < b.cells(); ++n)
      for (std::size_t pair = 0; pair < 9; ++pair) {
        float population;
        std::memcpy(&population, c.populations.data() + ((1 + 2 * pair + c.step % 2) * b.cells() + n) * sizeof population, sizeof population);
        if (b.kinds[n] != Kind::fluid) {
          ASSERT_EQ(population, 0) << "cell " << n << ", pair " << pair;
        }
      }
  }
}

DOSI_TEST(Wind_engine, a_bad_question_is_answered_with_all_that_is_wrong) {
  const std::vector<Kind> kinds(5, Kind::velocity);
  try {
    DOSI_BACKEND::wind::make_engine({.nx = 2, .ny = 3, .nz = 1, .kinds = kinds, .velocities = {}, .viscosity = -1}, device());
    FAIL() << "it was taken";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    for (const char* part : {"5 kinds for 6 cells", "0 velocities for 5 cells", "viscosity is -1"}) EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  // What launched nothing is no test of a device.
  const Box b = tunnel(6, 5, 5, 1, 0);
  const auto engine = started(b.question(), b);
  EXPECT_THROW(engine->restore({}), std::invalid_argument);
}

// An inlet that changes on the way: the engine takes the new one.
DOSI_TEST(Wind_engine, velocities_can_change) {
  const Box b = tunnel(12, 6, 6, 8, 0);
  auto changed = b.velocities;
  for (auto& u : changed) u.x *= 0.5f;
  auto q = b.question();
  const auto engine = started(q, b);
  engine->set_velocities(changed);
  engine->advance(5);
  q.velocities = changed;
  const auto other = started(q, b);
  other->advance(5);
  expect_same(engine->save(), other->save(), "changed");
  EXPECT_THROW(engine->set_velocities({}), std::invalid_argument);
}

}  // namespace dosi::DOSI_BACKEND::wind_test
