// Engines of boxes, started, and what is read of them.
#pragma once

#ifndef DOSI_BACKEND
#error "run.hpp belongs in *_test.cu files, which are built with DOSI_BACKEND defined"
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "kernels/wind/wind.hpp"
#include "tests/kernels/wind/boxes.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::wind_test {

using namespace dosi::wind;
using namespace dosi::test_support;

inline int device() { return DOSI_ON_CUDA ? 0 : 3; }

inline std::unique_ptr<Engine> make(const Question& q, int on = device()) {
  return DOSI_BACKEND::wind::make_engine(q, on);
}
inline std::unique_ptr<Engine> started(const Question& q, const Box& b, int on = device()) {
  auto engine = make(q, on);
  engine->start(b.density, b.x, b.y, b.z);
  return engine;
}

struct Measured {
  explicit Measured(const Engine& engine, std::size_t cells)
      : density(cells), x(cells), y(cells), z(cells), concentration(cells) {
    engine.fields({density, x, y, z, concentration});
  }
  std::vector<float> density, x, y, z, concentration;
  double mass() const { return std::accumulate(density.begin(), density.end(), 0.0); }
};

// A whole state in memory.
struct Saved : Checkpoint {
  explicit Saved(const Engine& engine) : Checkpoint(engine.save()) {
    for (const Part part : kParts) {
      auto& all = parts[static_cast<std::size_t>(part)];
      engine.give(part, [&](std::span<const std::byte> piece) { all.insert(all.end(), piece.begin(), piece.end()); });
      EXPECT_EQ(all.size(), engine.bytes(part));
    }
  }
  void restore(Engine& engine) const {
    engine.restore(*this);
    for (const Part part : kParts) {
      std::span<const std::byte> all = parts[static_cast<std::size_t>(part)];
      ASSERT_EQ(all.size(), engine.bytes(part));
      engine.fill(part, [&](std::span<std::byte> piece) {
        std::copy_n(all.begin(), piece.size(), piece.begin());
        all = all.subspan(piece.size());
      });
      EXPECT_TRUE(all.empty());
    }
  }
  const std::vector<std::byte>& part(Part p) const { return parts[static_cast<std::size_t>(p)]; }
  std::array<std::vector<std::byte>, kParts.size()> parts;
};

inline void expect_same(const Saved& a, const Saved& b, const std::string& what) {
  EXPECT_EQ(a.step, b.step) << what;
  for (const Part part : kParts)
    EXPECT_TRUE(a.part(part) == b.part(part)) << what << ", part " << static_cast<int>(part);
  EXPECT_EQ(a.outlet_velocities, b.outlet_velocities) << what;
  EXPECT_EQ(a.emitted, b.emitted) << what;
  EXPECT_EQ(a.left, b.left) << what;
  EXPECT_EQ(a.samples, b.samples) << what;
  EXPECT_EQ(a.speeds, b.speeds) << what;
}

}  // namespace dosi::DOSI_BACKEND::wind_test
