// Least squares over all places: the model that a local one has to beat, and what its columns cannot tell apart.
#pragma once

#include <utility>
#include <vector>

#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

struct Least_squares {
  std::vector<double> coefficient, standard_error;  // by column; errors with n - k degrees of freedom
  double rss = 0, press = 0;                        // sums of squared residuals, and of squared leave-one-out ones
  double deviance = 0, null_deviance = 0;           // of counts and events; the second with one mean for all
};

// Columns that those before them explain stay out; their figures are NaN.
Least_squares least_squares(const Model& m);
// Counts and events, by iteratively reweighted least squares; errors with a dispersion of 1, no press.
Least_squares generalised_least_squares(const Model& m);

// Columns that those before them explain all but a 1e-10th of, with those that do.
std::vector<std::pair<std::size_t, std::vector<std::size_t>>> collinear_columns(const Model& m);

}  // namespace dosi::gwr
