// segmented_reduce and reduce_by_key, shared by both backends. Segments are cut into chunks of at most kFoldChunk
// elements, all chunks are folded in parallel however long their segments are, and the chunks' results are folded in
// the same way until one is left for each segment: the order of reduce, so sums are bit-identical too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/core/view.hpp"
#include "kernels/par/errors.hpp"
#include "kernels/par/fold.hpp"
#include "kernels/par/functors.hpp"

namespace dosi::DOSI_BACKEND::par {

namespace detail {

// Chunks of segment i; none for the place after the last, so that an exclusive scan ends in the total.
struct SegmentChunks {
  View<const std::uint64_t> offsets;
  DOSI_HD std::uint64_t operator()(std::size_t i) const {
    return i + 1 < offsets.size ? fold_chunks(offsets[i + 1] - offsets[i]) : 0;
  }
};

struct StoreSegmentChunks {
  SegmentChunks chunks;
  View<std::uint64_t> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = chunks(i); }
};

template <class T, class Op>
struct JoinInit {
  View<const std::uint64_t> firsts;
  View<const T> partials;
  T init;
  Op op;
  View<T> out;
  DOSI_HD void operator()(std::size_t s) const {
    out[s] = firsts[s] < firsts[s + 1] ? op(init, partials[firsts[s]]) : init;
  }
};

template <class T>
struct CopyPartial {
  View<const T> partials;
  View<T> out;
  DOSI_HD void operator()(std::size_t s) const { out[s] = partials[s]; }
};

// One fold a non-empty segment: partials[firsts[s]].
template <class T>
struct SegmentFolds {
  Buffer<std::uint64_t> firsts;
  Buffer<T> partials;
};

template <class T, class F, class Op>
SegmentFolds<T> fold_once(Context& ctx, View<const std::uint64_t> offsets, const F& f, const Op& op) {
  Buffer<std::uint64_t> firsts(ctx, offsets.size);
  for_each(ctx, offsets.size, StoreSegmentChunks{{offsets}, firsts.view()});
  const std::uint64_t items = exclusive_scan(ctx, firsts.view(), firsts.view(), 0);
  Buffer<T> partials(ctx, items);
  fold_segments<T>(ctx, offsets, std::as_const(firsts).view(), f, partials.view(), op);
  return {std::move(firsts), std::move(partials)};
}

template <class T, class F, class Op>
SegmentFolds<T> fold_all(Context& ctx, View<const std::uint64_t> offsets, const F& f, const Op& op) {
  const std::size_t segments = offsets.size - 1;
  std::uint64_t longest = reduce(ctx, segments, SegmentChunks{offsets}, std::uint64_t{0}, Maximum{});
  SegmentFolds<T> folds = fold_once<T>(ctx, offsets, f, op);
  for (; longest > 1; longest = fold_chunks(longest)) {
    folds = fold_once<T>(ctx, std::as_const(folds.firsts).view(), Load<T>{folds.partials.view()}, op);
  }
  return folds;
}

template <class K>
struct IsHead {
  View<const K> keys;
  DOSI_HD bool operator()(std::size_t i) const { return i == 0 || !(keys[i] == keys[i - 1]); }
};

// Keys at the heads of runs; and the end of the last run behind the heads.
template <class K>
struct StoreHeads {
  View<const K> keys;
  View<std::uint64_t> heads;
  View<K> out;
  DOSI_HD void operator()(std::size_t run) const {
    if (run == 0) heads[heads.size - 1] = keys.size;
    out[run] = keys[heads[run]];
  }
};

}  // namespace detail

template <class T, class F, class Op = Plus>
void segmented_reduce(Context& ctx, View<const std::uint64_t> offsets, F f, View<T> out,
                      std::type_identity_t<T> init, Op op = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (out.empty()) return;
  require_size("segmented_reduce: offsets", offsets.size, out.size + 1);
  offsets = offsets.part(0, out.size + 1);
  const detail::SegmentFolds<T> folds = detail::fold_all<T>(ctx, offsets, f, op);
  for_each(ctx, out.size, detail::JoinInit<T, Op>{folds.firsts.view(), folds.partials.view(), init, op, out});
}

template <class K, class V, class Op = Plus>
std::size_t reduce_by_key(Context& ctx, View<const std::type_identity_t<K>> keys,
                          View<const std::type_identity_t<V>> values, View<K> out_keys, View<V> out_values,
                          Op op = {}) {
  require_size("reduce_by_key: values", values.size, keys.size);
  if (keys.empty()) return 0;
  Buffer<std::uint64_t> heads(ctx, keys.size + 1);
  const std::size_t runs =
      detail::select_index_as<std::uint64_t>(ctx, keys.size, detail::IsHead<K>{keys}, heads.view().data);
  require_size("reduce_by_key: out_keys", out_keys.size, runs);
  require_size("reduce_by_key: out_values", out_values.size, runs);
  const View<std::uint64_t> offsets = heads.view().part(0, runs + 1);
  for_each(ctx, runs, detail::StoreHeads<K>{keys, offsets, out_keys});
  const detail::SegmentFolds<V> folds = detail::fold_all<V>(ctx, offsets, Load<V>{values}, op);
  for_each(ctx, runs, detail::CopyPartial<V>{folds.partials.view(), out_values});
  return runs;
}

}  // namespace dosi::DOSI_BACKEND::par
