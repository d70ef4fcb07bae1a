// The waves of an inlet. See inflow.hpp.
#include "kernels/wind/inflow.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "kernels/core/philox.hpp"
#include "kernels/wind/grid.hpp"

namespace dosi::wind {
namespace {

// Wave numbers at the middle of equal shares of the energy of von Karman's spectrum, k^4 / (k_e^2 + k^2)^(17/6), up to
// pi / 2.
std::vector<double> wave_numbers(double length_scale, std::size_t count) {
  const double k_e = std::sqrt(std::numbers::pi) * std::tgamma(5.0 / 6) / std::tgamma(1.0 / 3) / length_scale;
  constexpr std::size_t kSteps = 4096;
  std::vector<double> k(kSteps + 1), energy(kSteps + 1);
  const double low = std::log(0.01 * k_e), high = std::log(std::numbers::pi / 2);
  for (std::size_t i = 0; i <= kSteps; ++i) {
    k[i] = std::exp(low + (high - low) * static_cast<double>(i) / kSteps);
    const double square = std::pow(k[i] / k_e, 2);
    if (i > 0)
      energy[i] = energy[i - 1] + k[i] * square * square * std::pow(1 + square, -17.0 / 6);  // an equal step of log k
  }
  std::vector<double> chosen(count);
  for (std::size_t m = 0; m < count; ++m) {
    const double share = (static_cast<double>(m) + 0.5) / static_cast<double>(count) * energy[kSteps];
    chosen[m] = k[static_cast<std::size_t>(std::lower_bound(energy.begin(), energy.end(), share) - energy.begin())];
  }
  return chosen;
}

// Three axes at right angles, turned at random: a uniform quaternion (Shoemake, Graphics Gems III, 1992).
void random_axes(Random& random, double (&axes)[3][3]) {
  const double share = random.uniform(), one = 2 * std::numbers::pi * random.uniform(),
               other = 2 * std::numbers::pi * random.uniform();
  const double x = std::sqrt(1 - share) * std::sin(one), y = std::sqrt(1 - share) * std::cos(one),
               z = std::sqrt(share) * std::sin(other), w = std::sqrt(share) * std::cos(other);
  const double turned[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)},
                               {2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)},
                               {2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)}};
  std::copy(&turned[0][0], &turned[0][0] + 9, &axes[0][0]);
}

std::vector<float> table(const std::vector<Mode>& modes, std::uint32_t padded, std::uint32_t cells, int axis) {
  std::vector<float> out(std::size_t{cells} * 2 * padded);
  for (std::uint32_t at = 0; at < cells; ++at)
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const double phase = modes[m].k[axis] * at;
      out[std::size_t{at} * 2 * padded + m] = static_cast<float>(std::cos(phase));
      out[(std::size_t{at} * 2 + 1) * padded + m] = static_cast<float>(std::sin(phase));
    }
  return out;
}

// The axis along which a cell of kind velocity has fluid beside it, 1, 2, 3 towards higher x, y, z, negative towards
// lower, or 0.
std::int8_t inward_axis(const Question& q, const std::uint32_t (&at)[3]) {
  const Grid grid{q.nx, q.ny, q.nz, 0};
  for (int i = 1; i <= 6; ++i) {
    const Direction d = direction(i);
    if (q.kinds[grid.index(grid.moved({at[0], at[1], at[2]}, d))] == Kind::fluid)
      return static_cast<std::int8_t>(d.x + 2 * d.y + 3 * d.z);
  }
  return 0;
}

// u - shear w along the wind, and waves to match: k.x of the sheared place is that of the place before.
void shear_along(Mode& mode, const Inflow_turbulence& inflow) {
  const double speed = std::hypot(inflow.advection.x, inflow.advection.y),
               along[2] = {inflow.advection.x / speed, inflow.advection.y / speed};
  mode.k[2] += inflow.shear * (mode.k[0] * along[0] + mode.k[1] * along[1]);
  for (auto* const amplitude : {mode.cosine, mode.sine})
    for (int a = 0; a < 2; ++a) amplitude[a] -= inflow.shear * along[a] * amplitude[2];
}

}  // namespace

std::vector<Mode> make_modes(const Inflow_turbulence& inflow) {
  if (inflow.intensity.empty()) return {};
  const std::size_t count = inflow.modes / 3 * 3;
  std::vector<double> numbers = wave_numbers(inflow.length_scale, count);
  Random order(inflow.seed, count);
  for (std::size_t m = count; m > 1; --m)
    std::swap(numbers[m - 1], numbers[order.below(static_cast<std::uint32_t>(m))]);
  std::vector<Mode> modes(count);
  const double amplitude = 1 / std::sqrt(static_cast<double>(count) / 3);
  for (std::size_t triad = 0; triad < count / 3; ++triad) {
    Random random(inflow.seed, triad);
    double axes[3][3];
    random_axes(random, axes);
    for (std::size_t i = 0; i < 3; ++i) {
      Mode& mode = modes[3 * triad + i];
      std::fill(&mode.cosine[0], &mode.cosine[0] + 3, 0);
      std::fill(&mode.sine[0], &mode.sine[0] + 3, 0);
      for (int a = 0; a < 3; ++a) mode.k[a] = numbers[3 * triad + i] * axes[i][a];
      for (std::size_t polarisation = 1; polarisation <= 2; ++polarisation) {
        const double phase = 2 * std::numbers::pi * random.uniform();
        for (int a = 0; a < 3; ++a) {
          mode.cosine[a] += amplitude * std::cos(phase) * axes[(i + polarisation) % 3][a];
          mode.sine[a] -= amplitude * std::sin(phase) * axes[(i + polarisation) % 3][a];
        }
      }
      if (inflow.shear > 0) shear_along(mode, inflow);
    }
  }
  return modes;
}

Phases make_phases(const std::vector<Mode>& modes, std::uint32_t nx, std::uint32_t ny, std::uint32_t nz) {
  if (modes.empty()) return {};
  const std::uint32_t padded = (static_cast<std::uint32_t>(modes.size()) + kModeLanes - 1) / kModeLanes * kModeLanes;
  return {padded, table(modes, padded, nx, 0), table(modes, padded, ny, 1), table(modes, padded, nz, 2)};
}

Inward make_inward(const std::vector<Mode>& modes, const Question& q, std::span<const std::uint32_t> cells) {
  Inward inward;
  inward.flux.resize(modes.size());
  double whole = 0;
  for (std::size_t i = 0; i < q.inflow.intensity.size(); ++i) {
    const double size = q.inflow.intensity[i];
    if (size == 0) continue;
    const std::uint32_t n = cells[i], at[3] = {n % q.nx, n / q.nx % q.ny, n / q.nx / q.ny};
    inward.turbulent.push_back(static_cast<std::uint32_t>(i));
    inward.axis.push_back(inward_axis(q, at));
    const int code = inward.axis.back();
    if (code == 0) continue;
    whole += size;
    const auto axis = static_cast<std::size_t>(std::abs(code) - 1);
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const double phase = modes[m].k[0] * at[0] + modes[m].k[1] * at[1] + modes[m].k[2] * at[2],
                   in = code > 0 ? size : -size;
      inward.flux[m][axis] += in * std::cos(phase);
      inward.flux[m][3 + axis] += in * std::sin(phase);
    }
  }
  for (auto& flux : inward.flux)
    for (double& part : flux) part /= whole > 0 ? whole : 1;
  return inward;
}

Amplitudes make_amplitudes(const std::vector<Mode>& modes, const Inward& inward, Velocity advection,
                           std::uint64_t step) {
  Amplitudes out;
  double flux = 0;
  for (std::size_t m = 0; m < modes.size(); ++m) {
    const Mode& mode = modes[m];
    const double frequency = mode.k[0] * advection.x + mode.k[1] * advection.y + mode.k[2] * advection.z;
    const double phase = std::remainder(frequency * static_cast<double>(step), 2 * std::numbers::pi),
                 c = std::cos(phase), s = std::sin(phase);
    for (int a = 0; a < 3; ++a) {
      const auto axis = static_cast<std::size_t>(a);
      const double cosine = mode.cosine[a] * c - mode.sine[a] * s, sine = mode.cosine[a] * s + mode.sine[a] * c;
      out.of[a][m] = static_cast<float>(cosine);
      out.of[3 + a][m] = static_cast<float>(sine);
      flux += cosine * inward.flux[m][axis] + sine * inward.flux[m][3 + axis];
    }
  }
  out.flux = static_cast<float>(flux);
  return out;
}

}  // namespace dosi::wind
