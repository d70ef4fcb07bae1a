// Sales in a made town: places in clusters of many sizes, a price of four columns and an intercept. Implementations
// answer the same questions, and must agree in fitted values and leverages.
#pragma once

#include <algorithm>
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
      const double columns[] = {1, 60 + 25 * random.normal(), 8 + 4 * random.normal(), 1990 + 15 * random.normal(),
                                2 + random.normal()};
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

// The sums of all bandwidths from the least to all places, of which those of kAskedOf, evenly from first to last, are
// told: AICc.
inline constexpr std::size_t kAskedOf = 6;
inline std::vector<double> curve_bandwidths(const Workload& w) {
  std::vector<double> values;
  for (std::size_t k = 40 + 2 * Workload::kColumns; k <= w.size(); ++k) values.push_back(static_cast<double>(k));
  return values;
}
inline std::vector<std::size_t> asked_of(const std::vector<double>& values) {
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < kAskedOf; ++i) at.push_back((values.size() - 1) * i / (kAskedOf - 1));
  return at;
}
std::unique_ptr<Implementation> curve_ours_cpu(const Workload&, int threads);
std::unique_ptr<Implementation> curve_ours_cuda(const Workload&, int device);
// One evaluation at each of those that are told. And on one core: places in reach alone at each of them; all bandwidths
// from places sorted by distance with running sums of their powers, as one would write it down.
std::unique_ptr<Implementation> curve_evaluated(const Workload&, int threads);
std::unique_ptr<Implementation> curve_pruned(const Workload&);
std::unique_ptr<Implementation> curve_plain(const Workload&);

// The town with columns and prices of mean 0 and standard deviation 1, as MGWR has them, and bandwidths from narrow to
// nearly all.
inline constexpr int kRounds = 2;
struct Standard_workload : Workload {
  explicit Standard_workload(std::size_t places) : Workload(places) {
    const double n = static_cast<double>(places);
    for (std::size_t c = 1; c <= kColumns; ++c) {
      auto& values = c < kColumns ? design : response;
      const std::size_t first = c < kColumns ? c : 0, stride = c < kColumns ? kColumns : 1;
      double mean = 0, square = 0;
      for (std::size_t i = first; i < values.size(); i += stride) mean += values[i] / n;
      for (std::size_t i = first; i < values.size(); i += stride) square += (values[i] - mean) * (values[i] - mean) / n;
      for (std::size_t i = first; i < values.size(); i += stride) values[i] = (values[i] - mean) / std::sqrt(square);
    }
    for (const double share : {0.09, 0.0, 0.05, 0.1, 0.999}) round.push_back(std::max(44.0, std::floor(share * n)));
  }
  double start = 120;
  std::vector<double> round;
};

struct Inferred {
  std::vector<double> parameters, variance, leverage;
  Answer told() const {
    Answer a{{}, parameters};
    for (std::size_t i = 0; i < kAnswered; ++i)
      a.rounded.insert(a.rounded.end(),
                       {leverage[i], variance[i * Workload::kColumns], variance[i * Workload::kColumns + 4]});
    return a;
  }
};

// The hat matrices of all columns after kRounds rounds of backfitting: effective parameters, variances and leverages.
std::unique_ptr<Implementation> inference_ours_cpu(const Standard_workload&, int threads);
std::unique_ptr<Implementation> inference_ours_cuda(const Standard_workload&, int device);
std::unique_ptr<Implementation> inference_plain(const Standard_workload&);

}  // namespace dosi::bench::gwr
