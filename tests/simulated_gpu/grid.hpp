// Runs a grid of blocks of threads on a CPU: the machine behind include/cuda_runtime.h.
//
// A block's threads are fibers of one operating-system thread; several blocks run side by side. A fiber runs until it
// ends or waits for its block or its warp. Which fiber is next, and which block, is drawn from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>

namespace dosi::simulated {

inline constexpr unsigned kWarp = 32;
inline constexpr unsigned kMostThreads = 1024;
inline constexpr std::size_t kSharedBytes = 227 * 1024;  // that a block may ask for
inline constexpr int kProcessors = 2;                    // blocks at a time

struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a warp does together; lanes that do different things at the same time are a fault.
enum class Together : unsigned { sync, shuffle, shuffle_xor, ballot };

// Runs `thread` once for each thread of each block, with threadIdx and its like set. `shared_bytes` of dynamic shared
// memory are overwritten with a pattern before each block. Throws the first Fault.
void run_grid(unsigned blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& thread);

// For code that run_grid runs.
void wait_for_block();
// Gives `value` to the other lanes of a full warp; returns those of all lanes, valid until the next call.
const std::uint64_t* exchange(Together what, unsigned mask, std::uint64_t value);

}  // namespace dosi::simulated
