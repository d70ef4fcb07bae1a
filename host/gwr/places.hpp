// The places of a model: a layer's rows that have all columns asked for, with the design and the response.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "host/gwr/question.hpp"
#include "host/gwr/travel.hpp"
#include "io/city/city.hpp"
#include "kernels/gwr/multiscale.hpp"

namespace dosi::gwr {

struct Places {
  std::string layer;
  std::vector<double> x, y;              // metres
  std::vector<std::uint32_t> row;        // of the layer
  std::vector<std::string> terms;        // "intercept" and the columns
  std::vector<double> design, response;  // by rows; standardised where that was asked for
  std::vector<std::uint32_t> left_out;   // rows of the layer with a missing value …
  std::vector<std::string> missing;      // … and in which columns
  std::vector<double> centre, scale;     // of each term and, last, the response, where they were standardised
  Family family = Family::gaussian;
  std::vector<double> exposure;  // of counts, where the question has an offset
  std::vector<double> time, z;   // where the question has a time; z = time x metres a unit, once that is known
  std::array<std::vector<double>, 3> sphere;  // metres from the earth's middle, where distances are arcs
  std::vector<access::Place> stop;            // on the streets, where distances are times …
  Travel_lists near;                          // … and these, once they are known
  void scale_time(double metres);             // 0: time does not count, z is empty
  std::size_t size() const { return x.size(); }
  Model model(bool intercept) const;
};

// UsageError for columns that are not there or hold text; DataError where the rows cannot carry the model: too few, a
// column that is constant, or one that others explain; counts that are none, events other than 0 and 1. `streets`:
// where distances are times; places that no street is near are left out.
Places read_places(const city::City& city, const Question& q, const access::Travel_times* streets = nullptr);

// Places to predict at: rows of another layer, or of the same, that have all columns of the design, standardised alike.
struct New_places {
  std::string layer;
  std::vector<double> x, y, design;
  std::vector<double> exposure, time;  // where the question has an offset, a time
  std::array<std::vector<double>, 3> sphere;
  std::vector<access::Place> stop;  // as of Places
  Travel_lists near;
  std::vector<double> observed;  // where the layer has the column to explain; NaN where a row has not
  std::vector<std::uint32_t> row;
  std::size_t rows = 0;  // of the layer
  std::size_t size() const { return x.size(); }
  // As the engine takes them: in metres from the earth's middle where distances are arcs.
  std::span<const double> side(std::size_t s) const {
    return !sphere[s].empty() ? std::span<const double>(sphere[s])
           : s == 0           ? std::span<const double>(x)
           : s == 1           ? std::span<const double>(y)
                              : std::span<const double>();
  }
  Elsewhere where() const { return {side(0), side(1), side(2), near.first.empty() ? Listed{} : near.view()}; }
};
New_places read_new_places(const city::City& city, const Question& q, const Places& model,
                           const access::Travel_times* streets = nullptr);

}  // namespace dosi::gwr
