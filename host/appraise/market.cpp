#include "host/appraise/market.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/gwr/criterion.hpp"
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

// The columns that these sales can tell apart; the others' names.
void choose_columns(Model& m, const Question& q, const Sales& sales) {
  const std::size_t width = q.x.size(), n = m.sales.size();
  std::vector<std::size_t> varied;
  for (std::size_t c = 0; c < width; ++c) {
    const auto value = [&](std::size_t i) { return sales.columns[m.sales[i] * width + c]; };
    bool varies = false;
    for (std::size_t i = 1; i < n && !varies; ++i) varies = value(i) != value(0);
    if (varies) varied.push_back(c);
    else m.unused.push_back(q.x[c]);
  }
  std::vector<double> design, zero(n, 0);
  for (const auto i : m.sales) {
    design.push_back(1);
    for (const auto c : varied) design.push_back(sales.columns[i * width + c]);
  }
  std::vector<bool> collinear(varied.size(), false);
  for (const auto& [column, by] : gwr::collinear_columns({zero, zero, design, varied.size() + 1, zero, true})) {
    collinear[column - 1] = true;
    m.unused.push_back(q.x[varied[column - 1]]);
  }
  for (std::size_t c = 0; c < varied.size(); ++c)
    if (!collinear[c]) m.used.push_back(varied[c]);
}

}  // namespace

Market::Market(const city::City& city, const Question& q, Roll roll, const Device& device) : q_(q), roll_(std::move(roll)), device_(device) {
  const auto& sales = roll_.sales;
  if (!sales.day.empty()) valuation_day_ = q.valuation_day.value_or(*std::max_element(sales.day.begin(), sales.day.end()));
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
    add_model(city, q.by.empty() ? "all" : name, std::move(members));
  }
  if (few_groups > 0) {
    spdlog::warn("appraise: {} of {} values of '{}' have fewer than {} sales and are {}: {}{}", few_groups, groups.size(), q.by, q.fewest,
                 q.few == Few::pool ? "appraised by the model of all sales" : "left out", few, few_groups > 8 ? ", …" : "");
    if (q.few == Few::pool) {
      std::vector<std::uint32_t> all(sales.size());
      std::iota(all.begin(), all.end(), 0u);
      for (const auto& [name, members] : groups) model.emplace(name, static_cast<std::uint32_t>(models_.size()));
      add_model(city, "all", std::move(all));
    }
  }
  if (models_.empty()) throw DataError("{}: {}: no value of '{}' has {} sales; give a smaller 'fewest', or few=pool", city.file_name(), sales.layer, q.by, q.fewest);
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
  if (std::isnan(models_[0].level)) throw DataError("{}: {}: no sale has an official value; give the legal 'level'", city.file_name(), sales.layer);
}

void Market::add_model(const city::City& city, const std::string& name, std::vector<std::uint32_t> members) {
  const auto& sales = roll_.sales;
  Model m;
  m.name = name;
  m.sales = std::move(members);
  choose_columns(m, q_, sales);
  const std::size_t k = m.used.size() + 1, width = q_.x.size(), n = m.sales.size();
  if (m.used.empty()) throw DataError("{}: {}: every column of x is constant among the {} sales of {}", city.file_name(), sales.layer, n, m.name);
  if (n < k + 3) throw DataError("{}: {}: {} sales of {}; a regression on {} terms needs at least {}", city.file_name(), sales.layer, n, m.name, k, k + 3);
  if (!m.unused.empty()) spdlog::warn("appraise: {}: {} constant among its sales or a combination of other columns, and not used", m.name, fmt::join(m.unused, ", "));
  std::vector<double> columns;
  std::vector<std::int64_t> day;
  for (const auto i : m.sales) {
    m.price.push_back(sales.price[i]);
    columns.insert(columns.end(), sales.columns.begin() + static_cast<std::ptrdiff_t>(i * width), sales.columns.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
    if (!sales.day.empty()) day.push_back(sales.day[i]);
  }
  m.time = time_index(q_.time, valuation_day_, columns, width, m.used, m.price, day);
  auto& p = m.places;
  p.layer = sales.layer;
  p.terms = {"intercept"};
  for (const auto c : m.used) p.terms.push_back(q_.x[c]);
  for (std::size_t s = 0; s < n; ++s) {
    const auto i = m.sales[s];
    m.price[s] /= m.time.factor[s];
    p.x.push_back(sales.x[i]);
    p.y.push_back(sales.y[i]);
    p.row.push_back(sales.row[i]);
    p.response.push_back(q_.scale == Scale::log ? std::log(m.price[s]) : m.price[s]);
    p.design.push_back(1);
    for (const auto c : m.used) p.design.push_back(columns[s * width + c]);
  }
  if (std::all_of(p.response.begin(), p.response.end(), [&](double v) { return v == p.response[0]; }))
    throw DataError("{}: {}: all sales of {} have one price; there is nothing to explain", city.file_name(), sales.layer, m.name);
  m.centre.assign(k, 0);
  if (q_.scale == Scale::price)
    for (std::size_t c = 1; c < k; ++c)
      for (std::size_t i = 0; i < n; ++i) m.centre[c] += p.design[i * k + c] / static_cast<double>(n);
  m.global = gwr::least_squares(p.model(true));
  m.ols = gwr::whole_fit(m.global, q_.local, p);
  m.engine = DOSI_BACKEND_OF(device_, gwr::make_engine)(p.model(true), device_.argument());
  models_.push_back(std::move(m));
}

void Market::fit(const std::filesystem::path& folder) {
  for (std::size_t i = 0; i < models_.size(); ++i) fit(models_[i], folder / fmt::format("evaluations-{}.jsonl", i));
}

void Market::fit(Model& m, const std::filesystem::path& file) {
  const std::size_t n = m.sales.size();
  auto asked = q_.local;
  for (auto* limit : {&asked.bandwidth, &asked.least, &asked.most})
    if (asked.adaptive && *limit) *limit = std::min(**limit, static_cast<double>(n));
  gwr::Evaluations evaluations(*m.engine, asked, static_cast<double>(n), file);
  if (evaluations.found_in_file() > 0) spdlog::info("appraise: {}: {} bandwidths were tried before the interruption", m.name, evaluations.found_in_file());
  m.bandwidth = {asked.kernel, asked.adaptive, gwr::choose_bandwidth(asked, m.places.x, m.places.y, m.places.terms.size(), evaluations)};
  m.evaluations = evaluations.all();
  const auto sums = m.engine->prepare(m.bandwidth);
  m.singular = sums.singular;
  m.local = gwr::whole_fit("local", asked, m.places, sums.rss, sums.trace, sums.trace2, sums.press);
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<double> fitted(n);
  m.leverage.resize(n);
  m.engine->fit(rows, {.fitted = fitted, .leverage = m.leverage});
  m.left.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double e = (m.places.response[i] - fitted[i]) / std::max(1 - m.leverage[i], 1e-12);
    m.left[i] = e;
  }
  m.parameters = sums.trace;
  if (q_.scale == Scale::price) weigh(m);
  judge_errors(m);
  spdlog::info("appraise: {}: {} sales, bandwidth {:g}{}, R2 {:.4f}, standard error {:.1f} %, {:.1f} % of sales in the {:g} % interval made without them", m.name, n, m.bandwidth.value,
               asked.adaptive ? " neighbours" : " m", m.local.r2, 100 * m.deviation, 100 * m.coverage, 100 * q_.local.interval);
  if (m.singular > 0) spdlog::warn("appraise: {}: columns are collinear around {} of {} sales; a ridge was added there, and 'singular' says where", m.name, m.singular, n);
}

// Errors in proportion to the price: rows over what the first fit predicts without them have errors that are alike (feasible
// generalised least squares). A prediction below a tenth of the price counts as that tenth, so that no weight is without bound.
void Market::weigh(Model& m) const {
  const std::size_t n = m.sales.size(), k = m.places.terms.size();
  std::vector<double> rows(n * k), response(n), fitted(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double y = m.places.response[i], predicted = std::max(y - m.left[i], y / 10);
    response[i] = y / predicted;
    for (std::size_t c = 0; c < k; ++c) rows[i * k + c] = (m.places.design[i * k + c] - m.centre[c]) / predicted;
  }
  m.engine = DOSI_BACKEND_OF(device_, gwr::make_engine)({m.places.x, m.places.y, rows, k, response, false}, device_.argument());
  const auto sums = m.engine->prepare(m.bandwidth);
  m.parameters = sums.trace;
  m.singular = sums.singular;
  std::vector<std::uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  m.engine->fit(all, {.fitted = fitted, .leverage = m.leverage});
  for (std::size_t i = 0; i < n; ++i) m.left[i] = (response[i] - fitted[i]) / std::max(1 - m.leverage[i], 1e-12);
}

// Left-out errors have the variance of the error over 1 - h_ii.
void Market::judge_errors(Model& m) const {
  const std::size_t n = m.sales.size();
  std::vector<double> size(n);
  m.position.resize(n);
  double square = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double raw = m.left[i] * (1 - m.leverage[i]);
    square += raw * raw;
  }
  const double degrees = std::max(1.0, static_cast<double>(n) - m.parameters);
  m.deviation = std::sqrt(square / degrees);
  m.smearing = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double scaled = m.left[i] * std::sqrt(std::max(1 - m.leverage[i], 0.0));
    m.position[i] = scaled / m.deviation;
    size[i] = std::fabs(m.position[i]);
    m.smearing += std::exp(scaled) / static_cast<double>(n);
  }
  if (q_.scale == Scale::price || q_.retransform == Retransform::none) m.smearing = 1;
  auto sorted = size;
  std::sort(sorted.begin(), sorted.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q_.local.interval * static_cast<double>(n + 1)));
  m.half_width = q_.tails == Tails::student ? gwr::t_critical(1 - q_.local.interval, degrees) : sorted[std::min(rank, n) - 1];
  for (double& p : m.position) p /= m.half_width;
  m.coverage = static_cast<double>(std::count_if(size.begin(), size.end(), [&](double s) { return s <= m.half_width; })) / static_cast<double>(n);
}

std::vector<double> Market::design(const Model& m, const std::vector<std::uint32_t>& parcels, std::vector<double>& x, std::vector<double>& y) const {
  const auto& p = roll_.parcels;
  std::vector<double> design;
  for (const auto i : parcels) {
    x.push_back(p.x[i]);
    y.push_back(p.y[i]);
    design.push_back(1);
    for (std::size_t c = 0; c < m.used.size(); ++c) design.push_back(p.columns[i * q_.x.size() + m.used[c]] - m.centre[1 + c]);
  }
  return design;
}

Estimates Market::estimate(std::size_t first, std::size_t count) const {
  Estimates out(count);
  std::vector<std::vector<std::uint32_t>> rows(models_.size());
  for (std::size_t r = 0; r < count; ++r) {
    out.model[r] = model_of_[first + r];
    out.predicted[r] = out.lower[r] = out.upper[r] = out.centre[r] = out.error[r] = out.condition[r] = out.bandwidth[r] = std::nan("");
    if (out.model[r] != kNoModel) rows[out.model[r]].push_back(static_cast<std::uint32_t>(first + r));
  }
  for (std::size_t model = 0; model < models_.size(); ++model) {
    const auto& m = models_[model];
    const std::size_t n = rows[model].size();
    if (n == 0) continue;
    std::vector<double> x, y, fitted(n), share(n), condition(n), bandwidth(n);
    std::vector<std::uint8_t> singular(n);
    const auto columns = design(m, rows[model], x, y);
    m.engine->predict(x, y, columns, {.fitted = fitted, .leverage = share, .condition = condition, .bandwidth = bandwidth, .singular = singular});
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t r = rows[model][i] - first;
      // In prices the fit's own variance is money, and the error's is in proportion to the price.
      out.error[r] = m.deviation * std::sqrt(1 + (q_.scale == Scale::log ? share[i] : share[i] / (fitted[i] * fitted[i])));
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

std::vector<std::vector<double>> Market::coefficients(const std::vector<std::uint32_t>& parcels) const {
  std::vector<std::vector<double>> out(parcels.size());
  for (std::size_t model = 0; model < models_.size(); ++model) {
    const auto& m = models_[model];
    std::vector<std::uint32_t> mine;
    std::vector<std::size_t> slot;
    for (std::size_t i = 0; i < parcels.size(); ++i)
      if (model_of_[parcels[i]] == model) {
        mine.push_back(parcels[i]);
        slot.push_back(i);
      }
    if (mine.empty()) continue;
    std::vector<double> x, y;
    const auto columns = design(m, mine, x, y);
    const std::size_t k = m.places.terms.size();
    std::vector<double> b(mine.size() * k);
    m.engine->predict(x, y, columns, {.coefficient = b});
    for (std::size_t i = 0; i < mine.size(); ++i) out[slot[i]].assign(b.begin() + static_cast<std::ptrdiff_t>(i * k), b.begin() + static_cast<std::ptrdiff_t>((i + 1) * k));
  }
  return out;
}

}  // namespace dosi::appraise
