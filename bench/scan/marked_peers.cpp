// Ways to search all windows of marked individuals that others use.
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/scan/marked_workload.hpp"

namespace dosi::bench::scan {
namespace {

using dosi::scan::Model;

constexpr std::size_t kMostSums = 5;
using Sums = std::array<double, kMostSums>;  // individuals; then values, or events and time, or each group

double x_log(double x, double of) { return x > 0 ? x * std::log(x / of) : 0; }

class Marked_peer : public Implementation {
 public:
  Marked_peer(const Marked_workload& w, Marked_way way, std::uint32_t replicas, int threads)
      : w_(w), way_(way), threads_(threads), best_(replicas) {
    kinds_ = w.model == Model::normal ? 2 : w.model == Model::exponential ? 3 : 1 + w.groups;
    for (std::size_t i = 0; i < w.cell.size(); ++i) {
      const auto sums = of_mark(i);
      for (std::size_t k = 0; k < kinds_; ++k) all_[k] += sums[k];
    }
    mean_ = w.model == Model::normal ? all_[1] / all_[0] : 0;
    for (const double v : w.value) squares_ += (v - mean_) * (v - mean_);
  }

  void run(int) override {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
    for (std::size_t r = 0; r < best_.size(); ++r) best_[r] = search(w_.drawn[r]);
  }
  Answer answer() override { return {{}, best_}; }

 private:
  Sums of_mark(std::size_t i) const {
    Sums s{1};
    if (w_.model == Model::normal) s[1] = w_.value[i];
    else if (w_.model == Model::exponential) s[1] = w_.group[i], s[2] = w_.value[i];
    else s[1 + w_.group[i]] = 1;
    return s;
  }

  double search(const std::vector<std::uint32_t>& cell) const {
    const std::size_t steps = w_.steps, cells = std::size_t{w_.places} * steps;
    std::vector<double> rows(kinds_ * cells, 0), disc(kinds_ * (steps + 1));
    for (std::size_t i = 0; i < cell.size(); ++i) {
      const auto sums = of_mark(i);
      for (std::size_t k = 0; k < kinds_; ++k) rows[k * cells + cell[i]] += sums[k];
    }
    double best = 0;  // of the normal model: squares explained, as a share
    for (std::size_t c = 0; c < w_.reach.size(); ++c) {
      std::fill(disc.begin(), disc.end(), 0);
      for (std::uint32_t j = 0; j < w_.reach[c]; ++j) {
        const std::size_t place = w_.neighbour[w_.first[c] + j];
        for (std::size_t k = 0; k < kinds_; ++k) {
          double running = 0;
          for (std::size_t t = 0; t < steps; ++t)
            disc[k * (steps + 1) + t + 1] += running += rows[k * cells + place * steps + t];
        }
        for (std::uint32_t l = 1; l <= w_.longest; ++l) {
          if (way_ == Marked_way::bounded && w_.model == Model::normal) {
            best = std::max(best, most_explained(disc.data(), l));
            continue;
          }
          for (std::size_t b = 0; b + l <= steps; ++b) {
            Sums in;
            for (std::size_t k = 0; k < kinds_; ++k) in[k] = disc[k * (steps + 1) + b + l] - disc[k * (steps + 1) + b];
            if (in[0] < 2 || (way_ == Marked_way::bounded && bound(in) <= best)) continue;
            best = std::max(best, ratio(in));
          }
        }
      }
    }
    return way_ == Marked_way::bounded && w_.model == Model::normal ? -0.5 * all_[0] * std::log1p(-best) : best;
  }

  // The share of the squares that two means explain, at most, of the windows of a length.
  double most_explained(const double* disc, std::uint32_t l) const {
    const std::size_t steps = w_.steps;
    const double *n = disc, *x = disc + steps + 1, N = all_[0], mean = mean_;
    double most = 0;
#pragma omp simd reduction(max : most)
    for (std::size_t b = 0; b < steps + 1 - l; ++b) {
      const double m = n[b + l] - n[b], e = x[b + l] - x[b] - m * mean, q = e * e / std::max(1.0, m * (N - m));
      most = std::max(most, m >= 2 && e > 0 ? q : 0.0);
    }
    return most * N / squares_;
  }

  double bound(const Sums& in) const {
    if (w_.model == Model::exponential) {
      const double m = in[2] * all_[1] / all_[2], e = in[1] - m;
      return e > 0 ? 0.5 * e * e * (1 / m + 1 / std::max(1e-300, all_[1] - in[1])) : 0;
    }
    double sum = 0;
    for (std::size_t k = 1; k < kinds_; ++k) {
      const double e = in[k] - in[0] * all_[k] / all_[0];
      sum += e * e / all_[k];
    }
    return sum * all_[0] * all_[0] / (in[0] * (all_[0] - in[0]));
  }

  double ratio(const Sums& in) const {
    const double n = in[0], N = all_[0];
    if (w_.model == Model::normal) {
      const double e = in[1] - n * mean_;
      return e > 0 && n < N ? 0.5 * N * std::log(squares_ / (squares_ - e * e * N / (n * (N - n)))) : 0;
    }
    if (w_.model == Model::exponential) {
      const double m = in[2] * all_[1] / all_[2];
      return in[1] >= 2 && in[1] > m ? x_log(in[1], m) + x_log(all_[1] - in[1], all_[1] - m) : 0;
    }
    // Groups, those of equal shares as one where they are in order.
    Sums inside{}, all{};
    std::size_t pools = 0;
    for (std::size_t k = 1; k < kinds_; ++k) {
      inside[pools] = in[k], all[pools] = all_[k], ++pools;
      for (; w_.model == Model::ordinal && pools > 1 &&
             inside[pools - 2] * all[pools - 1] >= inside[pools - 1] * all[pools - 2];
           --pools)
        inside[pools - 2] += inside[pools - 1], all[pools - 2] += all[pools - 1];
    }
    double sum = 0;
    for (std::size_t i = 0; i < pools && pools > 1; ++i)
      sum += x_log(inside[i], n * all[i] / N) + x_log(all[i] - inside[i], (N - n) * all[i] / N);
    return sum;
  }

  const Marked_workload& w_;
  Marked_way way_;
  int threads_;
  std::vector<double> best_;
  std::size_t kinds_ = 0;
  Sums all_{};
  double mean_ = 0, squares_ = 0;
};

}  // namespace

std::unique_ptr<Implementation> marked_peer(const Marked_workload& w, Marked_way way, std::uint32_t replicas,
                                            int threads) {
  return std::make_unique<Marked_peer>(w, way, replicas, threads);
}

}  // namespace dosi::bench::scan
