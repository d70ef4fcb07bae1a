// What works on a device and is timed there: by events on CUDA, by the wall clock on a CPU.
#pragma once

#include <utility>

#include "bench/bench.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::bench {

class Timed : public dosi::bench::Implementation {
 public:
  explicit Timed(int threads_or_device) : ctx_(threads_or_device) {}
  double seconds(int sample) override {
    const par::Stopwatch watch(ctx_);
    run(sample);
    return watch.seconds();
  }

 protected:
  par::Context ctx_;
};

}  // namespace dosi::DOSI_BACKEND::bench
