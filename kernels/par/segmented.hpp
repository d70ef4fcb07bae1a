// segmented_reduce and reduce_by_key, shared by both backends. Segments of at most kFoldChunk elements are folded each
// by one worker. Longer ones are cut into chunks that are folded in parallel however long their segments are, and the
// chunks' results are folded in the same way until one is left: the order of reduce, so sums are bit-identical too.
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

// What becomes of a segment's fold.
template <class T, class Op>
struct JoinInit {
  T init;
  Op op;
  DOSI_HD T operator()(T fold) const { return op(init, fold); }
  DOSI_HD T empty() const { return init; }
};

// For segments that are never empty.
template <class T>
struct KeepFold {
  DOSI_HD T operator()(T fold) const { return fold; }
  DOSI_HD T empty() const { return T(); }
};

struct IsLong {
  View<const std::uint64_t> offsets;
  DOSI_HD bool operator()(std::size_t s) const { return offsets[s + 1] - offsets[s] > kFoldChunk; }
};

struct StoreRange {
  View<const std::uint64_t> offsets;
  View<const std::uint64_t> ids;
  View<SegmentRange> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = {offsets[ids[i]], offsets[ids[i] + 1]}; }
};

struct StoreNextRange {
  View<const std::uint64_t> firsts;
  View<SegmentRange> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = {firsts[i], firsts[i + 1]}; }
};

// Chunks of range i; none for the place after the last, so that an exclusive scan ends in the total.
struct RangeChunks {
  View<const SegmentRange> ranges;
  DOSI_HD std::uint64_t operator()(std::size_t i) const {
    return i < ranges.size ? fold_chunks(ranges[i].last - ranges[i].first) : 0;
  }
};

struct StoreRangeChunks {
  RangeChunks chunks;
  View<std::uint64_t> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = chunks(i); }
};

template <class T, class Finish>
struct StoreLong {
  View<const std::uint64_t> ids;
  View<const T> folds;
  Finish finish;
  View<T> out;
  DOSI_HD void operator()(std::size_t i) const { out[ids[i]] = finish(folds[i]); }
};

// The folds of the chunks of all ranges; chunk c of range r at firsts[r] + c.
template <class T>
struct ChunkFolds {
  Buffer<std::uint64_t> firsts;
  Buffer<T> folds;
};

template <class T, class F, class Op>
ChunkFolds<T> fold_ranges_once(Context& ctx, View<const SegmentRange> ranges, const F& f, const Op& op) {
  Buffer<std::uint64_t> firsts(ctx, ranges.size + 1);
  for_each(ctx, firsts.size(), StoreRangeChunks{{ranges}, firsts.view()});
  const std::uint64_t chunks = exclusive_scan(ctx, firsts.view(), firsts.view(), 0);
  Buffer<T> folds(ctx, chunks);
  fold_chunks_of<T>(ctx, ranges, std::as_const(firsts).view(), f, folds.view(), op);
  return {std::move(firsts), std::move(folds)};
}

// out[s] = finish(fold of segment s), or finish.empty().
template <class T, class F, class Op, class Finish>
void fold_segments(Context& ctx, View<const std::uint64_t> offsets, const F& f, View<T> out, const Op& op,
                   const Finish& finish) {
  const std::size_t segments = offsets.size - 1;
  fold_short_segments(ctx, offsets, f, out, op, finish);
  const std::size_t many = reduce(ctx, segments, IsLong{offsets}, std::uint64_t{0});
  if (many == 0) return;
  Buffer<std::uint64_t> ids(ctx, many);
  select_index_as<std::uint64_t>(ctx, segments, IsLong{offsets}, ids.view().data);
  Buffer<SegmentRange> ranges(ctx, many);
  for_each(ctx, many, StoreRange{offsets, ids.view(), ranges.view()});
  ChunkFolds<T> level = fold_ranges_once<T>(ctx, std::as_const(ranges).view(), f, op);
  while (level.folds.size() > many) {
    for_each(ctx, many, StoreNextRange{level.firsts.view(), ranges.view()});
    level = fold_ranges_once<T>(ctx, std::as_const(ranges).view(), Load<T>{level.folds.view()}, op);
  }
  for_each(ctx, many, StoreLong<T, Finish>{ids.view(), level.folds.view(), finish, out});
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
void segmented_reduce(Context& ctx, View<const std::uint64_t> offsets, F f, View<T> out, std::type_identity_t<T> init,
                      Op op = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (out.empty()) return;
  require_size("segmented_reduce: offsets", offsets.size, out.size + 1);
  offsets = offsets.part(0, out.size + 1);
  detail::fold_segments(ctx, offsets, f, out, op, detail::JoinInit<T, Op>{init, op});
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
  detail::fold_segments(ctx, View<const std::uint64_t>(offsets), Load<V>{values}, out_values.part(0, runs), op,
                        detail::KeepFold<V>{});
  return runs;
}

}  // namespace dosi::DOSI_BACKEND::par
