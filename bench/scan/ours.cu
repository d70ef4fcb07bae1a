// dosi's engine, on either backend.
#include "bench/scan/marked_workload.hpp"
#include "bench/scan/workload.hpp"
#include "bench/timed.hpp"

namespace dosi::DOSI_BACKEND::bench_scan {

using ::dosi::bench::Answer;
using ::dosi::bench::scan::kSeed;

class Ours : public bench::Timed {
 public:
  template <class Workload>
  Ours(const Workload& w, int threads_or_device)
      : Timed(threads_or_device), replicas_(w.replicas),
        engine_(DOSI_BACKEND::scan::make_engine(w.windows(), threads_or_device)),
        prepared_(engine_->prepare(w.study())) {}
  void run(int) override { maxima_ = engine_->maxima(*prepared_, kSeed, 0, 0, replicas_); }
  Answer answer() override { return {{}, maxima_}; }

 private:
  std::uint32_t replicas_;
  std::unique_ptr<::dosi::scan::Engine> engine_;
  std::unique_ptr<::dosi::scan::Prepared> prepared_;
  std::vector<double> maxima_;
};

}  // namespace dosi::DOSI_BACKEND::bench_scan

namespace dosi::bench::scan {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> ours_cuda(const Workload& w, int device) {
  return std::make_unique<cuda::bench_scan::Ours>(w, device);
}
std::unique_ptr<Implementation> ours_cuda(const Marked_workload& w, int device) {
  return std::make_unique<cuda::bench_scan::Ours>(w, device);
}
#else
std::unique_ptr<Implementation> ours_cpu(const Workload& w, int threads) {
  return std::make_unique<cpu::bench_scan::Ours>(w, threads);
}
std::unique_ptr<Implementation> ours_cpu(const Marked_workload& w, int threads) {
  return std::make_unique<cpu::bench_scan::Ours>(w, threads);
}
#endif

}  // namespace dosi::bench::scan
