// Smooth random fields: gradient noise of Perlin ("Improving noise", SIGGRAPH 2002) on a table of Philox gradients.
// Twice differentiable, about -1 .. 1, mean 0; one bump is about one wavelength wide.
#pragma once

#include <vector>

#include "host/make_city/geometry.hpp"
#include "host/make_city/random.hpp"

namespace dosi::make_city {

class Noise {
 public:
  Noise() = default;
  // Covers the square of half side `reach` around `middle`; beyond it the field repeats its rim.
  Noise(std::uint64_t seed, Stage stage, std::uint64_t item, Point middle, double reach, double wavelength);
  double operator()(Point p) const;

 private:
  Point corner_;
  double per_metre_ = 1;
  int side_ = 2;
  std::vector<Point> gradients_;
};

// Octaves of Noise, each of half the wavelength and `gain` of the height of the one before.
class Fractal_noise {
 public:
  Fractal_noise() = default;
  Fractal_noise(std::uint64_t seed, Stage stage, std::uint64_t first_item, Point middle, double reach,
                double wavelength, int octaves, double gain);
  double operator()(Point p) const;

 private:
  std::vector<Noise> octaves_;
  double gain_ = 0.5, scale_ = 1;
};

}  // namespace dosi::make_city
