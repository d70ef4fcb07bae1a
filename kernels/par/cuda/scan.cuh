// Scans on a device, by CUB.
#pragma once

#include <cub/device/device_scan.cuh>

#include <cstddef>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/cub_call.cuh"
#include "kernels/par/errors.hpp"
#include "kernels/par/functors.hpp"

namespace dosi::cuda::par {

template <class T, class Op = Plus>
T exclusive_scan(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, std::type_identity_t<T> init,
                 Op op = {}) {
  require_size("exclusive_scan: out", out.size, in.size);
  if (in.empty()) return init;
  // The last input is read before the scan, which may write over it.
  const T last = detail::fetch(ctx, in.data + in.size - 1);
  detail::cub_call(ctx, "cub::DeviceScan::ExclusiveScan", [&](void* d_scratch, std::size_t& bytes) {
    return cub::DeviceScan::ExclusiveScan(d_scratch, bytes, in.data, out.data, op, init, in.size, ctx.stream());
  });
  return op(detail::fetch(ctx, out.data + in.size - 1), last);
}

template <class T, class Op = Plus>
void inclusive_scan(Context& ctx, View<const std::type_identity_t<T>> in, View<T> out, Op op = {}) {
  require_size("inclusive_scan: out", out.size, in.size);
  if (in.empty()) return;
  detail::cub_call(ctx, "cub::DeviceScan::InclusiveScan", [&](void* d_scratch, std::size_t& bytes) {
    return cub::DeviceScan::InclusiveScan(d_scratch, bytes, in.data, out.data, op, in.size, ctx.stream());
  });
}

}  // namespace dosi::cuda::par
