// Prices that move come out as an index, with columns in the way.
#include "host/appraise/time_index.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "io/dates.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::appraise {
namespace {

std::int64_t day(const char* text) { return date_in(text)->day; }

struct Made {
  std::vector<double> columns, price;
  std::vector<std::int64_t> days;
};

// Two years of sales; area rises with time, so that raw prices mislead. log price = 10 + 0.01 area + move(day) + noise.
template <class Move>
Made made(std::size_t n, const Move& move) {
  Made m;
  for (std::size_t i = 0; i < n; ++i) {
    Random r(5, i);
    m.days.push_back(day("2022-01-01") + static_cast<std::int64_t>(r.below(730)));
    const double area = 80 + 20 * r.normal() + static_cast<double>(m.days.back() - day("2022-01-01")) / 30;
    m.columns.insert(m.columns.end(), {area, 7});
    m.price.push_back(std::exp(10 + 0.01 * area + move(m.days.back()) + 0.05 * r.normal()));
  }
  return m;
}

TEST(Time_index, a_straight_trend_is_recovered) {
  const auto m = made(2000, [](std::int64_t d) { return 0.01 * static_cast<double>(d) / (365.25 / 12); });
  const auto index = time_index(Time::linear, day("2023-12-31"), m.columns, 2, {0}, m.price, m.days);
  EXPECT_NEAR(index.a_month, 0.01, 0.0005);
  EXPECT_NEAR(index.periods[0].factor, std::exp(-0.01), 0.0005);
  for (std::size_t i = 0; i < 2000; ++i)
    ASSERT_NEAR(index.factor[i],
                std::exp(index.a_month * static_cast<double>(m.days[i] - day("2023-12-31")) / (365.25 / 12)), 1e-12);
}

TEST(Time_index, months_follow_a_market_that_turns) {
  const auto move = [](std::int64_t d) { return d < day("2023-01-01") ? 0.2 : 0.0; };
  const auto m = made(4000, move);
  const auto index = time_index(Time::monthly, day("2023-12-31"), m.columns, 2, {0}, m.price, m.days);
  ASSERT_EQ(index.periods.size(), 24u);
  std::size_t sales = 0;
  for (const auto& p : index.periods) {
    EXPECT_NEAR(std::log(p.factor), move(p.first_day), 0.03) << date_text(p.first_day);
    EXPECT_GE(p.sales, kSalesAPeriod);
    sales += p.sales;
  }
  EXPECT_EQ(sales, 4000u);
  EXPECT_EQ(index.periods.back().factor, 1);
  EXPECT_EQ(date_text(index.periods[1].first_day), "2022-02-01");
  EXPECT_EQ(date_text(index.periods[1].last_day), "2022-02-28");
}

TEST(Time_index, months_with_few_sales_join_the_next) {
  Made m;
  for (std::size_t i = 0; i < 43; ++i) {
    m.days.push_back(i < 3    ? day("2023-01-05")
                     : i < 15 ? day("2023-03-05")
                     : i < 40 ? day("2023-04-30")
                              : day("2023-05-01"));
    m.columns.insert(m.columns.end(), {static_cast<double>(i % 9), 0});
    m.price.push_back(100 + static_cast<double>(i % 7));
  }
  const auto index = time_index(Time::monthly, day("2023-06-01"), m.columns, 2, {0}, m.price, m.days);
  ASSERT_EQ(index.periods.size(), 2u);
  EXPECT_EQ(index.periods[0].sales, 15u);
  EXPECT_EQ(date_text(index.periods[0].last_day), "2023-03-31");
  EXPECT_EQ(index.periods[1].sales, 28u);
  EXPECT_EQ(index.periods[1].factor, 1);
}

TEST(Time_index, without_time_prices_stay) {
  const auto m = made(50, [](std::int64_t) { return 0.0; });
  EXPECT_EQ(time_index(Time::none, 0, m.columns, 2, {0}, m.price, {}).factor, std::vector<double>(50, 1.0));
  const std::vector<std::int64_t> one_day(50, 3);
  EXPECT_EQ(time_index(Time::linear, 3, m.columns, 2, {0}, m.price, one_day).factor, std::vector<double>(50, 1.0));
  EXPECT_EQ(time_index(Time::monthly, 3, m.columns, 2, {0}, m.price, one_day).factor, std::vector<double>(50, 1.0));
}

}  // namespace
}  // namespace dosi::appraise
