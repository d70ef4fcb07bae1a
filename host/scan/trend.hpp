// How what is expected changes over time in all places alike, so that a trend or a season is no cluster.
#pragma once

#include "host/scan/study.hpp"

namespace dosi::scan {

// Scales what is expected of each step, in all to what it was:
//   by_step        to the cases that all places have in it;
//   log_linear     by exp(b t), b of the Poisson regression of the steps' cases on time, expected cases as exposure;
//   log_quadratic  by exp(b t + c t^2), the same;
//   given          by (1 + percent / 100)^years.
// Time is that of the middle of a step. Returns the change a year in %, NaN where it is not one number. Where the
// maximum of the likelihood is not finite, as with all cases in the first step, nothing is scaled, and 0 is returned
// with a warning.
double follow_trend(Scan_data& scan, const Time_axis& time, const Question& q);

}  // namespace dosi::scan
