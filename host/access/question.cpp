#include "host/access/question.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {

using job::Form;
using job::Json;
using job::Parameter;

const std::vector<Parameter>& declared_parameters() {
  static const std::vector<Parameter> list{
      {.name = "origins",
       .help = "layer of zones or points that people start from",
       .layer_kinds = {"zones", "points"}},
      {.name = "destinations",
       .help = "layer of points (or zones) that people go to",
       .layer_kinds = {"points", "zones"}},
      {.name = "network",
       .help = "network layer; not needed where the city has one",
       .optional = true,
       .layer_kinds = {"network"}},
      {.name = "mode", .otherwise = "walk", .help = "how people travel", .choices = {"walk", "bicycle", "drive"}},
      {.name = "nearest",
       .form = Form::whole,
       .otherwise = 1,
       .help = "how many nearest destinations to name",
       .least = 1,
       .most = kMostNearest},
      {.name = "cutoffs",
       .form = Form::reals,
       .otherwise = Json::array({10}),
       .help = "times within which opportunities are counted",
       .unit = "min",
       .least = 0,
       .most = 600},
      {.name = "opportunities",
       .form = Form::texts,
       .otherwise = Json::array({"count"}),
       .help = "columns of the destinations to add up; count is the number of destinations"},
      {.name = "groups",
       .form = Form::texts,
       .otherwise = Json::array(),
       .help = "columns of the origins with people, e.g. total and 65+; none: every origin counts as one"},
      {.name = "limit",
       .form = Form::real,
       .otherwise = 15,
       .help = "time beyond which people count as badly served",
       .unit = "min",
       .least = 0,
       .most = 600},
      {.name = "zones",
       .help = "zones layer to sum up by, where the origins are points",
       .optional = true,
       .layer_kinds = {"zones"}},
      {.name = "zone_label",
       .help = "column that names a zone; the first that looks like a name otherwise",
       .optional = true},
      {.name = "sample",
       .otherwise = "streets",
       .help = "where the people of a zone start: along its streets, or at one point inside",
       .choices = {"streets", "centroid"}},
      {.name = "decay",
       .otherwise = "none",
       .help = "gravity: how the weight of an opportunity falls with time",
       .choices = {"none", "step", "linear", "exponential", "logistic", "gaussian"}},
      {.name = "decay_at",
       .form = Form::real,
       .otherwise = 10,
       .help = "time at which the weight is one half; for step and linear, zero",
       .unit = "min",
       .least = 0.1,
       .most = 240},
      {.name = "decay_width",
       .form = Form::real,
       .otherwise = 3,
       .help = "width of the logistic fall",
       .unit = "min",
       .least = 0.1,
       .most = 60},
      {.name = "supply", .help = "2SFCA: column of the destinations with what they offer, e.g. beds", .optional = true},
      {.name = "supply_method",
       .otherwise = "2sfca",
       .help = "floating catchments in two steps, or in three: people choose among what is within reach",
       .choices = {"2sfca", "3sfca"}},
      {.name = "demand", .help = "2SFCA: group that demands it; the first of groups otherwise", .optional = true},
      {.name = "catchment",
       .form = Form::reals,
       .otherwise = Json::array({30}),
       .help = "2SFCA: catchment time; several, ascending, for the enhanced form",
       .unit = "min",
       .least = 0,
       .most = 600},
      {.name = "catchment_weights",
       .form = Form::reals,
       .otherwise = Json::array(),
       .help = "weight of each catchment ring; none: 1 for all",
       .least = 0,
       .most = 1},
      {.name = "matrix",
       .form = Form::flag,
       .otherwise = false,
       .help = "keep the time from every origin to every destination"},
      {.name = "isochrones",
       .otherwise = "none",
       .help = "a surface of times from each origin, or to each destination",
       .choices = {"none", "origins", "destinations"}},
      {.name = "isochrone_cell",
       .form = Form::real,
       .otherwise = 50,
       .help = "cell of that surface",
       .unit = "m",
       .least = 5,
       .most = 1000},
      {.name = "scenarios",
       .form = Form::tables,
       .otherwise = Json::array(),
       .help = "what if: streets closed, other speeds, new links",
       .check = check_scenarios},
      {.name = "snap",
       .form = Form::real,
       .otherwise = 300,
       .help = "longest walk from a place to the nearest street",
       .unit = "m",
       .least = 0,
       .most = 20000},
      {.name = "walk_speed",
       .form = Form::real,
       .otherwise = 4.5,
       .help = "speed of that walk",
       .unit = "km/h",
       .least = 0.5,
       .most = 15},
  };
  return list;
}

Question::Question(const job::Parameters& p)
    : network(p.text("network")), mode(p.text("mode")), origins(p.text("origins")),
      destinations(p.text("destinations")), zones(p.text("zones")), zone_label(p.text("zone_label")),
      sample(p.text("sample")), nearest(static_cast<int>(p.whole("nearest"))), cutoffs(p.reals("cutoffs")),
      opportunities(p.texts("opportunities")), groups(p.texts("groups")), limit(p.real("limit")),
      decay_at(p.real("decay_at")), decay_width(p.real("decay_width")), supply(p.text("supply")),
      demand(p.text("demand")), catchment(p.reals("catchment")), catchment_weights(p.reals("catchment_weights")),
      matrix(p.flag("matrix")), isochrones(p.text("isochrones")), isochrone_cell(p.real("isochrone_cell")),
      scenarios(read_scenarios(p.json().at("scenarios"))), snap(p.real("snap")), walk_speed(p.real("walk_speed")) {
  const std::vector<std::string> names{"none", "step", "linear", "exponential", "logistic", "gaussian"};
  decay = static_cast<Decay>(std::find(names.begin(), names.end(), p.text("decay")) - names.begin());
  if (demand.empty() && !groups.empty()) demand = groups[0];
  choice = p.text("supply_method") == "3sfca";
  if (catchment_weights.empty()) catchment_weights.assign(catchment.size(), 1.0);

  Problems bad;
  const auto ascending = [&](const char* name, const std::vector<double>& v) {
    if (std::adjacent_find(v.begin(), v.end(), [](double a, double b) { return a >= b; }) != v.end())
      bad.add("{}: must ascend, each once", name);
  };
  ascending("cutoffs", cutoffs);
  ascending("catchment", catchment);
  if (catchment.empty() && !supply.empty()) bad.add("catchment: at least one time is needed for 2SFCA");
  if (catchment_weights.size() != catchment.size())
    bad.add("catchment_weights: {} weights for {} times of catchment", catchment_weights.size(), catchment.size());
  if (!std::is_sorted(catchment_weights.rbegin(), catchment_weights.rend()))
    bad.add("catchment_weights: must not rise with time");
  if (cutoffs.size() * opportunities.size() > static_cast<std::size_t>(kMostSums) / 2)
    bad.add("cutoffs x opportunities: {} sums asked for, at most {}", cutoffs.size() * opportunities.size(),
            kMostSums / 2);
  for (const auto* list : {&groups, &opportunities}) {
    auto sorted = *list;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
      bad.add("{}: '{}' is named twice", list == &groups ? "groups" : "opportunities", *twice);
  }
  if (scenarios.size() * std::max<std::size_t>(1, cutoffs.size() * opportunities.size()) > kMostScenarioFigures)
    bad.add("scenarios x cutoffs x opportunities: {} figures an origin, at most {}",
            scenarios.size() * cutoffs.size() * opportunities.size(), kMostScenarioFigures);
  bad.raise_if_any(Exit::usage, "dosi access: parameters contradict each other");
}

std::vector<std::uint32_t> decay_table(Decay decay, double at_minutes, double width_minutes) {
  std::vector<std::uint32_t> table;
  const double at = at_minutes * 60, width = width_minutes * 60;
  for (int second = 0; second <= 4 * 3600; ++second) {
    const double t = second;
    double w = 0;
    switch (decay) {
      case Decay::none: return table;
      case Decay::step: w = t < at ? 1 : 0; break;
      case Decay::linear: w = std::max(0.0, 1 - t / at); break;
      case Decay::exponential: w = std::exp2(-t / at); break;
      case Decay::logistic: w = 1 / (1 + std::exp((t - at) / width)); break;
      case Decay::gaussian: w = std::exp2(-(t / at) * (t / at)); break;
    }
    if (w < 0x1p-20) break;
    table.push_back(static_cast<std::uint32_t>(std::llround(w * kWeightOne)));
  }
  return table;
}

}  // namespace dosi::access
