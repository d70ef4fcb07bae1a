// How many times this program gave a CUDA device work, so that a test can tell that its answer came from there.
#pragma once

#include <atomic>
#include <cstdint>

namespace dosi::cuda::par {

inline std::atomic<std::uint64_t> launches{0};

}  // namespace dosi::cuda::par
