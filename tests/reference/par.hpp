// The obvious serial version of every primitive of kernels/par.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace dosi::reference {

template <class T, class F, class Op>
T reduce(std::size_t n, F f, T init, Op op) {
  for (std::size_t i = 0; i < n; ++i) init = op(init, static_cast<T>(f(i)));
  return init;
}

template <class T, class Op>
std::vector<T> inclusive_scan(const std::vector<T>& in, Op op) {
  std::vector<T> out;
  for (const T& x : in) out.push_back(out.empty() ? x : op(out.back(), x));
  return out;
}

// The scan, and the total after it.
template <class T, class Op>
std::pair<std::vector<T>, T> exclusive_scan(const std::vector<T>& in, T init, Op op) {
  std::vector<T> out;
  for (const T& x : in) {
    out.push_back(init);
    init = op(init, x);
  }
  return {out, init};
}

template <class T, class Pred>
std::vector<T> select(const std::vector<T>& in, Pred pred) {
  std::vector<T> out;
  std::copy_if(in.begin(), in.end(), std::back_inserter(out), pred);
  return out;
}

template <class Pred>
std::vector<std::uint32_t> select_index(std::size_t n, Pred pred) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < n; ++i) {
    if (pred(i)) out.push_back(static_cast<std::uint32_t>(i));
  }
  return out;
}

template <class K, class V>
void sort_by_key(std::vector<K>& keys, std::vector<V>& values) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  const std::vector<K> old_keys = keys;
  const std::vector<V> old_values = values;
  for (std::size_t i = 0; i < order.size(); ++i) {
    keys[i] = old_keys[order[i]];
    values[i] = old_values[order[i]];
  }
}

template <class K, class V, class Op>
std::pair<std::vector<K>, std::vector<V>> reduce_by_key(const std::vector<K>& keys, const std::vector<V>& values,
                                                        Op op) {
  std::vector<K> out_keys;
  std::vector<V> out_values;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[i] == keys[i - 1]) {
      out_values.back() = op(out_values.back(), values[i]);
    } else {
      out_keys.push_back(keys[i]);
      out_values.push_back(values[i]);
    }
  }
  return {out_keys, out_values};
}

template <class T, class F, class Op>
std::vector<T> segmented_reduce(const std::vector<std::uint64_t>& offsets, F f, T init, Op op) {
  std::vector<T> out;
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    T value = init;
    for (std::uint64_t i = offsets[s]; i < offsets[s + 1]; ++i) value = op(value, static_cast<T>(f(i)));
    out.push_back(value);
  }
  return out;
}

template <class F>
std::vector<std::uint64_t> histogram(std::size_t n, F f_bin, std::size_t bins) {
  std::vector<std::uint64_t> out(bins);
  for (std::size_t i = 0; i < n; ++i) {
    const auto bin = static_cast<std::uint64_t>(f_bin(i));
    if (bin < bins) ++out[bin];
  }
  return out;
}

}  // namespace dosi::reference
