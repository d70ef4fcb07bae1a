// The bootstrap with each resample written out: as in textbooks, and with no more sorting than it takes.
#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "bench/appraise/workload.hpp"

namespace dosi::bench::appraise {
namespace {

using dosi::appraise::kMeasures;

struct Sale {
  double assessed, price, ratio;
};

double middle_sorted(std::vector<double>& v) {
  std::sort(v.begin(), v.end());
  return (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
}

double middle_selected(std::vector<double>& v) {
  const auto half = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), half, v.end());
  return v.size() % 2 == 1 ? *half : (*half + *std::max_element(v.begin(), half)) / 2;
}

class Resample {
 public:
  explicit Resample(std::vector<Sale> sales) : sales_(std::move(sales)) {
    std::stable_sort(sales_.begin(), sales_.end(), [](const Sale& a, const Sale& b) {
      return std::tie(a.ratio, a.price) < std::tie(b.ratio, b.price);
    });
  }
  std::array<double, kMeasures> measures(std::uint64_t sample, std::uint32_t replica, bool selected) {
    const std::size_t count = sales_.size();
    Random words(kSeed, sample, replica);
    drawn_.clear();
    ratios_.clear();
    double sum = 0, assessed = 0, price = 0;
    for (std::size_t i = 0; i < count; ++i) {
      drawn_.push_back(sales_[static_cast<std::size_t>((static_cast<std::uint64_t>(words.bits()) * count) >> 32)]);
      ratios_.push_back(drawn_.back().ratio);
      sum += drawn_.back().ratio;
      assessed += drawn_.back().assessed;
      price += drawn_.back().price;
    }
    const double n = static_cast<double>(count), m = selected ? middle_selected(ratios_) : middle_sorted(ratios_),
                 mean = sum / n, weighted = assessed / price;
    double off = 0, sx = 0, sy = 0, xx = 0, xy = 0;
    const double origin = std::log2(drawn_[0].price);
    for (const Sale& s : drawn_) {
      const double x = std::log2(0.5 * (s.assessed / m + s.price)) - origin, y = (s.ratio - m) / m;
      off += std::fabs(s.ratio - m);
      sx += x;
      sy += y;
      xx += x * x;
      xy += x * y;
    }
    const auto [of_assessed, of_price] = ginis(assessed, price);
    return {m,
            mean,
            weighted,
            100 * off / n / m,
            mean / weighted,
            (xy - sx * sy / n) / (xx - sx * sx / n),
            of_assessed / of_price};
  }

 private:
  // Equal prices share the mean of their ranks.
  std::pair<double, double> ginis(double assessed, double price) {
    std::sort(drawn_.begin(), drawn_.end(), [](const Sale& a, const Sale& b) { return a.price < b.price; });
    const double n = static_cast<double>(drawn_.size());
    double a = 0, p = 0;
    for (std::size_t from = 0, to; from < drawn_.size(); from = to) {
      for (to = from; to < drawn_.size() && drawn_[to].price == drawn_[from].price;) ++to;
      const double rank = static_cast<double>(from + to + 1) / 2;
      for (std::size_t i = from; i < to; ++i) {
        a += rank * drawn_[i].assessed;
        p += rank * drawn_[i].price;
      }
    }
    return {2 * a / (n * assessed) - (n + 1) / n, 2 * p / (n * price) - (n + 1) / n};
  }
  std::vector<Sale> sales_, drawn_;
  std::vector<double> ratios_;
};

class Peer : public Implementation {
 public:
  Peer(const Workload& w, std::uint32_t replicas, int threads, bool selected)
      : w_(w), replicas_(replicas), threads_(threads), selected_(selected) {}
  void run(int) override {
    const std::size_t samples = w_.first.size() - 1;
    measures_.assign(samples * replicas_, {});
    for (std::size_t s = 0; s < samples; ++s) {
      std::vector<Sale> sales;
      for (std::size_t i = w_.first[s]; i < w_.first[s + 1]; ++i)
        sales.push_back({w_.assessed[i], w_.price[i], w_.assessed[i] / w_.price[i]});
#pragma omp parallel num_threads(threads_)
      {
        Resample resample(sales);
#pragma omp for schedule(dynamic)
        for (std::uint32_t r = 0; r < replicas_; ++r)
          measures_[s * replicas_ + r] = resample.measures(s, r + 1, selected_);
      }
    }
  }
  Answer answer() override {
    Answer a;
    for (std::size_t m = 0; m < kMeasures; ++m)
      for (std::uint32_t r = 0; r < kAnswered; ++r) a.rounded.push_back(measures_[r][m]);
    return a;
  }

 private:
  const Workload& w_;
  std::uint32_t replicas_;
  int threads_;
  bool selected_;
  std::vector<std::array<double, kMeasures>> measures_;
};

}  // namespace

std::unique_ptr<Implementation> bootstrap_sorted(const Workload& w, std::uint32_t replicas, int threads) {
  return std::make_unique<Peer>(w, replicas, threads, false);
}
std::unique_ptr<Implementation> bootstrap_selected(const Workload& w, std::uint32_t replicas, int threads) {
  return std::make_unique<Peer>(w, replicas, threads, true);
}

}  // namespace dosi::bench::appraise
