// Plain kriging from the nearest samples: as in textbooks, and with neighbours from a grid of cells and Cholesky's
// factor.
#include <algorithm>
#include <numeric>

#include "bench/kriging/workload.hpp"

namespace dosi::bench::kriging {
namespace {

struct Near {
  double d2;
  std::size_t sample;
  bool operator<(const Near& other) const { return d2 < other.d2; }
};

double distance(const Workload& w, std::size_t a, std::size_t b) {
  const double dx = w.x[a] - w.x[b], dy = w.y[a] - w.y[b];
  return std::sqrt(dx * dx + dy * dy);
}

struct Estimate {
  double mean, variance;
};

// The system of semivariances with its multiplier, by elimination with pivots.
Estimate eliminate(const Workload& w, const std::vector<Near>& near, std::size_t n, std::vector<double>& a) {
  const std::size_t order = n + 1, stride = n + 2;
  a.assign(order * stride, 1);
  const auto gamma = [&](double h) { return w.variogram.nugget + w.variogram.sill * (1 - w.variogram.rho(h)); };
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      a[i * stride + j] = i == j ? 0 : gamma(distance(w, near[i].sample, near[j].sample));
    a[i * stride + n + 1] = gamma(std::sqrt(near[i].d2));
  }
  a[n * stride + n] = 0;
  for (std::size_t c = 0; c < order; ++c) {
    std::size_t best = c;
    for (std::size_t r = c + 1; r < order; ++r)
      if (std::fabs(a[r * stride + c]) > std::fabs(a[best * stride + c])) best = r;
    if (best != c)
      std::swap_ranges(a.begin() + static_cast<std::ptrdiff_t>(c * stride),
                       a.begin() + static_cast<std::ptrdiff_t>((c + 1) * stride),
                       a.begin() + static_cast<std::ptrdiff_t>(best * stride));
    for (std::size_t r = c + 1; r < order; ++r) {
      const double f = a[r * stride + c] / a[c * stride + c];
      for (std::size_t j = c; j < stride; ++j) a[r * stride + j] -= f * a[c * stride + j];
    }
  }
  std::vector<double> weight(order);
  for (std::size_t c = order; c-- > 0;) {
    double v = a[c * stride + n + 1];
    for (std::size_t j = c + 1; j < order; ++j) v -= a[c * stride + j] * weight[j];
    weight[c] = v / a[c * stride + c];
  }
  Estimate e{0, weight[n]};
  for (std::size_t i = 0; i < n; ++i) {
    e.mean += weight[i] * w.value[near[i].sample];
    e.variance += weight[i] * gamma(std::sqrt(near[i].d2));
  }
  return e;
}

// The covariances' factor, row by row; then two right-hand sides.
Estimate cholesky(const Workload& w, const std::vector<Near>& near, std::size_t n, std::vector<double>& l) {
  l.resize(n * n);
  const double own = w.variogram.nugget + w.variogram.sill;
  std::vector<double> c(n), one(n), z(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double v = i == j ? own : w.variogram.sill * w.variogram.rho(distance(w, near[i].sample, near[j].sample));
      for (std::size_t k = 0; k < j; ++k) v -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i == j ? std::sqrt(v) : v / l[j * n + j];
    }
    c[i] = w.variogram.sill * w.variogram.rho(std::sqrt(near[i].d2));
    one[i] = 1;
    z[i] = w.value[near[i].sample];
    for (auto* v : {&c, &one, &z}) {
      for (std::size_t k = 0; k < i; ++k) (*v)[i] -= l[i * n + k] * (*v)[k];
      (*v)[i] /= l[i * n + i];
    }
  }
  const auto dot = [&](const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  const double ones = dot(one, one), rest = 1 - dot(c, one);
  return {dot(c, z) + rest * dot(one, z) / ones, own - dot(c, c) + rest * rest / ones};
}

// Samples by cells of a grid, about four a cell; a square of cells grows until it holds enough within its inner circle.
class Cells {
 public:
  explicit Cells(const Workload& w) : w_(w) {
    const auto [x0, x1] = std::minmax_element(w.x.begin(), w.x.end());
    const auto [y0, y1] = std::minmax_element(w.y.begin(), w.y.end());
    x0_ = *x0;
    y0_ = *y0;
    cell_ = std::sqrt(4 * (*x1 - *x0) * (*y1 - *y0) / static_cast<double>(w.x.size()));
    columns_ = static_cast<long>((*x1 - *x0) / cell_) + 1;
    rows_ = static_cast<long>((*y1 - *y0) / cell_) + 1;
    first_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    for (std::size_t i = 0; i < w.x.size(); ++i) ++first_[cell(w.x[i], w.y[i]) + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    auto next = first_;
    sample_.resize(w.x.size());
    for (std::size_t i = 0; i < w.x.size(); ++i) sample_[next[cell(w.x[i], w.y[i])]++] = i;
  }
  void nearest(double x, double y, std::size_t n, std::vector<Near>& near) const {
    const long c = column(x), r = row(y);
    for (long ring = 1;; ring += std::max(1L, ring / 4)) {
      near.clear();
      for (long j = std::max(0L, r - ring); j <= std::min(rows_ - 1, r + ring); ++j) {
        const auto from = first_[static_cast<std::size_t>(j * columns_ + std::max(0L, c - ring))],
                   to = first_[static_cast<std::size_t>(j * columns_ + std::min(columns_ - 1, c + ring)) + 1];
        for (auto i = from; i < to; ++i)
          near.push_back(
              {(w_.x[sample_[i]] - x) * (w_.x[sample_[i]] - x) + (w_.y[sample_[i]] - y) * (w_.y[sample_[i]] - y),
               sample_[i]});
      }
      const double inner = static_cast<double>(ring) * cell_;
      const auto within = static_cast<std::size_t>(
          std::count_if(near.begin(), near.end(), [&](const Near& k) { return k.d2 <= inner * inner; }));
      if (within < n && (ring <= columns_ || ring <= rows_)) continue;
      std::nth_element(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(n) - 1, near.end());
      return;
    }
  }

 private:
  long column(double x) const { return std::clamp(static_cast<long>((x - x0_) / cell_), 0L, columns_ - 1); }
  long row(double y) const { return std::clamp(static_cast<long>((y - y0_) / cell_), 0L, rows_ - 1); }
  std::size_t cell(double x, double y) const { return static_cast<std::size_t>(row(y) * columns_ + column(x)); }
  const Workload& w_;
  double x0_, y0_, cell_;
  long columns_, rows_;
  std::vector<std::size_t> first_, sample_;
};

class Peer : public Implementation {
 public:
  Peer(const Workload& w, std::size_t neighbours, std::size_t places, int threads, bool pruned)
      : w_(w), cells_(w), neighbours_(neighbours), threads_(threads), pruned_(pruned), out_(places) {}
  void run(int) override {
#pragma omp parallel num_threads(threads_)
    {
      std::vector<Near> near;
      std::vector<double> scratch;
#pragma omp for schedule(dynamic, 16)
      for (std::size_t i = 0; i < out_.size(); ++i) {
        if (pruned_) {
          cells_.nearest(w_.new_x[i], w_.new_y[i], neighbours_, near);
          out_[i] = cholesky(w_, near, neighbours_, scratch);
          continue;
        }
        near.clear();
        for (std::size_t j = 0; j < w_.x.size(); ++j)
          near.push_back(
              {(w_.x[j] - w_.new_x[i]) * (w_.x[j] - w_.new_x[i]) + (w_.y[j] - w_.new_y[i]) * (w_.y[j] - w_.new_y[i]),
               j});
        std::sort(near.begin(), near.end());
        out_[i] = eliminate(w_, near, neighbours_, scratch);
      }
    }
  }
  Answer answer() override {
    Answer a;
    for (std::size_t i = 0; i < kAnswered; ++i) a.rounded.push_back(out_[i].mean);
    for (std::size_t i = 0; i < kAnswered; ++i) a.rounded.push_back(out_[i].variance);
    return a;
  }

 private:
  const Workload& w_;
  Cells cells_;
  std::size_t neighbours_;
  int threads_;
  bool pruned_;
  std::vector<Estimate> out_;
};

}  // namespace

std::unique_ptr<Implementation> textbook(const Workload& w, std::size_t neighbours, std::size_t places) {
  return std::make_unique<Peer>(w, neighbours, places, 1, false);
}
std::unique_ptr<Implementation> pruned(const Workload& w, std::size_t neighbours, std::size_t places, int threads) {
  return std::make_unique<Peer>(w, neighbours, places, threads, true);
}

}  // namespace dosi::bench::kriging
