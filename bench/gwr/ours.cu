// dosi's engine, on either backend.
#include "bench/gwr/workload.hpp"
#include "bench/timed.hpp"
#include "host/gwr/search.hpp"
#include "kernels/gwr/curve.hpp"
#include "kernels/gwr/multiscale.hpp"

namespace dosi::DOSI_BACKEND::bench_gwr {

using ::dosi::bench::Answer;
using ::dosi::bench::gwr::kAnswered;
using ::dosi::bench::gwr::Workload;
using ::dosi::gwr::Bandwidth;
using ::dosi::gwr::Engine;

class Evaluation : public bench::Timed {
 public:
  Evaluation(const Workload& w, int threads_or_device, double neighbours)
      : Timed(threads_or_device), bandwidth_{.value = neighbours},
        engine_(DOSI_BACKEND::gwr::make_engine(w.model(), threads_or_device)) {}
  void run(int) override { engine_->evaluate(bandwidth_); }
  Answer answer() override {
    engine_->prepare(bandwidth_);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < kAnswered; ++i) rows.push_back(i);
    std::vector<double> fitted(kAnswered), leverage(kAnswered);
    engine_->fit(rows, {.fitted = fitted, .leverage = leverage});
    Answer answer{{}, fitted};
    answer.rounded.insert(answer.rounded.end(), leverage.begin(), leverage.end());
    return answer;
  }

 private:
  Bandwidth bandwidth_;
  std::unique_ptr<Engine> engine_;
};

// The tree and all else is made anew in each run.
class Search : public bench::Timed {
 public:
  Search(const Workload& w, int threads_or_device) : Timed(threads_or_device), w_(w), device_(threads_or_device) {}
  void run(int) override {
    const auto engine = DOSI_BACKEND::gwr::make_engine(w_.model(), device_);
    const double n = static_cast<double>(w_.size());
    best_ = ::dosi::gwr::golden_section(40 + 2 * Workload::kColumns, n, true, [&](double b) {
      const auto s = engine->evaluate({.value = b});
      return ::dosi::gwr::quality(n, s.rss, s.trace, s.press).aicc;
    });
  }
  Answer answer() override { return {{static_cast<std::uint64_t>(best_)}, {}}; }

 private:
  const Workload& w_;
  int device_;
  double best_ = 0;
};

// The tree and all else is made anew in each run.
class Curve : public bench::Timed {
 public:
  Curve(const Workload& w, int threads_or_device)
      : Timed(threads_or_device), w_(w), device_(threads_or_device), values_(::dosi::bench::gwr::curve_bandwidths(w)) {}
  void run(int) override {
    const auto engine = DOSI_BACKEND::gwr::make_curve_engine(w_.model(), {.value = values_}, device_);
    const std::size_t width = ::dosi::gwr::kCurveFigures * values_.size(), all = ::dosi::gwr::kCurveParts,
                      at_once = engine->parts_at_once();
    std::vector<double> parts(at_once * width);
    total_.assign(width, 0);
    for (std::size_t first = 0; first < all; first += at_once) {
      const std::size_t count = std::min(at_once, all - first);
      engine->sums(first, count, parts);
      for (std::size_t i = 0; i < count * width; ++i) total_[i % width] += parts[i];
    }
  }
  Answer answer() override {
    Answer a;
    const double n = static_cast<double>(w_.size());
    for (const auto b : ::dosi::bench::gwr::asked_of(values_))
      a.rounded.push_back(::dosi::gwr::quality(n, total_[b], total_[values_.size() + b], 0).aicc);
    return a;
  }

 private:
  const Workload& w_;
  int device_;
  std::vector<double> values_, total_;
};

class Evaluated_curve : public bench::Timed {
 public:
  Evaluated_curve(const Workload& w, int threads_or_device)
      : Timed(threads_or_device), w_(w), device_(threads_or_device), values_(::dosi::bench::gwr::curve_bandwidths(w)) {}
  void run(int) override {
    const auto engine = DOSI_BACKEND::gwr::make_engine(w_.model(), device_);
    const double n = static_cast<double>(w_.size());
    told_ = {};
    for (const auto b : ::dosi::bench::gwr::asked_of(values_)) {
      const auto s = engine->evaluate({.value = values_[b]});
      told_.rounded.push_back(::dosi::gwr::quality(n, s.rss, s.trace, 0).aicc);
    }
  }
  Answer answer() override { return told_; }

 private:
  const Workload& w_;
  int device_;
  std::vector<double> values_;
  Answer told_;
};

// The tree, the bandwidths and the smooths are made anew in each run.
class Inference : public bench::Timed {
 public:
  Inference(const ::dosi::bench::gwr::Standard_workload& w, int threads_or_device)
      : Timed(threads_or_device), w_(w), device_(threads_or_device) {}
  void run(int) override {
    const std::size_t n = w_.size(), k = Workload::kColumns;
    const auto engine = DOSI_BACKEND::gwr::make_multiscale_engine(w_.model(), device_);
    const std::vector<::dosi::gwr::Round> rounds(::dosi::bench::gwr::kRounds, w_.round);
    found_ = {std::vector<double>(k, 0), std::vector<double>(n * k, 0), std::vector<double>(n, 0)};
    const std::size_t at_once = engine->columns_at_once();
    for (std::size_t first = 0; first < n; first += at_once)
      engine->infer(w_.start, rounds, first, std::min(at_once, n - first),
                    {.parameters = found_.parameters, .variance = found_.variance, .leverage = found_.leverage});
  }
  Answer answer() override { return found_.told(); }

 private:
  const ::dosi::bench::gwr::Standard_workload& w_;
  int device_;
  ::dosi::bench::gwr::Inferred found_;
};

}  // namespace dosi::DOSI_BACKEND::bench_gwr

namespace dosi::bench::gwr {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> evaluation_ours_cuda(const Workload& w, int device, double neighbours) {
  return std::make_unique<cuda::bench_gwr::Evaluation>(w, device, neighbours);
}
std::unique_ptr<Implementation> search_ours_cuda(const Workload& w, int device) {
  return std::make_unique<cuda::bench_gwr::Search>(w, device);
}
std::unique_ptr<Implementation> curve_ours_cuda(const Workload& w, int device) {
  return std::make_unique<cuda::bench_gwr::Curve>(w, device);
}
std::unique_ptr<Implementation> inference_ours_cuda(const Standard_workload& w, int device) {
  return std::make_unique<cuda::bench_gwr::Inference>(w, device);
}
#else
std::unique_ptr<Implementation> evaluation_ours_cpu(const Workload& w, int threads, double neighbours) {
  return std::make_unique<cpu::bench_gwr::Evaluation>(w, threads, neighbours);
}
std::unique_ptr<Implementation> search_ours_cpu(const Workload& w, int threads) {
  return std::make_unique<cpu::bench_gwr::Search>(w, threads);
}
std::unique_ptr<Implementation> curve_ours_cpu(const Workload& w, int threads) {
  return std::make_unique<cpu::bench_gwr::Curve>(w, threads);
}
std::unique_ptr<Implementation> curve_evaluated(const Workload& w, int threads) {
  return std::make_unique<cpu::bench_gwr::Evaluated_curve>(w, threads);
}
std::unique_ptr<Implementation> inference_ours_cpu(const Standard_workload& w, int threads) {
  return std::make_unique<cpu::bench_gwr::Inference>(w, threads);
}
#endif

}  // namespace dosi::bench::gwr
