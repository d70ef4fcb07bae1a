// dosi's engine, on either backend.
#include <algorithm>
#include <vector>

#include "bench/timed.hpp"
#include "bench/wind/workload.hpp"

namespace dosi::DOSI_BACKEND::bench_wind {

using namespace ::dosi::bench::wind;
using ::dosi::bench::Answer;

std::unique_ptr<::dosi::wind::Engine> make_engine(const Workload& w, const Way& way, int threads_or_device) {
  using namespace ::dosi::wind;
  Question q{.nx = w.n,
             .ny = w.n,
             .nz = w.n,
             .collision = way.collision,
             .storage = way.storage,
             .viscosity = kViscosity,
             .smagorinsky = way.smagorinsky};
  std::vector<Kind> kinds;
  const Source source{static_cast<std::uint32_t>(w.cells() / 2 + w.n / 2), 1.0f};
  if (way.useful) {
    kinds.assign(w.cells(), Kind::fluid);
    std::fill_n(kinds.begin(), w.n * w.n, Kind::ground);
    std::fill_n(kinds.rbegin(), w.n * w.n, Kind::slip);
    q.kinds = kinds;
    q.ground_roughness = 0.05;
    q.species = Species{.diffusivity = kViscosity, .sources = {&source, 1}};
  }
  return DOSI_BACKEND::wind::make_engine(q, threads_or_device);
}

class Ours : public bench::Timed {
 public:
  Ours(const Workload& w, const Way& way, int threads_or_device)
      : Timed(threads_or_device), w_(w), way_(way), engine_(make_engine(w, way, threads_or_device)) {}
  void prepare(int sample) override {
    if (sample == 0) engine_->start({}, w_.x, w_.y, w_.z);
  }
  void run(int) override {
    engine_->advance(static_cast<std::uint64_t>(w_.steps));
    if (way_.useful && engine_->step() % 20 == 0) engine_->sample();
  }
  // The engine has a stream of its own, and waits for it: the wall clock is right on a device too.
  double seconds(int sample) override { return Implementation::seconds(sample); }
  Answer answer() override {
    std::vector<float> x(w_.cells()), y(w_.cells()), z(w_.cells());
    engine_->fields({{}, x, y, z});
    return {{},
            w_.layers([&](std::size_t n) { return double{x[n]} * x[n] + double{y[n]} * y[n] + double{z[n]} * z[n]; })};
  }

 private:
  const Workload& w_;
  Way way_;
  std::unique_ptr<::dosi::wind::Engine> engine_;
};

}  // namespace dosi::DOSI_BACKEND::bench_wind

namespace dosi::bench::wind {

#if DOSI_ON_CUDA
std::unique_ptr<dosi::wind::Engine> engine_cuda(const Workload& w, const Way& way, int device) {
  return cuda::bench_wind::make_engine(w, way, device);
}
std::unique_ptr<Implementation> ours_cuda(const Workload& w, const Way& way, int device) {
  return std::make_unique<cuda::bench_wind::Ours>(w, way, device);
}
#else
std::unique_ptr<dosi::wind::Engine> engine_cpu(const Workload& w, const Way& way, int threads) {
  return cpu::bench_wind::make_engine(w, way, threads);
}
std::unique_ptr<Implementation> ours_cpu(const Workload& w, const Way& way, int threads) {
  return std::make_unique<cpu::bench_wind::Ours>(w, way, threads);
}
#endif

}  // namespace dosi::bench::wind
