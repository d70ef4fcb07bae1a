// What the market says a parcel is worth: geographically weighted regressions of the sales, one for all or one for each
// class, and the interval in which the price of a sale would lie.
#pragma once

#include <filesystem>
#include <cmath>
#include <vector>

#include "host/appraise/model.hpp"

namespace dosi::appraise {

inline constexpr std::uint32_t kNoModel = 0xFFFFFFFFu;

// By row asked for.
struct Estimates {
  Estimates(std::size_t n, std::size_t columns)
      : predicted(n, NAN), lower(n, NAN), upper(n, NAN), centre(n, NAN), error(n, NAN), coefficient(n * columns, NAN),
        condition(n, NAN), bandwidth(n, NAN), singular(n), model(n) {}
  std::vector<double> predicted, lower, upper;  // money; NaN where there is no model, or its prediction is not above 0
  std::vector<double> centre;                   // what the interval is around, money
  std::vector<double> error;        // standard error of a sale's price around it, as a share (of the logarithm)
  std::vector<double> coefficient;  // [row][column of the question's x]; NaN of those that the model does not use
  std::vector<double> condition, bandwidth;
  std::vector<std::uint8_t> singular;
  std::vector<std::uint32_t> model;
};

class Market {
 public:
  // DataError where the columns cannot carry a model.
  Market(const city::City& city, const Question& q, Roll roll, const Device& device, comm::Ranks& ranks);
  // Bandwidths and all that follows. What was tried is kept in `folder`. A meeting.
  void fit(const std::filesystem::path& folder);

  const Roll& roll() const { return roll_; }
  const std::vector<Model>& models() const { return models_; }
  std::int64_t valuation_day() const { return valuation_day_; }
  std::uint32_t model_of_parcel(std::size_t parcel) const { return model_of_[parcel]; }
  // By sale, at the valuation date, by the model of its class.
  const std::vector<double>& prices() const { return prices_; }
  Estimates estimate(std::size_t first_parcel, std::size_t count) const;
  // How far a value lies from the centre, in half widths of the interval: beyond -1 or 1 it is outside.
  double position(const Estimates& e, std::size_t row, double value) const;

 private:
  std::vector<double> design(const Model& m, const std::vector<std::uint32_t>& parcels, std::vector<double>& x,
                             std::vector<double>& y) const;

  const Question& q_;
  Roll roll_;
  const Device& device_;
  comm::Ranks& ranks_;
  std::int64_t valuation_day_ = 0;
  std::vector<Model> models_;
  std::vector<std::uint32_t> model_of_;  // by parcel
  std::vector<double> prices_;
};

}  // namespace dosi::appraise
