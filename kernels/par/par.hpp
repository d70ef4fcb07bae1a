// The primitives that all analyses are written against, in namespace dosi::DOSI_BACKEND::par: OpenMP behind
// DOSI_BACKEND=cpu, Thrust and CUB behind cuda. The same calls with the same contracts on both.
//
//   Context(int)                        cpu: threads, 0 for all; cuda: device ordinal
//   Buffer<T>(ctx, n | span)            memory where the backend works; uninitialised, or a copy of the span
//   for_each(ctx, n, f)                 f(i), i in [0, n), in any order; iterations touch no common memory
//   for_each_team(ctx, teams, threads_per_team, scratch_bytes, f)
//                                       f(Team&, index); threads_per_team: a multiple of 32 up to 1024
//   reduce(ctx, n, f, init, op)         op over init and all f(i), in the fixed order of fold.hpp
//   inclusive_scan(ctx, in, out, op)    out may be in
//   exclusive_scan(ctx, in, out, init, op)  the same; returns op over init and all of in
//   select(ctx, in, out, pred)          the elements with pred(x), in order, to the front of out; returns how many
//   select_index(ctx, n, pred, out)     the i < n <= 2^32 with pred(i), ascending, as uint32; returns how many
//   sort(ctx, keys)                     ascending, in place
//   sort_by_key(ctx, keys, values)      the same, stable, values carried along
//   reduce_by_key(ctx, keys, values, out_keys, out_values, op)
//                                       one pair for each run of equal keys; returns how many
//   segmented_reduce(ctx, offsets, f, out, init, op)
//                                       out[s] = op over init and f(i), i in [offsets[s], offsets[s+1])
//   histogram(ctx, n, f_bin, out)       out[b] = how many i < n have f_bin(i) == b; other bins are ignored
//   Stopwatch(ctx)                      seconds() of the work since it was made: device events, or the wall clock
//
// Element types are trivially copyable and default constructible. Functors are named types, copied by value,
// with a const operator() marked DOSI_HD. op is associative and commutative up to rounding; it defaults to Plus.
// Keys are 32- or 64-bit integers, float or double; -0.0 and 0.0 are equal keys and keep their order; a NaN
// sorts to the end that its sign bit says. out of select, reduce_by_key and segmented_reduce must not overlap
// the input; sizes: out of select and select_index holds n elements, offsets holds out.size + 1.
//
// Determinism. Integers: exact everywhere. Floating point: reduce, segmented_reduce and reduce_by_key are
// bit-identical for any number of threads and between backends; scans are bit-identical for any number of
// threads on a CPU but only equal within rounding on a GPU, from run to run too.
//
// Errors. std::invalid_argument for sizes that do not fit, AllocationError (a std::bad_alloc) with the number
// of bytes, std::runtime_error with the call and CUDA's message. On a CPU, what a functor throws comes out of
// the primitive (the first of them), and outputs are then unspecified. On a GPU, for_each, for_each_team,
// segmented_reduce, histogram, the sorts and inclusive_scan may return before they are done: the next call in
// the same Context waits its turn; Context::synchronize() waits for all and reports what went wrong.
#pragma once

#ifndef DOSI_BACKEND
#error "par.hpp belongs in .cu files, which are built with DOSI_BACKEND defined"
#endif

#include "kernels/core/backend.hpp"

#if DOSI_ON_CUDA
#include "kernels/par/par_cuda.cuh"
#else
#include "kernels/par/par_cpu.hpp"
#endif
