// Writes a run of elements past the caches, where the processor can and the run is whole 16-byte words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dosi::cpu::par::detail {

// Copies kCount elements; with `streaming`, for data that will not be read soon, without fetching the target.
template <std::size_t kCount, class T>
inline void write_line(T* to, const T* from, bool streaming) {
  constexpr std::size_t kBytes = kCount * sizeof(T);
#if defined(__SSE2__)
  if constexpr (kBytes % 16 == 0) {
    if (streaming && reinterpret_cast<std::uintptr_t>(to) % 16 == 0) {
      const auto* const source = reinterpret_cast<const __m128i*>(from);
      auto* const target = reinterpret_cast<__m128i*>(to);
      for (std::size_t i = 0; i < kBytes / 16; ++i) _mm_stream_si128(target + i, _mm_load_si128(source + i));
      return;
    }
  }
#endif
  (void)streaming;
  std::memcpy(static_cast<void*>(to), from, kBytes);
}

// Orders streamed writes before what follows.
inline void finish_streaming() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace dosi::cpu::par::detail
