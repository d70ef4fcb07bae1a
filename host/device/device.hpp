// Where a job runs. What was asked for and cannot be had is an error, never a silent fallback.
#pragma once

#include <string>
#include <vector>

namespace dosi {

class Device {
 public:
  // "auto" (the first GPU if there is one, else the CPU), "cpu", "cuda" or "cuda:1". `threads` serves the CPU,
  // 0 for all. Where no GPU is named, the ranks of a node, `seat` from 0, take its GPUs in turn. UsageError says why a
  // device cannot be had.
  static Device choose(const std::string& wanted, int threads, std::size_t seat = 0);

  bool is_cuda() const { return cuda_; }
  int argument() const { return cuda_ ? ordinal_ : threads_; }  // as the backends' makers take it
  std::string name() const;                                     // "cpu", "cuda:0"
  const std::string& description() const { return description_; }

 private:
  bool cuda_ = false;
  int ordinal_ = 0, threads_ = 0;
  std::string description_;
};

// What `dosi devices` prints, a line each.
std::vector<std::string> describe_devices();

}  // namespace dosi

// The function of the backend that a device belongs to: DOSI_BACKEND_OF(device, access::make_engine)(…).
#if DOSI_WITH_CUDA
#define DOSI_BACKEND_OF(device, function) ((device).is_cuda() ? &dosi::cuda::function : &dosi::cpu::function)
#else
#define DOSI_BACKEND_OF(device, function) (&dosi::cpu::function)
#endif
