// The measures of a ratio study, of samples of sales and of bootstrap resamples of them (Efron 1979), on a device.
//
// A ratio is an assessed value over a price. A resample is kept as how often each sale was drawn, so that its median
// comes from one running count over sales in order of ratio, and its Gini coefficients from one in order of price;
// nothing is sorted again. Sums go by strands in a fixed order, draws are Philox, the logarithm is our own:
// bit-identical on any device and number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dosi::appraise {

// As the International Association of Assessing Officers has them (Standard on Ratio Studies, 2013), the last after
// Quintos (2020, 2021). Of ratios r = assessed / price with median m:
enum class Measure : int {
  median,         // m
  mean,           // of r
  weighted_mean,  // sum of assessed / sum of price
  cod,            // coefficient of dispersion: 100 / m times the mean of |r - m|
  prd,            // price-related differential: mean / weighted mean
  prb,            // coefficient of price-related bias: slope of (r - m) / m on log2 of (assessed / m + price) / 2
  mki,            // modified Kakwani index: Gini coefficient of assessed over that of price, both in order of price
};
inline constexpr std::size_t kMeasures = 7;

// Samples one after another; sample s has the sales first[s] .. first[s + 1] - 1.
struct Samples {
  std::span<const double> assessed, price;  // above 0
  std::span<const std::uint64_t> first;     // samples + 1; each sample has from 1 to 2^31 sales
  std::size_t size() const { return first.size() - 1; }
};

}  // namespace dosi::appraise

// [sample][measure][replica], `replicas` + 1 of them: replica 0 is the sample itself, the others are drawn from it with
// replacement, by the stream (seed, sample, replica). Word j of the stream, times the number of sales, over 2^32 is the
// j-th sale drawn, in order of ratio, then price, then row: sales are drawn evenly but for n / 2^32. NaN where a
// measure has no value: prb of sales that all have one value, mki of sales that all have one price. `device`: cpu:
// threads, 0 for all; cuda: ordinal. Throws std::invalid_argument where shapes do not fit or a value is not above 0.
namespace dosi::cpu::appraise {
std::vector<double> bootstrap(const dosi::appraise::Samples& samples, std::uint32_t replicas, std::uint64_t seed,
                              int device);
}
namespace dosi::cuda::appraise {
std::vector<double> bootstrap(const dosi::appraise::Samples& samples, std::uint32_t replicas, std::uint64_t seed,
                              int device);
}
