// How good a fit is: information criteria with the trace of the hat matrix as the number of parameters (Hurvich,
// Simonoff and Tsai 1998; Fotheringham, Brunsdon and Charlton 2002).
#pragma once

#include "host/gwr/question.hpp"

namespace dosi::gwr {

struct Quality {
  double log_likelihood = 0, aic = 0, aicc = 0, bic = 0, cv = 0;
  double of(Criterion c) const;
};

// `n` places; `parameters` = tr(S). A fit with n - 2 parameters or more has an AICc of infinity. cv = press / n.
Quality quality(double n, double rss, double parameters, double press);

// Of counts and events, by their deviance: AICc = D + 2 K + 2 K (K + 1) / (n - K - 1) (Nakaya et al. 2005). No
// log-likelihood, no cv.
Quality quality_of_deviance(double n, double deviance, double parameters);

// Student's t: the probability of a larger absolute value, and the value that is exceeded with probability p / 2 each
// way.
double t_two_sided(double t, double degrees);
double t_critical(double p, double degrees);

}  // namespace dosi::gwr
