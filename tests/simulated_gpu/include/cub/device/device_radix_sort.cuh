// cub::DeviceRadixSort on a simulated GPU: stable, by the keys' bits; -0.0 and 0.0 are equal, NaN stands where its sign says.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

namespace cub {

template <class T>
struct DoubleBuffer {
  DoubleBuffer(T* current, T* other) : d_buffers{current, other} {}
  T* Current() const { return d_buffers[selector]; }
  T* Alternate() const { return d_buffers[1 - selector]; }
  T* d_buffers[2];
  int selector = 0;
};

struct DeviceRadixSort {
  template <class K>
  static auto ordered(K key) {
    using Bits = std::conditional_t<sizeof(K) == 8, std::uint64_t, std::uint32_t>;
    constexpr Bits sign = Bits{1} << (8 * sizeof(K) - 1);
    if constexpr (std::is_floating_point_v<K>) {
      const auto bits = std::bit_cast<Bits>(key == 0 ? K{0} : key);
      return static_cast<Bits>((bits & sign) != 0 ? ~bits : bits | sign);
    } else {
      return static_cast<Bits>(std::is_signed_v<K> ? static_cast<Bits>(key) ^ sign : static_cast<Bits>(key));
    }
  }
  template <class K, class V>
  static cudaError_t SortPairs(void* scratch, std::size_t& bytes, DoubleBuffer<K>& keys, DoubleBuffer<V>& values, std::int64_t n, int, int, cudaStream_t s) {
    if (scratch == nullptr) return bytes = 1, cudaSuccess;
    dosi::simulated::work([&] {
      const auto rank = sorted(keys.Current(), n);
      for (std::size_t i = 0; i < rank.size(); ++i) values.Alternate()[i] = values.Current()[rank[i]];
    });
    values.selector = 1 - values.selector;
    return SortKeys(scratch, bytes, keys, n, 0, 0, s);
  }
  template <class K>
  static cudaError_t SortKeys(void* scratch, std::size_t& bytes, DoubleBuffer<K>& keys, std::int64_t n, int, int, cudaStream_t) {
    if (scratch == nullptr) return bytes = 1, cudaSuccess;
    dosi::simulated::work([&] {
      const auto rank = sorted(keys.Current(), n);
      for (std::size_t i = 0; i < rank.size(); ++i) keys.Alternate()[i] = keys.Current()[rank[i]];
    });
    keys.selector = 1 - keys.selector;
    return cudaSuccess;
  }

 private:
  template <class K>
  static std::vector<std::size_t> sorted(const K* keys, std::int64_t n) {
    std::vector<std::size_t> rank(static_cast<std::size_t>(n));
    std::iota(rank.begin(), rank.end(), std::size_t{0});
    std::stable_sort(rank.begin(), rank.end(), [&](auto a, auto b) { return ordered(keys[a]) < ordered(keys[b]); });
    return rank;
  }
};

}  // namespace cub
