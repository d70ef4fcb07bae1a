// The measures of a ratio study and their resamples against the definitions, one by one: random, skewed and hostile
// samples.
#include <gtest/gtest.h>

#include "tests/reference/ratio_study.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::ratios_test {

using dosi::appraise::kMeasures;
using dosi::appraise::Measure;
using reference::Sale_ratio;

int device() { return DOSI_ON_CUDA ? 0 : 3; }

struct Made {
  std::vector<double> assessed, price;
  std::vector<std::uint64_t> first{0};
  dosi::appraise::Samples view() const { return {assessed, price, first}; }
  void add(const std::vector<Sale_ratio>& sales) {
    for (const auto& s : sales) {
      assessed.push_back(s.assessed);
      price.push_back(s.price);
    }
    first.push_back(price.size());
  }
  std::vector<Sale_ratio> sample(std::size_t s) const {
    std::vector<Sale_ratio> sales;
    for (std::size_t i = first[s]; i < first[s + 1]; ++i) sales.push_back({assessed[i], price[i]});
    return sales;
  }
};

// Prices over two orders of magnitude, many of them equal; assessed values that fall behind dear ones, and some far
// off.
std::vector<Sale_ratio> sales(std::size_t n, std::uint64_t seed) {
  std::vector<Sale_ratio> made;
  for (std::size_t i = 0; i < n; ++i) {
    Random r(seed, i);
    const double price = std::round(50 * std::exp(1.5 * r.normal())) * 1000 + 1000;
    const double wrong = r.below(20) == 0 ? 0.3 + 3 * r.uniform() : 1;
    made.push_back({0.8 * std::pow(price, 0.97) * wrong * std::exp(0.1 * r.normal()), price});
  }
  return made;
}

void check(const Made& made, std::uint32_t replicas, std::size_t step = 1) {
  const auto got = DOSI_BACKEND::appraise::bootstrap(made.view(), replicas, 17, device());
  ASSERT_EQ(got.size(), (made.first.size() - 1) * kMeasures * (replicas + 1));
  for (std::size_t s = 0; s + 1 < made.first.size(); ++s)
    for (std::uint32_t r = 0; r <= replicas; r += static_cast<std::uint32_t>(step)) {
      const auto expected = reference::ratio_measures(reference::resample(made.sample(s), 17, s, r));
      for (std::size_t m = 0; m < kMeasures; ++m) {
        const double is = got[(s * kMeasures + m) * (replicas + 1) + r];
        if (std::isnan(expected[m]))
          ASSERT_TRUE(std::isnan(is)) << "sample " << s << ", replica " << r << ", measure " << m << ": " << is;
        else
          ASSERT_NEAR(is, expected[m], 1e-10 * (1 + std::fabs(expected[m])))
              << "sample " << s << ", replica " << r << ", measure " << m;
      }
    }
}

DOSI_TEST(Ratios, EqualTheDefinitions) {
  Made made;
  for (const std::size_t n : {1, 2, 3, 5, 63, 64, 65, 127, 200, 333}) made.add(sales(n, n));
  check(made, 40);
}

DOSI_TEST(Ratios, OfSamplesBeyondFastMemory) {
  Made made;
  made.add(sales(2048, 1));
  made.add(sales(2049, 2));
  made.add(sales(30, 3));
  made.add(sales(4100, 4));
  check(made, 8, 4);
}

DOSI_TEST(Ratios, OfHostileSamples) {
  Made made;
  made.add(std::vector<Sale_ratio>(100, {70, 100}));  // all alike: no prb, no mki
  std::vector<Sale_ratio> one_price, steps, wide;
  for (std::size_t i = 0; i < 90; ++i) {
    one_price.push_back({50 + static_cast<double>(i % 7), 100});
    steps.push_back({static_cast<double>(i / 30 + 1), static_cast<double>(i / 30 + 1)});
    wide.push_back({std::exp(static_cast<double>(i) / 3), 1e9 * std::exp(static_cast<double>(i * 7 % 90) / 4)});
  }
  made.add(one_price);
  made.add(steps);
  made.add(wide);
  check(made, 30);
}

// By hand: five sales at 100, 200, 300, 400, 500 assessed at 90, 200, 240, 360, 375.
// Ratios 0.9, 1, 0.8, 0.9, 0.75; median 0.9; mean 0.87; weighted mean 1265 / 1500; mean deviation (0 + .1 + .1 + 0 +
// .15) / 5 = 0.07.
DOSI_TEST(Ratios, AnExampleByHand) {
  Made made;
  made.add({{240, 300}, {90, 100}, {375, 500}, {200, 200}, {360, 400}});
  const auto got = DOSI_BACKEND::appraise::bootstrap(made.view(), 0, 1, device());
  const auto measure = [&](Measure m) { return got[static_cast<std::size_t>(m)]; };
  EXPECT_DOUBLE_EQ(measure(Measure::median), 0.9);
  EXPECT_DOUBLE_EQ(measure(Measure::mean), 0.87);
  EXPECT_DOUBLE_EQ(measure(Measure::weighted_mean), 1265.0 / 1500);
  EXPECT_NEAR(measure(Measure::cod), 7.0 / 0.9, 1e-13);
  EXPECT_NEAR(measure(Measure::prd), 0.87 * 1500 / 1265, 1e-14);
  // Values (assessed / 0.9 + price) / 2: 100, 211.11, 283.33, 400, 458.33; log2 of them
  // is 6.6439, 7.7219, 8.1464, 8.6439, 8.8403 and (r - m) / m is 0, 1/9, -1/9, 0, -1/6.
  EXPECT_NEAR(measure(Measure::prb), -0.06125127682917, 1e-13);
  // Ranks 1 to 5: 2 (90 + 400 + 720 + 1440 + 1875) / (5 x 1265) - 6/5 over 2 x 5500 / (5 x 1500) - 6/5.
  EXPECT_NEAR(measure(Measure::mki), (2.0 * 4525 / (5 * 1265) - 1.2) / (11000.0 / 7500 - 1.2), 1e-13);
}

DOSI_TEST(Ratios, TheSameBitsForAnyThreads) {
  Made made;
  for (const std::size_t n : {500, 20, 3000}) made.add(sales(n, n + 9));
  const auto one = DOSI_BACKEND::appraise::bootstrap(made.view(), 50, 3, DOSI_ON_CUDA ? 0 : 1),
             other = DOSI_BACKEND::appraise::bootstrap(made.view(), 50, 3, device());
  EXPECT_EQ(one, other);
#if DOSI_ON_CUDA
  EXPECT_EQ(one, dosi::cpu::appraise::bootstrap(made.view(), 50, 3, 2));
#endif
}

DOSI_TEST(Ratios, RefuseWhatIsNoSale) {
  Made made;
  made.add({{90, 100}, {0, 100}});
  EXPECT_THROW(DOSI_BACKEND::appraise::bootstrap(made.view(), 1, 1, device()), std::invalid_argument);
  Made none;
  none.first = {0, 0};
  EXPECT_THROW(DOSI_BACKEND::appraise::bootstrap(none.view(), 1, 1, device()), std::invalid_argument);
  Made good;
  good.add({{90, 100}, {110, 100}});
  EXPECT_NO_THROW(DOSI_BACKEND::appraise::bootstrap(good.view(), 1, 1, device()));
}

}  // namespace dosi::DOSI_BACKEND::ratios_test
