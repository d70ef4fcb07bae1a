// dosi's bootstrap, on either backend.
#include "bench/appraise/workload.hpp"
#include "bench/timed.hpp"

namespace dosi::DOSI_BACKEND::bench_appraise {

using namespace ::dosi::bench::appraise;
using ::dosi::appraise::kMeasures;
using ::dosi::bench::Answer;

class Bootstrap : public bench::Timed {
 public:
  Bootstrap(const Workload& w, std::uint32_t replicas, int threads_or_device)
      : Timed(threads_or_device), w_(w), replicas_(replicas), device_(threads_or_device) {}
  void run(int) override { measures_ = DOSI_BACKEND::appraise::bootstrap(w_.samples(), replicas_, kSeed, device_); }
  Answer answer() override {
    Answer a;
    for (std::size_t m = 0; m < kMeasures; ++m)
      for (std::uint32_t r = 1; r <= kAnswered; ++r) a.rounded.push_back(measures_[m * (replicas_ + 1) + r]);
    return a;
  }

 private:
  const Workload& w_;
  std::uint32_t replicas_;
  int device_;
  std::vector<double> measures_;
};

}  // namespace dosi::DOSI_BACKEND::bench_appraise

namespace dosi::bench::appraise {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> bootstrap_ours_cuda(const Workload& w, std::uint32_t replicas, int device) {
  return std::make_unique<cuda::bench_appraise::Bootstrap>(w, replicas, device);
}
#else
std::unique_ptr<Implementation> bootstrap_ours_cpu(const Workload& w, std::uint32_t replicas, int threads) {
  return std::make_unique<cpu::bench_appraise::Bootstrap>(w, replicas, threads);
}
#endif

}  // namespace dosi::bench::appraise
