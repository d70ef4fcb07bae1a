// Sales in a made town: places in clusters of many sizes, a price of four columns and an intercept. Implementations answer
// the same questions, and must agree in fitted values and leverages.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/core/philox.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::bench::gwr {

struct Workload {
  explicit Workload(std::size_t places) {
    for (std::size_t i = 0; i < places; ++i) {
      Random random(7, i), centre(8, random.below(200));
      const double spread = 300 * std::exp(2 * centre.uniform());
      x.push_back(40'000 * centre.uniform() + spread * random.normal());
      y.push_back(40'000 * centre.uniform() + spread * random.normal());
      const double at = std::sin(x.back() / 7'000) + std::cos(y.back() / 5'000);
      const double columns[] = {1, 60 + 25 * random.normal(), 8 + 4 * random.normal(), 1990 + 15 * random.normal(), 2 + random.normal()};
      double price = 3 * random.normal();
      for (std::size_t c = 0; c < kColumns; ++c) price += columns[c] * (c == 3 ? 0.01 : 1) * (1 + 0.3 * at);
      design.insert(design.end(), columns, columns + kColumns);
      response.push_back(price);
    }
  }
  static constexpr std::size_t kColumns = 5;
  std::size_t size() const { return x.size(); }
  dosi::gwr::Model model() const { return {x, y, design, kColumns, response, true}; }

  std::vector<double> x, y, design, response;
};

inline constexpr std::size_t kAnswered = 64;  // places whose fitted value and leverage are compared

// One fit everywhere at a bandwidth of so many neighbours, for AICc.
std::unique_ptr<Implementation> evaluation_ours_cpu(const Workload&, int threads, double neighbours);
std::unique_ptr<Implementation> evaluation_ours_cuda(const Workload&, int device, double neighbours);
// As in textbooks: at each place all distances and weights. And: only places in reach, found by a grid of cells. Of the
// first `places`.
std::unique_ptr<Implementation> evaluation_textbook(const Workload&, double neighbours, std::size_t places);
std::unique_ptr<Implementation> evaluation_pruned(const Workload&, double neighbours, std::size_t places);

// The golden section for the bandwidth of the least AICc; its answer is that bandwidth.
std::unique_ptr<Implementation> search_ours_cpu(const Workload&, int threads);
std::unique_ptr<Implementation> search_ours_cuda(const Workload&, int device);
std::unique_ptr<Implementation> search_pruned(const Workload&);

}  // namespace dosi::bench::gwr
