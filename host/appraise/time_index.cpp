#include "host/appraise/time_index.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/gwr/least_squares.hpp"
#include "io/dates.hpp"

namespace dosi::appraise {
namespace {

constexpr double kDaysAMonth = 365.25 / 12;

// Months of the calendar from the first sale on, joined until each period has enough sales; what is left joins the
// last.
std::vector<Period> periods_of(std::span<const std::int64_t> day) {
  std::vector<std::int64_t> days(day.begin(), day.end());
  std::sort(days.begin(), days.end());
  const auto month_of = [](std::int64_t d) { return date_in(date_text(d, Date_precision::month) + "-01")->day; };
  std::vector<Period> periods;
  std::size_t at = 0;
  for (std::int64_t from = month_of(days.front()); at < days.size();) {
    Period p{.first_day = from};
    do {
      from = months_later(from, 1);
      while (at < days.size() && days[at] < from) ++at, ++p.sales;
    } while (p.sales < kSalesAPeriod && at < days.size());
    p.last_day = from - 1;
    periods.push_back(p);
  }
  if (periods.size() > 1 && periods.back().sales < kSalesAPeriod) {
    periods[periods.size() - 2].sales += periods.back().sales;
    periods[periods.size() - 2].last_day = periods.back().last_day;
    periods.pop_back();
  }
  return periods;
}

// The period of a day; before the first, the first, and so at the other end.
std::size_t period_of(const std::vector<Period>& periods, std::int64_t day) {
  const auto after = std::upper_bound(periods.begin(), periods.end(), day,
                                      [](std::int64_t d, const Period& p) { return d < p.first_day; });
  return after == periods.begin() ? 0 : static_cast<std::size_t>(after - periods.begin()) - 1;
}

}  // namespace

Time_index time_index(Time time, std::int64_t valuation_day, std::span<const double> columns, std::size_t width,
                      const std::vector<std::size_t>& used, std::span<const double> price,
                      std::span<const std::int64_t> day) {
  const std::size_t n = price.size();
  Time_index index;
  index.factor.assign(n, 1);
  if (time == Time::none) return index;
  if (time == Time::monthly) {
    index.periods = periods_of(day);
  } else {
    const auto [first, last] = std::minmax_element(day.begin(), day.end());
    index.periods = {{.first_day = *first, .last_day = *last, .sales = n}};
    if (*first == *last) return index;
  }
  const std::size_t base = period_of(index.periods, valuation_day),
                    steps = time == Time::linear ? 1 : index.periods.size() - 1;
  if (steps == 0) return index;
  const auto months = [&](std::int64_t d) { return static_cast<double>(d - valuation_day) / kDaysAMonth; };
  const std::size_t k = 1 + used.size() + steps;
  std::vector<double> design, response, zero(n, 0);
  design.reserve(n * k);
  for (std::size_t i = 0; i < n; ++i) {
    design.push_back(1);
    for (const auto c : used) design.push_back(columns[i * width + c]);
    const std::size_t p = period_of(index.periods, day[i]);
    if (time == Time::linear) design.push_back(months(day[i]));
    else
      for (std::size_t s = 0; s < index.periods.size(); ++s)
        if (s != base) design.push_back(s == p ? 1 : 0);
    response.push_back(std::log(price[i]));
  }
  const auto fit = gwr::least_squares({zero, zero, design, k, response, true});
  const auto coefficient = [&](std::size_t s) {
    return std::isfinite(fit.coefficient[1 + used.size() + s]) ? fit.coefficient[1 + used.size() + s] : 0.0;
  };
  if (time == Time::linear) {
    index.a_month = coefficient(0);
    index.periods[0].factor = std::exp(-index.a_month);
    index.periods[0].error = fit.standard_error[1 + used.size()];
    for (std::size_t i = 0; i < n; ++i) index.factor[i] = std::exp(index.a_month * months(day[i]));
    return index;
  }
  for (std::size_t s = 0, c = 0; s < index.periods.size(); ++s) {
    if (s == base) continue;
    index.periods[s].factor = std::exp(coefficient(c));
    index.periods[s].error = fit.standard_error[1 + used.size() + c];
    ++c;
  }
  for (std::size_t i = 0; i < n; ++i) index.factor[i] = index.periods[period_of(index.periods, day[i])].factor;
  return index;
}

}  // namespace dosi::appraise
