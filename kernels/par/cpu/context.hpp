// Where the CPU backend works: a number of OpenMP threads and the scratch memory of its primitives.
#pragma once

#include <omp.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/par/cpu/memory.hpp"

namespace dosi::cpu::par {

// Used by one host thread at a time. Scratch memory is kept between calls until release_scratch().
class Context {
 public:
  // 0 threads: all that OpenMP would use. Throws std::invalid_argument for fewer.
  explicit Context(int threads = 0) : threads_(threads == 0 ? omp_get_max_threads() : threads) {
    if (threads < 0) throw std::invalid_argument("threads is " + std::to_string(threads) + ", must be 0 or more");
    team_scratch_.resize(static_cast<std::size_t>(threads_));
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int threads() const { return threads_; }
  // CPU primitives return when they are done; nothing is ever under way.
  void synchronize() {}
  // How many teams of for_each_team run at the same time: one a thread, whatever they need.
  int teams_at_once(int /*threads_per_team*/, std::size_t /*scratch_bytes*/) const { return threads_; }
  // Bytes that can still be allocated.
  std::size_t free_memory() const { return detail::free_memory(); }

  // For the primitives. The scratch of one thread's teams, and the scratch of a primitive: each at most one
  // user at a time.
  std::byte* team_scratch(int thread, std::size_t bytes) {
    return team_scratch_[static_cast<std::size_t>(thread)].at_least(bytes);
  }
  std::byte* scratch(std::size_t bytes) { return scratch_.at_least(bytes); }
  void release_scratch() {
    scratch_.clear();
    for (detail::Block& block : team_scratch_) block.clear();
  }

 private:
  int threads_;
  detail::Block scratch_;
  std::vector<detail::Block> team_scratch_;
};

}  // namespace dosi::cpu::par
