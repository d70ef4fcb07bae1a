// Products of dense matrices in the semiring of minimum and plus: c = min(c, a b), where (a b)(i, j) is the least of
// a(i, k) + b(k, j). On a CPU tiles of c stay in registers; on a GPU a thread has a tile of its own, whose rows of a
// and columns of b its warp shares. Times are at most kFar, so that a sum of two fits in 31 bits.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/access/access.hpp"
#include "kernels/core/team.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::kFar;

// Square, in row-major order. `stride`: times from row to row.
struct Matrix {
  std::uint32_t* data = nullptr;
  std::uint32_t stride = 0;
  DOSI_HD std::uint32_t* row(std::size_t i) const { return data + i * stride; }
  DOSI_HD Matrix from(std::size_t i, std::size_t j) const { return {data + i * stride + j, stride}; }
};

DOSI_HD inline void lower(std::uint32_t& time, std::uint32_t to) { time = to < time ? to : time; }

#if !DOSI_ON_CUDA

#pragma GCC diagnostic ignored "-Wpsabi"  // registers are passed between inlined functions alone

// Signed, which all processors compare.
typedef std::int32_t Times __attribute__((vector_size(32)));
inline constexpr std::uint32_t kTimes = 8;

DOSI_INLINE Times load_times(const std::uint32_t* from) {
  Times times;
  std::memcpy(&times, from, sizeof times);
  return times;
}
DOSI_INLINE void store_times(std::uint32_t* to, Times times) { std::memcpy(to, &times, sizeof times); }
DOSI_INLINE Times least(Times a, Times b) { return a < b ? a : b; }
// GCC would rather load what it adds from memory for each sum anew, and loads are what then binds.
DOSI_INLINE void keep_in_register([[maybe_unused]] Times& times) {
#if defined(__AVX__)
  asm("" : "+x"(times));
#endif
}

// `Rows` rows of c, and `Columns` times kTimes columns.
template <int Rows, int Columns>
DOSI_INLINE void lower_tile(Matrix c, Matrix a, Matrix b, std::uint32_t depth) {
  Times tile[Rows][Columns];
  DOSI_UNROLLED
  for (int i = 0; i < Rows; ++i) DOSI_UNROLLED
  for (int j = 0; j < Columns; ++j) tile[i][j] = load_times(c.row(i) + j * kTimes);
  for (std::uint32_t k = 0; k < depth; ++k) {
    Times row[Columns];
    DOSI_UNROLLED
    for (int j = 0; j < Columns; ++j) {
      row[j] = load_times(b.row(k) + j * kTimes);
      keep_in_register(row[j]);
    }
    DOSI_UNROLLED
    for (int i = 0; i < Rows; ++i) {
      const auto first = static_cast<std::int32_t>(a.row(i)[k]);
      DOSI_UNROLLED
      for (int j = 0; j < Columns; ++j) tile[i][j] = least(tile[i][j], first + row[j]);
    }
  }
  DOSI_UNROLLED
  for (int i = 0; i < Rows; ++i) DOSI_UNROLLED
  for (int j = 0; j < Columns; ++j) store_times(c.row(i) + j * kTimes, tile[i][j]);
}

template <int Columns>
DOSI_INLINE void lower_strip(Matrix c, Matrix a, Matrix b, std::uint32_t rows, std::uint32_t depth) {
  std::uint32_t i = 0;
  for (; i + 4 <= rows; i += 4) lower_tile<4, Columns>(c.from(i, 0), a.from(i, 0), b, depth);
  for (; i < rows; ++i) lower_tile<1, Columns>(c.from(i, 0), a.from(i, 0), b, depth);
}

#endif

// c: rows x columns, a: rows x depth, b: depth x columns. By the whole team, without a sync. c may overlap a or b only
// where it makes no difference which of the values of c, before or after, are read. On a CPU whole groups of kTimes
// columns are lowered.
DOSI_HD inline void lower_by_product(const Team& team, Matrix c, Matrix a, Matrix b, std::uint32_t rows,
                                     std::uint32_t columns, std::uint32_t depth) {
#if !DOSI_ON_CUDA
  (void)team;
  std::uint32_t j = 0;
  for (; j + kTimes < columns; j += 2 * kTimes) lower_strip<2>(c.from(0, j), a, b.from(0, j), rows, depth);
  if (j < columns) lower_strip<1>(c.from(0, j), a, b.from(0, j), rows, depth);
#else
  // Of a warp eight threads go along the columns and four down the rows.
  constexpr std::uint32_t kSide = 4;
  const std::uint32_t across = (columns + 8 * kSide - 1) / (8 * kSide), down = (rows + 4 * kSide - 1) / (4 * kSide);
  for (std::uint32_t t = team.rank() / 32; t < across * down; t += team.size() / 32) {
    const std::uint32_t i0 = (t / across * 4 + team.rank() % 32 / 8) * kSide,
                        j0 = t % across * 8 * kSide + team.rank() % 8;
    std::uint32_t tile[kSide][kSide], first[kSide], row[kSide];
    DOSI_UNROLLED
    for (std::uint32_t i = 0; i < kSide * kSide; ++i) tile[i / kSide][i % kSide] = kFar;
    for (std::uint32_t k = 0; k < depth; ++k) {
      DOSI_UNROLLED
      for (std::uint32_t i = 0; i < kSide; ++i) first[i] = i0 + i < rows ? a.row(i0 + i)[k] : kFar;
      DOSI_UNROLLED
      for (std::uint32_t j = 0; j < kSide; ++j) row[j] = j0 + 8 * j < columns ? b.row(k)[j0 + 8 * j] : kFar;
      DOSI_UNROLLED
      for (std::uint32_t i = 0; i < kSide * kSide; ++i)
        lower(tile[i / kSide][i % kSide], first[i / kSide] + row[i % kSide]);
    }
    DOSI_UNROLLED
    for (std::uint32_t i = 0; i < kSide * kSide; ++i)
      if (i0 + i / kSide < rows && j0 + i % kSide * 8 < columns)
        lower(c.row(i0 + i / kSide)[j0 + i % kSide * 8], tile[i / kSide][i % kSide]);
  }
#endif
}

}  // namespace dosi::DOSI_BACKEND::access
