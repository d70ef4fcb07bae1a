// Stable radix sort on OpenMP threads, least significant digit first, over only those bits in which the keys
// differ. Each thread counts the digits of its part, then moves it; moves go through one cache line a digit, so that
// memory sees whole lines however many digits there are (Satish et al., "Fast sort on CPUs and GPUs", 2010).
#pragma once

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/context.hpp"
#include "kernels/par/cpu/key_bits.hpp"
#include "kernels/par/cpu/stream_line.hpp"
#include "kernels/par/errors.hpp"

namespace dosi::cpu::par {

namespace detail {

inline constexpr int kDigitBits = 8;
inline constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;

struct NoValue {};

// Keys, and the values that go with them unless V is NoValue.
template <class K, class V>
struct Records {
  K* keys;
  V* values;
};

struct Range {
  std::size_t first;
  std::size_t last;
};

// The share of n elements of one thread.
inline Range share(std::size_t n, int thread, int threads) {
  const auto t = static_cast<std::size_t>(thread), all = static_cast<std::size_t>(threads);
  const std::size_t each = n / all, more = n % all;
  const std::size_t first = t * each + std::min(t, more);
  return {first, first + each + (t < more ? 1 : 0)};
}

template <class K>
struct Digit {
  int shift;
  int bits;
  std::size_t operator()(K key) const {
    return static_cast<std::size_t>(KeyBits<K>::ordered(key) >> shift) & ((std::size_t{1} << bits) - 1);
  }
};

// A cache line of keys and as many values for each digit, and where they go next.
template <class K, class V>
struct alignas(64) Lines {
  static constexpr std::size_t kKeys = 64 / sizeof(K);
  static constexpr bool kHasValues = !std::is_same_v<V, NoValue>;
  alignas(64) K keys[kDigits][kKeys];
  alignas(64) V values[kHasValues ? kDigits : 1][kHasValues ? kKeys : 1];
  std::size_t first[kDigits];  // where the digit's elements of this thread begin
  std::size_t next[kDigits];   // where its next element goes
};

// Moves the elements of `range` to their places; first and next of `lines` are set.
template <class K, class V>
void scatter(Records<K, V> from, Records<K, V> to, Range range, Digit<K> digit_of, bool streaming, Lines<K, V>& lines) {
  using L = Lines<K, V>;
  constexpr std::size_t kLast = L::kKeys - 1;
  for (std::size_t i = range.first; i < range.last; ++i) {
    const K key = from.keys[i];
    const std::size_t digit = digit_of(key);
    const std::size_t place = lines.next[digit]++;
    const std::size_t slot = place & kLast;
    lines.keys[digit][slot] = key;
    if constexpr (L::kHasValues) lines.values[digit][slot] = from.values[i];
    if (slot == kLast) {
      const std::size_t line = place - kLast;
      if (line >= lines.first[digit]) {
        write_line<L::kKeys>(to.keys + line, lines.keys[digit], streaming);
        if constexpr (L::kHasValues) write_line<L::kKeys>(to.values + line, lines.values[digit], streaming);
      } else {
        for (std::size_t p = lines.first[digit]; p <= place; ++p) {
          to.keys[p] = lines.keys[digit][p & kLast];
          if constexpr (L::kHasValues) to.values[p] = lines.values[digit][p & kLast];
        }
      }
    }
  }
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    const std::size_t line = lines.next[digit] & ~kLast;
    for (std::size_t p = std::max(line, lines.first[digit]); p < lines.next[digit]; ++p) {
      to.keys[p] = lines.keys[digit][p & kLast];
      if constexpr (L::kHasValues) to.values[p] = lines.values[digit][p & kLast];
    }
  }
  if (streaming) finish_streaming();
}

template <class K, class V>
void radix_sort(Context& ctx, Records<K, V> records, std::size_t n) {
  using Bits = typename KeyBits<K>::Bits;
  using L = Lines<K, V>;
  constexpr std::size_t kSerial = 16384;
  constexpr std::size_t kStreamingBytes = std::size_t{4} << 20;
  static_assert(std::is_trivially_copyable_v<V>);
  if (n < 2) return;
  const int threads = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(ctx.threads()), n / kSerial + 1));

  const Bits reference = KeyBits<K>::ordered(records.keys[0]);
  Bits differing = 0;
#pragma omp parallel for simd num_threads(threads) reduction(| : differing) schedule(static)
  for (std::size_t i = 0; i < n; ++i) differing |= KeyBits<K>::ordered(records.keys[i]) ^ reference;
  if (differing == 0) return;
  const int low = std::countr_zero(differing);
  const int width = std::bit_width(differing) - low;
  const int passes = (width + kDigitBits - 1) / kDigitBits;
  const int bits = (width + passes - 1) / passes;

  const std::size_t key_bytes = (bytes_of(n, sizeof(K), "sort scratch") + 63) / 64 * 64;
  const std::size_t value_bytes = L::kHasValues ? (bytes_of(n, sizeof(V), "sort scratch") + 63) / 64 * 64 : 0;
  const std::size_t lines_bytes = sizeof(L) * static_cast<std::size_t>(threads);
  std::byte* const scratch = ctx.scratch(key_bytes + value_bytes + lines_bytes);
  Records<K, V> from = records;
  Records<K, V> to{reinterpret_cast<K*>(scratch), reinterpret_cast<V*>(scratch + key_bytes)};
  L* const lines = reinterpret_cast<L*>(scratch + key_bytes + value_bytes);
  const bool streaming = key_bytes + value_bytes >= kStreamingBytes;

  for (int pass = 0; pass < passes; ++pass) {
    const Digit<K> digit_of{low + pass * bits, std::min(bits, width - pass * bits)};
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      const int team = omp_get_num_threads();
      const Range range = share(n, thread, team);
      L& own = lines[thread];
      std::fill_n(own.next, kDigits, std::size_t{0});
      for (std::size_t i = range.first; i < range.last; ++i) ++own.next[digit_of(from.keys[i])];
#pragma omp barrier
#pragma omp single
      {
        std::size_t place = 0;
        for (std::size_t digit = 0; digit < kDigits; ++digit) {
          for (int t = 0; t < team; ++t) {
            const std::size_t count = lines[t].next[digit];
            lines[t].first[digit] = lines[t].next[digit] = place;
            place += count;
          }
        }
      }
      scatter(from, to, range, digit_of, streaming, own);
    }
    std::swap(from, to);
  }
  if (from.keys == records.keys) return;
#pragma omp parallel num_threads(threads)
  {
    const Range range = share(n, omp_get_thread_num(), omp_get_num_threads());
    const std::size_t count = range.last - range.first;
    std::memcpy(records.keys + range.first, from.keys + range.first, count * sizeof(K));
    if constexpr (L::kHasValues) {
      std::memcpy(static_cast<void*>(records.values + range.first), from.values + range.first, count * sizeof(V));
    }
  }
}

}  // namespace detail

template <class K, class V>
void sort_by_key(Context& ctx, View<K> keys, View<V> values) {
  require_size("sort_by_key: values", values.size, keys.size);
  detail::radix_sort(ctx, detail::Records<K, V>{keys.data, values.data}, keys.size);
}

template <class K>
void sort(Context& ctx, View<K> keys) {
  detail::radix_sort(ctx, detail::Records<K, detail::NoValue>{keys.data, nullptr}, keys.size);
}

}  // namespace dosi::cpu::par
