// dosi's kriging, on either backend. The tree is made once.
#include "bench/kriging/workload.hpp"
#include "bench/timed.hpp"

namespace dosi::DOSI_BACKEND::bench_kriging {

using namespace ::dosi::bench::kriging;
using ::dosi::bench::Answer;

class Ours : public bench::Timed {
 public:
  Ours(const Workload& w, std::size_t neighbours, std::size_t places, int threads_or_device)
      : Timed(threads_or_device), w_(w), mean_(places), variance_(places),
        engine_(DOSI_BACKEND::kriging::make_engine(w.samples(), w.variogram, neighbours, threads_or_device)) {}
  void run(int) override {
    engine_->predict(std::span(w_.new_x).first(mean_.size()), std::span(w_.new_y).first(mean_.size()),
                     {mean_, variance_, {}});
  }
  Answer answer() override {
    Answer a{{}, {mean_.begin(), mean_.begin() + kAnswered}};
    a.rounded.insert(a.rounded.end(), variance_.begin(), variance_.begin() + kAnswered);
    return a;
  }

 private:
  const Workload& w_;
  std::vector<double> mean_, variance_;
  std::unique_ptr<::dosi::kriging::Engine> engine_;
};

}  // namespace dosi::DOSI_BACKEND::bench_kriging

namespace dosi::bench::kriging {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> ours_cuda(const Workload& w, std::size_t neighbours, std::size_t places, int device) {
  return std::make_unique<cuda::bench_kriging::Ours>(w, neighbours, places, device);
}
#else
std::unique_ptr<Implementation> ours_cpu(const Workload& w, std::size_t neighbours, std::size_t places, int threads) {
  return std::make_unique<cpu::bench_kriging::Ours>(w, neighbours, places, threads);
}
#endif

}  // namespace dosi::bench::kriging
