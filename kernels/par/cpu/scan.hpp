// Scans on OpenMP threads in one pass over memory. A thread folds a tile while it comes into cache, waits for
// the prefix of the tiles before, hands its own on, and scans the tile from cache. Tiles have a fixed size, so
// floating-point results do not depend on the number of threads.
#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/cpu/reduce.hpp"
#include "kernels/par/errors.hpp"

namespace dosi::cpu::par {

namespace detail {

// Hands a running prefix from tile to tile in order.
template <class T>
class Chain {
 public:
  explicit Chain(T init) : prefix_(init) {}

  // The prefix before `tile`, and extends it by `own`. Gives up, with any value, once an error was raised.
  template <class Op>
  T pass(std::size_t tile, T own, const Op& op, const FirstError& error) {
    for (int tries = 0; done_.load(std::memory_order_acquire) != tile; ++tries) {
      if (error.raised()) return own;
      if (tries > 256) sched_yield();
    }
    const T before = prefix_;
    prefix_ = op(before, own);
    done_.store(tile + 1, std::memory_order_release);
    return before;
  }
  T total() const { return prefix_; }

 private:
  alignas(64) std::atomic<std::size_t> done_{0};
  T prefix_;
};

// A tile is four parts that are scanned side by side, so that one addition does not wait for the one before. Small
// enough for the second reading to come from cache.
inline constexpr std::size_t kScanParts = 4;
template <class T>
inline constexpr std::size_t kScanPart = std::min(kFoldChunk, std::max<std::size_t>(256, 16384 / sizeof(T)));
template <class T>
inline constexpr std::size_t kScanTile = kScanParts* kScanPart<T>;

// out[i] for one element of a part with the sum before it; extends the sum.
template <bool kInclusive, class T, class Op>
inline void scan_step(const T* in, T* out, std::size_t i, T& running, const Op& op) {
  const T value = in[i];
  if constexpr (!kInclusive) out[i] = running;
  running = op(running, value);
  if constexpr (kInclusive) out[i] = running;
}

// Scans a full tile; running[p] is what precedes part p.
template <bool kInclusive, class T, class Op>
void scan_full_tile(const T* in, T* out, const T (&running)[kScanParts], const Op& op) {
  constexpr std::size_t kPart = kScanPart<T>;
  T a = running[0], b = running[1], c = running[2], d = running[3];
  for (std::size_t i = 0; i < kPart; ++i) {
    scan_step<kInclusive>(in, out, i, a, op);
    scan_step<kInclusive>(in, out, i + kPart, b, op);
    scan_step<kInclusive>(in, out, i + 2 * kPart, c, op);
    scan_step<kInclusive>(in, out, i + 3 * kPart, d, op);
  }
}

template <bool kInclusive, class T, class Op>
T scan(Context& ctx, const T* in, T* out, std::size_t n, T init, const Op& op) {
  constexpr std::size_t kPart = kScanPart<T>;
  const std::size_t tiles = (n + kScanTile<T> - 1) / kScanTile<T>;
  Chain<T> chain(init);
  run_tiles(ctx, tiles, [&](std::size_t tile, int, const FirstError& error) {
    const T* const tile_in = in + tile * kScanTile<T>;
    T* const tile_out = out + tile * kScanTile<T>;
    const std::size_t count = std::min(kScanTile<T>, n - tile * kScanTile<T>);
    const std::size_t parts = (count + kPart - 1) / kPart;
    const auto load = [tile_in](std::size_t i) { return tile_in[i]; };
    T sums[kScanParts] = {};
    for (std::size_t p = 0; p < parts; ++p) {
      sums[p] = fold_chunk<T>(load, p * kPart, std::min(kPart, count - p * kPart), op);
    }
    T own = sums[0];
    for (std::size_t p = 1; p < parts; ++p) own = op(own, sums[p]);
    T running[kScanParts] = {};
    running[0] = chain.pass(tile, own, op, error);
    if (error.raised()) return;
    for (std::size_t p = 1; p < parts; ++p) running[p] = op(running[p - 1], sums[p - 1]);
    if (count == kScanTile<T>) {
      scan_full_tile<kInclusive>(tile_in, tile_out, running, op);
    } else {
      for (std::size_t p = 0; p < parts; ++p) {
        const std::size_t last = std::min((p + 1) * kPart, count);
        for (std::size_t i = p * kPart; i < last; ++i) scan_step<kInclusive>(tile_in, tile_out, i, running[p], op);
      }
    }
  });
  return chain.total();
}

}  // namespace detail

template <class T, class Op = Plus>
T exclusive_scan(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, std::type_identity_t<T> init,
                 Op op = {}) {
  require_size("exclusive_scan: out", out.size, in.size);
  return detail::scan<false>(ctx, in.data, out.data, in.size, init, op);
}

template <class T, class Op = Plus>
void inclusive_scan(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, Op op = {}) {
  require_size("inclusive_scan: out", out.size, in.size);
  if (in.empty()) return;
  const T first = in[0];
  out[0] = first;
  detail::scan<true>(ctx, in.data + 1, out.data + 1, in.size - 1, first, op);
}

}  // namespace dosi::cpu::par
