// The engine against the textbook's lattice, on boxes of all kinds of cells; and what has to be the same in every bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/kernels/wind/run.hpp"
#include "tests/reference/lattice.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

struct Way {
  const char* name;
  Collision collision;
  double smagorinsky;
  Velocity force;
  double sponge = 0;  // viscosity
};
constexpr Way kWays[] = {{"bgk", Collision::bgk, 0, {}},
                         {"trt", Collision::trt, 0, {}},
                         {"regularised", Collision::regularised, 0, {}},
                         {"bgk, force", Collision::bgk, 0, {1e-3f, -2e-3f, 5e-4f}},
                         {"trt, force, subgrid", Collision::trt, 0.15, {1e-3f, 5e-4f, -1e-3f}},
                         {"regularised, subgrid, sponge", Collision::regularised, 0.2, {}, 0.3},
                         {"trt, sponge", Collision::trt, 0, {}, 0.1},
                         {"regularised, force, subgrid", Collision::regularised, 0.1, {-5e-4f, 1e-3f, 1e-3f}}};

// What the textbook's lattice comes to after some steps.
reference::Lattice textbook(const Box& b, const Question& q, int steps) {
  reference::Lattice lattice(q);
  lattice.start([&](std::size_t n) { return reference::Lattice::State{b.density[n], {b.x[n], b.y[n], b.z[n]}}; });
  for (int i = 0; i < steps; ++i) lattice.step();
  return lattice;
}

// The largest difference of a density or a velocity from it.
double difference(const Box& b, Question q, Storage storage, int steps, const reference::Lattice& lattice) {
  q.storage = storage;
  const auto engine = started(q, b);
  engine->advance(static_cast<std::uint64_t>(steps));
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
      if (way.sponge > 0)
        q.sponge = {b.nx / 2, b.nx / 3, b.ny / 3, b.ny / 2, b.nz / 2, b.nz / 3}, q.sponge_viscosity = way.sponge;
      q.stress_above = {1e-3f, -5e-4f};
      q.outlet_density = 0.99;
      q.outlet_relaxation = 0.1;
      const auto lattice = textbook(b, q, 14);
      EXPECT_LT(difference(b, q, Storage::fp32, 14, lattice), 2e-6) << b.name << ", " << way.name;
      EXPECT_LT(difference(b, q, Storage::fp16, 14, lattice), 6e-4) << b.name << ", " << way.name << ", halves";
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

// All that a question can have, at once.
struct Everything {
  explicit Everything(const Box& b) : intensity(b.velocities.size(), 0.01f) {
    for (std::uint32_t n = 0; n < b.cells() && sources.size() < 3; n += 7)
      if (b.kinds[n] == Kind::fluid)
        sources.push_back({n, 0.1f * static_cast<float>(sources.size() + 1)}), watched.push_back(n);
    question = b.question();
    question.smagorinsky = 0.1;
    question.force = {1e-4f, 0, 0};
    question.sponge = {0, 4, 1, 0, 0, 2};
    question.sponge_viscosity = 0.2;
    question.inflow = {.intensity = intensity, .length_scale = 5, .advection = {0.05f, 0, 0}, .every = 4};
    question.species = Species{.diffusivity = 0.01, .sources = sources};
    question.watched = watched;
    question.speed_bins = 8;
  }
  std::vector<float> intensity;
  std::vector<Source> sources;
  std::vector<std::uint32_t> watched;
  Question question;
};

void run(Engine& engine, int steps) {
  for (int i = 0; i < steps; ++i) {
    engine.advance(1);
    if (engine.step() % 3 == 0) engine.sample();
  }
}

DOSI_TEST(Wind_engine, same_bits_however_it_is_run) {
  for (const Box& b : {tunnel(67, 9, 8, 3, 0.1), rubble(40, 7, 6, 4, 0.7)})
    for (const Storage storage : {Storage::fp32, Storage::fp16}) {
      Everything all(b);
      auto& q = all.question;
      q.storage = storage;
      const auto whole = started(q, b);
      run(*whole, 31);
      const Saved expected(*whole);
      EXPECT_EQ(expected.samples, 10u);
      EXPECT_FALSE(expected.part(Part::species).empty());
      if (!DOSI_ON_CUDA)
        for (const int threads : {1, 2, 5}) {
          const auto other = started(q, b, threads);
          run(*other, 31);
          expect_same(Saved(*other), expected, b.name + ", threads");
        }
      const auto first = started(q, b);
      run(*first, 13);
      const Saved half(*first);
      auto second = make(q);
      half.restore(*second);
      EXPECT_EQ(second->step(), 13u);
      run(*second, 18);
      expect_same(Saved(*second), expected, b.name + ", restored");
      run(*first, 18);
      expect_same(Saved(*first), expected, b.name + ", gone on after a save");
      const auto other_totals = second->totals(), totals = whole->totals();
      EXPECT_EQ(totals.mass, other_totals.mass);
      EXPECT_EQ(totals.outflow, other_totals.outflow);
      EXPECT_EQ(whole->budget().inside, second->budget().inside);
    }
}

// Where no fluid will read, a checkpoint has zeros: the first slots of cells without fluid.
DOSI_TEST(Wind_engine, checkpoints_have_nothing_left_over) {
  const Box b = rubble(20, 7, 6, 9, 0.7);
  const auto engine = started(b.question(), b);
  for (const int steps : {7, 8}) {
    engine->advance(static_cast<std::uint64_t>(steps) - engine->step());
    const Saved c(*engine);
    for (std::size_t n = 0; n < b.cells(); ++n)
      for (std::size_t pair = 0; pair < 9; ++pair) {
        float population;
        std::memcpy(
            &population,
            c.part(Part::populations).data() + ((1 + 2 * pair + c.step % 2) * b.cells() + n) * sizeof population,
            sizeof population);
        if (b.kinds[n] != Kind::fluid) {
          ASSERT_EQ(population, 0) << "cell " << n << ", pair " << pair;
        }
      }
  }
}

DOSI_TEST(Wind_engine, a_bad_question_is_answered_with_all_that_is_wrong) {
  const std::vector<Kind> kinds(5, Kind::velocity);
  try {
    make({.nx = 2, .ny = 3, .nz = 1, .kinds = kinds, .velocities = {}, .viscosity = -1});
    FAIL() << "it was taken";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    for (const char* part : {"5 kinds for 6 cells", "0 velocities for 5 cells", "viscosity is -1"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  Box walled = empty_box(4, 4, 4);
  walled.at(1, 0, 0) = Kind::building;
  const Source sources[] = {{1, 1.0f}, {64, 1.0f}, {2, 1.0f}};
  const std::uint32_t watched[] = {1};
  auto q = walled.question();
  q.building_roughness = 0.6;
  q.sponge = {3, 2, 0, 0, 0, 0};
  q.species = Species{.diffusivity = -1, .turbulent_schmidt = 0, .sources = sources};
  q.watched = watched;
  try {
    make(q);
    FAIL() << "it was taken";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    for (const char* part :
         {"roughness length of buildings is 0.6", "sponges along x are 3 and 2", "viscosity of the sponge is 0",
          "source 0 is in cell 1, which is a building", "source 1 is in cell 64 of 64", "diffusivity is -1",
          "Schmidt number is 0", "watched cell 1 is not air"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_EQ(text.find("source 2"), std::string::npos) << text;
  }
  // What launched nothing is no test of a device.
  const Box b = tunnel(6, 5, 5, 1, 0);
  const auto engine = started(b.question(), b);
  EXPECT_THROW(engine->restore({}), std::invalid_argument);
  auto of_another = engine->save();
  of_another.emitted.resize(8);
  EXPECT_THROW(engine->restore(of_another), std::invalid_argument);
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
  expect_same(Saved(*engine), Saved(*other), "changed");
  EXPECT_THROW(engine->set_velocities({}), std::invalid_argument);
}

}  // namespace dosi::DOSI_BACKEND::wind_test
