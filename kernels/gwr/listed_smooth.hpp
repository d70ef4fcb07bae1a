// The same where distances are listed: a place's list is all that there is around it.
#pragma once

#include "kernels/gwr/smooth.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// As On_line has it: the distance to the K-th of a list, or to its last.
struct Find_listed_bandwidths {
  Lists near;
  double neighbours;
  View<double> h, reach2;
  DOSI_HD void operator()(std::size_t i) const {
    const std::size_t first = near.first[i], all = near.first[i + 1] - first, count = neighbours < static_cast<double>(all) ? static_cast<std::size_t>(neighbours) : all;
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

}  // namespace dosi::DOSI_BACKEND::gwr
