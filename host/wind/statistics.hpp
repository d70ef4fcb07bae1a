// Sums over the samples of a run: means and second moments in all cells, and how often it was how fast in some.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/wind/wind.hpp"

namespace dosi::wind {

inline constexpr std::size_t kBins = 96;

class Statistics {
 public:
  // `watched`: cells whose speeds are counted in kBins bins from 0 to `top` cells a step; the last takes what is faster.
  Statistics(std::size_t cells, std::vector<std::uint32_t> watched, double top);

  void sample(const Engine& engine);
  void clear();
  std::uint64_t samples() const { return samples_; }
  // Mean velocity, cells a step, and the turbulent kinetic energy that the grid resolves, (cells a step)^2.
  std::span<const float> x() const { return mean_[0]; }
  std::span<const float> y() const { return mean_[1]; }
  std::span<const float> z() const { return mean_[2]; }
  double energy(std::size_t cell) const { return samples_ == 0 ? 0 : 0.5 * static_cast<double>(squares_[cell]) / static_cast<double>(samples_); }
  // Of the watched cell w: mean speed, and the speed that a share of the samples stays below.
  double mean_speed(std::size_t w) const;
  double quantile(std::size_t w, double share) const;
  std::span<const std::uint32_t> watched() const { return watched_; }

  // All that sampling goes on from.
  struct Kept {
    std::uint64_t samples = 0;
    std::vector<float> mean[3], squares;
    std::vector<double> speed;
    std::vector<std::uint32_t> counts;
  };
  Kept kept() const { return {samples_, {mean_[0], mean_[1], mean_[2]}, squares_, speed_, counts_}; }
  bool restore(Kept kept);                 // false where it is of other cells

 private:
  std::vector<std::uint32_t> watched_;
  double bin_;
  std::uint64_t samples_ = 0;
  std::vector<float> mean_[3], squares_, now_[3];
  std::vector<double> speed_;              // sum of the watched cells' speeds
  std::vector<std::uint32_t> counts_;      // [watched][bin]
};

}  // namespace dosi::wind
