// The two passes of a customisation over a small front on a CPU, where loops over rows and columns would cost more than
// what they do: rows of one or two registers, none of whose lanes is asked whether it counts. See fronts.hpp, whose
// answers these are.
#pragma once

#include "kernels/access/fronts.hpp"

#if !DOSI_ON_CUDA

namespace dosi::cpu::access {

inline constexpr std::uint32_t kSmall = 2 * kTimes;  // most nodes of a small front

// Groups: registers that hold a row.
template <int Groups>
class Small_front {
  static constexpr std::uint32_t kSide = Groups * kTimes;
  struct Row {
    Times group[Groups];
  };

 public:
  // `arcs`: times of arcs up to this number may be read and written back as they are.
  Small_front(const Front& front, std::uint32_t* matrix, const std::uint64_t* up_first)
      : front_(front), m_(matrix), side_(front.width + front.above), up_first_(up_first + front.node) {}

  // Whether no row of its arcs, read in whole registers, reaches beyond arcs first .. last - 1.
  static bool fits(const Front& front, const std::uint64_t* up_first, std::uint64_t first, std::uint64_t last) {
    return front.width + front.above <= kSide && up_first[front.node] >= first + front.width &&
           up_first[front.node + front.width] + kSide <= last;
  }

  // kFar, but for the front's arcs.
  void load(const std::uint32_t* time_up, const std::uint32_t* time_down) {
    for (std::uint32_t i = front_.width; i < side_; ++i) put(i, everywhere(kFar));
    // A node's column and row overwrite what lower nodes put there anew.
    for (std::uint32_t i = front_.width; i-- > 0;) {
      const Row column = arcs(time_down, i, everywhere(kFar));
      for (std::uint32_t j = 0; j < kSide; ++j)
        m_[j * kSide + i] = static_cast<std::uint32_t>(column.group[j / kTimes][j % kTimes]);
      put(i, arcs(time_up, i, everywhere(kFar)));
    }
  }

  void take_over(Matrix learnt, const std::uint32_t* row, std::uint32_t rows) {
    for (std::uint32_t i = 0; i < rows; ++i)
      for (std::uint32_t j = 0; j < rows; ++j) lower(m_[row[i] * kSide + row[j]], learnt.row(i)[j]);
  }

  void eliminate(std::uint32_t* time_up, std::uint32_t* time_down) {
    for (std::uint32_t k = 0; k < front_.width; ++k) {
      const Row over = row(k);
      set_arcs(time_up, k, over);
      set_arcs(time_down, k, column(k));
      for (std::uint32_t i = k + 1; i < side_; ++i) lower_row(i, m_[i * kSide + k], over);
    }
  }

  // Whole registers: `to` has rows of them.
  void hand_on(Matrix to) const {
    for (std::uint32_t i = 0; i < front_.above; ++i)
      for (std::uint32_t j = 0; j < to.stride; j += kTimes)
        store_times(to.row(i) + j, load_times(m_ + (front_.width + i) * kSide + front_.width + j));
  }

  void take_true_times(Matrix parent, const std::uint32_t* row) {
    for (std::uint32_t i = 0; i < front_.above; ++i)
      for (std::uint32_t j = 0; j < front_.above; ++j)
        m_[(front_.width + i) * kSide + front_.width + j] = parent.row(row[i])[row[j]];
    for (std::uint32_t i = 0; i < front_.width; ++i) m_[i * kSide + i] = 0;
  }

  void complete() {
    for (std::uint32_t v = front_.width; v-- > 0;) {
      const Row from = column(v);
      Row best = row(v);
      for (std::uint32_t i = v + 1; i < side_; ++i) {
        const Row over = row(i);
        const auto to = static_cast<std::int32_t>(m_[v * kSide + i]);
        for (int g = 0; g < Groups; ++g) best.group[g] = least(best.group[g], to + over.group[g]);
        Times ways = over.group[0] + from.group[0];
        for (int g = 1; g < Groups; ++g) ways = least(ways, over.group[g] + from.group[g]);
        lower(m_[i * kSide + v], least_of(ways));
      }
      put(v, best);
    }
  }

  void drop_dominated(std::uint32_t* time_up, std::uint32_t* time_down) const {
    for (std::uint32_t i = 0; i < front_.width; ++i) {
      drop(time_up, i, row(i));
      drop(time_down, i, column(i));
    }
  }

 private:
  static Row everywhere(std::uint32_t time) {
    Row row;
    for (int g = 0; g < Groups; ++g) row.group[g] = Times{} + static_cast<std::int32_t>(time);
    return row;
  }
  static Times lanes(int g) { return Times{0, 1, 2, 3, 4, 5, 6, 7} + g * static_cast<std::int32_t>(kTimes); }
  static std::uint32_t least_of(Times t) {
    t = least(t, __builtin_shuffle(t, Times{4, 5, 6, 7, 0, 1, 2, 3}));
    t = least(t, __builtin_shuffle(t, Times{2, 3, 0, 1, 6, 7, 4, 5}));
    return static_cast<std::uint32_t>(std::min(t[0], t[1]));
  }

  Row row(std::uint32_t i) const {
    Row row;
    for (int g = 0; g < Groups; ++g) row.group[g] = load_times(m_ + i * kSide + g * kTimes);
    return row;
  }
  void put(std::uint32_t i, const Row& row) {
    for (int g = 0; g < Groups; ++g) store_times(m_ + i * kSide + g * kTimes, row.group[g]);
  }
  Row column(std::uint32_t k) const {
    std::uint32_t times[kSide];
    for (std::uint32_t j = 0; j < kSide; ++j) times[j] = m_[j * kSide + k];
    Row row;
    for (int g = 0; g < Groups; ++g) row.group[g] = load_times(times + g * kTimes);
    return row;
  }
  void lower_row(std::uint32_t i, std::uint32_t to_k, const Row& over) {
    Row r = row(i);
    for (int g = 0; g < Groups; ++g) r.group[g] = least(r.group[g], static_cast<std::int32_t>(to_k) + over.group[g]);
    put(i, r);
  }

  // Lanes that are heads of arcs of node i: those after it.
  Times is_arc(std::uint32_t i, int g) const {
    return (lanes(g) > static_cast<std::int32_t>(i)) & (lanes(g) < static_cast<std::int32_t>(side_));
  }
  Row arcs(const std::uint32_t* times, std::uint32_t i, const Row& otherwise) const {
    Row row;
    for (int g = 0; g < Groups; ++g)
      row.group[g] = is_arc(i, g) ? load_times(times + up_first_[i] - (i + 1) + g * kTimes) : otherwise.group[g];
    return row;
  }
  void set_arcs(std::uint32_t* times, std::uint32_t i, const Row& to) const {
    for (int g = 0; g < Groups; ++g) {
      std::uint32_t* const at = times + up_first_[i] - (i + 1) + g * kTimes;
      store_times(at, is_arc(i, g) ? to.group[g] : load_times(at));
    }
  }
  void drop(std::uint32_t* times, std::uint32_t i, const Row& truth) const {
    for (int g = 0; g < Groups; ++g) {
      std::uint32_t* const at = times + up_first_[i] - (i + 1) + g * kTimes;
      const Times before = load_times(at);
      store_times(at, is_arc(i, g) & (truth.group[g] < before) ? Times{} + static_cast<std::int32_t>(kFar) : before);
    }
  }

  const Front& front_;
  std::uint32_t* m_;
  std::uint32_t side_;
  const std::uint64_t* up_first_;
};

}  // namespace dosi::cpu::access

#endif
