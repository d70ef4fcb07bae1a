// The roofline: a copy of doubles, larger than any cache, on either backend.
#include "bench/timed.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::bench {

struct Copy_doubles {
  View<const double> from;
  View<double> to;
  DOSI_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};

class Copy : public Timed {
 public:
  explicit Copy(int threads_or_device) : Timed(threads_or_device), from_(ctx_, kCount), to_(ctx_, kCount) {
    from_.fill(1.0);
  }
  void run(int) override {
    par::for_each(ctx_, kCount, Copy_doubles{std::as_const(from_).view(), to_.view()});
    ctx_.synchronize();
  }
  dosi::bench::Answer answer() override { return {{}, {to_.to_host().back()}}; }

 private:
  static constexpr std::size_t kCount = dosi::bench::kCopiedBytes / sizeof(double);
  par::Buffer<double> from_, to_;
};

}  // namespace dosi::DOSI_BACKEND::bench

namespace dosi::bench {
#if DOSI_ON_CUDA
std::unique_ptr<Implementation> make_copy_cuda(int device) { return std::make_unique<cuda::bench::Copy>(device); }
#else
std::unique_ptr<Implementation> make_copy_cpu(int threads) { return std::make_unique<cpu::bench::Copy>(threads); }
#endif
}  // namespace dosi::bench
