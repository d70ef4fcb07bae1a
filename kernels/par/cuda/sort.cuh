// Stable radix sort on a device, by CUB.
#pragma once

#include <cub/device/device_radix_sort.cuh>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/core/view.hpp"
#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/cub_call.cuh"
#include "kernels/par/errors.hpp"

namespace dosi::cuda::par {

namespace detail {

template <class K>
inline constexpr bool kIsKey = (std::is_integral_v<K> || std::is_floating_point_v<K>) &&
                               (sizeof(K) == 4 || sizeof(K) == 8);

// CUB sorts back and forth between two arrays and says where it ended.
template <class T>
void bring_home(Context& ctx, View<T> home, const T* d_current) {
  if (d_current == home.data) return;
  DOSI_CUDA_CHECK(
      cudaMemcpyAsync(home.data, d_current, home.size * sizeof(T), cudaMemcpyDeviceToDevice, ctx.stream()));
}

}  // namespace detail

template <class K, class V>
void sort_by_key(Context& ctx, View<K> keys, View<V> values) {
  static_assert(detail::kIsKey<K>, "keys are 32- or 64-bit integers, float or double");
  require_size("sort_by_key: values", values.size, keys.size);
  if (keys.size < 2) return;
  Buffer<K> other_keys(ctx, keys.size);
  Buffer<V> other_values(ctx, keys.size);
  cub::DoubleBuffer<K> d_keys(keys.data, other_keys.view().data);
  cub::DoubleBuffer<V> d_values(values.data, other_values.view().data);
  detail::cub_call(ctx, "cub::DeviceRadixSort::SortPairs", [&](void* d_scratch, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortPairs(d_scratch, bytes, d_keys, d_values, static_cast<std::int64_t>(keys.size),
                                           0, static_cast<int>(8 * sizeof(K)), ctx.stream());
  });
  detail::bring_home<K>(ctx, keys, d_keys.Current());
  detail::bring_home<V>(ctx, values.part(0, keys.size), d_values.Current());
}

template <class K>
void sort(Context& ctx, View<K> keys) {
  static_assert(detail::kIsKey<K>, "keys are 32- or 64-bit integers, float or double");
  if (keys.size < 2) return;
  Buffer<K> other(ctx, keys.size);
  cub::DoubleBuffer<K> d_keys(keys.data, other.view().data);
  detail::cub_call(ctx, "cub::DeviceRadixSort::SortKeys", [&](void* d_scratch, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortKeys(d_scratch, bytes, d_keys, static_cast<std::int64_t>(keys.size), 0,
                                          static_cast<int>(8 * sizeof(K)), ctx.stream());
  });
  detail::bring_home<K>(ctx, keys, d_keys.Current());
}

}  // namespace dosi::cuda::par
