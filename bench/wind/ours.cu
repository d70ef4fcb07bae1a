// dosi's engine, on either backend.
#include "bench/timed.hpp"
#include "bench/wind/workload.hpp"

namespace dosi::DOSI_BACKEND::bench_wind {

using namespace ::dosi::bench::wind;
using ::dosi::bench::Answer;

class Ours : public bench::Timed {
 public:
  Ours(const Workload& w, ::dosi::wind::Storage storage, ::dosi::wind::Collision collision, double smagorinsky, int threads_or_device)
      : Timed(threads_or_device), w_(w),
        engine_(DOSI_BACKEND::wind::make_engine({.nx = w.n, .ny = w.n, .nz = w.n, .kinds = {}, .velocities = {}, .collision = collision, .storage = storage,
                                                 .viscosity = kViscosity, .smagorinsky = smagorinsky},
                                                threads_or_device)) {}
  void prepare(int sample) override {
    if (sample == 0) engine_->start({}, w_.x, w_.y, w_.z);
  }
  void run(int) override { engine_->advance(static_cast<std::uint64_t>(w_.steps)); }
  // The engine has a stream of its own, and waits for it: the wall clock is right on a device too.
  double seconds(int sample) override { return Implementation::seconds(sample); }
  Answer answer() override {
    std::vector<float> x(w_.cells()), y(w_.cells()), z(w_.cells());
    engine_->fields({{}, x, y, z});
    return {{}, w_.layers([&](std::size_t n) { return double{x[n]} * x[n] + double{y[n]} * y[n] + double{z[n]} * z[n]; })};
  }

 private:
  const Workload& w_;
  std::unique_ptr<::dosi::wind::Engine> engine_;
};

}  // namespace dosi::DOSI_BACKEND::bench_wind

namespace dosi::bench::wind {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> ours_cuda(const Workload& w, dosi::wind::Storage s, dosi::wind::Collision c, double smagorinsky, int device) {
  return std::make_unique<cuda::bench_wind::Ours>(w, s, c, smagorinsky, device);
}
#else
std::unique_ptr<Implementation> ours_cpu(const Workload& w, dosi::wind::Storage s, dosi::wind::Collision c, double smagorinsky, int threads) {
  return std::make_unique<cpu::bench_wind::Ours>(w, s, c, smagorinsky, threads);
}
#endif

}  // namespace dosi::bench::wind
