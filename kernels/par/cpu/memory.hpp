// Host memory for the CPU backend: aligned blocks, and how much the process may still take.
#pragma once

#include <cstddef>
#include <utility>

namespace dosi::cpu::par::detail {

// Aligned to 64 bytes (a cache line and the widest vector); blocks of several MiB are aligned for, and ask
// for, huge pages. Null for zero bytes. Throws AllocationError. Contents are not initialised.
void* allocate(std::size_t bytes);
void release(void* memory) noexcept;

// The least of what the system reports as available and what the control group leaves.
std::size_t free_memory();

// An owned block that only grows.
class Block {
 public:
  Block() = default;
  Block(Block&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Block() { release(memory_); }

  // At least `bytes`, contents lost.
  std::byte* at_least(std::size_t bytes) {
    if (bytes > bytes_) {
      clear();
      memory_ = allocate(bytes);
      bytes_ = bytes;
    }
    return static_cast<std::byte*>(memory_);
  }
  void clear() noexcept {
    release(std::exchange(memory_, nullptr));
    bytes_ = 0;
  }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace dosi::cpu::par::detail
