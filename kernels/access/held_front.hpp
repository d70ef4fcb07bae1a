// The two passes of a customisation over a front above all subtrees on a GPU: its matrix lies in the registers of 16 x
// 16 threads. Of each node in turn the row and the column are put where all threads see them, and each thread relaxes
// its own times over the node: one barrier a node. See fronts.hpp, whose answers these are.
#pragma once

#include "kernels/access/passes.hpp"

#if DOSI_ON_CUDA

namespace dosi::cuda::access {

inline constexpr std::uint32_t kHeldRows = 16;
inline constexpr int kHeldThreads = kHeldRows * kHeldRows;

// Lines that show a node: the times from it and those to it, in turns of two.
constexpr DOSI_HD std::size_t line_times(int tile) { return std::size_t{4} * kHeldRows * tile; }
// Rows of the square of fast memory that a matrix comes from and goes back to: 16 threads that look at one row, and 16
// at the next, meet all banks.
constexpr DOSI_HD std::uint32_t square_stride(int tile) { return kHeldRows * (tile + 1); }
constexpr DOSI_HD std::size_t square_times(int tile) { return std::size_t{kHeldRows} * tile * square_stride(tile); }

// A thread has Tile x Tile times: of the rows and columns that are its own, modulo kHeldRows.
template <int Tile>
class Held_front {
 public:
  // `up_first`: of the front's first node.
  DOSI_HD Held_front(const Team& team, const Front& front, std::uint32_t* lines, std::uint32_t* square,
                     std::uint64_t up_first)
      : team_(team), width_(front.width), side_(front.width + front.above), row_(team.rank() / kHeldRows),
        column_(team.rank() % kHeldRows), lines_(lines), square_(square), up_first_(up_first) {}

  // The thread's own times, which others see after a sync: of the front's arcs, and time(i, j) elsewhere.
  template <class Time>
  DOSI_HD void fill(const std::uint32_t* time_up, const std::uint32_t* time_down, Time time) const {
    each_row(kLine, [&](std::uint32_t i) {
      std::uint32_t own[Tile];
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c) {
        const std::uint32_t j = column(c);
        own[c] = i >= side_ || j >= side_ ? kFar
                 : i < j && i < width_    ? time_up[arc(i, j)]
                 : j < i && j < width_    ? time_down[arc(j, i)]
                                          : time(i, j);
      }
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c) square_[i * kStride + column(c)] = own[c];
    });
  }
  // What a child learnt about the nodes above it. `place`: of the matrix, for each of them. Ends without a sync.
  DOSI_HD void take_over(Matrix learnt, const std::uint32_t* place, std::uint32_t rows) const {
    std::uint32_t to[Tile];
    DOSI_UNROLLED
    for (std::uint32_t c = 0; c < Tile; ++c) to[c] = column(c) < rows ? place[column(c)] : kNoNode;
    each_row(rows, [&](std::uint32_t i) {
      std::uint32_t* const at = square_ + place[i] * kStride;
      std::uint32_t own[Tile];
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c) own[c] = to[c] != kNoNode ? learnt.row(i)[column(c)] : kFar;
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c)
        if (to[c] != kNoNode) team_.atomic_min(at + to[c], own[c]);
    });
  }

  // Ways through each node of the front, between those after it: what comes before is not told of a node.
  DOSI_HD void eliminate() { over_nodes<true>(width_); }
  // True times between all nodes, where those between the ones above are.
  DOSI_HD void complete() { over_nodes<false>(side_); }

  // up(time, arc), down(time, arc) for the front's arcs that are the thread's own.
  template <class Up, class Down>
  DOSI_HD void each_arc(Up up, Down down) const {
    each([&](std::uint32_t i, std::uint32_t j, std::uint32_t time) {
      if (i < j && i < width_) up(time, arc(i, j));
      if (j < i && j < width_) down(time, arc(j, i));
    });
  }
  // f(i, j, time) for all times that are.
  template <class F>
  DOSI_HD void each(F f) const {
    each_row(side_, [&](std::uint32_t i) {
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c)
        if (column(c) < side_) f(i, column(c), square_[i * kStride + column(c)]);
    });
  }

 private:
  static constexpr std::uint32_t kLine = Tile * kHeldRows, kStride = square_stride(Tile);

  // The thread's rows, one after the other, as their code is that of the columns already.
  template <class F>
  DOSI_HD void each_row(std::uint32_t rows, F f) const {
#if defined(__CUDA_ARCH__)
#pragma unroll 1
#endif
    for (std::uint32_t i = row_; i < rows; i += kHeldRows) f(i);
  }
  DOSI_HD std::uint32_t row(std::uint32_t r) const { return r * kHeldRows + row_; }
  DOSI_HD std::uint32_t column(std::uint32_t c) const { return c * kHeldRows + column_; }
  // The arc from node i of the front to node j: i's come after those of the nodes before, each with one less.
  DOSI_HD std::uint64_t arc(std::uint32_t i, std::uint32_t j) const {
    return up_first_ + i * (side_ - 1) - i * (i + 1) / 2 + j - 1;
  }
  DOSI_HD std::uint32_t* from(std::uint32_t k) const { return lines_ + k % 2 * 2 * kLine; }
  DOSI_HD std::uint32_t* to(std::uint32_t k) const { return from(k) + kLine; }

  template <bool later_alone>
  DOSI_HD void over_nodes(std::uint32_t nodes) const {
    std::uint32_t time[Tile][Tile];
    DOSI_UNROLLED
    for (std::uint32_t r = 0; r < Tile; ++r) DOSI_UNROLLED
    for (std::uint32_t c = 0; c < Tile; ++c) time[r][c] = square_[row(r) * kStride + column(c)];
    show<later_alone>(0, time);
#if defined(__CUDA_ARCH__)
#pragma unroll 1
#endif
    for (std::uint32_t k = 0; k < nodes; ++k) {
      team_.sync();
      relax(k, time);
      show<later_alone>(k + 1, time);
    }
    DOSI_UNROLLED
    for (std::uint32_t r = 0; r < Tile; ++r) DOSI_UNROLLED
    for (std::uint32_t c = 0; c < Tile; ++c) square_[row(r) * kStride + column(c)] = time[r][c];
  }
  // A register has no number that is found at run time: a branch for each row and column of the tile, which asm keeps
  // the compiler from making one of, with all times in memory.
  template <bool later_alone, std::uint32_t q = 0>
  DOSI_HD void show(std::uint32_t k, const std::uint32_t (&time)[Tile][Tile]) const {
    if constexpr (q < Tile) {
      if (k / kHeldRows != q) return show<later_alone, q + 1>(k, time);
      if (k % kHeldRows == row_) {
        DOSI_UNROLLED
        for (std::uint32_t c = 0; c < Tile; ++c) from(k)[column(c)] = later_alone && column(c) <= k ? kFar : time[q][c];
        asm volatile("");
      }
      if (k % kHeldRows == column_) {
        DOSI_UNROLLED
        for (std::uint32_t r = 0; r < Tile; ++r) to(k)[row(r)] = later_alone && row(r) <= k ? kFar : time[r][q];
        asm volatile("");
      }
    }
  }
  DOSI_HD void relax(std::uint32_t k, std::uint32_t (&time)[Tile][Tile]) const {
    std::uint32_t over[Tile];
    DOSI_UNROLLED
    for (std::uint32_t c = 0; c < Tile; ++c) over[c] = from(k)[column(c)];
    DOSI_UNROLLED
    for (std::uint32_t r = 0; r < Tile; ++r) {
      const std::uint32_t there = to(k)[row(r)];
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c) lower(time[r][c], there + over[c]);
    }
  }

  const Team& team_;
  std::uint32_t width_, side_, row_, column_;
  std::uint32_t *lines_, *square_;
  std::uint64_t up_first_;
};

// Fronts of at most MostTile * kHeldRows rows. A smaller one takes fewer registers of each thread, down to a half.
template <int MostTile>
struct Held : Fronts {
  explicit Held(const Fronts& f) : Fronts(f) {}
  static constexpr std::uint32_t kMostSide = MostTile * kHeldRows;

  static std::size_t scratch() { return Team::shared_bytes<std::uint32_t>(kTimes); }

 protected:
  static constexpr std::size_t kTimes = line_times(MostTile) + square_times(MostTile);

  // f(pass) with as few registers as will do.
  template <int Tile = MostTile / 2, class F>
  DOSI_HD void with_tile(const Team& team, const Front& front, std::uint32_t* memory, F f) const {
    if constexpr (Tile < MostTile) {
      if (side(front) > Tile * kHeldRows) return with_tile<Tile + 2>(team, front, memory, f);
    }
    f(Held_front<Tile>(team, front, memory, memory + line_times(Tile), up_first[front.node]));
  }
};

template <int MostTile>
struct Held_up : Held<MostTile> {
  using Held<MostTile>::Held;
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, this->unit + index); }

  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Front& front = this->fronts[this->unit_last[own_unit]];
    const Matrix to = matrix_at(this->common.data, front.matrix, this->side(front));
    this->with_tile(team, front, team.shared<std::uint32_t>(this->kTimes).data, [&](auto pass) {
      pass.fill(this->time_up.data, this->time_down.data, [](std::uint32_t, std::uint32_t) { return kFar; });
      team.sync();
      for (std::uint32_t c = front.first_child; c != kNoNode; c = this->fronts[c].next_sibling)
        if (this->fronts[c].above > 1)
          pass.take_over(this->left_by(c), this->rows_in_parent(this->fronts[c]), this->fronts[c].above);
      team.sync();
      pass.eliminate();
      pass.each_arc([&](std::uint32_t time, std::uint64_t arc) { this->time_up[arc] = time; },
                    [&](std::uint32_t time, std::uint64_t arc) { this->time_down[arc] = time; });
      pass.each([&](std::uint32_t i, std::uint32_t j, std::uint32_t time) {
        if (i >= front.width && j >= front.width) to.row(i)[j] = time;
      });
    });
  }
};

template <int MostTile>
struct Held_down : Held<MostTile> {
  using Held<MostTile>::Held;
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, this->unit + index); }

  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Front& front = this->fronts[this->unit_last[own_unit]];
    const Matrix parent = this->truth_above(front), to = matrix_at(this->common.data, front.matrix, this->side(front));
    const std::uint32_t* const row = this->rows_in_parent(front);
    const std::uint32_t width = front.width;
    this->with_tile(team, front, team.shared<std::uint32_t>(this->kTimes).data, [&](auto pass) {
      pass.fill(this->time_up.data, this->time_down.data, [&](std::uint32_t i, std::uint32_t j) {
        return i < width ? 0 : parent.row(row[i - width])[row[j - width]];
      });
      pass.complete();
      // An arc that another way beats is on no shortest path up and down.
      pass.each_arc(
          [&](std::uint32_t time, std::uint64_t arc) {
            if (time < this->time_up[arc]) this->time_up[arc] = kFar;
          },
          [&](std::uint32_t time, std::uint64_t arc) {
            if (time < this->time_down[arc]) this->time_down[arc] = kFar;
          });
      pass.each([&](std::uint32_t i, std::uint32_t j, std::uint32_t time) { to.row(i)[j] = time; });
    });
  }
};

}  // namespace dosi::cuda::access

#endif
