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

// 64 KiB of input: small enough for the second reading to come from cache.
template <class T>
inline constexpr std::size_t kScanTile = std::max<std::size_t>(kFoldChunk, 65536 / sizeof(T));

template <bool kInclusive, class T, class Op>
void scan_tile(const T* in, T* out, std::size_t n, T running, const Op& op) {
  for (std::size_t i = 0; i < n; ++i) {
    const T value = in[i];
    if constexpr (!kInclusive) out[i] = running;
    running = op(running, value);
    if constexpr (kInclusive) out[i] = running;
  }
}

template <class T, class Op>
T fold_tile(const T* in, std::size_t n, const Op& op) {
  const auto load = [in](std::size_t i) { return in[i]; };
  T sum = fold_chunk<T>(load, 0, std::min(n, kFoldChunk), op);
  for (std::size_t first = kFoldChunk; first < n; first += kFoldChunk) {
    sum = op(sum, fold_chunk<T>(load, first, std::min(kFoldChunk, n - first), op));
  }
  return sum;
}

template <bool kInclusive, class T, class Op>
T scan(Context& ctx, const T* in, T* out, std::size_t n, T init, const Op& op) {
  const std::size_t tiles = (n + kScanTile<T> - 1) / kScanTile<T>;
  Chain<T> chain(init);
  run_tiles(ctx, tiles, [&](std::size_t tile, int, const FirstError& error) {
    const std::size_t first = tile * kScanTile<T>;
    const std::size_t count = std::min(kScanTile<T>, n - first);
    const T before = chain.pass(tile, fold_tile(in + first, count, op), op, error);
    if (!error.raised()) scan_tile<kInclusive>(in + first, out + first, count, before, op);
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
