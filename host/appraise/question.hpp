// What one run of `appraise` asks: its declared parameters, read into plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/gwr/question.hpp"

namespace dosi::appraise {

const std::vector<job::Parameter>& declared_parameters();

enum class Scale { log, price };  // what the model explains: the logarithm of the price, or the price itself
enum class Retransform {
  smearing,
  none
};                                        // what a prediction of the logarithm becomes: a mean (Duan 1983), or a median
enum class Tails { empirical, student };  // quantile of the errors: of those left out, or Student's t
enum class Few { pool, leave };           // a group with too few sales: by the model of all, or not appraised
enum class Time { none, linear, monthly };

struct Range {
  double low = 0, high = 0;
  bool holds(double v) const { return v >= low && v <= high; }
};
// Where a ratio study passes. `level`: of the median ratio over the legal level.
struct Limits {
  Range level{0.9, 1.1}, cod{5, 15}, prd{0.98, 1.03}, prb{-0.05, 0.05}, mki{0.95, 1.05};
};
// Others for one value of a column of `strata`.
struct Own_limits {
  std::string column, value;
  Limits limits;
};

struct Variogram_asked {
  std::string model;                          // spherical, exponential, gaussian
  std::string weights;                        // of the fit: cressie, distance
  std::optional<double> nugget, sill, range;  // given together, or fitted
  std::optional<double> cutoff;               // longest pair that a fit looks at, metres
  std::size_t neighbours = 32;
};

struct Question {
  explicit Question(const job::Parameters& p);  // UsageError where parameters contradict each other

  std::string sales, parcels, price, assessed, key, date, by;
  std::vector<std::string> x, strata;
  Scale scale = Scale::log;
  Retransform retransform = Retransform::smearing;
  Tails tails = Tails::empirical;
  Few few = Few::pool;
  Time time = Time::none;
  std::optional<std::int64_t> valuation_day;
  std::size_t fewest = 100;     // sales of a group that has a model of its own
  gwr::Question local;          // kernel, bandwidth, its search; interval
  std::optional<double> level;  // legal assessment level; else each model's median ratio
  std::uint32_t replicas = 1000;
  std::uint64_t seed = 1;
  double confidence = 0.95, trim = 3;  // trim: interquartile ranges, 0: nothing
  Limits limits;
  std::vector<Own_limits> own_limits;
  std::size_t list = 100, comparables = 5;
  std::optional<Variogram_asked> kriging;
};

}  // namespace dosi::appraise
