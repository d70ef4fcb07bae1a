// How columns of the identity lie side by side: kWide of them, [chunk][place][kWide].
#pragma once

#include "kernels/gwr/smooth_matrix.hpp"

namespace dosi::DOSI_BACKEND::gwr {

inline constexpr std::size_t kTilesATeam = Team::serial ? 16 : 1;
#if DOSI_ON_CUDA
inline constexpr int kPacksWide = 1;
#elif defined(__AVX512F__)
inline constexpr int kPacksWide = 6;
#else
inline constexpr int kPacksWide = 4;
#endif
inline constexpr std::size_t kWide = kPacksWide * kLanes;

// How kWide numbers lie in packs.
template <class Real>
struct Across {
  using Numbers = Pack_of<Real>;
  static constexpr std::size_t lanes = kLanesOf<Real>;
  static constexpr int packs = static_cast<int>(kWide / lanes), sums = kRows * packs;
  // Packs of one pass over the steps of a tile, so that its sums stay in registers.
#if DOSI_ON_CUDA || defined(__AVX512F__)
  static constexpr int at_once = packs;
#else
  static constexpr int at_once = 2;
#endif
};

}  // namespace dosi::DOSI_BACKEND::gwr
