// Kriging from the nearest of many samples in clusters of many sizes, at new places. Implementations must agree in
// means and variances.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/core/philox.hpp"
#include "kernels/kriging/kriging.hpp"

namespace dosi::bench::kriging {

struct Workload {
  explicit Workload(std::size_t samples) {
    for (std::size_t i = 0; i < 2 * samples; ++i) {
      Random random(7, i), centre(8, random.below(200));
      const double spread = 300 * std::exp(2 * centre.uniform());
      const double px = 40'000 * centre.uniform() + spread * random.normal(),
                   py = 40'000 * centre.uniform() + spread * random.normal();
      (i < samples ? x : new_x).push_back(px);
      (i < samples ? y : new_y).push_back(py);
      if (i < samples) value.push_back(std::sin(px / 900) * std::cos(py / 700) + 0.3 * random.normal());
    }
  }
  dosi::kriging::Samples samples() const { return {x, y, value}; }

  std::vector<double> x, y, value, new_x, new_y;
  dosi::kriging::Variogram variogram{dosi::kriging::Shape::spherical, 0.09, 0.25, 2000};
};

inline constexpr std::size_t kAnswered = 64;  // places whose mean and variance are compared

// Of the first `places` new places, from so many neighbours.
std::unique_ptr<Implementation> ours_cpu(const Workload&, std::size_t neighbours, std::size_t places, int threads);
std::unique_ptr<Implementation> ours_cuda(const Workload&, std::size_t neighbours, std::size_t places, int device);
// As in textbooks: all distances, the system with its multiplier by elimination. And: neighbours from a grid of cells,
// Cholesky.
std::unique_ptr<Implementation> textbook(const Workload&, std::size_t neighbours, std::size_t places);
std::unique_ptr<Implementation> pruned(const Workload&, std::size_t neighbours, std::size_t places, int threads);

}  // namespace dosi::bench::kriging
