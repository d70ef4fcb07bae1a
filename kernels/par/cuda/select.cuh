// Stable selection on a device, by CUB.
#pragma once

#include <cub/device/device_select.cuh>
#include <thrust/iterator/counting_iterator.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/cub_call.cuh"
#include "kernels/par/errors.hpp"

namespace dosi::cuda::par {

namespace detail {

template <class In, class Out, class Pred>
std::size_t compact(Context& ctx, std::size_t n, In in, Out* out, const Pred& pred) {
  if (n == 0) return 0;
  Buffer<std::uint64_t> count(ctx, 1);
  cub_call(ctx, "cub::DeviceSelect::If", [&](void* d_scratch, std::size_t& bytes) {
    return cub::DeviceSelect::If(d_scratch, bytes, in, out, count.view().data, static_cast<std::int64_t>(n), pred,
                                 ctx.stream());
  });
  return fetch(ctx, count.view().data);
}

template <class Index, class Pred>
std::size_t select_index_as(Context& ctx, std::size_t n, const Pred& pred, Index* out) {
  return compact(ctx, n, thrust::counting_iterator<Index>(0), out, pred);
}

}  // namespace detail

template <class T, class Pred>
std::size_t select(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, Pred pred) {
  require_size("select: out", out.size, in.size);
  return detail::compact(ctx, in.size, in.data, out.data, pred);
}

template <class Pred>
std::size_t select_index(Context& ctx, std::size_t n, Pred pred, View<std::uint32_t> out) {
  require_index_fits("select_index", n);
  require_size("select_index: out", out.size, n);
  return detail::select_index_as(ctx, n, pred, out.data);
}

}  // namespace dosi::cuda::par
