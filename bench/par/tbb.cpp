// The standard library's parallel algorithms, which run on oneTBB.
#include "bench/par/workload.hpp"

#if DOSI_BENCH_TBB

#include <tbb/global_control.h>

#include <algorithm>
#include <execution>
#include <numeric>

namespace dosi::bench::par {

namespace {

class StdPar : public Host_primitives {
 public:
  StdPar(const Workload& workload, int threads)
      : Host_primitives(workload),
        threads_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)) {}
  bool has(Job job) const override {
    return job != Job::kReduceByKey && job != Job::kSegmentedReduce && job != Job::kHistogram;
  }

  void run(Job job) override {
    const auto policy = std::execution::par;
    switch (job) {
      case Job::kReduce: sum = std::reduce(policy, in.doubles.begin(), in.doubles.end(), 0.0); break;
      case Job::kScan:
        std::exclusive_scan(policy, in.keys.begin(), in.keys.end(), out32.begin(), 0u);
        total = in.n > 0 ? out32.back() + in.keys.back() : 0u;
        break;
      case Job::kSelect:
        count = static_cast<std::size_t>(std::copy_if(policy, in.keys.begin(), in.keys.end(), out32.begin(),
                                                      [](std::uint32_t x) { return x < kSelectBound; }) -
                                         out32.begin());
        break;
      case Job::kSort: std::sort(policy, out32.begin(), out32.end()); break;
      case Job::kSort64: std::sort(policy, out64.begin(), out64.end()); break;
      case Job::kSortByKey: sort_pairs(); break;
      case Job::kReduceByKey:
      case Job::kSegmentedReduce:
      case Job::kHistogram: break;
    }
  }

 private:
  using Pair = std::pair<std::uint32_t, std::uint32_t>;

  void sort_pairs() {
    const auto policy = std::execution::par;
    pairs_.resize(in.n);
    std::transform(policy, out32.begin(), out32.end(), more32.begin(), pairs_.begin(),
                   [](std::uint32_t key, std::uint32_t value) { return Pair(key, value); });
    std::stable_sort(policy, pairs_.begin(), pairs_.end(),
                     [](const Pair& a, const Pair& b) { return a.first < b.first; });
    std::transform(policy, pairs_.begin(), pairs_.end(), out32.begin(), [](const Pair& pair) { return pair.first; });
    std::transform(policy, pairs_.begin(), pairs_.end(), more32.begin(), [](const Pair& pair) { return pair.second; });
  }

  tbb::global_control threads_;
  std::vector<Pair> pairs_;
};

}  // namespace

std::unique_ptr<Primitives> make_tbb(const Workload& workload, int threads) {
  return std::make_unique<StdPar>(workload, threads);
}

}  // namespace dosi::bench::par

#else

namespace dosi::bench::par {
std::unique_ptr<Primitives> make_tbb(const Workload&, int) { return nullptr; }
}  // namespace dosi::bench::par

#endif
