// Plain GWR on one core: as textbooks have it, with only the places in reach, and all bandwidths from running sums.
#include <algorithm>
#include <array>
#include <numeric>

#include "bench/gwr/workload.hpp"
#include "host/gwr/search.hpp"

namespace dosi::bench::gwr {
namespace {

constexpr std::size_t kK = Workload::kColumns;

struct Fit {
  double fitted, leverage;
};

// The weighted normal equations of one place, by Cholesky.
class Normal {
 public:
  void add(double w, const double* x, double y) {
    for (std::size_t a = 0; a < kK; ++a) {
      const double wx = w * x[a];
      for (std::size_t b = 0; b <= a; ++b) a_[a][b] += wx * x[b];
      b_[a] += wx * y;
    }
  }
  void combine(double factor, const Normal& other) {
    for (std::size_t a = 0; a < kK; ++a) {
      for (std::size_t b = 0; b <= a; ++b) a_[a][b] += factor * other.a_[a][b];
      b_[a] += factor * other.b_[a];
    }
  }
  Fit solve(const double* x) {
    for (std::size_t a = 0; a < kK; ++a)
      for (std::size_t b = 0; b <= a; ++b) {
        for (std::size_t c = 0; c < b; ++c) a_[a][b] -= a_[a][c] * a_[b][c];
        a_[a][b] = a == b ? std::sqrt(a_[a][a]) : a_[a][b] / a_[b][b];
      }
    std::array<double, kK> v{}, u{};
    Fit f{0, 0};
    for (std::size_t a = 0; a < kK; ++a) {
      v[a] = x[a];
      u[a] = b_[a];
      for (std::size_t c = 0; c < a; ++c) {
        v[a] -= a_[a][c] * v[c];
        u[a] -= a_[a][c] * u[c];
      }
      v[a] /= a_[a][a];
      u[a] /= a_[a][a];
      f.fitted += u[a] * v[a];
      f.leverage += v[a] * v[a];
    }
    return f;
  }

 private:
  double a_[kK][kK] = {}, b_[kK] = {};
};

double bisquare(double d2, double h2) {
  const double t = 1 - d2 / h2;
  return t > 0 ? t * t : 0;
}

class Textbook {
 public:
  explicit Textbook(const Workload& w) : w_(w), d2_(w.size()), sorted_(w.size()) {}
  Fit at(std::size_t i, double neighbours) {
    for (std::size_t j = 0; j < w_.size(); ++j) {
      const double dx = w_.x[j] - w_.x[i], dy = w_.y[j] - w_.y[i];
      d2_[j] = dx * dx + dy * dy;
    }
    sorted_ = d2_;
    const auto kth = sorted_.begin() + static_cast<std::ptrdiff_t>(neighbours) - 1;
    std::nth_element(sorted_.begin(), kth, sorted_.end());
    const double h = std::sqrt(*kth) * dosi::gwr::kBeyondKth;
    Normal normal;
    for (std::size_t j = 0; j < w_.size(); ++j)
      normal.add(bisquare(d2_[j], h * h), w_.design.data() + j * kK, w_.response[j]);
    return normal.solve(w_.design.data() + i * kK);
  }

 private:
  const Workload& w_;
  std::vector<double> d2_, sorted_;
};

// Places by cells of a grid, about four a cell, copied into its order. A square of cells around the place grows until
// it holds enough places within its inner circle.
class Pruned {
 public:
  explicit Pruned(const Workload& w) : w_(w) {
    const auto [x0, x1] = std::minmax_element(w.x.begin(), w.x.end());
    const auto [y0, y1] = std::minmax_element(w.y.begin(), w.y.end());
    x0_ = *x0;
    y0_ = *y0;
    cell_ = std::sqrt(4 * (*x1 - *x0) * (*y1 - *y0) / static_cast<double>(w.size()));
    columns_ = static_cast<long>((*x1 - *x0) / cell_) + 1;
    rows_ = static_cast<long>((*y1 - *y0) / cell_) + 1;
    std::vector<std::size_t> order(w.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto cell = [&](std::size_t i) { return row(w.y[i]) * columns_ + column(w.x[i]); };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return cell(a) < cell(b); });
    first_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    for (const auto i : order) {
      places_.push_back({w.x[i], w.y[i], w.response[i], {}});
      std::copy_n(w.design.begin() + static_cast<std::ptrdiff_t>(i * kK), kK, places_.back().design.begin());
      ++first_[static_cast<std::size_t>(cell(i)) + 1];
    }
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
  }

  Fit at(std::size_t i, double neighbours) {
    const double x = w_.x[i], y = w_.y[i];
    const long c = column(x), r = row(y);
    for (long ring = 1;; ring = ring + std::max(1L, ring / 4)) {
      const double inner = static_cast<double>(ring) * cell_;
      gather(x, y, c, r, ring);
      const bool all = ring > columns_ && ring > rows_;
      std::size_t within = 0;
      for (const auto& n : near_) within += n.d2 <= inner * inner;
      if (!all && static_cast<double>(within) < neighbours) continue;
      const auto kth = near_.begin() + static_cast<std::ptrdiff_t>(neighbours) - 1;
      std::nth_element(near_.begin(), kth, near_.end(), [](const Near& a, const Near& b) { return a.d2 < b.d2; });
      const double h = std::sqrt(kth->d2) * dosi::gwr::kBeyondKth;
      Normal normal;
      for (auto n = near_.begin(); n <= kth; ++n)
        normal.add(bisquare(n->d2, h * h), n->place->design.data(), n->place->response);
      return normal.solve(w_.design.data() + i * kK);
    }
  }

 private:
  struct Place {
    double x, y, response;
    std::array<double, kK> design;
  };
  struct Near {
    double d2;
    const Place* place;
  };
  long column(double x) const { return std::clamp(static_cast<long>((x - x0_) / cell_), 0L, columns_ - 1); }
  long row(double y) const { return std::clamp(static_cast<long>((y - y0_) / cell_), 0L, rows_ - 1); }
  void gather(double x, double y, long c, long r, long ring) {
    near_.clear();
    for (long row = std::max(0L, r - ring); row <= std::min(rows_ - 1, r + ring); ++row) {
      const auto from = first_[static_cast<std::size_t>(row * columns_ + std::max(0L, c - ring))],
                 to = first_[static_cast<std::size_t>(row * columns_ + std::min(columns_ - 1, c + ring)) + 1];
      for (auto j = from; j < to; ++j) {
        const double dx = places_[j].x - x, dy = places_[j].y - y;
        near_.push_back({dx * dx + dy * dy, &places_[j]});
      }
    }
  }

  const Workload& w_;
  double x0_, y0_, cell_;
  long columns_, rows_;
  std::vector<std::size_t> first_;
  std::vector<Place> places_;
  std::vector<Near> near_;
};

template <class Method>
class Evaluation : public Implementation {
 public:
  Evaluation(const Workload& w, double neighbours, std::size_t places)
      : method_(w), neighbours_(neighbours), fits_(places) {}
  void run(int) override {
    for (std::size_t i = 0; i < fits_.size(); ++i) fits_[i] = method_.at(i, neighbours_);
  }
  Answer answer() override {
    Answer a;
    for (std::size_t i = 0; i < kAnswered; ++i) a.rounded.push_back(fits_[i].fitted);
    for (std::size_t i = 0; i < kAnswered; ++i) a.rounded.push_back(fits_[i].leverage);
    return a;
  }

 private:
  Method method_;
  double neighbours_;
  std::vector<Fit> fits_;
};

double aicc_of(const Workload& w, const std::vector<Fit>& fits) {
  double rss = 0, trace = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    rss += (w.response[i] - fits[i].fitted) * (w.response[i] - fits[i].fitted);
    trace += fits[i].leverage;
  }
  return dosi::gwr::quality(static_cast<double>(w.size()), rss, trace, 0).aicc;
}

class Pruned_curve : public Implementation {
 public:
  explicit Pruned_curve(const Workload& w) : w_(w) {}
  void run(int) override {
    Pruned method(w_);
    const auto values = curve_bandwidths(w_);
    told_ = {};
    std::vector<Fit> fits(w_.size());
    for (const auto b : asked_of(values)) {
      for (std::size_t i = 0; i < w_.size(); ++i) fits[i] = method.at(i, values[b]);
      told_.rounded.push_back(aicc_of(w_, fits));
    }
  }
  Answer answer() override { return told_; }

 private:
  const Workload& w_;
  Answer told_;
};

// At each place all others sorted; (1 - d^2/h^2)^2 = 1 - 2 d^2/h^2 + d^4/h^4, so three running sums give the normal
// equations at each.
class Plain_curve : public Implementation {
 public:
  explicit Plain_curve(const Workload& w) : w_(w) {}
  void run(int) override {
    const auto values = curve_bandwidths(w_);
    const std::size_t n = w_.size();
    std::vector<std::pair<double, std::size_t>> near(n);
    rss_.assign(values.size(), 0);
    trace_.assign(values.size(), 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        near[j] = {(w_.x[j] - w_.x[i]) * (w_.x[j] - w_.x[i]) + (w_.y[j] - w_.y[i]) * (w_.y[j] - w_.y[i]), j};
      std::sort(near.begin(), near.end());
      Normal m0, m2, m4;
      std::size_t next = 0;
      for (std::size_t b = 0; b < values.size(); ++b) {
        const double h2 =
            near[static_cast<std::size_t>(values[b]) - 1].first * dosi::gwr::kBeyondKth * dosi::gwr::kBeyondKth;
        for (; next < n && near[next].first < h2; ++next) {
          const auto [d2, j] = near[next];
          const double *x = w_.design.data() + j * kK, y = w_.response[j];
          m0.add(1, x, y);
          m2.add(d2, x, y);
          m4.add(d2 * d2, x, y);
        }
        Normal normal = m0;
        normal.combine(-2 / h2, m2);
        normal.combine(1 / (h2 * h2), m4);
        const Fit f = normal.solve(w_.design.data() + i * kK);
        rss_[b] += (w_.response[i] - f.fitted) * (w_.response[i] - f.fitted);
        trace_[b] += f.leverage;
      }
    }
  }
  Answer answer() override {
    Answer a;
    for (const auto b : asked_of(curve_bandwidths(w_)))
      a.rounded.push_back(dosi::gwr::quality(static_cast<double>(w_.size()), rss_[b], trace_[b], 0).aicc);
    return a;
  }

 private:
  const Workload& w_;
  std::vector<double> rss_, trace_;
};

class Search : public Implementation {
 public:
  explicit Search(const Workload& w) : w_(w) {}
  void run(int) override {
    Pruned method(w_);
    const double n = static_cast<double>(w_.size());
    best_ = dosi::gwr::golden_section(40 + 2 * kK, n, true, [&](double b) {
      std::vector<Fit> fits;
      for (std::size_t i = 0; i < w_.size(); ++i) fits.push_back(method.at(i, b));
      return aicc_of(w_, fits);
    });
  }
  Answer answer() override { return {{static_cast<std::uint64_t>(best_)}, {}}; }

 private:
  const Workload& w_;
  double best_ = 0;
};

}  // namespace

std::unique_ptr<Implementation> evaluation_textbook(const Workload& w, double neighbours, std::size_t places) {
  return std::make_unique<Evaluation<Textbook>>(w, neighbours, places);
}
std::unique_ptr<Implementation> evaluation_pruned(const Workload& w, double neighbours, std::size_t places) {
  return std::make_unique<Evaluation<Pruned>>(w, neighbours, places);
}
std::unique_ptr<Implementation> curve_pruned(const Workload& w) { return std::make_unique<Pruned_curve>(w); }
std::unique_ptr<Implementation> curve_plain(const Workload& w) { return std::make_unique<Plain_curve>(w); }
std::unique_ptr<Implementation> search_pruned(const Workload& w) { return std::make_unique<Search>(w); }

}  // namespace dosi::bench::gwr
