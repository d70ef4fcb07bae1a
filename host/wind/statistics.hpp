// Sums over the samples of a run: means and second moments in all cells, and how often it was how fast in some.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/wind/wind.hpp"

namespace dosi::wind {

inline constexpr std::size_t kBins = 64;

// What all samples so far say, cells a step.
struct Means {
  std::uint64_t samples = 0;
  std::vector<float> x, y, z;              // mean velocity
  std::vector<float> energy;               // resolved turbulent kinetic energy, (cells a step)^2
  std::vector<float> concentration;        // mean; empty where there is no species
};

}  // namespace dosi::wind
