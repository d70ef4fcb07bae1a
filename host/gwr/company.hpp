// Engines on several ranks: a part of the places each, and one answer.
#pragma once

#include <cstring>

#include "host/comm/ranks.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

// The ranks must outlive the engine.
inline Company company_of(comm::Ranks& ranks) {
  return {ranks.rank(), ranks.size(),
          [&ranks](std::span<double> all, std::size_t first, std::size_t count) { ranks.complete(all, first, count); }};
}

// The first rank's, so that ranks on unlike devices go the same way. A meeting.
inline Sums agreed(const Sums& sums, comm::Ranks& ranks) {
  const auto said = ranks.from_first({reinterpret_cast<const char*>(&sums), sizeof sums});
  Sums out;
  std::memcpy(&out, said.data(), sizeof out);
  return out;
}

}  // namespace dosi::gwr
