// What one run of `gwr` asks: its declared parameters, read into plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/access/way.hpp"
#include "host/job/parameter.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

const std::vector<job::Parameter>& declared_parameters();

enum class Criterion { aicc, aic, bic, cv };
const char* name_of(Criterion c);
const char* name_of(Kernel k);

// Golden section; every bandwidth of an interval, each by itself; every one in one pass.
enum class Search { golden, interval, curve };

// In the city's plane; along great circles of the sphere; over streets.
enum class Distance { plane, sphere, travel_time };

struct Question {
  explicit Question(const job::Parameters& p);  // UsageError where parameters contradict each other

  std::string layer, y, predict, offset, time;  // offset, time: columns, or empty
  std::vector<std::string> x;
  bool intercept = true, standardise = false, multiscale = false, inference = true;
  Family family = Family::gaussian;
  Distance distance = Distance::plane;
  std::string longitude, latitude;  // columns, of distances on the sphere
  access::Way way;                  // over which streets
  Kernel kernel = Kernel::bisquare;
  bool adaptive = true;
  std::optional<double> bandwidth, least, most, step;  // neighbours, or metres
  std::optional<double> time_scale;                    // metres that a unit of time counts for
  Criterion criterion = Criterion::aicc;
  Search search = Search::golden;
  bool ridge = true;         // columns that are collinear over all places are taken, with a ridge; else an error
  bool both_traces = false;  // residual degrees of freedom n - 2 tr(S) + tr(S'S); else n - tr(S)
  double alpha = 0.05, interval = 0.9;
  double tolerance = 1e-5;  // of the backfitting
  std::size_t iterations = 200;
  std::size_t replicas = 0;  // of the test of spatial variability; 0: no test
  std::uint64_t seed = 1;
  std::size_t moran_neighbours = 8;  // of the residuals' Moran's I; 0: none
  bool replay_last = false;          // inference takes every round with the last bandwidths; else with its own
  const char* unit() const { return distance == Distance::travel_time ? "min" : "m"; }  // of distances
  bool generalised() const { return family != Family::gaussian; }                       // counts or events
};

}  // namespace dosi::gwr
