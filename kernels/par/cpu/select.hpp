// Stable selection on OpenMP threads in one pass. A thread compacts a tile into its own cache-sized buffer without
// branches, learns from the tiles before where it goes, and copies it there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/cpu/scan.hpp"
#include "kernels/par/errors.hpp"

namespace dosi::cpu::par {

namespace detail {

// keep(i, kept) stores candidate i at kept[0] and says whether it stays. The order of tiles is kept.
template <class T, class Keep>
std::size_t compact(Context& ctx, std::size_t n, T* out, const Keep& keep) {
  static_assert(std::is_trivially_copyable_v<T>);
  constexpr std::size_t kTile = std::max<std::size_t>(256, 32768 / sizeof(T));
  const std::size_t tiles = (n + kTile - 1) / kTile;
  const std::size_t stride = (kTile * sizeof(T) + 63) / 64 * 64;
  std::byte* const scratch = ctx.scratch(tiles == 0 ? 0 : stride * static_cast<std::size_t>(ctx.threads()));
  Chain<std::size_t> chain(0);
  run_tiles(ctx, tiles, [&](std::size_t tile, int thread, const FirstError& error) {
    T* const kept = reinterpret_cast<T*>(scratch + stride * static_cast<std::size_t>(thread));
    const std::size_t last = std::min(n, (tile + 1) * kTile);
    const Keep local_keep = keep;  // so that what is written to `kept` cannot be thought to change it
    std::size_t count = 0;
    for (std::size_t i = tile * kTile; i < last; ++i) count += local_keep(i, kept + count) ? 1 : 0;
    const std::size_t before = chain.pass(tile, count, Plus{}, error);
    if (count > 0 && !error.raised()) std::memcpy(static_cast<void*>(out + before), kept, count * sizeof(T));
  });
  return chain.total();
}

template <class Index, class Pred>
std::size_t select_index_as(Context& ctx, std::size_t n, const Pred& pred, Index* out) {
  return compact(ctx, n, out, [pred](std::size_t i, Index* kept) {
    *kept = static_cast<Index>(i);
    return static_cast<bool>(pred(i));
  });
}

}  // namespace detail

template <class T, class Pred>
std::size_t select(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, Pred pred) {
  require_size("select: out", out.size, in.size);
  return detail::compact(ctx, in.size, out.data, [data = in.data, pred](std::size_t i, T* kept) {
    const T value = data[i];
    *kept = value;
    return static_cast<bool>(pred(value));
  });
}

template <class Pred>
std::size_t select_index(Context& ctx, std::size_t n, Pred pred, View<std::uint32_t> out) {
  require_index_fits("select_index", n);
  require_size("select_index: out", out.size, n);
  return detail::select_index_as(ctx, n, pred, out.data);
}

}  // namespace dosi::cpu::par
