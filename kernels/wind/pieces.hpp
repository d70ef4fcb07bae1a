// The state of a run in pieces, so that a checkpoint needs no second one in memory: on a CPU they lie where the engine
// has them; from a device they come through a staging buffer.
#pragma once

#ifndef DOSI_BACKEND
#error "pieces.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

inline constexpr std::size_t kPieceBytes = std::size_t{16} << 20;

template <class T>
struct Copy_piece {
  View<const T> from;
  View<T> to;
  DOSI_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};

#if DOSI_ON_CUDA
// Calls f(at, staged, host) for each piece of `count` elements: where it begins, room on the device, and as much of the
// host's as it is long.
template <class T, class F>
void in_pieces(par::Context& ctx, std::size_t count, const F& f) {
  const std::size_t piece = std::min(count, kPieceBytes / sizeof(T));
  par::Buffer<T> staged(ctx, piece);
  std::vector<T> host(piece);
  for (std::size_t at = 0; at < count; at += piece) f(at, staged, std::span(host).first(std::min(piece, count - at)));
  ctx.synchronize();
}
#endif

// Elements first .. first + count of a buffer, in order.
template <class T>
void give(par::Context& ctx, const par::Buffer<T>& from, std::size_t first, std::size_t count,
          const Engine::Take& take) {
#if DOSI_ON_CUDA
  in_pieces<T>(ctx, count, [&](std::size_t at, par::Buffer<T>& staged, std::span<T> host) {
    par::for_each(ctx, host.size(), Copy_piece<T>{from.view().part(first + at, host.size()), staged.view()});
    staged.download(host);
    take(std::as_bytes(host));
  });
#else
  static_cast<void>(ctx);
  take(std::as_bytes(std::span<const T>(from.view().part(first, count).data, count)));
#endif
}

template <class T>
void fill(par::Context& ctx, par::Buffer<T>& to, std::size_t first, std::size_t count, const Engine::Fill& fill) {
#if DOSI_ON_CUDA
  in_pieces<T>(ctx, count, [&](std::size_t at, par::Buffer<T>& staged, std::span<T> host) {
    fill(std::as_writable_bytes(host));
    staged.upload(host);
    par::for_each(ctx, host.size(),
                  Copy_piece<T>{std::as_const(staged).view(), to.view().part(first + at, host.size())});
  });
#else
  static_cast<void>(ctx);
  fill(std::as_writable_bytes(std::span<T>(to.view().part(first, count).data, count)));
#endif
}

}  // namespace dosi::DOSI_BACKEND::wind
