// A box with the wind from one direction: what its faces are, and how fast it comes in.
#pragma once

#include <array>
#include <vector>

#include "host/wind/inflow.hpp"
#include "host/wind/site.hpp"

namespace dosi::wind {

// Faces that the wind blows in through are inlets, those it leaves by are outlets; those along it (within 1 degree) and
// the top are as the case says (Franke et al., COST 732, 2007; Tominaga et al., J. Wind Eng. Ind. Aerodyn. 96, 2008).
struct Boundary {
  Faces faces{};
  std::vector<Kind> kinds;           // of all cells
  std::vector<Velocity> velocities;  // of the cells of inlets and of faces held at the inflow's speed, cells a step
  std::vector<float> deviations;     // of each component there, cells a step; 0 where nothing comes in
  std::array<float, 2> stress_above{};
  double step_of_ground = 0;  // m, the highest that a wind meets where it goes through periodic sides
};
Boundary boundary_of(const City_site& site, const Case& c, const Profile& profile, Heading heading,
                     const Scales& scales);

// The highest speed of the profile within the box, m/s.
double fastest_inflow(const City_site& site, const Profile& profile);

}  // namespace dosi::wind
