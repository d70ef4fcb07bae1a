// Random waves at an inlet: what they are, on the host; and what they add to the velocity of a cell at a step, on a
// device. See Inflow_turbulence in wind.hpp.
//
// A wave's phase k.(x - U t) is a sum over the axes and the time, so its sine and cosine at a cell come from tables by
// coordinate, and the time turns the wave's amplitudes, in double on the host: a step's state is the step's number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/core/lanes.hpp"
#include "kernels/core/view.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

inline constexpr std::uint32_t kMostModes = 128;
inline constexpr std::uint32_t kModeLanes = 8;  // sums of every eighth mode: the same order on all devices

// cosine cos(k.x) + sine sin(k.x), in cells; the mean square of each component of all modes together is 1.
struct Mode {
  double k[3], cosine[3], sine[3];
};

// Their number is a multiple of 3, or 0 without an intensity.
std::vector<Mode> make_modes(const Inflow_turbulence& inflow);

// By axis and coordinate: cosines, then sines, of k x for all modes, whose number is padded to a multiple of
// kModeLanes.
struct Phases {
  std::uint32_t modes = 0;
  std::vector<float> x, y, z;  // [cells along the axis][2][modes]
};
Phases make_phases(const std::vector<Mode>& modes, std::uint32_t nx, std::uint32_t ny, std::uint32_t nz);

// The turbulent ones among the cells of kind velocity, and what the modes blow in through them.
struct Inward {
  std::vector<std::uint32_t> turbulent;  // positions among the cells of kind velocity
  std::vector<std::int8_t>
      axis;  // of each, that leads in: 1, 2, 3 towards higher x, y, z, negative towards lower; 0: none
  std::vector<std::array<double, 6>> flux;  // by mode: of an amplitude of 1 of each, over the sum of the intensities
};
Inward make_inward(const std::vector<Mode>& modes, const Question& question, std::span<const std::uint32_t> cells);

// Of cosine and sine by component, with the waves carried as far as they are at a step; and what they then blow in.
struct Amplitudes {
  float of[6][kMostModes] = {};
  float flux = 0;
};
Amplitudes make_amplitudes(const std::vector<Mode>& modes, const Inward& inward, Velocity advection,
                           std::uint64_t step);

// Cosine and sine of a sum of two angles.
DOSI_INLINE DOSI_HD void turn(float& c, float& s, float other_c, float other_s) {
  const float turned = fused(c, other_c, -(s * other_s));
  s = fused(c, other_s, s * other_c);
  c = turned;
}

// What the waves add at a cell for an intensity of 1.
DOSI_INLINE DOSI_HD Velocity fluctuation(const Amplitudes& amplitudes, std::uint32_t modes, const float* x,
                                         const float* y, const float* z) {
  float sum_x[kModeLanes] = {}, sum_y[kModeLanes] = {}, sum_z[kModeLanes] = {};
  const auto& of = amplitudes.of;
  for (std::uint32_t m = 0; m < modes; m += kModeLanes) {
    DOSI_SIMD
    for (std::uint32_t l = 0; l < kModeLanes; ++l) {
      const std::uint32_t k = m + l;
      float c = x[k], s = x[modes + k];
      turn(c, s, y[k], y[modes + k]);
      turn(c, s, z[k], z[modes + k]);
      sum_x[l] = fused(of[0][k], c, fused(of[3][k], s, sum_x[l]));
      sum_y[l] = fused(of[1][k], c, fused(of[4][k], s, sum_y[l]));
      sum_z[l] = fused(of[2][k], c, fused(of[5][k], s, sum_z[l]));
    }
  }
  for (std::uint32_t half = kModeLanes / 2; half > 0; half /= 2)
    for (std::uint32_t l = 0; l < half; ++l) {
      sum_x[l] += sum_x[l + half];
      sum_y[l] += sum_y[l + half];
      sum_z[l] += sum_z[l + half];
    }
  return {sum_x[0], sum_y[0], sum_z[0]};
}

// For each turbulent cell of kind velocity. nx, ny: of the box.
struct Fluctuate {
  std::uint32_t nx, ny, modes;
  View<const std::uint32_t> turbulent, cells;  // positions among the cells of kind velocity; those cells
  View<const std::int8_t> axis;                // Inward
  View<const float> intensity;                 // of each cell of kind velocity
  View<const float> x, y, z;                   // Phases
  View<const Velocity> mean;
  View<Velocity> out;
  Amplitudes amplitudes;
  DOSI_HD void operator()(std::size_t i) const {
    const std::uint32_t at = turbulent[i], n = cells[at], row = n / nx;
    const std::size_t line = 2 * std::size_t{modes};
    Velocity u = fluctuation(amplitudes, modes, x.data + (n - row * nx) * line, y.data + row % ny * line,
                             z.data + row / ny * line);
    const int in = axis[i];
    const float flux = in > 0 ? amplitudes.flux : -amplitudes.flux;
    if (in == 1 || in == -1) u.x -= flux;
    if (in == 2 || in == -2) u.y -= flux;
    if (in == 3 || in == -3) u.z -= flux;
    const float size = intensity[at];
    out[at] = {fused(size, u.x, mean[at].x), fused(size, u.y, mean[at].y), fused(size, u.z, mean[at].z)};
  }
};

}  // namespace dosi::wind
