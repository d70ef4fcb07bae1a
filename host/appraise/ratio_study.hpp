// The ratio study of a roll: level, uniformity and price-related bias of official values, of all sales and by stratum,
// each with a bootstrap interval and a verdict (Standard on Ratio Studies, International Association of Assessing
// Officers, 2013).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "host/appraise/question.hpp"
#include "host/device/device.hpp"
#include "kernels/appraise/ratios.hpp"

namespace dosi::appraise {

inline constexpr std::size_t kFewestRatios = 5;  // a sample with fewer gets no interval and no verdict
inline constexpr std::size_t kMostStrata = 1000;
inline constexpr std::size_t kDeciles = 10;

// Sales with an official value.
struct Ratio_sales {
  std::vector<double> assessed, price;           // price at the valuation date
  std::vector<std::vector<std::string>> strata;  // [column][sale]
  double level = 1;                              // that `level` limits are relative to
};

// Of the point inside its limits: pass. Outside with the whole interval: fail. Outside, but the interval reaches in:
// unclear.
enum class Verdict { none, pass, fail, unclear };
const char* name_of(Verdict v);
Verdict judge(double value, double lower, double upper, const Range& limits);

struct Sample_study {
  std::string column, value;           // "", "all" of the whole
  std::size_t sales = 0, trimmed = 0;  // sales: with those trimmed
  std::array<double, kMeasures> measure{}, lower{}, upper{};
  Limits limits;
  Verdict level = Verdict::none, cod = Verdict::none, prd = Verdict::none, prb = Verdict::none, mki = Verdict::none;
  bool too_few = false;
  double of(Measure m) const { return measure[static_cast<std::size_t>(m)]; }
  double low(Measure m) const { return lower[static_cast<std::size_t>(m)]; }
  double high(Measure m) const { return upper[static_cast<std::size_t>(m)]; }
};

struct Ratio_study {
  std::vector<Sample_study> strata;   // the whole first
  std::vector<Sample_study> deciles;  // of the whole's sales by value, the cheapest first
  std::vector<double> decile_value;   // median value of each: the mean of price and assessed / median ratio
  std::vector<std::uint8_t> trimmed;  // by sale: left out of the whole
};

// Quartiles are at (n + 1) / 4 and 3 (n + 1) / 4. UsageError for more than kMostStrata strata, DataError for no sale.
Ratio_study study_ratios(const Ratio_sales& sales, const Question& q, const Device& device);

// Of a sorted list, at p (n + 1) - 1, between neighbours; the ends beyond.
double quartile_of(const std::vector<double>& ascending, double p);

}  // namespace dosi::appraise
