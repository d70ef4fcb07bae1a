// The standard library on one thread.
#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/par/workload.hpp"

namespace dosi::bench::par {

namespace {

class Serial : public Host_primitives {
 public:
  using Host_primitives::Host_primitives;
  void run(Job job) override {
    switch (job) {
      case Job::kReduce: sum = std::reduce(in.doubles.begin(), in.doubles.end(), 0.0); break;
      case Job::kScan:
        std::exclusive_scan(in.keys.begin(), in.keys.end(), out32.begin(), 0u);
        total = in.n > 0 ? out32.back() + in.keys.back() : 0u;
        break;
      case Job::kSelect:
        count = static_cast<std::size_t>(std::copy_if(in.keys.begin(), in.keys.end(), out32.begin(),
                                                      [](std::uint32_t x) { return x < kSelectBound; }) -
                                         out32.begin());
        break;
      case Job::kSort: std::sort(out32.begin(), out32.end()); break;
      case Job::kSort64: std::sort(out64.begin(), out64.end()); break;
      case Job::kSortByKey: sort_pairs(); break;
      case Job::kReduceByKey: reduce_runs(); break;
      case Job::kSegmentedReduce:
        for (std::size_t s = 0; s < in.segments(); ++s) {
          sums[s] = std::reduce(in.doubles.begin() + static_cast<std::ptrdiff_t>(in.offsets[s]),
                                in.doubles.begin() + static_cast<std::ptrdiff_t>(in.offsets[s + 1]), 0.0);
        }
        break;
      case Job::kHistogram:
        std::fill(bins.begin(), bins.end(), 0);
        for (std::uint32_t key : in.keys) ++bins[key % kBins];
        break;
    }
  }

 private:
  // The standard library sorts no two arrays together: pairs in between, as one has to.
  void sort_pairs() {
    pairs_.resize(in.n);
    for (std::size_t i = 0; i < in.n; ++i) pairs_[i] = {out32[i], more32[i]};
    std::stable_sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < in.n; ++i) std::tie(out32[i], more32[i]) = pairs_[i];
  }

  void reduce_runs() {
    count = 0;
    for (std::size_t i = 0; i < in.n;) {
      const std::uint32_t key = in.runs[i];
      std::uint32_t run_sum = 0;
      for (; i < in.n && in.runs[i] == key; ++i) run_sum += in.keys[i];
      out32[count] = key;
      more32[count++] = run_sum;
    }
  }

  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  std::vector<Pair> pairs_;
};

}  // namespace

std::unique_ptr<Primitives> make_serial(const Workload& workload) { return std::make_unique<Serial>(workload); }

}  // namespace dosi::bench::par
