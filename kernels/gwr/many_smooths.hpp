// Smooths of many columns at once, launched: the moments, level by level, and then the places.
#pragma once

#include "kernels/gwr/smooth_matrices.hpp"

namespace dosi::DOSI_BACKEND::gwr {

class Many_smooths {
 public:
  // All must outlive this.
  Many_smooths(par::Context& ctx, const Terrain& terrain, Smooth_matrices& matrices)
      : ctx_(ctx), matrices_(matrices), n_(terrain.places) {}

  // Numbers that the moments of so many chunks are.
  std::size_t moments_of(std::size_t chunks) const {
    return chunks * matrices_.smooths().clusters().size * kPolynomials * kWide;
  }

  // `what`: all but the matrix, the sizes, the column and the moments.
  template <class Real>
  void run(std::size_t j, double neighbours, std::size_t chunks, View<Real> moments, Smooth_columns<Real> what) {
    const auto matrix = matrices_.of<Real>(j, neighbours);
    if (matrix->far) make_moments<Real>(j, chunks, what.v, moments);
    what.matrix = matrix->view();
    what.places = n_;
    what.chunks = chunks;
    what.x = matrices_.smooths().column(j);
    what.moments = moments;
    const std::size_t tiles = (n_ + kRows - 1) / kRows;
    par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks, kTeam, 0, what);
    if (DOSI_ON_CUDA) ctx_.synchronize();  // the matrix may go
  }

  // Of x V; the last few clusters of a chunk by one team.
  template <class Real>
  void make_moments(std::size_t j, std::size_t chunks, View<const Real> v, View<Real> moments) {
    constexpr std::size_t kFew = 16, kClustersATeam = Team::serial ? 8 : 1;
    const auto& smooths = matrices_.smooths();
    const auto& levels = smooths.levels();
    const std::size_t all = smooths.clusters().size;
    for (std::size_t l = 0; l + 1 < levels.size();) {
      const bool few = all - levels[l] <= kFew;
      const std::size_t begin = levels[l], end = few ? all : levels[l + 1], a_team = few ? all : kClustersATeam;
      par::for_each_team(ctx_, (end - begin + a_team - 1) / a_team * chunks, kTeam, 0,
                         Column_moments<Real>{smooths.forest(), smooths.clusters(), matrices_.factors<Real>(),
                                              smooths.column(j), v, n_, chunks, begin, end, a_team, moments});
      l = few ? levels.size() : l + 1;
    }
  }

 private:
  par::Context& ctx_;
  Smooth_matrices& matrices_;
  std::size_t n_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
