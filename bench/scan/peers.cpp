// Ways to search all windows that others use, and one that goes half of dosi's.
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "bench/scan/workload.hpp"
#include "kernels/scan/likelihood.hpp"
#include "kernels/scan/prepare.hpp"

namespace dosi::bench::scan {
namespace {

using dosi::scan::Borders;
using dosi::scan::Likelihood;

class Peer : public Implementation {
 public:
  Peer(const Workload& w, Way way, std::uint32_t replicas, int threads)
      : w_(w), way_(way), threads_(threads),
        f_(dosi::scan::likelihood_of(dosi::scan::Model::poisson, total(w), total(w))), best_(replicas),
        shares_(dosi::scan::sums_of(w.step_share, w.steps)), runs_(dosi::scan::runs_of(1, w.longest)),
        ranges_(dosi::scan::ranges_of(shares_, w.steps, 1, runs_, true)),
        nodes_(dosi::scan::border_nodes(f_, true, first_, levels_)) {}

  void run(int) override {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
    for (std::size_t r = 0; r < best_.size(); ++r) best_[r] = search(w_.drawn[r]);
  }
  Answer answer() override { return {{}, best_}; }

 private:
  static double total(const Workload& w) {
    double sum = 0;
    for (const double m : w.place_measure) sum += m;
    return std::round(sum);
  }

  double search(const std::vector<std::uint32_t>& cases) const {
    const std::size_t steps = w_.steps;
    std::vector<float> g(steps + 1);
    double best = 0;
    int level = -1;
    for (std::size_t c = 0; c < w_.reach.size(); ++c) {
      std::vector<std::uint32_t> sum(steps + 1, 0);
      double measure = 0;
      for (std::uint32_t k = 0; k < w_.reach[c]; ++k) {
        const std::size_t place = w_.neighbour[w_.first[c] + k];
        measure += w_.place_measure[place];
        std::uint32_t running = 0;
        for (std::size_t t = 0; t < steps; ++t) sum[t + 1] += running += cases[place * steps + t];
        if (way_ == Way::screened) screen(sum, measure, g, best, level);
        else
          for (std::uint32_t l = 1; l <= w_.longest; ++l)
            for (std::size_t b = 0; b + l <= steps; ++b) look(sum, measure, b, b + l, best);
      }
    }
    return best;
  }

  void look(const std::vector<std::uint32_t>& sum, double measure, std::size_t begin, std::size_t end,
            double& best) const {
    const double c = sum[end] - sum[begin], m = measure * (shares_[end] - shares_[begin]);
    if (!(c > m) || (way_ != Way::textbook && f_.bound(c, m) <= best)) return;
    const double rest = f_.cases - c;
    best = std::max(best, c * std::log(c / m) + (rest > 0 ? rest * std::log(rest / (f_.cases - m)) : 0.0));
  }

  void screen(const std::vector<std::uint32_t>& sum, double measure, std::vector<float>& g, double& best,
              int& level) const {
    const Borders border{nodes_.data(), first_};
    const std::size_t steps = w_.steps;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const double m0 = measure * ranges_.least[r] * (1 - 1e-12), m1 = measure * ranges_.most[r] * (1 + 1e-12);
      const double y0 = level < 0 ? m0 : border.at(level, m0), y1 = level < 0 ? m1 : border.at(level, m1);
      const double slope = m1 - m0 > 1e-9 * m1 ? (y1 - y0) / (m1 - m0) : y1 / m1;
      const auto scale = static_cast<float>(slope * measure);
      for (std::size_t t = 0; t <= steps; ++t)
        g[t] = static_cast<float>(static_cast<std::int32_t>(sum[t])) - scale * static_cast<float>(shares_[t]);
      const double size = sum[steps] + slope * measure;
      const auto limit = static_cast<float>(std::min(y0 - slope * m0, y1 - slope * m1) - 0x1p-19 * size);
      for (std::uint32_t l = runs_[r].shortest; l <= runs_[r].longest; ++l) {
        const float *begin = g.data(), *end = g.data() + l;
        float most = -1e30f;
#pragma omp simd reduction(max : most)
        for (std::size_t b = 0; b < steps + 1 - l; ++b) most = std::max(most, end[b] - begin[b]);
        if (most <= limit) continue;
        for (std::size_t b = 0; b + l <= steps; ++b)
          if (end[b] - begin[b] > limit) look(sum, measure, b, b + l, best);
        while (level + 1 < dosi::scan::kLevels && levels_[static_cast<std::size_t>(level) + 1] <= best) ++level;
      }
    }
  }

  const Workload& w_;
  Way way_;
  int threads_;
  Likelihood f_;
  std::vector<double> best_, shares_;
  std::vector<dosi::scan::Length_run> runs_;
  dosi::scan::Ranges ranges_;
  std::int64_t first_ = 0;
  std::vector<double> levels_, nodes_;
};

}  // namespace

std::unique_ptr<Implementation> peer(const Workload& w, Way way, std::uint32_t replicas, int threads) {
  return std::make_unique<Peer>(w, way, replicas, threads);
}

}  // namespace dosi::bench::scan
