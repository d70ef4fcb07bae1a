#include "host/wind/inflow.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "io/error.hpp"

namespace dosi::wind {
namespace {

constexpr double kKarman = 0.4;
constexpr int kFittedCells = 7;  // the lowest, where the ground's roughness is felt within a fetch
constexpr double kUsualSpeed = 0.08, kMostInflow = 0.2;  // cells a step, of the inflow; it is faster around corners
// Below these the relaxation time is so near 1/2 that rounding grows; what the subgrid model adds is above the first.
constexpr double kLeastViscosity = 1e-5, kLeastWithoutSubgrid = 5e-3;

// Between the lines of a table; `below` is what comes before its first height.
template <class Value, class Below>
double interpolated(const std::vector<Profile_line>& table, double height, Value value, Below below) {
  if (height <= table.front().height) return below(table.front());
  const auto above = std::find_if(table.begin(), table.end(), [&](const auto& l) { return l.height > height; });
  if (above == table.end()) return value(table.back());
  const auto& low = *(above - 1);
  const double t = (height - low.height) / (above->height - low.height);
  return value(low) + t * (value(*above) - value(low));
}

}  // namespace

double Profile::friction_speed() const {
  return kKarman * q_.speed / std::log((q_.reference_height + q_.roughness) / q_.roughness);
}

double Profile::speed(double height) const {
  const double z = std::max(height, 0.0);
  switch (q_.profile) {
    case Profile_kind::log: return friction_speed() / kKarman * std::log((z + q_.roughness) / q_.roughness);
    case Profile_kind::power:
      return q_.speed * std::pow(std::min(z, q_.gradient_height) / q_.reference_height, q_.exponent);
    case Profile_kind::table: break;
  }
  return interpolated(
      q_.table, z, [](const Profile_line& l) { return l.speed; },
      [&](const Profile_line& first) {
        if (!(q_.roughness > 0)) return first.speed * z / first.height;
        return first.speed * std::log((z + q_.roughness) / q_.roughness) /
               std::log((first.height + q_.roughness) / q_.roughness);
      });
}

double Profile::energy(double height) const {
  const double z = std::max(height, 0.0);
  switch (q_.profile) {
    case Profile_kind::log: return friction_speed() * friction_speed() / std::sqrt(0.09);
    case Profile_kind::power: {
      const double relative = std::clamp(z / q_.gradient_height, 0.01, 1.0);
      const double deviation = 0.1 * std::pow(relative, -q_.exponent - 0.05) * speed(z);
      return deviation * deviation;
    }
    case Profile_kind::table: break;
  }
  const auto of = [](const Profile_line& l) { return l.energy.value_or(0); };
  return interpolated(q_.table, z, of, of);
}

double Profile::deviation(double height) const { return q_.turbulence * std::sqrt(2.0 / 3.0 * energy(height)); }

double Profile::shear() const {
  const double middle = q_.cell / 2, sigma = deviation(q_.reference_height);
  if (!(q_.roughness > 0) || !(sigma > 0)) return 0;
  const double friction = kKarman * speed(middle) / std::log((middle + q_.roughness) / q_.roughness);
  return std::min(1.0, friction * friction / (sigma * sigma));
}

double fitted_roughness(const Case& q) {
  const Profile profile(q);
  std::vector<double> heights;
  for (int layer = 0; layer < kFittedCells; ++layer)
    if (const double z = (layer + 0.5) * q.cell; q.profile != Profile_kind::table || z >= q.table.front().height)
      heights.push_back(z);
  for (std::size_t i = 0; heights.size() < 2; ++i) heights.push_back(q.table[i].height);
  // The friction speed drops out: that of the least squares belongs to each roughness length.
  const auto departure = [&](double log_of_roughness) {
    double of_law = 0, squares = 0, sum = 0;
    for (const double z : heights) {
      const double law = std::log(z / std::exp(log_of_roughness) + 1) / profile.speed(z);
      of_law += law, squares += law * law;
    }
    for (const double z : heights)
      sum += std::pow(of_law / squares * std::log(z / std::exp(log_of_roughness) + 1) / profile.speed(z) - 1, 2);
    return sum;
  };
  // Two thousand lengths from far below what is felt to the longest that cells of this size may have.
  const double longest = std::log(q.cell / 4), shortest = longest - 20;
  double best = shortest;
  for (int i = 1; i <= 2000; ++i)
    if (const double at = shortest + (longest - shortest) * i / 2000; departure(at) < departure(best)) best = at;
  return std::min(std::exp(best), q.cell / 4);
}

double friction_over_own(const Case& q) {
  const double z = q.cell / 2;
  if (!q.roughness_of_profile || !(q.roughness > 0)) return 1;
  return std::pow(std::log(z / *q.roughness_of_profile + 1) / std::log(z / q.roughness + 1), 2);
}

Heading heading_of(double degrees) {
  const double a = degrees * std::numbers::pi / 180;
  const auto tidy = [](double v) { return std::fabs(v) < 1e-12 ? 0.0 : v; };
  return {tidy(-std::sin(a)), tidy(-std::cos(a))};
}

bool goes_along_sides(double degrees) {
  const auto h = heading_of(degrees);
  return std::min(std::fabs(h.east), std::fabs(h.north)) <= kAlong;
}

Scales scales_of(const Case& q, double fastest) {
  Scales s{.cell = q.cell, .step = q.time_step.value_or(kUsualSpeed * q.cell / fastest)};
  if (s.speed_in(fastest) > kMostInflow * (1 + 1e-9))
    throw UsageError(
        "time_step: in {} s the inflow's highest speed, {:.3g} m/s, crosses {:.3g} cells of {} m, which is not stable; "
        "the largest step that is: {:.3g} s",
        s.step, fastest, s.speed_in(fastest), q.cell, kMostInflow * q.cell / fastest);
  const double least = q.smagorinsky > 0 ? kLeastViscosity : kLeastWithoutSubgrid;
  s.viscosity = q.viscosity * s.step / (s.cell * s.cell);
  s.viscosity_raised = s.viscosity < least;
  s.viscosity = std::max(s.viscosity, least);
  return s;
}

}  // namespace dosi::wind
