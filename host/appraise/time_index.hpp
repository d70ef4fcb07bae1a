// How prices moved: an index of months or a straight trend, from least squares of the logarithm of the price on the
// columns and the time of sale, over all sales of a model. Prices are brought to the valuation date by it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/appraise/question.hpp"

namespace dosi::appraise {

inline constexpr std::size_t kSalesAPeriod = 10;  // months with fewer join the next one

struct Period {
  std::int64_t first_day = 0, last_day = 0;
  std::size_t sales = 0;
  double factor = 1,
         error = 0;  // prices of the period over those of the valuation date; standard error of its logarithm
};

struct Time_index {
  std::vector<Period> periods;  // months; one period for a straight trend, whose factor is that of a month earlier
  double a_month = 0;           // of a straight trend: change of the logarithm in a month
  std::vector<double> factor;   // by sale: the price at the valuation date is price / factor
};

// `columns`: [sale][column], those of `used`; `day`, `price` by sale. With Time::none, factors of 1.
Time_index time_index(Time time, std::int64_t valuation_day, std::span<const double> columns, std::size_t width,
                      const std::vector<std::size_t>& used, std::span<const double> price,
                      std::span<const std::int64_t> day);

}  // namespace dosi::appraise
