// A box with the wind from one direction: what its faces are, and how fast it comes in.
#pragma once

#include <vector>

#include "host/wind/inflow.hpp"
#include "host/wind/site.hpp"

namespace dosi::wind {

// Faces that the wind blows in through are inlets, those it leaves by are outlets, those along it (within 1 degree) and
// the top are free of friction.
struct Boundary {
  Faces faces{};
  std::vector<Kind> kinds;             // of all cells
  std::vector<Velocity> velocities;    // of the inlets' cells, cells a step
  std::vector<float> deviations;       // of each component there, cells a step
};
Boundary boundary_of(const City_site& site, const Profile& profile, Heading heading, const Scales& scales);

// The highest speed of the profile within the box, m/s.
double fastest_inflow(const City_site& site, const Profile& profile);

}  // namespace dosi::wind
