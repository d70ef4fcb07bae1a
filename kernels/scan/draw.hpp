// Replicas: as many cases as there are, dealt out as if every rate were the same. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "draw.hpp belongs in device code"
#endif

#include "kernels/core/philox.hpp"
#include "kernels/core/team.hpp"
#include "kernels/scan/prepare.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::kNoRow;
using dosi::scan::Null;

// Walker's alias method: bin i is i itself where the fraction is below `keep`, else `other`.
struct Alias {
  std::uint32_t keep, other;
};

struct Deck {
  Null null;
  std::uint32_t places, steps, cases;  // marks: `cases` are those dealt; the others are all of one kind
  bool separable;
  View<const Alias> place, step;   // multinomial: of places and of steps, or of all cells in `place`;
                                   // stratified: of places, or [step][place]
  View<const std::uint32_t> cell;  // hypergeometric: of each individual; permutation: the place of each case …
  View<const std::uint32_t> when;  // … and its step; stratified, too
  View<const std::uint32_t> row;   // marks: the row of counts that each goes to, or kNoRow; none: all to the first
  View<const double> value;        // and what it adds to the sums of values, if anything
  std::uint32_t rows = 1;          // of counts
};

DOSI_HD inline std::uint32_t pick(View<const Alias> bins, std::uint64_t bits) {
  // The bin is the high part of bits * bins, the place within the bin the low part.
  const std::uint64_t n = bins.size, low = (bits & 0xFFFFFFFFu) * n, middle = (bits >> 32) * n + (low >> 32);
  const auto bin = static_cast<std::uint32_t>(middle >> 32);
  const auto fraction = static_cast<std::uint32_t>(middle);
  return fraction < bins[bin].keep ? bin : bins[bin].other;
}

// Fills sums[replica][row][place][steps + 1] with the cases up to each step, and values[replica][place][steps + 1]
// where there are any, a team a replica. `hands`: [slot][cards]. Where not `shuffled`, marks stay where they are.
struct Deal {
  Deck d;
  std::uint64_t seed;
  std::uint32_t stream, first;
  std::size_t cards;
  bool shuffled;
  View<std::uint32_t> hands, sums;
  View<double> values;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t stride = d.steps + 1, cells = d.places * stride;
    std::uint32_t* const counts = sums.data + index * d.rows * cells;
    double* const valued = values.data + (values.empty() ? 0 : index * cells);
    const auto replica = first + static_cast<std::uint32_t>(index);
    const std::uint64_t items = static_cast<std::uint64_t>(stream) << 40;
    team.for_each_simd(d.rows * cells, [=](std::size_t i) { counts[i] = 0; });
    if (!values.empty()) team.for_each_simd(cells, [=](std::size_t i) { valued[i] = 0; });
    team.sync();
    if (d.null == Null::multinomial || d.null == Null::stratified) {
      team.for_each(d.cases, [&](std::size_t i) {
        const auto block = philox_block(seed, items + i, replica, 0);
        const std::uint64_t a = static_cast<std::uint64_t>(block.word[1]) << 32 | block.word[0];
        const std::uint64_t b = static_cast<std::uint64_t>(block.word[3]) << 32 | block.word[2];
        std::uint32_t place, step;
        if (d.null == Null::stratified) {
          step = d.when[i];
          place = pick(d.separable ? d.place : d.place.part(std::size_t{step} * d.places, d.places), a);
        } else if (d.separable) {
          place = pick(d.place, a);
          step = pick(d.step, b);
        } else {
          const std::uint32_t cell = pick(d.place, a);
          place = cell / d.steps;
          step = cell % d.steps;
        }
        team.atomic_add(counts + place * stride + 1 + step, 1u);
      });
    } else {
      std::uint32_t* const hand = hands.data + team.slot() * cards;
      const View<const std::uint32_t> from = d.null == Null::permutation ? d.when : d.cell;
      team.for_each_simd(cards, [=](std::size_t i) { hand[i] = from[i]; });
      team.sync();
      if (shuffled && team.rank() == 0) shuffle(hand, replica, items);
      team.sync();
      team.for_each(d.cases, [&](std::size_t i) {
        const std::uint32_t place = d.null == Null::permutation ? d.cell[i] : hand[i] / d.steps;
        const std::uint32_t step = d.null == Null::permutation ? hand[i] : hand[i] % d.steps;
        const std::size_t at = place * stride + 1 + step;
        const std::uint32_t row = d.rows == 0 ? kNoRow : d.row.empty() ? 0 : d.row[i];
        if (row != kNoRow) team.atomic_add(counts + row * cells + at, 1u);
        // Whole numbers: their sum is the same in any order.
        if (!d.value.empty()) team.atomic_add(valued + at, d.value[i]);
      });
    }
    team.sync();
    team.for_each(std::size_t{d.rows} * d.places,
                  [=, steps = d.steps](std::size_t p) { add_up(counts + p * stride, steps); });
    if (!values.empty())
      team.for_each(d.places, [=, steps = d.steps](std::size_t p) { add_up(valued + p * stride, steps); });
  }

 private:
  template <class T>
  DOSI_HD static void add_up(T* row, std::uint32_t steps) {
    for (std::uint32_t t = 1; t <= steps; ++t) row[t] += row[t - 1];
  }

  // The first `cases` cards of a fair shuffle (Fisher and Yates).
  DOSI_HD void shuffle(std::uint32_t* hand, std::uint32_t replica, std::uint64_t items) const {
    Random random(seed, items, replica);
    const auto n = static_cast<std::uint32_t>(cards);
    for (std::uint32_t i = 0; i < d.cases && i + 1 < n; ++i) {
      const std::uint32_t j = i + random.below(n - i), card = hand[j];
      hand[j] = hand[i];
      hand[i] = card;
    }
  }
};

}  // namespace dosi::DOSI_BACKEND::scan
