// Inference of MGWR on one core, plainly: each smooth as the rows of its places in reach, applied to 64 columns of the
// identity at a time, weights kept from chunk to chunk.
#include <algorithm>
#include <cmath>
#include <map>

#include "bench/gwr/workload.hpp"

namespace dosi::bench::gwr {
namespace {

constexpr std::size_t kK = Workload::kColumns, kWide = 64;

struct Sparse {
  std::vector<std::size_t> first{0};
  std::vector<std::uint32_t> place;
  std::vector<double> factor;
};

class Plain : public Implementation {
 public:
  explicit Plain(const Standard_workload& w) : w_(w), n_(w.size()), x_(w.x), y_(w.y) {}

  void run(int) override {
    smooths_.clear();
    answer_ = {std::vector<double>(kK, 0), std::vector<double>(n_ * kK, 0), std::vector<double>(n_, 0)};
    for (std::size_t first = 0; first < n_; first += kWide) chunk(first, std::min(kWide, n_ - first));
  }
  Answer answer() override { return answer_.told(); }

 private:
  using Columns = std::vector<double>;  // [place][kWide]

  void chunk(std::size_t first, std::size_t count) {
    std::vector<Columns> part(kK, Columns(n_ * kWide, 0));
    Columns rest(n_ * kWide, 0), target(n_ * kWide), coefficient(n_ * kWide);
    start(first, count, part, rest);
    for (int round = 0; round < kRounds; ++round)
      for (std::size_t j = 0; j < kK; ++j) {
        for (std::size_t i = 0; i < target.size(); ++i) target[i] = part[j][i] + rest[i];
        apply(smooth(j), target, coefficient);
        for (std::size_t i = 0; i < n_; ++i)
          for (std::size_t c = 0; c < kWide; ++c) {
            const std::size_t at = i * kWide + c;
            part[j][at] = w_.design[i * kK + j] * coefficient[at];
            rest[at] = target[at] - part[j][at];
            if (round + 1 == kRounds) answer_.variance[i * kK + j] += coefficient[at] * coefficient[at];
          }
      }
    for (std::size_t j = 0; j < kK; ++j)
      for (std::size_t c = 0; c < count; ++c) {
        const double own = part[j][(first + c) * kWide + c];
        answer_.parameters[j] += own;
        answer_.leverage[first + c] += own;
      }
  }

  static void apply(const Sparse& s, const Columns& target, Columns& out) {
    for (std::size_t i = 0; i + 1 < s.first.size(); ++i) {
      double sum[kWide] = {};
      for (std::size_t e = s.first[i]; e < s.first[i + 1]; ++e) {
        const double* from = target.data() + s.place[e] * kWide;
        const double f = s.factor[e];
        for (std::size_t c = 0; c < kWide; ++c) sum[c] += f * from[c];
      }
      std::copy_n(sum, kWide, out.begin() + static_cast<std::ptrdiff_t>(i * kWide));
    }
  }

  double d2(std::size_t i, std::size_t j) const {
    return (x_[i] - x_[j]) * (x_[i] - x_[j]) + (y_[i] - y_[j]) * (y_[i] - y_[j]);
  }

  double reach2(std::size_t i, double neighbours) {
    near_.resize(n_);
    for (std::size_t j = 0; j < n_; ++j) near_[j] = d2(i, j);
    const auto kth = near_.begin() + static_cast<std::ptrdiff_t>(neighbours) - 1;
    std::nth_element(near_.begin(), kth, near_.end());
    return *kth * dosi::gwr::kBeyondKth * dosi::gwr::kBeyondKth;
  }

  double weight(std::size_t i, std::size_t j, double h2) const {
    const double t = 1 - d2(i, j) / h2;
    return t > 0 ? t * t : 0;
  }

  const Sparse& smooth(std::size_t column) {
    const auto [found, made] = smooths_.try_emplace(column);
    if (!made) return found->second;
    Sparse& s = found->second;
    for (std::size_t i = 0; i < n_; ++i) {
      const double h2 = reach2(i, w_.round[column]);
      double xx = 0;
      const std::size_t begin = s.place.size();
      for (std::size_t j = 0; j < n_; ++j) {
        const double f = weight(i, j, h2), x = w_.design[j * kK + column];
        if (f == 0) continue;
        s.place.push_back(static_cast<std::uint32_t>(j));
        s.factor.push_back(f * x);
        xx += f * x * x;
      }
      for (std::size_t e = begin; e < s.factor.size(); ++e) s.factor[e] /= xx;
      s.first.push_back(s.place.size());
    }
    return s;
  }

  // R_j = x_j (A^-1 X'W)_j of the GWR with one bandwidth, by the inverse of A.
  void start(std::size_t first, std::size_t count, std::vector<Columns>& part, Columns& rest) {
    if (inverse_.empty()) {
      inverse_.resize(n_ * kK * kK);
      reach2_.resize(n_);
      for (std::size_t i = 0; i < n_; ++i) invert(i);
    }
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t c = 0; c < count; ++c) {
        const std::size_t m = first + c;
        const double w = weight(i, m, reach2_[i]);
        rest[i * kWide + c] = i == m;
        for (std::size_t j = 0; j < kK && w > 0; ++j) {
          double b = 0;
          for (std::size_t d = 0; d < kK; ++d) b += inverse_[(i * kK + j) * kK + d] * w_.design[m * kK + d];
          part[j][i * kWide + c] = w * b * w_.design[i * kK + j];
          rest[i * kWide + c] -= part[j][i * kWide + c];
        }
      }
  }

  void invert(std::size_t i) {
    reach2_[i] = reach2(i, w_.start);
    double a[kK][2 * kK] = {};
    for (std::size_t j = 0; j < n_; ++j) {
      const double w = weight(i, j, reach2_[i]);
      for (std::size_t c = 0; c < kK && w > 0; ++c)
        for (std::size_t d = 0; d < kK; ++d) a[c][d] += w * w_.design[j * kK + c] * w_.design[j * kK + d];
    }
    for (std::size_t c = 0; c < kK; ++c) a[c][kK + c] = 1;
    for (std::size_t c = 0; c < kK; ++c) {  // positive definite: no pivots are looked for
      const double pivot = a[c][c];
      for (double& v : a[c]) v /= pivot;
      for (std::size_t r = 0; r < kK; ++r) {
        const double f = a[r][c];
        for (std::size_t d = 0; d < 2 * kK && r != c; ++d) a[r][d] -= f * a[c][d];
      }
    }
    for (std::size_t c = 0; c < kK; ++c)
      std::copy_n(a[c] + kK, kK, inverse_.begin() + static_cast<std::ptrdiff_t>((i * kK + c) * kK));
  }

  const Standard_workload& w_;
  std::size_t n_;
  const std::vector<double>&x_, &y_;
  std::map<std::size_t, Sparse> smooths_;
  std::vector<double> near_, inverse_, reach2_;
  Inferred answer_;
};

}  // namespace

std::unique_ptr<Implementation> inference_plain(const Standard_workload& w) { return std::make_unique<Plain>(w); }

}  // namespace dosi::bench::gwr
