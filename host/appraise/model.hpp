// One regression of the market: the sales that it is made of, its bandwidth, what its errors are.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/appraise/residuals.hpp"
#include "host/appraise/roll.hpp"
#include "host/appraise/time_index.hpp"
#include "host/device/device.hpp"
#include "host/gwr/fitted.hpp"

namespace dosi::appraise {

// Errors are relative throughout: of the logarithm, or in proportion to the price predicted.
struct Model {
  std::string name;                  // the value of `by`, or "all"
  std::vector<std::uint32_t> sales;  // that it is made of
  std::vector<std::size_t> used;     // columns of the question's x
  std::vector<std::string> unused;   // constant among these sales, or a combination of others
  Time_index time;
  std::vector<double> price;  // by its sales, at the valuation date
  gwr::Places places;
  gwr::Least_squares global;
  gwr::Whole ols, local;
  gwr::Bandwidth bandwidth;
  std::map<double, gwr::Evaluation> evaluations;
  std::size_t singular = 0;
  double parameters = 0;       // tr(S) of the fit that prices are predicted by
  std::vector<double> centre;  // by term: what the engine takes off a row's columns
  std::unique_ptr<gwr::Engine> engine;
  std::vector<double> left;               // by its sales: leave-one-out error …
  std::vector<double> leverage;           // … and h_ii
  std::vector<double> position;           // the error in half widths of the interval made without the sale
  double deviation = 0;                   // of the error, standard
  std::unique_ptr<Residual_field> field;  // with kriging: what the errors around a place say of it
  double half_width = 0;                  // of the interval, in standard errors
  double coverage = 0;                    // share of its sales that lie in the interval made without them
  double smearing = 1;                    // mean price over that which the fit says (Duan 1983)
  double level = 1;                       // legal, or its sales' median ratio
  std::size_t parcels = 0;
};

// The columns that `members`, rows of `sales`, can tell apart, their prices at the valuation date, the design. `name`
// is for messages. DataError where nothing is left to explain or to explain with.
Model make_model(const std::string& city_file, const Question& q, const Sales& sales, const std::string& name,
                 std::vector<std::uint32_t> members, std::int64_t valuation_day, const Device& device,
                 comm::Ranks& ranks);
// The bandwidth, the fit, its errors. Bandwidths that were tried are kept in `file`.
void fit_model(Model& m, const Question& q, const Device& device, const std::filesystem::path& file,
               comm::Ranks& ranks);

}  // namespace dosi::appraise
