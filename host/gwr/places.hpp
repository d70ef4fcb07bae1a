// The places of a model: a layer's rows that have all columns asked for, with the design and the response.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/gwr/question.hpp"
#include "io/city/city.hpp"

namespace dosi::gwr {

struct Places {
  std::string layer;
  std::vector<double> x, y;               // metres
  std::vector<std::uint32_t> row;         // of the layer
  std::vector<std::string> terms;         // "intercept" and the columns
  std::vector<double> design, response;   // by rows; standardised where that was asked for
  std::vector<std::uint32_t> left_out;    // rows of the layer with a missing value …
  std::vector<std::string> missing;       // … and in which columns
  std::size_t size() const { return x.size(); }
  Model model(bool intercept) const { return {x, y, design, terms.size(), response, intercept}; }
};

// UsageError for columns that are not there or hold text; DataError where the rows cannot carry the model: too few, a
// column that is constant, or one that others explain.
Places read_places(const city::City& city, const Question& q);

}  // namespace dosi::gwr
