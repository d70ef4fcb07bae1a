// Heights of a raster at any place.
#pragma once

#include <string>

#include "io/city/layers.hpp"

namespace dosi::wind {

class Relief {
 public:
  explicit Relief(city::Raster raster) : raster_(std::move(raster)) {}
  // Between the centres of four cells, linearly; beyond the outermost ones as at the nearest. NaN beside a hole.
  double at(double x, double y) const;
  bool covers(double x, double y) const;  // within its cells
  double x0() const { return raster_.x0 - raster_.cell / 2; }
  double y0() const { return raster_.y0 - raster_.cell / 2; }
  double x1() const { return x0() + raster_.cell * static_cast<double>(raster_.columns); }
  double y1() const { return y0() + raster_.cell * static_cast<double>(raster_.rows); }

 private:
  city::Raster raster_;
};

}  // namespace dosi::wind
