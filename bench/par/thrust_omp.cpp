// Thrust on OpenMP threads, from the headers of the CUDA toolkit.
#include "bench/par/workload.hpp"

#if DOSI_BENCH_THRUST

#include <omp.h>
#include <thrust/copy.h>
#include <thrust/functional.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <thrust/system/omp/execution_policy.h>

namespace dosi::bench::par {

namespace {

struct BelowBound {
  bool operator()(std::uint32_t x) const { return x < kSelectBound; }
};

class ThrustOmp : public Host_primitives {
 public:
  ThrustOmp(const Workload& workload, int threads) : Host_primitives(workload), threads_(threads) {}
  bool has(Job job) const override { return job != Job::kSegmentedReduce && job != Job::kHistogram; }

  void run(Job job) override {
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads_);
    const auto policy = thrust::omp::par;
    const std::uint32_t* const keys = in.keys.data();
    switch (job) {
      case Job::kReduce: sum = thrust::reduce(policy, in.doubles.data(), in.doubles.data() + in.n, 0.0); break;
      case Job::kScan:
        thrust::exclusive_scan(policy, keys, keys + in.n, out32.data(), 0u);
        total = in.n > 0 ? out32.back() + in.keys.back() : 0u;
        break;
      case Job::kSelect:
        count = static_cast<std::size_t>(thrust::copy_if(policy, keys, keys + in.n, out32.data(), BelowBound{}) -
                                         out32.data());
        break;
      case Job::kSort: thrust::sort(policy, out32.data(), out32.data() + in.n); break;
      case Job::kSort64: thrust::sort(policy, out64.data(), out64.data() + in.n); break;
      case Job::kSortByKey: thrust::stable_sort_by_key(policy, out32.data(), out32.data() + in.n, more32.data()); break;
      case Job::kReduceByKey:
        count = static_cast<std::size_t>(
            thrust::reduce_by_key(policy, in.runs.data(), in.runs.data() + in.n, keys, out32.data(), more32.data())
                .first -
            out32.data());
        break;
      case Job::kSegmentedReduce:
      case Job::kHistogram: break;
    }
    omp_set_num_threads(before);
  }

 private:
  int threads_;
};

}  // namespace

std::unique_ptr<Primitives> make_thrust_omp(const Workload& workload, int threads) {
  return std::make_unique<ThrustOmp>(workload, threads);
}

}  // namespace dosi::bench::par

#else

namespace dosi::bench::par {
std::unique_ptr<Primitives> make_thrust_omp(const Workload&, int) { return nullptr; }
}  // namespace dosi::bench::par

#endif
