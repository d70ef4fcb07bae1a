// The same where distances are listed: a place's list is all that there is around it.
#pragma once

#include "kernels/gwr/smooth_matrix.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// As On_line has it: the distance to the K-th of a list, or to its last.
struct Find_listed_bandwidths {
  Lists near;
  double neighbours;
  View<double> h, reach2;
  DOSI_HD void operator()(std::size_t i) const {
    const std::size_t first = near.first[i], all = near.first[i + 1] - first,
                      count = neighbours < static_cast<double>(all) ? static_cast<std::size_t>(neighbours) : all;
    h[i] = (count > 0 ? near.distance[first + count - 1] : 0) * near.unit * dosi::gwr::kBeyondKth;
    reach2[i] = h[i] * h[i];
  }
};

// take(place, weight) for what the list of point i has within its bandwidth, nearest first.
template <class Take>
DOSI_INLINE DOSI_HD void for_listed(const Lists& near, std::size_t i, double h, Take take) {
  const double inverse = 1 / larger(h * h, 1e-290);
  for (std::size_t e = near.first[i]; e < near.first[i + 1]; ++e) {
    const double d = near.distance[e] * near.unit, t = 1 - d * d * inverse;
    if (!(t > 0)) return;
    take(near.place[e], t * t);
  }
}

struct Listed_sums {
  Lists near;
  View<const double> h, values;
  View<double> out;
  DOSI_HD void operator()(std::size_t i) const {
    double s = 0;
    for_listed(near, i, h[i], [&](std::uint32_t place, double weight) { s = fused(weight, values[place], s); });
    out[i] = s;
  }
};

// The tiles of a smooth's matrix: lists of kRows rows, merged by place.
struct Listed_tiles {
  Lists near;
  std::size_t rows;
  View<const double> h;

  // take(place, weights[kRows]) for places with any weight.
  template <class Take>
  DOSI_HD void walk(std::size_t tile, Take take) const {
    constexpr std::uint32_t kNone = 0xFFFFFFFFu;
    std::size_t begin[kRows] = {}, at[kRows] = {}, count[kRows] = {};
    double inverse[kRows] = {};
    for (int r = 0; r < kRows; ++r) {
      const std::size_t i = tile * kRows + static_cast<std::size_t>(r);
      if (i >= rows) continue;
      begin[r] = near.first[i];
      count[r] = near.first[i + 1] - near.first[i];
      inverse[r] = 1 / larger(h[i] * h[i], 1e-290);
    }
    const auto entry = [&](int r) { return begin[r] + near.by_place[begin[r] + at[r]]; };
    const auto left = [&](int r) {
      const double d = near.distance[entry(r)] * near.unit;
      return 1 - d * d * inverse[r];
    };
    for (;;) {
      std::uint32_t next = kNone;
      for (int r = 0; r < kRows; ++r) {
        while (at[r] < count[r] && !(left(r) > 0)) ++at[r];
        if (at[r] < count[r] && near.place[entry(r)] < next) next = near.place[entry(r)];
      }
      if (next == kNone) return;
      double weight[kRows] = {};
      for (int r = 0; r < kRows; ++r) {
        if (at[r] == count[r] || near.place[entry(r)] != next) continue;
        weight[r] = left(r) * left(r);
        ++at[r];
      }
      take(next, weight);
    }
  }
};

struct Count_listed_steps {
  Listed_tiles tiles;
  View<std::uint64_t> of_places, of_moments;
  DOSI_HD void operator()(std::size_t tile) const {
    std::uint64_t near = 0;
    tiles.walk(tile, [&](std::uint32_t, const double*) { ++near; });
    of_places[tile] = near;
    of_moments[tile] = 0;
  }
};

template <class Real>
struct Write_listed_steps {
  Listed_tiles tiles;
  View<const double> x, xx;
  View<const std::uint64_t> first;
  View<std::uint32_t> source;
  View<Real> factor;
  DOSI_HD void operator()(std::size_t tile) const {
    double inverse[kRows];
    for (int r = 0; r < kRows; ++r) {
      const std::size_t i = tile * kRows + static_cast<std::size_t>(r);
      inverse[r] = i < tiles.rows && xx[i] > 0 ? 1 / xx[i] : 0;
    }
    std::uint64_t at = first[tile];
    tiles.walk(tile, [&](std::uint32_t m, const double* weight) {
      source[at] = m;
      for (int r = 0; r < kRows; ++r)
        factor[at * kRows + static_cast<std::size_t>(r)] = static_cast<Real>(weight[r] * x[m] * inverse[r]);
      ++at;
    });
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
