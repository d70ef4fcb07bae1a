// What one run of `scan` asks: its declared parameters, read into plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::scan {

const std::vector<job::Parameter>& declared_parameters();

enum class Analysis { spatial, temporal, space_time };
enum class Risk { poisson, bernoulli, permutation, normal, exponential, ordinal, multinomial };
// How clusters are chosen from the best windows of all centroids.
enum class Choice { no_overlap, gini, iterative };
// What two clusters may not have, `better` the one with the larger statistic: a place in common; the centre of either
// in the other; the worse one's centre in the better; the better one's in the worse; both centres in each other; the
// same places and interval.
enum class Overlap { none, no_centre_in_other, no_centre_in_better, no_centre_in_worse, no_centres_in_each_other, any };
// How what is expected changes over time in all places alike.
enum class Trend { none, by_step, log_linear, log_quadratic, given };
enum class Step_unit { automatic, day, month, year };

struct Question {
  explicit Question(const job::Parameters& p);  // UsageError where parameters contradict each other

  // Each case is an individual with a mark.
  bool marked() const { return risk >= Risk::normal; }
  bool classed() const { return risk >= Risk::ordinal; }

  std::string cases, places, controls, population, population_column, time, category, label, mark, censored;
  std::vector<std::string> covariates, categories, classes;
  double cell = 0;  // m; 0: no grid
  Risk risk = Risk::poisson;
  Analysis analysis = Analysis::space_time;
  bool prospective = false;
  Trend trend = Trend::none;
  double trend_percent = 0;                // a year; of a trend that is given
  std::optional<std::int64_t> start, end;  // days since 1970-01-01, both included
  Step_unit unit = Step_unit::automatic;
  int step = 1;
  double max_population = 0.5, max_time = 0.5;  // shares
  std::optional<double> max_distance;           // m
  std::optional<std::uint32_t> max_steps;
  std::uint32_t min_steps = 1, min_cases = 2;
  std::string distance;
  std::vector<double> ellipses;  // ratios of axes beside the circle's 1
  double compactness = 0.5;      // power of the penalty on them
  Rates rates = Rates::high;
  std::uint32_t replicas = 999;
  std::uint64_t seed = 1;
  std::size_t most_clusters = 20;
  Choice clusters = Choice::no_overlap;
  Overlap overlap = Overlap::none;
  std::vector<double> gini_sizes;  // shares, rising, at most max_population
  double alpha = 0.05;
  std::optional<std::uint32_t> stop_after;  // replicas that do as well as the data
};

}  // namespace dosi::scan
