#include "host/wind/case.hpp"

#include <algorithm>
#include <cmath>

#include "host/job/fields.hpp"
#include "host/wind/inflow.hpp"
#include "host/wind/slices.hpp"
#include "io/city/layers.hpp"
#include "io/error.hpp"

namespace dosi::wind {

using job::Form;
using job::Json;
using job::Parameter;

namespace {

const std::vector<std::string> kCollisions{"bgk", "trt", "regularised"};
const std::vector<std::string> kProfiles{"log", "power", "table"};
const std::vector<std::string> kSides{"slip", "periodic", "inflow"}, kAbove{"slip", "inflow", "stress", "open"};

std::vector<Profile_line> read_table(const Json& lines, Problems& bad) {
  std::vector<Profile_line> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    job::Fields f(lines[i], fmt::format("inflow[{}]", i), bad);
    Profile_line line;
    const auto height = f.number("height", 1e5), speed = f.number("speed", 200);
    if (!f.has("height")) f.wrong("height (m above the ground) is missing");
    if (!f.has("speed")) f.wrong("speed (m/s) is missing");
    line.height = height.value_or(0);
    line.speed = speed.value_or(0);
    line.energy = f.number("energy", 1e4);
    if (!out.empty() && height && line.height <= out.back().height)
      f.wrong("height = {}: heights must rise", line.height);
    out.push_back(line);
  }
  return out;
}

void check_table(const Json& lines, Problems& bad) { read_table(lines, bad); }
void check_slices(const Json& lines, Problems& bad) { read_slices(lines, bad); }

constexpr double kUsualRoughness = 0.1;  // m, of a log profile

std::optional<double> real_if_given(const job::Parameters& p, const char* name) {
  return p.has(name) ? std::optional(p.real(name)) : std::nullopt;
}

std::size_t place_in(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::vector<std::string> road_names() { return {std::begin(city::kRoadNames), std::end(city::kRoadNames)}; }

}  // namespace

const std::vector<Parameter>& declared_parameters() {
  static const std::vector<Parameter> list{
      {.name = "buildings",
       .help = "layer of building outlines (zones), or of points with a footprint's area: squares",
       .optional = true,
       .layer_kinds = {"zones", "points"}},
      {.name = "height", .otherwise = "height_m", .help = "column of the buildings: metres above the ground around"},
      {.name = "footprint", .otherwise = "footprint_m2", .help = "column of buildings that are points: square metres"},
      {.name = "surface",
       .help = "raster of heights with buildings (DSM), instead of outlines or with them",
       .optional = true,
       .layer_kinds = {"raster"}},
      {.name = "surface_above",
       .otherwise = "datum",
       .help = "what the surface is measured from: as the terrain is, or the ground",
       .choices = {"datum", "ground"}},
      {.name = "terrain",
       .help = "raster of the ground's heights (DEM); flat without",
       .optional = true,
       .layer_kinds = {"raster"}},
      {.name = "centre",
       .form = Form::reals,
       .otherwise = Json::array(),
       .help = "easting and northing of the middle; without: of the buildings, or of the surface",
       .unit = "m"},
      {.name = "size",
       .form = Form::reals,
       .otherwise = Json::array({500}),
       .help = "width and depth of what is built up; one number: a square",
       .unit = "m",
       .least = 0.01,
       .most = 1e5},
      {.name = "fetch",
       .form = Form::real,
       .help = "bare ground around it; without: five times the highest building",
       .unit = "m",
       .least = 0,
       .most = 1e5,
       .optional = true},
      {.name = "top",
       .form = Form::real,
       .help = "height of the box above its lowest ground; without: the highest roof and five times the highest "
               "building, at least 100 m",
       .unit = "m",
       .least = 0.01,
       .most = 1e4,
       .optional = true},
      {.name = "sides",
       .otherwise = "slip",
       .help = "faces that the wind goes along: without friction, periodic, or held at the inflow's mean speed",
       .choices = kSides},
      {.name = "above",
       .otherwise = "slip",
       .help = "the face above: without friction, held at the inflow's mean speed, without friction but with the "
               "stress of the inflow's log law, or open",
       .choices = kAbove},
      {.name = "cell",
       .form = Form::real,
       .otherwise = 4,
       .help = "side of a cell",
       .unit = "m",
       .least = 1e-4,
       .most = 100},
      {.name = "directions",
       .form = Form::reals,
       .otherwise = Json::array({270}),
       .help = "where the wind comes from, clockwise from north; a run for each",
       .unit = "degree",
       .least = 0,
       .most = 360},
      {.name = "profile", .otherwise = "log", .help = "how the inflow's speed rises with height", .choices = kProfiles},
      {.name = "speed",
       .form = Form::real,
       .otherwise = 5,
       .help = "speed of the inflow at the reference height",
       .unit = "m/s",
       .least = 0.01,
       .most = 100},
      {.name = "reference_height",
       .form = Form::real,
       .otherwise = 10,
       .help = "height above the ground of that speed",
       .unit = "m",
       .least = 1e-3,
       .most = 1000},
      {.name = "roughness",
       .form = Form::real,
       .help = "roughness length of the ground, and of a log profile; without: 0.1 m with a log profile, else what the "
               "profile itself has in the lowest cells",
       .unit = "m",
       .least = 0,
       .most = 10,
       .optional = true},
      {.name = "building_roughness",
       .form = Form::real,
       .otherwise = 0.01,
       .help = "roughness length of walls and roofs; 0: no slip",
       .unit = "m",
       .least = 0,
       .most = 10},
      {.name = "exponent",
       .form = Form::real,
       .otherwise = 0.22,
       .help = "of a power profile",
       .least = 0.01,
       .most = 1},
      {.name = "gradient_height",
       .form = Form::real,
       .otherwise = 400,
       .help = "of a power profile: where the wind rises no more",
       .unit = "m",
       .least = 0.1,
       .most = 2000},
      {.name = "inflow",
       .form = Form::tables,
       .otherwise = Json::array(),
       .help = "of profile=table: height (m), speed (m/s), and energy (m2/s2) where it is known",
       .check = check_table},
      {.name = "turbulence",
       .form = Form::real,
       .otherwise = 1,
       .help = "strength of the inflow's turbulence, as a share of what belongs to the profile; 0: none",
       .least = 0,
       .most = 3},
      {.name = "turbulence_scale",
       .form = Form::real,
       .help = "length scale of the inflow's eddies; without: the mean height of the buildings, at least 4 cells",
       .unit = "m",
       .least = 1e-3,
       .most = 1000,
       .optional = true},
      {.name = "collision", .otherwise = "regularised", .help = "collision operator", .choices = kCollisions},
      {.name = "storage",
       .otherwise = "fp32",
       .help = "how populations are stored; fp16 halves memory and time on a GPU",
       .choices = {"fp32", "fp16"}},
      {.name = "smagorinsky",
       .form = Form::real,
       .otherwise = 0.1,
       .help = "constant of the subgrid model; 0: none",
       .least = 0,
       .most = 0.5},
      {.name = "viscosity",
       .form = Form::real,
       .otherwise = 1.5e-5,
       .help = "of air; raised where the grid cannot carry it, which is said",
       .unit = "m2/s",
       .least = 1e-9,
       .most = 100},
      {.name = "time_step",
       .form = Form::real,
       .help = "without: the inflow's highest speed is 0.08 cells a step",
       .unit = "s",
       .least = 1e-9,
       .most = 100,
       .optional = true},
      {.name = "spin_up",
       .form = Form::real,
       .help = "time before anything is averaged; without: until the energy has settled",
       .unit = "s",
       .least = 0,
       .most = 1e6,
       .optional = true},
      {.name = "average",
       .form = Form::real,
       .help = "time that is averaged; without: until the street's means are certain",
       .unit = "s",
       .least = 1e-6,
       .most = 1e6,
       .optional = true},
      {.name = "tolerance",
       .form = Form::real,
       .otherwise = 0.02,
       .help = "standard error of the street's mean speeds at which averaging ends, as a share of the reference speed",
       .least = 1e-4,
       .most = 0.5},
      {.name = "most_throughs",
       .form = Form::real,
       .otherwise = 20,
       .help = "the longest run, in times that the wind at the reference height needs through the box",
       .least = 0.01,
       .most = 10000},
      {.name = "sample_every",
       .form = Form::whole,
       .otherwise = 9,
       .help = "steps between samples of the statistics",
       .least = 1,
       .most = 10000},
      {.name = "checkpoint_minutes",
       .form = Form::real,
       .otherwise = 10,
       .help = "how much work an interruption may cost; at least twenty times what a checkpoint takes",
       .unit = "min",
       .least = 0,
       .most = 1440,
       .changes_answer = false},
      {.name = "seed", .form = Form::whole, .otherwise = 1, .help = "of the inflow's turbulence", .least = 0},
      {.name = "sources",
       .help = "layer of what is emitted: points, zones (over their area) or a network (along its streets)",
       .optional = true,
       .layer_kinds = {"points", "zones", "network"}},
      {.name = "emission", .help = "column of points or zones: grams a second each", .optional = true},
      {.name = "emission_rate",
       .form = Form::real,
       .otherwise = 1,
       .help = "without that column: of each point or zone; of a network: for each km",
       .unit = "g/s",
       .least = 0,
       .most = 1e9},
      {.name = "source_classes",
       .form = Form::texts,
       .otherwise = Json::array(),
       .help = "of a network: classes of streets that emit; none: all"},
      {.name = "source_height",
       .form = Form::real,
       .otherwise = 1,
       .help = "above the ground",
       .unit = "m",
       .least = 0,
       .most = 1000},
      {.name = "schmidt",
       .form = Form::real,
       .otherwise = 0.7,
       .help = "Schmidt number, also of the subgrid's eddies",
       .least = 0.1,
       .most = 10},
      {.name = "street_height",
       .form = Form::real,
       .otherwise = 1.75,
       .help = "height above the ground of the street's maps",
       .unit = "m",
       .least = 0,
       .most = 100},
      {.name = "percentiles",
       .form = Form::reals,
       .otherwise = Json::array(),
       .help = "of the street's speeds, to map beside the 95th",
       .unit = "%",
       .least = 1,
       .most = 99.9},
      {.name = "heights",
       .form = Form::reals,
       .otherwise = Json::array({10}),
       .help = "further heights above the ground to map",
       .unit = "m",
       .least = 0,
       .most = 5000},
      {.name = "probes", .help = "layer of points to measure at", .optional = true, .layer_kinds = {"points"}},
      {.name = "probe_height", .otherwise = "z", .help = "column of the probes: metres above the ground"},
      {.name = "slices",
       .form = Form::tables,
       .otherwise = Json::array(),
       .help = "vertical slices: name, and from and to (easting, northing: m), or through (the same) and bearing "
               "(degree) with a length (m; without: across what is built up); height (m above the lowest ground)",
       .check = check_slices},
      {.name = "volume",
       .form = Form::flag,
       .otherwise = false,
       .help = "keep the mean flow in all cells, for ParaView"},
  };
  return list;
}

Case::Case(const job::Parameters& p)
    : buildings(p.text("buildings")), height(p.text("height")), footprint(p.text("footprint")),
      surface(p.text("surface")), terrain(p.text("terrain")), surface_above_ground(p.text("surface_above") == "ground"),
      fetch(real_if_given(p, "fetch")), top(real_if_given(p, "top")),
      sides(static_cast<Sides>(place_in(kSides, p.text("sides")))),
      above(static_cast<Top>(place_in(kAbove, p.text("above")))), cell(p.real("cell")),
      directions(p.reals("directions")), profile(static_cast<Profile_kind>(place_in(kProfiles, p.text("profile")))),
      speed(p.real("speed")), reference_height(p.real("reference_height")),
      roughness(real_if_given(p, "roughness").value_or(kUsualRoughness)),
      building_roughness(p.real("building_roughness")), exponent(p.real("exponent")),
      gradient_height(p.real("gradient_height")), turbulence(p.real("turbulence")),
      turbulence_scale(real_if_given(p, "turbulence_scale")),
      collision(static_cast<Collision>(place_in(kCollisions, p.text("collision")))),
      storage(p.text("storage") == "fp16" ? Storage::fp16 : Storage::fp32), smagorinsky(p.real("smagorinsky")),
      viscosity(p.real("viscosity")), time_step(real_if_given(p, "time_step")), spin_up(real_if_given(p, "spin_up")),
      average(real_if_given(p, "average")), tolerance(p.real("tolerance")), most_throughs(p.real("most_throughs")),
      sample_every(p.whole("sample_every")), checkpoint_minutes(p.real("checkpoint_minutes")),
      seed(static_cast<std::uint64_t>(p.whole("seed"))), sources(p.text("sources")), emission(p.text("emission")),
      emission_rate(p.real("emission_rate")), source_height(p.real("source_height")), schmidt(p.real("schmidt")),
      source_classes(p.texts("source_classes")), street_height(p.real("street_height")),
      percentiles(p.reals("percentiles")), heights(p.reals("heights")), probes(p.text("probes")),
      probe_height(p.text("probe_height")), volume(p.flag("volume")) {
  Problems bad;
  table = read_table(p.json().at("inflow"), bad);
  slices = read_slices(p.json().at("slices"), bad);
  if (profile == Profile_kind::table && table.size() < 2)
    bad.add("inflow: a table of two heights or more is needed for profile=table");
  if (profile != Profile_kind::table && !table.empty())
    bad.add("inflow: is given, but profile is {}; give profile=table", p.text("profile"));
  if (profile == Profile_kind::log && !(roughness > 0))
    bad.add("roughness: a log profile needs a roughness length above 0");
  if (profile == Profile_kind::log && roughness >= reference_height)
    bad.add("roughness: {} m is not below the reference height, {} m", roughness, reference_height);
  const auto given = p.reals("size");
  if (given.empty() || given.size() > 2) bad.add("size: one number or two, width and depth");
  else size = {given.front(), given.back()};
  const auto middle = p.reals("centre");
  if (middle.size() == 2) centre = Place_of_site{middle[0], middle[1]};
  else if (!middle.empty()) bad.add("centre: {} numbers; must be easting and northing", middle.size());
  if (directions.empty()) bad.add("directions: at least one is needed");
  for (double& d : directions)
    if (d == 360) d = 0;
  auto sorted = directions;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    bad.add("directions: {} is named twice", *twice);
  if (above == Top::stress && profile != Profile_kind::log)
    bad.add(
        "above: stress is that of a log profile, the same at all heights; that of a {} is not known up there; give "
        "slip or inflow",
        p.text("profile"));
  if ((sides == Sides::inflow || above == Top::inflow) && collision == Collision::regularised && smagorinsky == 0)
    bad.add(
        "{}: inflow is a plane that moves along itself; beside it collision=regularised needs a subgrid model to be "
        "stable: give a smagorinsky above 0, or collision=trt",
        sides == Sides::inflow ? "sides" : "above");
  if (sides != Sides::slip) {
    auto aslant = directions;
    std::erase_if(aslant, goes_along_sides);
    if (!aslant.empty())
      bad.add("sides: {} needs a wind along two of them, from 0, 90, 180 or 270 degrees within 1; not from {}",
              p.text("sides"), fmt::join(aslant, ", "));
  }
  if (std::adjacent_find(heights.begin(), heights.end(), [](double a, double b) { return a >= b; }) != heights.end())
    bad.add("heights: must ascend, each once");
  if (surface.empty() && surface_above_ground) bad.add("surface_above: there is no surface");
  if (profile != Profile_kind::log && bad.empty()) {
    roughness_of_profile = fitted_roughness(*this);
    if (!p.has("roughness")) roughness = *roughness_of_profile;
  }
  if (roughness > cell / 4)
    bad.add(
        "roughness: {} m is more than a quarter of a cell of {} m, so that the first cell is among the roughness; take "
        "a larger cell",
        roughness, cell);
  if (building_roughness > cell / 4)
    bad.add("building_roughness: {} m is more than a quarter of a cell of {} m", building_roughness, cell);
  if (sources.empty() && !emission.empty()) bad.add("emission: there are no sources");
  if (sources.empty() && !source_classes.empty()) bad.add("source_classes: there are no sources");
  const auto classes = road_names();
  for (const auto& c : source_classes)
    if (place_in(classes, c) == classes.size())
      bad.add("source_classes: there is no '{}'; there are: {}", c, fmt::join(classes, ", "));
  bad.raise_if_any(Exit::usage, "dosi wind: parameters contradict each other");
}

}  // namespace dosi::wind
