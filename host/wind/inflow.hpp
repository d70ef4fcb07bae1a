// What comes in: mean speed and turbulence of the wind over open ground, by height.
#pragma once

#include <vector>

#include "host/wind/case.hpp"

namespace dosi::wind {

// Log: Richards and Hoxey (J. Wind Eng. Ind. Aerodyn. 46-47, 1993), u = u*/kappa ln((z + z0) / z0), k = u*^2 /
// sqrt(0.09). Power: u = U (z / zr)^a up to the gradient height zG, k = (I u)^2 with I = 0.1 (z / zG)^(-a - 0.05)
// (Architectural Institute of Japan, Recommendations for Loads on Buildings). Table: straight between its heights,
// constant above them, and like a log law below; no turbulence where it tells no energy.
class Profile {
 public:
  explicit Profile(const Case& q) : q_(q) {}
  double speed(double height) const;   // m/s at a height above the ground in m
  double energy(double height) const;  // k, m2/s2, of the profile itself
  // Standard deviation of each component, as asked for: sqrt(2 k / 3) times `turbulence`.
  double deviation(double height) const;
  // Covariance of the velocity along the wind and upwards, over the square of the deviation at the reference height, 0
  // to 1 downwards: the stress that the ground takes of this profile in cells of this size has to come from above.
  double shear() const;
  double friction_speed() const;  // of the log law, m/s

 private:
  const Case& q_;
};

// Roughness length, m, of the log law that departs least (relative, in the mean square) from a profile at the centres
// of the seven lowest cells, whatever its friction speed; at most a quarter of a cell. Over ground of this roughness
// length the profile is in balance there: a power law of exponent 0.22 departs from its law by 2 %.
double fitted_roughness(const Case& q);
// Stress that the ground takes of a power law or a table in the first cell, over what ground of its own roughness
// length takes.
double friction_over_own(const Case& q);

// The direction that wind from `degrees` blows to, as a vector of length 1: east, north.
struct Heading {
  double east = 0, north = 0;
};
Heading heading_of(double degrees);
inline constexpr double kAlong = 0.0175;  // sine of the degree within which a wind goes along a face
bool goes_along_sides(double degrees);

// Cells and steps against metres and seconds.
struct Scales {
  double cell = 1, step = 1;  // m, s
  double viscosity = 0;       // cells^2 a step, as the grid carries it
  bool viscosity_raised = false;
  double speed_in(double metres_a_second) const { return metres_a_second * step / cell; }
  double speed_out(double cells_a_step) const { return cells_a_step * cell / step; }
};

// `fastest`: the inflow's highest speed, m/s. UsageError names a time step that would be unstable, and the largest one
// that is not.
Scales scales_of(const Case& q, double fastest);

}  // namespace dosi::wind
