// Land sales whose price is a sum of attributes with coefficients that vary smoothly over the city, and assessed
// values of which a few were planted wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/buildings.hpp"
#include "host/make_city/zones.hpp"
#include "io/city/city.hpp"

namespace dosi::make_city {

inline constexpr double kPriceNoise = 0.08;     // standard deviation, of the fair price
inline constexpr double kAssessedShare = 0.70;  // of the fair price, when assessed rightly
inline constexpr std::size_t kCoefficients = 6;

struct Coefficient {
  const char *name, *column, *units, *long_name;
  double low, high;
};
extern const Coefficient
    kCoefficient[kCoefficients];  // the first is the intercept; distances are set by the city's size

struct Sales_truth {
  std::vector<double> coefficient[kCoefficients];  // at each sale
  std::vector<double> fair_price;                  // KRW, before noise
  std::vector<std::int64_t> wrong_sale;
  std::vector<double> wrong_factor;  // assessed value against the right one
};

Sales_truth write_sales(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                        const Zone_map& zones, const Locator& district_at, const std::vector<Point>& parks);

}  // namespace dosi::make_city
