// The two passes of a customisation over one front. See customise.hpp.
#pragma once

#include <algorithm>

#include "kernels/access/customise.hpp"
#include "kernels/access/min_plus.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Front;
using dosi::access::kNoNode;
using dosi::access::kRowTimes;

// Nodes of a front that are relaxed together.
constexpr std::uint32_t kBlock = 16;

// A matrix that begins at a row of kRowTimes of `memory`, with rows padded to whole ones.
DOSI_HD inline Matrix matrix_at(std::uint32_t* memory, std::uint32_t row, std::uint32_t side) {
  return {memory + std::size_t{row} * kRowTimes, (side + kRowTimes - 1) / kRowTimes * kRowTimes};
}

// On a CPU loops over columns begin at whole groups of lanes where the columns before have had their day.
DOSI_HD inline std::uint32_t group_of(std::uint32_t column) {
  return Team::serial ? column / kRowTimes * kRowTimes : column;
}

class Front_pass {
 public:
  DOSI_HD Front_pass(const Team& team, const Front& front, Matrix matrix, const std::uint64_t* up_first)
      : team_(team), front_(front), m_(matrix), side_(front.width + front.above), up_first_(up_first + front.node) {}

  // The times of the front's arcs; among the nodes above nothing is known.
  DOSI_HD void load(const std::uint32_t* time_up, const std::uint32_t* time_down) const {
    each_arc_up(0, front_.width,
                [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) { m_.row(i)[j] = time_up[arc]; });
    each_arc_down(0, front_.width,
                  [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) { m_.row(j)[i] = time_down[arc]; });
    const Matrix rest = m_.from(front_.width, front_.width);
    pairs(front_.above, [&](std::uint32_t i, std::uint32_t j) { rest.row(i)[j] = kFar; });
    team_.sync();
  }

  // What a child learnt about the nodes above it. `row`: of this matrix, for each of them, ascending.
  DOSI_HD void take_over(Matrix learnt, const std::uint32_t* row, std::uint32_t rows) const {
    pairs(
        row, rows, [&](std::uint32_t i, std::uint32_t j) { lower(m_.row(row[i])[row[j]], learnt.row(i)[j]); },
        [&](std::uint32_t i, std::uint32_t first, std::uint32_t last) {
          std::uint32_t* const to = m_.row(row[i]) + row[first] - first;
          const std::uint32_t* const from = learnt.row(i);
          DOSI_INDEPENDENT
          for (std::uint32_t j = first; j < last; ++j) lower(to[j], from[j]);
        });
    team_.sync();
  }

  // Ways through each node of the front, between those after it. The times of arcs are stored when they are known.
  DOSI_HD void eliminate(std::uint32_t* time_up, std::uint32_t* time_down) const {
    for (std::uint32_t begin = 0; begin < front_.width; begin += kBlock) {
      const std::uint32_t end = begin + kBlock < front_.width ? begin + kBlock : front_.width;
      for (std::uint32_t k = begin; k + 1 < end; ++k) {
        lower_rows(k + 1, end, k, k + 1, side_);
        team_.sync();
      }
      team_.for_each(side_ - end, [&](std::size_t row) {
        for (std::uint32_t k = begin; k + 1 < end; ++k) lower_row(end + static_cast<std::uint32_t>(row), k, k + 1, end);
      });
      team_.sync();
      each_arc_up(begin, end,
                  [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) { time_up[arc] = m_.row(i)[j]; });
      each_arc_down(begin, end,
                    [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) { time_down[arc] = m_.row(j)[i]; });
      const std::uint32_t column = group_of(end);
      lower_by_product(team_, m_.from(end, column), m_.from(end, begin), m_.from(begin, column), side_ - end,
                       side_ - column, end - begin);
      team_.sync();
    }
  }

  DOSI_HD void hand_on(Matrix to) const {
    const Matrix rest = m_.from(front_.width, front_.width);
    pairs(front_.above, [&](std::uint32_t i, std::uint32_t j) { to.row(i)[j] = rest.row(i)[j]; });
    team_.sync();
  }

  // The true times among the nodes above, out of the parent's matrix. A node is at itself at once.
  DOSI_HD void take_true_times(Matrix parent, const std::uint32_t* row) const {
    const Matrix rest = m_.from(front_.width, front_.width);
    pairs(
        row, front_.above, [&](std::uint32_t i, std::uint32_t j) { rest.row(i)[j] = parent.row(row[i])[row[j]]; },
        [&](std::uint32_t i, std::uint32_t first, std::uint32_t last) {
          std::uint32_t* const to = rest.row(i);
          const std::uint32_t* const from = parent.row(row[i]) + row[first] - first;
          DOSI_INDEPENDENT
          for (std::uint32_t j = first; j < last; ++j) to[j] = from[j];
        });
    team_.for_each(front_.width, [&](std::size_t i) { m_.row(i)[i] = 0; });
    team_.sync();
  }

  // True times between all nodes of the front. Any way may be tried at any moment: what is lowered stays the time of
  // some way, and each way is tried in the end.
  DOSI_HD void complete() const {
    std::uint32_t end = front_.width;
    while (end > 0) {
      const std::uint32_t begin = (end - 1) / kBlock * kBlock, nodes = end - begin, column = group_of(end),
                          rest = side_ - end;
      lower_by_product(team_, m_.from(begin, column), m_.from(begin, end), m_.from(end, column), nodes, side_ - column,
                       rest);
      team_.sync();
      lower_by_product(team_, m_.from(end, begin), m_.from(end, end), m_.from(end, begin), rest, nodes, rest);
      team_.sync();
      if (nodes > 1) {
        lower_by_product(team_, m_.from(begin, begin), m_.from(begin, end), m_.from(end, begin), nodes, nodes, rest);
        team_.sync();
        for (std::uint32_t k = begin; k < end; ++k) {
          lower_rows(begin, end, k, begin, end);
          team_.sync();
        }
        lower_by_product(team_, m_.from(begin, column), m_.from(begin, begin), m_.from(begin, column), nodes,
                         side_ - column, nodes);
        team_.sync();
        lower_by_product(team_, m_.from(end, begin), m_.from(end, begin), m_.from(begin, begin), rest, nodes, nodes);
        team_.sync();
      }
      end = begin;
    }
  }

  // An arc that another way beats is on no shortest path up and down.
  DOSI_HD void drop_dominated(std::uint32_t* time_up, std::uint32_t* time_down) const {
    each_arc_up(0, front_.width, [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) {
      time_up[arc] = m_.row(i)[j] < time_up[arc] ? kFar : time_up[arc];
    });
    each_arc_down(0, front_.width, [&](std::uint32_t i, std::uint32_t j, std::uint64_t arc) {
      time_down[arc] = m_.row(j)[i] < time_down[arc] ? kFar : time_down[arc];
    });
    team_.sync();
  }

 private:
  // f(i, j, arc) for the arcs up from the nodes i in [begin, end) of the front: on a CPU row by row,
  template <class F>
  DOSI_HD void each_arc_up(std::uint32_t begin, std::uint32_t end, F f) const {
    if constexpr (Team::serial) {
      for (std::uint32_t i = begin; i < end; ++i) {
        const std::uint64_t arc = up_first_[i] - (i + 1);
        DOSI_INDEPENDENT
        for (std::uint32_t j = i + 1; j < side_; ++j) f(i, j, arc + j);
      }
    } else {
      team_.for_each(std::size_t{end - begin} * side_, [&](std::size_t e) {
        const auto i = begin + static_cast<std::uint32_t>(e / side_), j = static_cast<std::uint32_t>(e % side_);
        if (j > i) f(i, j, up_first_[i] + (j - i - 1));
      });
    }
  }

  // or, for what lies in columns, some columns at a time.
  template <class F>
  DOSI_HD void each_arc_down(std::uint32_t begin, std::uint32_t end, F f) const {
    if constexpr (Team::serial) {
      for (; begin < end; begin += kRowTimes) {
        const std::uint32_t stop = std::min(end, begin + kRowTimes);
        std::uint64_t arc[kRowTimes];
        for (std::uint32_t i = begin; i < stop; ++i) arc[i - begin] = up_first_[i] - (i + 1);
        for (std::uint32_t j = begin + 1; j < side_; ++j)
          for (std::uint32_t i = begin; i < std::min(j, stop); ++i) f(i, j, arc[i - begin] + j);
      }
    } else {
      each_arc_up(begin, end, f);
    }
  }

  // element(i, j) for all i, j < n.
  template <class Element>
  DOSI_HD void pairs(std::uint32_t n, Element element) const {
    if constexpr (Team::serial) {
      for (std::uint32_t i = 0; i < n; ++i)
        for (std::uint32_t j = 0; j < n; ++j) element(i, j);
    } else {
      team_.for_each(std::size_t{n} * n, [&](std::size_t e) {
        element(static_cast<std::uint32_t>(e / n), static_cast<std::uint32_t>(e % n));
      });
    }
  }

  // The same, or on a CPU run(i, first, last) for columns where place[column] goes up by one long enough for SIMD.
  template <class Element, class Run>
  DOSI_HD void pairs(const std::uint32_t* place, std::uint32_t n, Element element, Run run) const {
    if constexpr (Team::serial) {
      for (std::uint32_t first = 0, last; first < n; first = last) {
        for (last = first + 1; last < n && place[last] == place[last - 1] + 1;) ++last;
        for (std::uint32_t i = 0; i < n; ++i) {
          if (last - first >= kRowTimes) run(i, first, last);
          else
            for (std::uint32_t j = first; j < last; ++j) element(i, j);
        }
      }
    } else {
      pairs(n, element);
    }
  }

  // Row i over k, columns [first, last).
  DOSI_HD void lower_row(std::uint32_t i, std::uint32_t k, std::uint32_t first, std::uint32_t last) const {
    std::uint32_t* const row = m_.row(i);
    const std::uint32_t* const over = m_.row(k);
    const std::uint32_t to_k = row[k];
    DOSI_INDEPENDENT
    for (std::uint32_t j = first; j < last; ++j) lower(row[j], to_k + over[j]);
  }

  // Rows [begin, end) over k, the same.
  DOSI_HD void lower_rows(std::uint32_t begin, std::uint32_t end, std::uint32_t k, std::uint32_t first,
                          std::uint32_t last) const {
    if constexpr (Team::serial) {
      for (std::uint32_t i = begin; i < end; ++i) lower_row(i, k, first, last);
    } else {
      team_.for_each(std::size_t{end - begin} * (last - first), [&](std::size_t e) {
        const auto i = begin + static_cast<std::uint32_t>(e / (last - first)),
                   j = first + static_cast<std::uint32_t>(e % (last - first));
        lower(m_.row(i)[j], m_.row(i)[k] + m_.row(k)[j]);
      });
    }
  }

  const Team& team_;
  const Front& front_;
  Matrix m_;
  std::uint32_t side_;
  const std::uint64_t* up_first_;
};

}  // namespace dosi::DOSI_BACKEND::access
