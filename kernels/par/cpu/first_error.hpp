// Carries the first exception out of a parallel region, which itself must not throw.
#pragma once

#include <atomic>
#include <exception>

namespace dosi::cpu::par::detail {

class FirstError {
 public:
  template <class F>
  void guard(F&& f) noexcept {
    try {
      f();
    } catch (...) {
      if (!claimed_.test_and_set()) error_ = std::current_exception();
      raised_.store(true, std::memory_order_release);
    }
  }
  bool raised() const noexcept { return raised_.load(std::memory_order_relaxed); }
  // After the region: throws what guard() caught, if anything.
  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic_flag claimed_;
  std::atomic<bool> raised_{false};
  std::exception_ptr error_;
};

}  // namespace dosi::cpu::par::detail
