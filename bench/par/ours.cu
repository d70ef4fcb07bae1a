// The primitives of kernels/par, on either backend.
#include <memory>
#include <span>
#include <utility>

#include "bench/par/workload.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::bench_par {

using ::dosi::bench::Answer;
using ::dosi::bench::par::fingerprint;
using ::dosi::bench::par::Primitives;
using ::dosi::bench::par::Job;
using ::dosi::bench::par::kBins;
using ::dosi::bench::par::kSelectBound;
using ::dosi::bench::par::Workload;

struct BelowBound {
  DOSI_HD bool operator()(std::uint32_t x) const { return x < kSelectBound; }
};

struct Bin {
  View<const std::uint32_t> keys;
  DOSI_HD std::uint32_t operator()(std::size_t i) const { return keys[i] % kBins; }
};

class Ours : public Primitives {
 public:
  Ours(const Workload& workload, int threads_or_device)
      : ctx_(threads_or_device), in_(workload), keys_(ctx_, std::span(workload.keys)),
        keys64_(ctx_, std::span(workload.keys64)), values_(ctx_, std::span(workload.values)),
        runs_(ctx_, std::span(workload.runs)), doubles_(ctx_, std::span(workload.doubles)),
        offsets_(ctx_, std::span(workload.offsets)), out32_(ctx_, workload.n), more32_(ctx_, workload.n),
        out64_(ctx_, workload.n), sums_(ctx_, workload.segments()), bins_(ctx_, kBins) {}

  bool has(Job) const override { return true; }

  void prepare(Job job) override {
    if (job == Job::kSort || job == Job::kSortByKey) out32_.upload(in_.keys);
    if (job == Job::kSort64) out64_.upload(in_.keys64);
    if (job == Job::kSortByKey) more32_.upload(in_.values);
  }

  void run(Job job) override {
    using par::Load;
    switch (job) {
      case Job::kReduce: sum_ = par::reduce(ctx_, in_.n, Load<double>{doubles_.view()}, 0.0); break;
      case Job::kScan: total_ = par::exclusive_scan(ctx_, keys_.view(), out32_.view(), 0); break;
      case Job::kSelect: count_ = par::select(ctx_, keys_.view(), out32_.view(), BelowBound{}); break;
      case Job::kSort: par::sort(ctx_, out32_.view()); break;
      case Job::kSort64: par::sort(ctx_, out64_.view()); break;
      case Job::kSortByKey: par::sort_by_key(ctx_, out32_.view(), more32_.view()); break;
      case Job::kReduceByKey:
        count_ = par::reduce_by_key(ctx_, runs_.view(), keys_.view(), out32_.view(), more32_.view());
        break;
      case Job::kSegmentedReduce:
        par::segmented_reduce(ctx_, offsets_.view(), Load<double>{doubles_.view()}, sums_.view(), 0.0);
        break;
      case Job::kHistogram: par::histogram(ctx_, in_.n, Bin{keys_.view()}, bins_.view()); break;
    }
    ctx_.synchronize();
  }

  double seconds(Job job) override {
    const par::Stopwatch watch(ctx_);
    run(job);
    return watch.seconds();
  }

  Answer answer(Job job) override {
    switch (job) {
      case Job::kReduce: return {{}, {sum_}};
      case Job::kScan: return {{print(out32_, in_.n), total_}, {}};
      case Job::kSelect: return {{print(out32_, count_)}, {}};
      case Job::kSort: return {{print(out32_, in_.n)}, {}};
      case Job::kSort64: return {{print(out64_, in_.n)}, {}};
      case Job::kSortByKey: return {{print(out32_, in_.n), print(more32_, in_.n)}, {}};
      case Job::kReduceByKey: return {{print(out32_, count_), print(more32_, count_)}, {}};
      case Job::kSegmentedReduce: return {{}, sums_.to_host()};
      case Job::kHistogram: return {{print(bins_, kBins)}, {}};
    }
    return {};
  }

 private:
  template <class T>
  static std::uint64_t print(const par::Buffer<T>& buffer, std::size_t n) {
    return fingerprint(buffer.to_host().data(), n);
  }

  par::Context ctx_;
  const Workload& in_;
  par::Buffer<std::uint32_t> keys_;
  par::Buffer<std::uint64_t> keys64_;
  par::Buffer<std::uint32_t> values_;
  par::Buffer<std::uint32_t> runs_;
  par::Buffer<double> doubles_;
  par::Buffer<std::uint64_t> offsets_;
  par::Buffer<std::uint32_t> out32_, more32_;
  par::Buffer<std::uint64_t> out64_;
  par::Buffer<double> sums_;
  par::Buffer<std::uint64_t> bins_;
  double sum_ = 0;
  std::uint64_t total_ = 0;
  std::size_t count_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::bench_par

namespace dosi::bench::par {

#if DOSI_ON_CUDA
std::unique_ptr<Primitives> make_ours_cuda(const Workload& workload, int device) {
  return std::make_unique<cuda::bench_par::Ours>(workload, device);
}
#else
std::unique_ptr<Primitives> make_ours_cpu(const Workload& workload, int threads) {
  return std::make_unique<cpu::bench_par::Ours>(workload, threads);
}
#endif

}  // namespace dosi::bench::par
