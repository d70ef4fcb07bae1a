// The bootstrap of a ratio study: sales of a made roll, in strata of many sizes. Implementations draw the same
// resamples and must agree in all measures of the first of them.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/appraise/ratios.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::appraise {

struct Workload {
  // `strata` samples of `sales` each.
  Workload(std::size_t sales, std::size_t strata) {
    for (std::size_t s = 0; s < strata; ++s) {
      for (std::size_t i = 0; i < sales; ++i) {
        Random random(7 + s, i);
        price.push_back(1000 * std::round(300 * std::exp(0.6 * random.normal())) + 1000);
        assessed.push_back(0.7 * std::pow(price.back(), 0.98) * std::exp(0.12 * random.normal()));
      }
      first.push_back(price.size());
    }
  }
  dosi::appraise::Samples samples() const { return {assessed, price, first}; }

  std::vector<double> assessed, price;
  std::vector<std::uint64_t> first{0};
};

inline constexpr std::uint64_t kSeed = 5;
inline constexpr std::uint32_t kAnswered = 4;  // resamples of the first sample whose measures are compared

std::unique_ptr<Implementation> bootstrap_ours_cpu(const Workload&, std::uint32_t replicas, int threads);
std::unique_ptr<Implementation> bootstrap_ours_cuda(const Workload&, std::uint32_t replicas, int device);
// The resample written out, then: everything sorted, as in textbooks; or the middle selected and only prices sorted.
std::unique_ptr<Implementation> bootstrap_sorted(const Workload&, std::uint32_t replicas, int threads);
std::unique_ptr<Implementation> bootstrap_selected(const Workload&, std::uint32_t replicas, int threads);

}  // namespace dosi::bench::appraise
