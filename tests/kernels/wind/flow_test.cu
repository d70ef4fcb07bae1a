// Flows whose answer is known: Taylor and Green's vortices, Poiseuille's channel, a lid-driven cavity, a wave that
// leaves.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "kernels/wind/wind.hpp"
#include "tests/kernels/wind/boxes.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::wind_flow_test {

using namespace dosi::wind;
using namespace dosi::test_support;

std::unique_ptr<Engine> make(const Question& q) { return DOSI_BACKEND::wind::make_engine(q, DOSI_ON_CUDA ? 0 : 1); }

// The largest difference of two runs' velocities: what storing populations in halves costs.
double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double most = a.size() == b.size() && !a.empty() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (const double d = std::fabs(a[i] - b[i]); !(d <= most)) most = d;
  return most;
}

struct Vortices {
  double error = 0, speed = 0;  // relative; the fastest at the end
  std::vector<float> u;         // both components, cells a step
};

// The relative error (L2) of two-dimensional vortices after they have decayed to 1 / e: u = -U cos kx sin ky e^(-2 nu
// k^2 t). `turn`: which axes the plane lies along. Velocities fall with the cell's size, so that compressibility falls
// as its square.
Vortices vortices(std::uint32_t n, Collision collision, Storage storage, int turn) {
  const double viscosity = 0.1, k = 2 * std::numbers::pi / n, speed = 0.64 / n;
  Box b = turn == 0 ? empty_box(n, n, 1) : turn == 1 ? empty_box(1, n, n) : empty_box(n, 1, n);
  auto q = b.question();
  q.viscosity = viscosity;
  q.collision = collision;
  q.storage = storage;
  const auto engine = make(q);
  std::vector<float> u(b.cells()), v(b.cells()), density(b.cells()), none(b.cells());
  const auto exact = [&](std::size_t at, double decay) {
    const double x = k * (static_cast<double>(at % n) + 0.5), y = k * (static_cast<double>(at / n) + 0.5);
    return std::array{-speed * decay * std::cos(x) * std::sin(y), speed * decay * std::sin(x) * std::cos(y),
                      1 - 0.75 * speed * speed * decay * decay * (std::cos(2 * x) + std::cos(2 * y))};
  };
  for (std::size_t at = 0; at < b.cells(); ++at) {
    const auto [ex, ey, er] = exact(at, 1);
    u[at] = static_cast<float>(ex), v[at] = static_cast<float>(ey), density[at] = static_cast<float>(er);
  }
  if (turn == 0) engine->start(density, u, v, none);
  if (turn == 1) engine->start(density, none, u, v);
  if (turn == 2) engine->start(density, u, none, v);
  const auto steps = static_cast<std::uint64_t>(1 / (2 * viscosity * k * k));
  engine->advance(steps);
  if (turn == 0) engine->fields({{}, u, v, {}});
  if (turn == 1) engine->fields({{}, {}, u, v});
  if (turn == 2) engine->fields({{}, u, {}, v});
  double square = 0, whole = 0;
  for (std::size_t at = 0; at < b.cells(); ++at) {
    const auto [ex, ey, er] = exact(at, std::exp(-2 * viscosity * k * k * static_cast<double>(steps)));
    square += (u[at] - ex) * (u[at] - ex) + (v[at] - ey) * (v[at] - ey);
    whole += ex * ex + ey * ey;
  }
  u.insert(u.end(), v.begin(), v.end());
  return {std::sqrt(square / whole), speed * std::exp(-2 * viscosity * k * k * static_cast<double>(steps)), u};
}

DOSI_TEST(Wind_flow, vortices_decay_with_second_order) {
  for (const Collision collision : {Collision::bgk, Collision::trt, Collision::regularised})
    for (int turn = 0; turn < 3; ++turn) {
      const auto fine = vortices(32, collision, Storage::fp32, turn),
                 halves = vortices(32, collision, Storage::fp16, turn);
      const double coarse = vortices(16, collision, Storage::fp32, turn).error,
                   finest = vortices(64, collision, Storage::fp32, turn).error;
      EXPECT_GT(std::log2(coarse / fine.error), 1.8) << coarse << ", " << fine.error;
      EXPECT_GT(std::log2(fine.error / finest), 1.8) << fine.error << ", " << finest;
      EXPECT_LT(finest, 2e-3);
      EXPECT_LT(halves.error, fine.error + 4e-3);
      EXPECT_LT(largest_difference(halves.u, fine.u), 0.01 * fine.speed);
    }
}

// Between two plates, driven by a force: parabolic, exact at every cell for trt with its magic number. A force this
// weak is a few roundings of a half a step, so halves are off by several per cent of the fastest.
DOSI_TEST(Wind_flow, channel_is_a_parabola) {
  const std::uint32_t height = 16;
  const double viscosity = 0.1, top = 0.05, force = 8 * viscosity * top / (height * height);
  for (int axis = 0; axis < 3; ++axis)
    for (const auto& [collision, storage, tolerance] : {std::tuple{Collision::trt, Storage::fp32, 2e-5},
                                                        {Collision::regularised, Storage::fp32, 4e-3},
                                                        {Collision::bgk, Storage::fp32, 4e-3},
                                                        {Collision::trt, Storage::fp16, 6e-2},
                                                        {Collision::regularised, Storage::fp16, 6e-2}}) {
      Box b = axis == 0   ? empty_box(3, height + 2, 2)
              : axis == 1 ? empty_box(2, 3, height + 2)
                          : empty_box(height + 2, 2, 3);
      const auto across = [&](std::size_t n) {
        return axis == 0 ? n / b.nx % b.ny : axis == 1 ? n / b.nx / b.ny : n % b.nx;
      };
      for (std::size_t n = 0; n < b.cells(); ++n)
        if (across(n) == 0 || across(n) == height + 1) b.kinds[n] = Kind::wall;
      auto q = b.question();
      q.viscosity = viscosity;
      q.collision = collision;
      q.storage = storage;
      const auto f = static_cast<float>(force);
      q.force = axis == 0 ? Velocity{f, 0, 0} : axis == 1 ? Velocity{0, f, 0} : Velocity{0, 0, f};
      const auto engine = make(q);
      engine->advance(4000);
      std::vector<float> u(b.cells()), density(b.cells());
      engine->fields({density, axis == 0 ? u : std::span<float>{}, axis == 1 ? u : std::span<float>{},
                      axis == 2 ? u : std::span<float>{}});
      for (std::size_t n = 0; n < b.cells(); ++n) {
        if (b.kinds[n] != Kind::fluid) continue;
        const double y = static_cast<double>(across(n)) - 0.5;
        EXPECT_NEAR(u[n] / top, 4 * y * (height - y) / (height * height), tolerance) << "axis " << axis << ", y " << y;
      }
    }
}

// A pulse of pressure in still air, after the half that went to the plane at low x has come back from there and has
// left too: the largest excess, as a share of what went each way.
double left_of_a_pulse(double relaxation) {
  Box b = empty_box(200, 2, 2);
  for (std::uint32_t k = 0; k < 2; ++k)
    for (std::uint32_t j = 0; j < 2; ++j) b.at(0, j, k) = Kind::slip, b.at(199, j, k) = Kind::outlet;
  auto q = b.question();
  q.viscosity = 0.005;
  q.outlet_relaxation = relaxation;
  const auto engine = make(q);
  std::vector<float> density(b.cells(), 1.0f);
  for (std::size_t n = 0; n < b.cells(); ++n)
    density[n] += 0.01f * std::exp(-std::pow((static_cast<float>(n % 200) - 100) / 8, 2.0f));
  engine->start(density, {}, {}, {});
  const auto largest = [&] {
    engine->fields({density, {}, {}, {}});
    float most = 0;
    for (const float d : density) most = std::max(most, std::fabs(d - 1));
    return most / 0.005;
  };
  engine->advance(120);
  EXPECT_NEAR(largest(), 1, 0.1) << "before either half has come to the outlet";
  engine->advance(560);
  return largest();
}

DOSI_TEST(Wind_flow, outlet_lets_a_wave_out) {
  EXPECT_LT(left_of_a_pulse(0.001), 0.05);
  EXPECT_LT(left_of_a_pulse(0), 0.03);
  EXPECT_GT(left_of_a_pulse(1), 0.8) << "an outlet of fixed pressure sends all of it back";
}

// Without friction nothing slows a wind between two planes, straight or aslant.
DOSI_TEST(Wind_flow, slip_has_no_friction) {
  Box b = empty_box(9, 8, 7);
  for (std::uint32_t k = 0; k < 7; ++k)
    for (std::uint32_t j = 0; j < 8; ++j)
      for (std::uint32_t i = 0; i < 9; ++i)
        if (j == 0 || j == 7 || k == 0 || k == 6) b.at(i, j, k) = Kind::slip;
  const auto engine = make(b.question());
  std::vector<float> u(b.cells(), 0.07f);
  engine->start({}, u, {}, {});
  engine->advance(2000);
  engine->fields({{}, u, {}, {}});
  for (std::size_t n = 0; n < b.cells(); ++n) {
    if (b.kinds[n] == Kind::fluid) {
      EXPECT_NEAR(u[n], 0.07f, 1e-5f);
    }
  }
}

// Ghia, Ghia and Shin, J. Comput. Phys. 48 (1982): u on the vertical line through the centre, v on the horizontal.
using Line = std::vector<std::pair<double, double>>;
const Line kU100{{.9766, .84123},  {.9531, .68717},  {.8516, .23151},  {.7344, .00332},
                 {.6172, -.13641}, {.5, -.20581},    {.4531, -.21090}, {.2813, -.15662},
                 {.1719, -.10150}, {.1016, -.06434}, {.0547, -.03717}};
const Line kV100{{.9531, -.08864}, {.8594, -.22445}, {.8047, -.24533}, {.5, .05454},
                 {.2344, .17527},  {.1563, .16077},  {.0625, .09233}};
const Line kU1000{{.9766, .65928},  {.9531, .46604},  {.8516, .33304},  {.7344, .18719},
                  {.6172, .05702},  {.5, -.06080},    {.4531, -.10648}, {.2813, -.27805},
                  {.1719, -.38289}, {.1016, -.29730}, {.0547, -.18109}};
const Line kV1000{{.9531, -.33714}, {.8594, -.42665}, {.8047, -.31966}, {.5, .02526},
                  {.2344, .32235},  {.1563, .37095},  {.0625, .27485}};

// The velocities, both components, as shares of the lid's.
std::vector<float> expect_cavity(std::uint32_t n, double reynolds, Storage storage, std::uint64_t steps,
                                 const Line& on_u, const Line& on_v, double tolerance) {
  const float lid = 0.1f;
  Box b = empty_box(n + 2, n + 2, 1);
  for (std::uint32_t j = 0; j < n + 2; ++j)
    for (std::uint32_t i = 0; i < n + 2; ++i)
      b.at(i, j, 0) = j == n + 1 && i > 0 && i < n + 1               ? Kind::velocity
                      : j == 0 || j == n + 1 || i == 0 || i == n + 1 ? Kind::wall
                                                                     : Kind::fluid;
  b.velocities.assign(n, {lid, 0, 0});
  auto q = b.question();
  q.viscosity = lid * n / reynolds;
  q.collision = Collision::trt;
  q.storage = storage;
  const auto engine = make(q);
  engine->advance(steps);
  std::vector<float> u(b.cells()), v(b.cells());
  engine->fields({{}, u, v, {}});
  // Half-way between cells n/2 and n/2 + 1, and linear along the line.
  const auto read = [&](const std::vector<float>& field, double at, std::size_t along, std::size_t across) {
    const double cell = at * n + 0.5;
    const auto low = static_cast<std::size_t>(cell);
    const auto middle = [&](std::size_t c) {
      return 0.5 * (field[c * along + n / 2 * across] + field[c * along + (n / 2 + 1) * across]);
    };
    return ((1 - cell + static_cast<double>(low)) * middle(low) + (cell - static_cast<double>(low)) * middle(low + 1)) /
           lid;
  };
  for (const auto& [y, expected] : on_u)
    EXPECT_NEAR(read(u, y, n + 2, 1), expected, tolerance) << "Re " << reynolds << ", u at y = " << y;
  for (const auto& [x, expected] : on_v)
    EXPECT_NEAR(read(v, x, 1, n + 2), expected, tolerance) << "Re " << reynolds << ", v at x = " << x;
  u.insert(u.end(), v.begin(), v.end());
  for (float& each : u) each /= lid;
  return u;
}

DOSI_TEST(Wind_flow, cavity_is_ghias) {
  const auto slow = expect_cavity(48, 100, Storage::fp32, 12000, kU100, kV100, 0.008),
             slow_halves = expect_cavity(48, 100, Storage::fp16, 12000, kU100, kV100, 0.015);
  EXPECT_LT(largest_difference(slow, slow_halves), 0.015);
  const auto fast = expect_cavity(64, 1000, Storage::fp32, 24000, kU1000, kV1000, 0.02),
             fast_halves = expect_cavity(64, 1000, Storage::fp16, 24000, kU1000, kV1000, 0.03);
  EXPECT_LT(largest_difference(fast, fast_halves), 0.03);
}

}  // namespace dosi::DOSI_BACKEND::wind_flow_test
