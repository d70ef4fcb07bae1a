// What a ratio study must answer, the obvious way: the resample itself, sorted, and the definitions of the Standard on
// Ratio Studies (International Association of Assessing Officers, 2013), one loop each.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "kernels/appraise/ratios.hpp"
#include "kernels/core/philox.hpp"

#ifdef __CUDACC__
#pragma nv_diag_suppress 20208  // long double: all of this runs on the host
#endif

namespace dosi::reference {

struct Sale_ratio {
  double assessed = 0, price = 0;
  double ratio() const { return assessed / price; }
};

inline double median_of(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
}

// Half the mean difference between two sales over the mean, where they stand in order of price; equal prices share a
// rank.
inline double gini_by_price(const std::vector<Sale_ratio>& sales, bool assessed) {
  long double sum = 0, total = 0;
  const auto n = static_cast<long double>(sales.size());
  for (const auto& a : sales) {
    long double cheaper = 0, equal = 0;
    for (const auto& b : sales) {
      cheaper += b.price < a.price;
      equal += b.price == a.price;
    }
    const long double value = assessed ? a.assessed : a.price;
    sum += value * (cheaper + (equal + 1) / 2);
    total += value;
  }
  return static_cast<double>(2 * sum / (n * total) - (n + 1) / n);
}

inline std::vector<double> ratio_measures(const std::vector<Sale_ratio>& sales) {
  const auto n = static_cast<long double>(sales.size());
  std::vector<double> ratios;
  long double mean = 0, assessed = 0, price = 0;
  for (const auto& s : sales) {
    ratios.push_back(s.ratio());
    mean += s.ratio() / n;
    assessed += s.assessed;
    price += s.price;
  }
  const double m = median_of(ratios);
  long double off = 0, mx = 0, my = 0, xx = 0, xy = 0;
  const auto x = [&](const Sale_ratio& s) {
    return std::log2((static_cast<long double>(s.assessed) / m + s.price) / 2);
  };
  const auto y = [&](const Sale_ratio& s) { return (static_cast<long double>(s.ratio()) - m) / m; };
  for (const auto& s : sales) {
    off += std::fabs(static_cast<long double>(s.ratio()) - m) / n;
    mx += x(s) / n;
    my += y(s) / n;
  }
  for (const auto& s : sales) {
    xx += (x(s) - mx) * (x(s) - mx);
    xy += (x(s) - mx) * (y(s) - my);
  }
  const double of_price = gini_by_price(sales, false);
  return {m,
          static_cast<double>(mean),
          static_cast<double>(assessed / price),
          static_cast<double>(100 * off / m),
          static_cast<double>(mean / (assessed / price)),
          xx > 1e-12L * n ? static_cast<double>(xy / xx) : std::nan(""),
          of_price > 1e-12 ? gini_by_price(sales, true) / of_price : std::nan("")};
}

// Replica `replica` of sample `sample`, as ratios.hpp says it is drawn; replica 0 is the sample.
inline std::vector<Sale_ratio> resample(std::vector<Sale_ratio> sales, std::uint64_t seed, std::uint64_t sample,
                                        std::uint32_t replica) {
  if (replica == 0) return sales;
  std::stable_sort(sales.begin(), sales.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.ratio(), a.price) < std::tuple(b.ratio(), b.price);
  });
  Random words(seed, sample, replica);
  std::vector<Sale_ratio> drawn;
  for (std::size_t j = 0; j < sales.size(); ++j)
    drawn.push_back(sales[static_cast<std::size_t>((static_cast<std::uint64_t>(words.bits()) * sales.size()) >> 32)]);
  return drawn;
}

}  // namespace dosi::reference
