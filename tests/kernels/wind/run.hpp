// Engines of boxes, started, and what is read of them.
#pragma once

#ifndef DOSI_BACKEND
#error "run.hpp belongs in *_test.cu files, which are built with DOSI_BACKEND defined"
#endif

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "kernels/wind/wind.hpp"
#include "tests/kernels/wind/boxes.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

using namespace dosi::wind;
using namespace dosi::test_support;

inline int device() { return DOSI_ON_CUDA ? 0 : 3; }

inline std::unique_ptr<Engine> make(const Question& q, int on = device()) { return DOSI_BACKEND::wind::make_engine(q, on); }
inline std::unique_ptr<Engine> started(const Question& q, const Box& b, int on = device()) {
  auto engine = make(q, on);
  engine->start(b.density, b.x, b.y, b.z);
  return engine;
}

struct Measured {
  explicit Measured(const Engine& engine, std::size_t cells) : density(cells), x(cells), y(cells), z(cells), concentration(cells) {
    engine.fields({density, x, y, z, concentration});
  }
  std::vector<float> density, x, y, z, concentration;
  double mass() const { return std::accumulate(density.begin(), density.end(), 0.0); }
};

inline void expect_same(const Checkpoint& a, const Checkpoint& b, const std::string& what) {
  EXPECT_EQ(a.step, b.step) << what;
  EXPECT_TRUE(a.populations == b.populations) << what;
  EXPECT_EQ(a.outlet_velocities, b.outlet_velocities) << what;
  EXPECT_TRUE(a.species == b.species) << what;
  EXPECT_EQ(a.emitted, b.emitted) << what;
  EXPECT_EQ(a.left, b.left) << what;
  EXPECT_EQ(a.samples, b.samples) << what;
  EXPECT_TRUE(a.statistics == b.statistics) << what;
  EXPECT_EQ(a.speeds, b.speeds) << what;
}

}  // namespace dosi::DOSI_BACKEND::wind_test
