// What a chosen model says of all its places together, and the tables made of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/gwr/least_squares.hpp"
#include "host/gwr/places.hpp"
#include "host/gwr/search.hpp"
#include "io/result/result.hpp"

namespace dosi::gwr {

// A fit as a whole, the global one or a local one.
struct Whole {
  std::string name;
  double rss = 0, parameters = 0, error_variance = 0, r2 = 0, adjusted_r2 = 0;
  double deviance = 0,
         explained = 0;  // of counts and events, and the share of it against one mean for all; they have no r2
  Quality quality;
};

// `parameters` = tr(S), `trace2` = tr(S'S), used where the question says so.
Whole whole_fit(const std::string& name, const Question& q, const Places& p, double rss, double parameters,
                double trace2, double press);
// Of counts and events: the variance of the error is that of the family times 1.
Whole whole_fit(const std::string& name, const Places& p, double rss, double parameters, double deviance,
                double null_deviance);
// The global model; ordinary least squares with its exact leave-one-out errors.
Whole whole_fit(const Least_squares& global, const Question& q, const Places& p);

// Figures of one column's coefficients over all places.
struct Term {
  double bandwidth = 0, parameters = 0,
         critical_t = 0;  // neighbours or metres; effective parameters; |t| that counts as significant
  double mean = 0, deviation = 0, least = 0, median = 0, most = 0, significant = 0;  // the last a share of places
};

// The largest |t| that chance leaves over all places: alpha shared out over as many independent tests as there are
// effective parameters (da Silva and Fotheringham 2016).
double critical_t(double alpha, double parameters, double terms, double places);

// Condition numbers of the local designs; above 30 (Belsley, Kuh and Welsch 1980) coefficients are not to be read one
// by one.
struct Condition {
  double median = 0;
  std::size_t high = 0;  // places above 30
};
Condition condition_of(std::vector<double> numbers);

struct Story {
  const Question& q;
  const Places& places;
  const Least_squares& global;
  const Whole &ols, &local;
  const std::vector<Term>& terms;
  const std::map<double, Evaluation>& evaluations;
  std::size_t singular;
  std::optional<Condition> condition = std::nullopt;  // where the places have one
};
// Tables model, terms, evaluations, left_out; the panels and the summary.
void write_story(result::Writer& result, const Story& story);

}  // namespace dosi::gwr
