// Values at places that the model has not seen: x'b of a fit there, with the interval that a new observation falls in.
#pragma once

#include "host/gwr/fitted.hpp"

namespace dosi::gwr {

// Table predictions: fitted, its standard error, lower and upper, the local diagnostics; where the layer has the column
// to explain, observed and whether it lies outside. Of counts and events lower and upper hold the expected value. The
// engine is at its chosen bandwidth. `z`: of the new places, where the model has it.
void write_predictions(result::Writer& result, Engine& engine, const Question& q, const Whole& whole,
                       const New_places& places, std::span<const double> z = {});

// Of an MGWR, from its coefficients there, [place][term]: fitted and coefficient, in standard deviations as the model
// is. `share`: the variance of the fitted value over that of the error, as the replay of the rounds has it; with it the
// standard error and the interval, observed and outside. Empty: none of these but observed.
void write_predictions(result::Writer& result, const Question& q, const Whole& whole,
                       const std::vector<std::string>& terms, const std::vector<double>& coefficient,
                       const std::vector<double>& share, const New_places& places);

}  // namespace dosi::gwr
