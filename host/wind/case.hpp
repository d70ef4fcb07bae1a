// A case, as fluid dynamics calls it: what is asked of the wind, out of the parameters; each is declared here, once.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

enum class Profile_kind { log, power, table };
// What bounds the air where the wind goes along the box's sides, and above. periodic: what leaves at a side comes in at
// the other; inflow: a plane that moves as the inflow does there; stress: none but that of the inflow's log law; open:
// an outlet.
enum class Sides { slip, periodic, inflow };
enum class Top { slip, inflow, stress, open };

// A line of a measured profile: speed (m/s) and, where it is known, turbulent kinetic energy (m2/s2) at a height (m).
struct Profile_line {
  double height = 0, speed = 0;
  std::optional<double> energy;
};

struct Place_of_site {
  double x = 0, y = 0;
};

// A vertical slice, as it is asked for: its ends; or a point, a bearing (degrees from north) and perhaps a length (m)
// of which the point is the middle.
struct Slice_line {
  std::string name;
  std::optional<Place_of_site> from, to, through;
  double bearing = 0;
  std::optional<double> length, height;  // m; how high it reaches above the lowest ground
};

struct Case {
  std::string buildings, height, footprint, surface, terrain;
  bool surface_above_ground = false;
  std::optional<Place_of_site> centre;
  std::array<double, 2> size{};      // m
  std::optional<double> fetch, top;  // m
  Sides sides = Sides::slip;
  Top above = Top::slip;
  double cell = 0;  // m

  std::vector<double> directions;  // degrees, from where it blows
  Profile_kind profile = Profile_kind::log;
  double speed = 0, reference_height = 0, roughness = 0, building_roughness = 0, exponent = 0, gradient_height = 0;
  std::optional<double> roughness_of_profile;  // of a power law or a table: fitted_roughness()
  std::vector<Profile_line> table;
  double turbulence = 0;                   // share of the profile's own
  std::optional<double> turbulence_scale;  // m

  Collision collision = Collision::regularised;
  Storage storage = Storage::fp32;
  double smagorinsky = 0, viscosity = 0;  // m2/s
  std::optional<double> time_step;        // s

  std::optional<double> spin_up, average;  // s; measured where they are not given
  double tolerance = 0, most_throughs = 0;
  std::int64_t sample_every = 0;  // steps
  double checkpoint_minutes = 0;
  std::uint64_t seed = 0;

  std::string sources, emission;
  double emission_rate = 0, source_height = 0, schmidt = 0;
  std::vector<std::string> source_classes;

  double street_height = 0;
  std::vector<double> percentiles;  // of the street's speeds, beside the 95th
  std::vector<double> heights;
  std::string probes, probe_height;
  std::vector<Slice_line> slices;
  bool volume = false;

  // UsageError with all that contradicts.
  explicit Case(const job::Parameters& p);
};

const std::vector<job::Parameter>& declared_parameters();

}  // namespace dosi::wind
