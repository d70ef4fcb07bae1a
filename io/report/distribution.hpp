// The weighted distribution of a column: bins of a round width, the quantiles, and what has no value.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

namespace dosi::report {

struct Distribution {
  double first = 0, width = 1;  // of the bins, in the column's unit
  std::vector<double> weights;  // in each bin
  double above = 0;             // weight right of the last bin
  double missing = 0;           // weight without a value
  double total = 0;             // all weight
  double median = 0, p90 = 0;   // NaN where none
};

// `weights` empty: every row counts one. A missing value is left out of the quantiles, or with
// `missing_is_endless` (travel times) counts as longer than any. About forty bins up to the 99.5th percentile.
Distribution distribute(std::span<const double> values, std::span<const double> weights, bool missing_is_endless);

nlohmann::ordered_json as_json(const Distribution& d);

}  // namespace dosi::report
