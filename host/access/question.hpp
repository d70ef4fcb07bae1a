// What one run of `access` asks: its declared parameters, read into plain values.
#pragma once

#include <string>
#include <vector>

#include "host/access/scenarios.hpp"
#include "host/job/parameter.hpp"

namespace dosi::access {

const std::vector<job::Parameter>& declared_parameters();

enum class Decay { none, step, linear, exponential, logistic, gaussian };

struct Question {
  explicit Question(const job::Parameters& p);  // UsageError where parameters contradict each other

  std::string network, mode, origins, destinations, zones, zone_label, sample;
  int nearest = 1;
  std::vector<double> cutoffs;             // minutes, ascending
  std::vector<std::string> opportunities;  // columns of the destinations; "count" is each one's 1
  std::vector<std::string> groups;         // columns of the origins
  double limit = 15;                       // minutes
  Decay decay = Decay::none;
  double decay_at = 10, decay_width = 3;  // minutes
  std::string supply, demand;
  std::vector<double> catchment, catchment_weights;
  bool choice = false;  // 3SFCA
  bool matrix = false;
  std::string isochrones;
  double isochrone_cell = 50;  // metres
  std::vector<Scenario> scenarios;
  double snap = 300, walk_speed = 4.5;  // metres, km/h
};

// Weights by whole second, in 1 / kWeightOne, until they vanish (below 2^-20) or four hours have passed.
std::vector<std::uint32_t> decay_table(Decay decay, double at_minutes, double width_minutes);

}  // namespace dosi::access
