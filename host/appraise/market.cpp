#include "host/appraise/market.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/dates.hpp"
#include "io/error.hpp"

namespace dosi::appraise {
namespace {

double median_of(std::vector<double> v) {
  if (v.empty()) return std::nan("");
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  if (v.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(v.begin(), middle)) / 2;
}

}  // namespace

Market::Market(const city::City& city, const Question& q, Roll roll, const Device& device, comm::Ranks& ranks)
    : q_(q), roll_(std::move(roll)), device_(device), ranks_(ranks) {
  const auto& sales = roll_.sales;
  if (!sales.day.empty())
    valuation_day_ = q.valuation_day.value_or(*std::max_element(sales.day.begin(), sales.day.end()));
  if (!sales.day.empty() && q.time != Time::none) {
    const auto [first, last] = std::minmax_element(sales.day.begin(), sales.day.end());
    if (valuation_day_ < months_later(*first, -1) || valuation_day_ > months_later(*last, 1))
      spdlog::warn("valuation_date: {} is beyond the sales, {} to {}, by more than a month; {}",
                   date_text(valuation_day_), date_text(*first), date_text(*last),
                   q.time == Time::linear ? "the trend is carried on to it"
                                          : "prices are brought to the nearest month that has sales, and no further");
  }
  std::map<std::string, std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < sales.size(); ++i) groups[sales.group[i]].push_back(i);
  for (const auto& g : roll_.parcels.group) groups[g];
  std::map<std::string, std::uint32_t> model;
  std::string few;
  std::size_t few_groups = 0;
  for (auto& [name, members] : groups) {
    if (!q.by.empty() && members.size() < q.fewest) {
      if (few_groups++ < 8) few += fmt::format("{}{} ({})", few.empty() ? "" : ", ", name, members.size());
      continue;
    }
    model[name] = static_cast<std::uint32_t>(models_.size());
    models_.push_back(make_model(city.file_name(), q, sales, q.by.empty() ? "all" : name, std::move(members),
                                 valuation_day_, device, ranks));
  }
  if (few_groups > 0) {
    spdlog::warn("appraise: {} of {} values of '{}' have fewer than {} sales and are {}: {}{}", few_groups,
                 groups.size(), q.by, q.fewest, q.few == Few::pool ? "appraised by the model of all sales" : "left out",
                 few, few_groups > 8 ? ", …" : "");
    if (q.few == Few::pool) {
      std::vector<std::uint32_t> all(sales.size());
      std::iota(all.begin(), all.end(), 0u);
      for (const auto& [name, members] : groups) model.emplace(name, static_cast<std::uint32_t>(models_.size()));
      models_.push_back(make_model(city.file_name(), q, sales, "all", std::move(all), valuation_day_, device, ranks));
    }
  }
  if (models_.empty())
    throw DataError("{}: {}: no value of '{}' has {} sales; give a smaller 'fewest', or few=pool", city.file_name(),
                    sales.layer, q.by, q.fewest);
  for (const auto& g : roll_.parcels.group) {
    const auto at = model.find(g);
    model_of_.push_back(at == model.end() ? kNoModel : at->second);
    if (at != model.end()) ++models_[at->second].parcels;
  }
  prices_ = sales.price;
  for (std::size_t m = models_.size(); m-- > 0;)  // the model of all, which is last, gives way to a sale's own
    for (std::size_t i = 0; i < models_[m].sales.size(); ++i) prices_[models_[m].sales[i]] = models_[m].price[i];
  double of_all = std::nan("");
  for (auto& m : models_) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < m.sales.size(); ++i)
      if (std::isfinite(sales.assessed[m.sales[i]])) ratios.push_back(sales.assessed[m.sales[i]] / m.price[i]);
    m.level = q.level.value_or(q.assessed.empty() ? 1.0 : median_of(ratios));
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < sales.size(); ++i)
    if (std::isfinite(sales.assessed[i])) ratios.push_back(sales.assessed[i] / prices_[i]);
  of_all = median_of(ratios);
  for (auto& m : models_)
    if (std::isnan(m.level)) m.level = of_all;
  if (std::isnan(models_[0].level))
    throw DataError("{}: {}: no sale has an official value; give the legal 'level'", city.file_name(), sales.layer);
}

void Market::fit(const std::filesystem::path& folder) {
  for (std::size_t i = 0; i < models_.size(); ++i)
    fit_model(models_[i], q_, device_, folder / fmt::format("evaluations-{}.jsonl", i), ranks_);
}

std::vector<double> Market::design(const Model& m, const std::vector<std::uint32_t>& parcels, std::vector<double>& x,
                                   std::vector<double>& y) const {
  const auto& p = roll_.parcels;
  std::vector<double> design;
  for (const auto i : parcels) {
    x.push_back(p.x[i]);
    y.push_back(p.y[i]);
    design.push_back(1);
    for (std::size_t c = 0; c < m.used.size(); ++c)
      design.push_back(p.columns[i * q_.x.size() + m.used[c]] - m.centre[1 + c]);
  }
  return design;
}

Estimates Market::estimate(std::size_t first, std::size_t count) const {
  const std::size_t width = q_.x.size();
  Estimates out(count, width);
  std::vector<std::vector<std::uint32_t>> rows(models_.size());
  for (std::size_t r = 0; r < count; ++r) {
    out.model[r] = model_of_[first + r];
    if (out.model[r] != kNoModel) rows[out.model[r]].push_back(static_cast<std::uint32_t>(first + r));
  }
  for (std::size_t model = 0; model < models_.size(); ++model) {
    const auto& m = models_[model];
    const std::size_t n = rows[model].size();
    if (n == 0) continue;
    const std::size_t k = m.places.terms.size();
    std::vector<double> x, y, coefficient(n * k), fitted(n), share(n), condition(n), bandwidth(n);
    std::vector<std::uint8_t> singular(n);
    const auto columns = design(m, rows[model], x, y);
    m.engine->predict(x, y, columns,
                      {.coefficient = coefficient,
                       .fitted = fitted,
                       .leverage = share,
                       .condition = condition,
                       .bandwidth = bandwidth,
                       .singular = singular});
    std::vector<double> kriged(n, 0), variance(n, 0);
    if (m.field) m.field->engine->predict(x, y, {kriged, variance, {}});
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t r = rows[model][i] - first;
      // In prices the fit's own variance is money, and the error's is in proportion to the price.
      out.error[r] =
          m.deviation * std::sqrt(1 + (q_.scale == Scale::log ? share[i] : share[i] / (fitted[i] * fitted[i])));
      if (m.field) {
        const double scale = out.error[r] / m.deviation;
        out.error[r] = scale * std::sqrt(variance[i]);
        fitted[i] = q_.scale == Scale::log ? fitted[i] + scale * kriged[i] : fitted[i] * (1 + scale * kriged[i]);
      }
      for (std::size_t c = 0; c < m.used.size(); ++c)
        out.coefficient[r * width + m.used[c]] = coefficient[i * k + 1 + c];
      out.condition[r] = condition[i];
      out.bandwidth[r] = bandwidth[i];
      out.singular[r] = singular[i];
      const double half = m.half_width * out.error[r];
      if (q_.scale == Scale::log) {
        out.centre[r] = std::exp(fitted[i]);
        out.predicted[r] = out.centre[r] * m.smearing;
        out.lower[r] = std::exp(fitted[i] - half);
        out.upper[r] = std::exp(fitted[i] + half);
      } else if (fitted[i] > 0) {
        out.centre[r] = out.predicted[r] = fitted[i];
        out.lower[r] = fitted[i] * std::max(1 - half, 0.0);
        out.upper[r] = fitted[i] * (1 + half);
      }
    }
  }
  return out;
}

double Market::position(const Estimates& e, std::size_t r, double value) const {
  if (!(e.centre[r] > 0)) return std::nan("");
  const double off = q_.scale == Scale::log ? std::log(value / e.centre[r]) : value / e.centre[r] - 1;
  return off / (models_[e.model[r]].half_width * e.error[r]);
}

}  // namespace dosi::appraise
