// Puts what a team has in order: a radix sort, stable, digit by digit from the lowest (Knuth 1998, 5.2.5). Each worker
// has a run of the entries and a column of the counts, so the order does not depend on how many there are.
#pragma once

#include "kernels/gwr/around.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// A number not below 0, as its bits, which stand in its order, and the place it is of.
struct Entries {
  std::uint64_t* key;
  std::uint32_t* place;
};
DOSI_INLINE DOSI_HD std::uint64_t key_of(double v) {
  std::uint64_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}
DOSI_INLINE DOSI_HD double number_of(std::uint64_t key) {
  double v;
  std::memcpy(&v, &key, sizeof v);
  return v;
}

inline constexpr int kDigitBits = Team::serial ? 11 : 8;
inline constexpr std::size_t kDigits = std::size_t{1} << kDigitBits, kWorkers = Team::serial ? 1 : kTeam;
inline constexpr std::size_t kSortScratch = Team::shared_bytes<std::uint32_t>(kDigits * kWorkers + kWorkers);

// `counts`: kDigits x kWorkers, and kWorkers behind. `spare` has room for as many entries; the two may come back
// exchanged.
DOSI_HD inline void put_in_order(Team& team, Entries& entries, Entries& spare, std::size_t count,
                                 View<std::uint32_t> counts) {
  std::uint32_t *number = counts.data, *share = number + kDigits * kWorkers;
  const std::size_t own = team.rank(), run = (count + kWorkers - 1) / kWorkers,
                    first = own * run < count ? own * run : count, last = first + run < count ? first + run : count;
  for (int shift = 0; shift < 63; shift += kDigitBits) {
    const auto digit = [shift](std::uint64_t key) { return static_cast<std::size_t>(key >> shift) & (kDigits - 1); };
    team.sync();
    team.for_each(kDigits * kWorkers, [=](std::size_t c) { number[c] = 0; });
    team.sync();
    for (std::size_t e = first; e < last; ++e) ++number[digit(entries.key[e]) * kWorkers + own];
    team.sync();
    std::size_t alike = 0;  // entries with the first one's digit
    for (std::size_t w = 0; w < kWorkers && count > 0; ++w) alike += number[digit(entries.key[0]) * kWorkers + w];
    if (alike == count) continue;
    // From counts to where each begins: of as many as a worker has digits, then of all.
    std::uint32_t *mine = number + own * kDigits, sum = 0;
    for (std::size_t c = 0; c < kDigits; ++c) sum += mine[c];
    share[own] = sum;
    team.sync();
    std::uint32_t at = 0;
    for (std::size_t w = 0; w < own; ++w) at += share[w];
    for (std::size_t c = 0; c < kDigits; ++c) {
      const std::uint32_t here = mine[c];
      mine[c] = at;
      at += here;
    }
    team.sync();
    for (std::size_t e = first; e < last; ++e) {
      const std::uint64_t key = entries.key[e];
      const std::uint32_t to = number[digit(key) * kWorkers + own]++;
      spare.key[to] = key;
      spare.place[to] = entries.place[e];
    }
    const Entries done = spare;
    spare = entries;
    entries = done;
  }
  team.sync();
}

}  // namespace dosi::DOSI_BACKEND::gwr
