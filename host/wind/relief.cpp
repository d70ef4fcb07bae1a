#include "host/wind/relief.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::wind {

double Relief::at(double x, double y) const {
  const auto& r = raster_;
  const double c = std::clamp((x - r.x0) / r.cell, 0.0, static_cast<double>(r.columns - 1));
  const double w = std::clamp((y - r.y0) / r.cell, 0.0, static_cast<double>(r.rows - 1));
  const auto c0 = static_cast<std::size_t>(c), w0 = static_cast<std::size_t>(w);
  const double tc = c - static_cast<double>(c0), tw = w - static_cast<double>(w0);
  double sum = 0;
  for (const std::size_t dw : {0, 1})
    for (const std::size_t dc : {0, 1}) {
      const double weight = (dw == 0 ? 1 - tw : tw) * (dc == 0 ? 1 - tc : tc);
      if (weight > 0) sum += weight * static_cast<double>(r.values[(w0 + dw) * r.columns + c0 + dc]);
    }
  return sum;
}

bool Relief::covers(double x, double y) const { return x >= x0() && x <= x1() && y >= y0() && y <= y1(); }

}  // namespace dosi::wind
