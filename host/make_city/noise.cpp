#include "host/make_city/noise.hpp"

namespace dosi::make_city {
namespace {

constexpr double kGradientScale = 1.6;  // brings the usual extremes of gradient noise near ±1

Point random_direction(Random& random) {
  while (true) {
    const Point p{2 * random.uniform() - 1, 2 * random.uniform() - 1};
    const double square = dot(p, p);
    if (square > 0.01 && square <= 1) return unit(p);
  }
}

double fade(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

}  // namespace

Noise::Noise(std::uint64_t seed, Stage stage, std::uint64_t item, Point middle, double reach, double wavelength)
    : per_metre_(1 / wavelength) {
  side_ = static_cast<int>(2 * reach * per_metre_) + 4;
  Random random = stream(seed, stage, item);
  const Point shift{random.uniform(), random.uniform()};
  corner_ = middle - Point{reach, reach} - Point{wavelength, wavelength} * 0.5 - shift * wavelength;
  gradients_.resize(static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_));
  for (auto& g : gradients_) g = random_direction(random);
}

double Noise::operator()(Point p) const {
  const double limit = side_ - 1.001;
  const double u = std::clamp((p.x - corner_.x) * per_metre_, 0.0, limit);
  const double v = std::clamp((p.y - corner_.y) * per_metre_, 0.0, limit);
  const int i = static_cast<int>(u), j = static_cast<int>(v);
  const double s = u - i, t = v - j;
  const Point* row = gradients_.data() + static_cast<std::size_t>(j) * static_cast<std::size_t>(side_) + i;
  const Point* above = row + side_;
  const double a = row[0].x * s + row[0].y * t, b = row[1].x * (s - 1) + row[1].y * t;
  const double c = above[0].x * s + above[0].y * (t - 1), d = above[1].x * (s - 1) + above[1].y * (t - 1);
  const double fs = fade(s), ft = fade(t);
  const double low = a + (b - a) * fs, high = c + (d - c) * fs;
  return kGradientScale * (low + (high - low) * ft);
}

Fractal_noise::Fractal_noise(std::uint64_t seed, Stage stage, std::uint64_t first_item, Point middle, double reach,
                             double wavelength, int octaves, double gain)
    : gain_(gain) {
  double height = 1, sum = 0;
  for (int o = 0; o < octaves; ++o, wavelength /= 2, sum += height, height *= gain)
    octaves_.emplace_back(seed, stage, first_item + static_cast<std::uint64_t>(o), middle, reach, wavelength);
  scale_ = 1 / sum;
}

double Fractal_noise::operator()(Point p) const {
  double value = 0, height = scale_;
  for (const auto& octave : octaves_) {
    value += height * octave(p);
    height *= gain_;
  }
  return value;
}

}  // namespace dosi::make_city
