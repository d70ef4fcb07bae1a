// The sales-comparison grid: for a parcel that is in doubt, the sales most like it, each adjusted to it by what the
// model says that its columns are worth there.
#pragma once

#include <vector>

#include "host/appraise/market.hpp"

namespace dosi::appraise {

struct Comparable {
  std::uint32_t subject = 0;       // parcel
  std::uint32_t sale = 0;          // of the roll's sales
  double distance = 0;             // m
  double unlikeness = 0;           // see comparables_of
  double price = 0;                // at the valuation date
  double adjusted = 0;             // to the subject's columns
  std::vector<double> adjustment;  // money, by column of the question's x; they add up to adjusted - price
};

// The `count` sales of a subject's model with the least unlikeness: the root of (distance / the subject's bandwidth)^2
// plus the mean over the model's columns of (difference / standard deviation among its sales)^2; nearer rows first
// where equal. The subject's own sale is not among them where it is the same row of the same layer. In order of the
// subjects. `bandwidth`, and `coefficient` by column, of all parcels, as estimated.
std::vector<Comparable> comparables_of(const Market& market, const Question& q,
                                       const std::vector<std::uint32_t>& subjects, const std::vector<double>& bandwidth,
                                       const std::vector<double>& coefficient);

}  // namespace dosi::appraise
