// The two passes of a customisation over a front above all subtrees on a GPU: its matrix lies in the registers of 16 x
// 16 threads. Of each node in turn the row and the column are put where all threads see them, and each thread relaxes
// its own times over the node: one barrier a node. See fronts.hpp, whose answers these are.
#pragma once

#include "kernels/access/passes.hpp"

#if DOSI_ON_CUDA

namespace dosi::cuda::access {

inline constexpr std::uint32_t kHeldRows = 16;
inline constexpr int kHeldThreads = kHeldRows * kHeldRows;

// A thread has Tile x Tile times: of the rows and columns that are its own, modulo kHeldRows.
template <int Tile>
class Held_front {
 public:
  // `lines`: two rows and two columns; `up_first`: of the front's first node.
  DOSI_HD Held_front(const Team& team, const Front& front, View<std::uint32_t> lines, std::uint64_t up_first)
      : team_(team), width_(front.width), side_(front.width + front.above), row_(team.rank() / kHeldRows),
        column_(team.rank() % kHeldRows), lines_(lines), up_first_(up_first) {}

  // f(i, j, time) for the thread's part of the square.
  template <class F>
  DOSI_HD void each(F f) {
    DOSI_UNROLLED
    for (std::uint32_t r = 0; r < Tile; ++r) {
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c)
        if (row(r) < side_ && column(c) < side_) f(row(r), column(c), time_[r][c]);
    }
  }
  // arc(time up or down, place) for the times of the front's arcs.
  template <class Up, class Down>
  DOSI_HD void each_arc(Up up, Down down) {
    each([&](std::uint32_t i, std::uint32_t j, std::uint32_t& time) {
      if (i < j && i < width_) up(time, arc(i, j));
      if (j < i && j < width_) down(time, arc(j, i));
    });
  }
  DOSI_HD void clear() {
    DOSI_UNROLLED
    for (std::uint32_t e = 0; e < Tile * Tile; ++e) time_[e / Tile][e % Tile] = kFar;
  }

  // Ways through each node of the front, between those after it: what comes before is not told of a node.
  DOSI_HD void eliminate() {
    show<true>(0);
    for (std::uint32_t k = 0; k < width_; ++k) {
      team_.sync();
      relax(k);
      show<true>(k + 1);
    }
  }
  // True times between all nodes, where those between the ones above are.
  DOSI_HD void complete() {
    show<false>(0);
    for (std::uint32_t k = 0; k < side_; ++k) {
      team_.sync();
      relax(k);
      show<false>(k + 1);
    }
  }

 private:
  DOSI_HD std::uint32_t row(std::uint32_t r) const { return r * kHeldRows + row_; }
  DOSI_HD std::uint32_t column(std::uint32_t c) const { return c * kHeldRows + column_; }
  // The arc from node i of the front to node j: i's come after those of the nodes before, each with one less.
  DOSI_HD std::uint64_t arc(std::uint32_t i, std::uint32_t j) const {
    return up_first_ + i * (side_ - 1) - i * (i + 1) / 2 + j - 1;
  }
  // Lines of node k: the times from it, and those to it.
  static constexpr std::uint32_t kLine = Tile * kHeldRows;
  DOSI_HD std::uint32_t* from(std::uint32_t k) const { return lines_.data + k % 2 * 2 * kLine; }
  DOSI_HD std::uint32_t* to(std::uint32_t k) const { return from(k) + kLine; }

  template <bool later_alone>
  DOSI_HD void show(std::uint32_t k) {
    DOSI_UNROLLED
    for (std::uint32_t q = 0; q < Tile; ++q) {
      if (k / kHeldRows != q) continue;
      if (k % kHeldRows == row_) {
        DOSI_UNROLLED
        for (std::uint32_t c = 0; c < Tile; ++c)
          from(k)[column(c)] = later_alone && column(c) <= k ? kFar : time_[q][c];
      }
      if (k % kHeldRows == column_) {
        DOSI_UNROLLED
        for (std::uint32_t r = 0; r < Tile; ++r) to(k)[row(r)] = later_alone && row(r) <= k ? kFar : time_[r][q];
      }
    }
  }
  DOSI_HD void relax(std::uint32_t k) {
    std::uint32_t over[Tile];
    DOSI_UNROLLED
    for (std::uint32_t c = 0; c < Tile; ++c) over[c] = from(k)[column(c)];
    DOSI_UNROLLED
    for (std::uint32_t r = 0; r < Tile; ++r) {
      const std::uint32_t there = to(k)[row(r)];
      DOSI_UNROLLED
      for (std::uint32_t c = 0; c < Tile; ++c) lower(time_[r][c], there + over[c]);
    }
  }

  const Team& team_;
  std::uint32_t width_, side_, row_, column_;
  View<std::uint32_t> lines_;
  std::uint64_t up_first_;
  std::uint32_t time_[Tile][Tile];
};

// Fronts of at most MostTile * kHeldRows rows. A smaller one takes fewer registers of each thread, down to a half.
template <int MostTile>
struct Held : Fronts {
  explicit Held(const Fronts& f) : Fronts(f) {}
  static constexpr std::uint32_t kMostSide = MostTile * kHeldRows;

 protected:
  static constexpr std::size_t kLines = 4 * kMostSide;

  template <int Tile = MostTile / 2, class F>
  DOSI_HD void held(const Team& team, const Front& front, View<std::uint32_t> lines, F f) const {
    if constexpr (Tile < MostTile) {
      if (side(front) > Tile * kHeldRows) return held<Tile + 2>(team, front, lines, f);
    }
    f(Held_front<Tile>(team, front, lines, up_first[front.node]));
  }
};

template <int MostTile>
struct Held_up : Held<MostTile> {
  using Held<MostTile>::Held;

  // `side`: of the largest front.
  static std::size_t scratch(std::uint32_t side) {
    return Team::shared_bytes<std::uint32_t>(Held<MostTile>::kLines) +
           Team::shared_bytes<std::uint32_t>(std::size_t{side} * side);
  }
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, this->unit + index); }

  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Front& front = this->fronts[this->unit_last[own_unit]];
    const std::uint32_t side = this->side(front), width = front.width;
    const View<std::uint32_t> lines = team.shared<std::uint32_t>(this->kLines),
                              square = team.shared<std::uint32_t>(std::size_t{side} * side);
    team.for_each(square.size, [&](std::size_t e) { square[e] = kFar; });
    team.sync();
    for (std::uint32_t c = front.first_child; c != kNoNode; c = this->fronts[c].next_sibling)
      take_over(team, square, side, this->left_by(c), this->rows_in_parent(this->fronts[c]), this->fronts[c].above);
    team.sync();
    const Matrix to = matrix_at(this->common.data, front.matrix, side);
    this->held(team, front, lines, [&](auto pass) {
      pass.clear();
      pass.each([&](std::uint32_t i, std::uint32_t j, std::uint32_t& time) { time = square[i * side + j]; });
      pass.each_arc([&](std::uint32_t& time, std::uint64_t arc) { lower(time, this->time_up[arc]); },
                    [&](std::uint32_t& time, std::uint64_t arc) { lower(time, this->time_down[arc]); });
      pass.eliminate();
      pass.each_arc([&](std::uint32_t time, std::uint64_t arc) { this->time_up[arc] = time; },
                    [&](std::uint32_t time, std::uint64_t arc) { this->time_down[arc] = time; });
      pass.each([&](std::uint32_t i, std::uint32_t j, std::uint32_t time) {
        if (i >= width && j >= width) to.row(i)[j] = time;
      });
    });
  }

 private:
  static constexpr std::uint32_t kAhead = 4;

  // What a child learnt about the nodes above it. `row`: of the square, for each of them.
  DOSI_HD static void take_over(const Team& team, View<std::uint32_t> square, std::uint32_t side, Matrix learnt,
                                const std::uint32_t* row, std::uint32_t rows) {
    if (rows < 2) return;
    const std::uint32_t own_row = team.rank() / kHeldRows, own_column = team.rank() % kHeldRows;
    for (std::uint32_t j0 = own_column; j0 < rows; j0 += kAhead * kHeldRows) {
      std::uint32_t to[kAhead];
      DOSI_UNROLLED
      for (std::uint32_t a = 0; a < kAhead; ++a) to[a] = j0 + a * kHeldRows < rows ? row[j0 + a * kHeldRows] : kNoNode;
      for (std::uint32_t i = own_row; i < rows; i += kHeldRows) {
        std::uint32_t time[kAhead];
        DOSI_UNROLLED
        for (std::uint32_t a = 0; a < kAhead; ++a)
          time[a] = to[a] != kNoNode ? learnt.row(i)[j0 + a * kHeldRows] : kFar;
        std::uint32_t* const at = square.data + row[i] * side;
        DOSI_UNROLLED
        for (std::uint32_t a = 0; a < kAhead; ++a)
          if (to[a] != kNoNode) team.atomic_min(at + to[a], time[a]);
      }
    }
  }
};

template <int MostTile>
struct Held_down : Held<MostTile> {
  using Held<MostTile>::Held;

  static std::size_t scratch(std::uint32_t) { return Team::shared_bytes<std::uint32_t>(Held<MostTile>::kLines); }
  DOSI_HD void operator()(Team& team, std::size_t index) const { go(team, this->unit + index); }

  DOSI_HD void go(Team& team, std::size_t own_unit) const {
    const Front& front = this->fronts[this->unit_last[own_unit]];
    const std::uint32_t side = this->side(front), width = front.width;
    const View<std::uint32_t> lines = team.shared<std::uint32_t>(this->kLines);
    const Matrix parent = this->truth_above(front), to = matrix_at(this->common.data, front.matrix, side);
    const std::uint32_t* const row = this->rows_in_parent(front);
    this->held(team, front, lines, [&](auto pass) {
      pass.clear();
      pass.each([&](std::uint32_t i, std::uint32_t j, std::uint32_t& time) {
        if (i >= width && j >= width) time = parent.row(row[i - width])[row[j - width]];
        if (i == j) time = 0;
      });
      pass.each_arc([&](std::uint32_t& time, std::uint64_t arc) { time = this->time_up[arc]; },
                    [&](std::uint32_t& time, std::uint64_t arc) { time = this->time_down[arc]; });
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
