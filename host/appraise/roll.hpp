// The rows that take part: sales with a price, parcels with the columns that explain it. What cannot take part is
// named.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "host/appraise/question.hpp"
#include "io/city/city.hpp"

namespace dosi::appraise {

struct Rows {
  std::string layer;
  std::vector<double> x, y;        // metres
  std::vector<std::uint32_t> row;  // of the layer
  std::vector<double> columns;     // [row][column of the question's x]
  std::vector<double> assessed;    // NaN where there is none
  std::vector<std::string> group;  // by the column `by`; "" without
  std::size_t size() const { return x.size(); }
};

struct Sales : Rows {
  std::vector<double> price;
  std::vector<std::int64_t> day;                 // days since 1970-01-01; empty without a date
  std::vector<std::vector<std::string>> strata;  // [column of strata][sale]
};

struct Left_out {
  std::string layer;
  std::uint32_t row = 0;
  std::string why;  // "sale: price is missing"
};

struct Roll {
  Sales sales;
  Rows parcels;
  std::size_t unsold = 0;  // rows without a price, where sales and parcels are one layer
  std::vector<Left_out> left_out;
};

// UsageError for layers and columns that are not there or do not serve; DataError where too few sales are left. Rows
// left out are counted on the log.
Roll read_roll(const city::City& city, const Question& q);

}  // namespace dosi::appraise
