// A periodic box of air without anything in it, swirling: the speed of the lattice alone. Each implementation answers
// means of the square of the velocity by layer, after the same steps from the same start, with one relaxation time.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::bench::wind {

inline constexpr double kViscosity = 0.01;

struct Workload {
  explicit Workload(std::uint32_t size, int steps_a_run)
      : n(size), steps(steps_a_run), x(cells()), y(cells()), z(cells()) {
    const double k = 2 * std::numbers::pi / n;
    for (std::size_t at = 0; at < cells(); ++at) {
      const double a = k * static_cast<double>(at % n), b = k * static_cast<double>(at / n % n),
                   c = k * static_cast<double>(at / n / n);
      x[at] = static_cast<float>(0.05 * std::sin(a) * std::cos(b) * std::cos(c));
      y[at] = static_cast<float>(-0.05 * std::cos(a) * std::sin(b) * std::cos(c));
      z[at] = static_cast<float>(0.03 * std::sin(b));
    }
  }
  std::size_t cells() const { return std::size_t{n} * n * n; }
  double updates() const { return static_cast<double>(cells()) * steps; }

  // In units of the start's.
  template <class Square>  // of the velocity of a cell
  std::vector<double> layers(Square square) const {
    std::vector<double> means(n);
    for (std::size_t at = 0; at < cells(); ++at) means[at / n / n] += square(at) / (5e-4 * n * n);
    return means;
  }

  std::uint32_t n;
  int steps;
  std::vector<float> x, y, z;
};

struct Way {
  dosi::wind::Storage storage;
  dosi::wind::Collision collision;
  double smagorinsky = 0;
  // What a city's wind needs: rough ground under a plane without friction, one species with a source, statistics every
  // 20 steps.
  bool useful = false;
};

std::unique_ptr<Implementation> ours_cpu(const Workload&, const Way&, int threads);
std::unique_ptr<Implementation> ours_cuda(const Workload&, const Way&, int device);

std::unique_ptr<dosi::wind::Engine> engine_cpu(const Workload&, const Way&, int threads);
std::unique_ptr<dosi::wind::Engine> engine_cuda(const Workload&, const Way&, int device);

// A run with statistics that leaves a checkpoint after its steps, or none.
enum class Checkpoints { none, streamed, copied };
std::unique_ptr<Implementation> with_output(const Workload&, std::unique_ptr<dosi::wind::Engine>, Checkpoints);

// Two arrays, FP32. textbook: a loop over cells, in it loops over 19 directions, on one core. simd: a box with a layer
// around it, rows of cells in SIMD lanes, all populations of a cell in registers, streamed as they are written, on all
// cores.
std::unique_ptr<Implementation> textbook(const Workload&);
std::unique_ptr<Implementation> simd(const Workload&, int threads);

}  // namespace dosi::bench::wind
