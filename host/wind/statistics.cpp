#include "host/wind/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::wind {

Statistics::Statistics(std::size_t cells, std::vector<std::uint32_t> watched, double top)
    : watched_(std::move(watched)), bin_(top / kBins), squares_(cells), speed_(watched_.size()), counts_(watched_.size() * kBins) {
  for (int axis = 0; axis < 3; ++axis) {
    mean_[axis].resize(cells);
    now_[axis].resize(cells);
  }
}

void Statistics::sample(const Engine& engine) {
  engine.fields({.density = {}, .x = now_[0], .y = now_[1], .z = now_[2]});
  ++samples_;
  const float share = 1.0f / static_cast<float>(samples_);
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < squares_.size(); ++n)
    for (int axis = 0; axis < 3; ++axis) {   // Welford, Technometrics 4, 1962
      const float away = now_[axis][n] - mean_[axis][n];
      mean_[axis][n] += away * share;
      squares_[n] += away * (now_[axis][n] - mean_[axis][n]);
    }
  for (std::size_t w = 0; w < watched_.size(); ++w) {
    const auto n = watched_[w];
    const double speed = std::hypot(now_[0][n], now_[1][n], now_[2][n]);
    speed_[w] += speed;
    ++counts_[w * kBins + std::min(kBins - 1, static_cast<std::size_t>(speed / bin_))];
  }
}

void Statistics::clear() {
  samples_ = 0;
  for (auto* v : {&mean_[0], &mean_[1], &mean_[2], &squares_}) std::fill(v->begin(), v->end(), 0.0f);
  std::fill(speed_.begin(), speed_.end(), 0.0);
  std::fill(counts_.begin(), counts_.end(), 0u);
}

double Statistics::mean_speed(std::size_t w) const { return samples_ == 0 ? 0 : speed_[w] / static_cast<double>(samples_); }

double Statistics::quantile(std::size_t w, double share) const {
  const double wanted = share * static_cast<double>(samples_);
  double below = 0;
  for (std::size_t b = 0; b < kBins; ++b) {
    const double here = counts_[w * kBins + b];
    if (below + here >= wanted && here > 0) return (static_cast<double>(b) + (wanted - below) / here) * bin_;
    below += here;
  }
  return 0;
}

bool Statistics::restore(Kept k) {
  if (k.squares.size() != squares_.size() || k.speed.size() != speed_.size() || k.counts.size() != counts_.size()) return false;
  for (const auto& m : k.mean)
    if (m.size() != squares_.size()) return false;
  samples_ = k.samples;
  for (int axis = 0; axis < 3; ++axis) mean_[axis] = std::move(k.mean[axis]);
  squares_ = std::move(k.squares);
  speed_ = std::move(k.speed);
  counts_ = std::move(k.counts);
  return true;
}

}  // namespace dosi::wind
