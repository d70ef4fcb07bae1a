// Near by travel time: for each place those that are reached first over the streets, as the engine takes listed
// distances.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/access/travel_times.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

struct Travel_lists {
  std::vector<std::uint64_t> first;
  std::vector<std::uint32_t> place, distance;                             // ms
  Listed view() const { return {first, place, distance, 1.0 / 60'000}; }  // bandwidths in minutes
};

// The lists of all places together, in entries.
inline constexpr std::size_t kMostListed = std::size_t{1} << 27;

// Of each of `from` the `most` of `to` that are reached first, nearest first, equal times by number; those that cannot
// be reached are not among them. `same`: both are the same places, and each is its own nearest, with a time of 0.
Travel_lists travel_lists(const access::Travel_times& streets, std::span<const access::Place> from,
                          std::span<const access::Place> to, bool same, std::size_t most,
                          comm::Ranks& ranks = comm::alone());

}  // namespace dosi::gwr
