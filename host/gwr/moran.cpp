#include "host/gwr/moran.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace dosi::gwr {
namespace {

// The sums over weights that the variance needs: of (w_ij + w_ji)^2 / 2, and of squared sums of rows and columns.
struct Weights {
  double s1 = 0, s2 = 0;
};

Weights weights_of(std::span<const std::uint32_t> near, std::size_t n, std::size_t k) {
  std::vector<std::uint32_t> wanted_by(n, 0);
  for (const auto j : near) ++wanted_by[j];
  std::size_t mutual = 0;
  double s2 = 0;
  const double share = 1 / static_cast<double>(k);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t a = 0; a < k; ++a) {
      const auto first = near.begin() + static_cast<std::ptrdiff_t>(near[i * k + a] * k),
                 last = first + static_cast<std::ptrdiff_t>(k);
      mutual += std::find(first, last, i) != last;
    }
    s2 += (1 + share * wanted_by[i]) * (1 + share * wanted_by[i]);
  }
  return {share * share * (static_cast<double>(n * k) + static_cast<double>(mutual)), s2};
}

}  // namespace

Moran morans_i(std::span<const std::uint32_t> near, std::span<const double> value) {
  const std::size_t count = value.size(), neighbours = near.size() / count;
  const double n = static_cast<double>(count), s0 = n;
  double mean = 0, m2 = 0, m4 = 0, cross = 0;
  for (const double v : value) mean += v / n;
  for (std::size_t i = 0; i < count; ++i) {
    const double z = value[i] - mean;
    double around = 0;
    for (std::size_t a = 0; a < neighbours; ++a) around += value[near[i * neighbours + a]] - mean;
    cross += z * around / static_cast<double>(neighbours);
    m2 += z * z;
    m4 += z * z * z * z;
  }
  const auto [s1, s2] = weights_of(near, count, neighbours);
  Moran m{.i = n / s0 * cross / m2, .expected = -1 / (n - 1)};
  const double square = m.expected * m.expected, peaked = n * m4 / (m2 * m2);
  const double normal = (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) - square;
  const double random =
      (n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0) - peaked * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 * s0)) /
          ((n - 1) * (n - 2) * (n - 3) * s0 * s0) -
      square;
  m.z_normal = (m.i - m.expected) / std::sqrt(normal);
  m.z_random = (m.i - m.expected) / std::sqrt(random);
  m.p_normal = std::erfc(std::fabs(m.z_normal) / std::sqrt(2.0));
  m.p_random = std::erfc(std::fabs(m.z_random) / std::sqrt(2.0));
  return m;
}

}  // namespace dosi::gwr
