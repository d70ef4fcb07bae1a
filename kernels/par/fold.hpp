// The one order in which both backends fold a range, so that sums of floating-point numbers are bit-identical
// between devices and thread counts: chunks of kFoldChunk elements; within a chunk, kFoldLanes lanes that each
// take every kFoldLanes-th element, joined by halving; the chunks' results are folded again in the same way.
// Lanes are SIMD lanes on a CPU and the threads of a warp on a GPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/backend.hpp"

namespace dosi {

inline constexpr std::size_t kFoldChunk = 4096;
inline constexpr std::size_t kFoldLanes = 32;

// Elements first .. last-1.
struct SegmentRange {
  std::uint64_t first;
  std::uint64_t last;
};

constexpr DOSI_HD std::size_t fold_chunks(std::size_t n) { return (n + kFoldChunk - 1) / kFoldChunk; }

}  // namespace dosi
