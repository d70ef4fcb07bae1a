// What the engine makes of marks before any replica is drawn: plain C++, the same for every device.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/scan/group_ratio.hpp"
#include "kernels/scan/prepare.hpp"

namespace dosi::scan {

inline bool has_marks(Model model) { return model != Model::poisson && model != Model::bernoulli; }
inline bool has_groups(Model model) { return model == Model::ordinal || model == Model::multinomial; }

// Marks in the order in which they are dealt. Values are whole numbers in doubles whose magnitudes add up to less than
// 2^53, so that their sums are exact and the same in any order.
struct Dealt_marks {
  std::vector<std::uint32_t> given;      // number of each in the study
  std::vector<std::uint32_t> cell, row;  // where it is; the row of counts that it goes to, kNoRow: none
  std::vector<double> value;
  std::uint32_t rows = 0;                   // of counts; of groups, all but the largest
  std::uint32_t dealt = 0;                  // the first of them; the others are all of the largest group
  std::vector<std::uint32_t> group_of_row;  // and, last, the group without a row
};
Dealt_marks dealt_marks(const Study& study);

// Individuals [place][step].
std::vector<std::uint32_t> individuals_of(const Windows& windows, const Marks& marks);

// Sum of values and of their squared deviations from the mean.
struct Moments {
  double sum = 0, squares = 0;
};
Moments moments_of(const std::vector<double>& values);

Group_ratio group_ratio_of(const Study& study);

// Throws std::invalid_argument saying what does not fit.
void check_marks(const Windows& windows, const Study& study);

}  // namespace dosi::scan
