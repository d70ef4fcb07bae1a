#include "host/appraise/model.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/gwr/company.hpp"
#include "host/gwr/criterion.hpp"
#include "io/error.hpp"

namespace dosi::appraise {
namespace {

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

// Errors in proportion to the price: rows over what the first fit predicts without them have errors that are alike
// (feasible generalised least squares). A prediction below a tenth of the price counts as that tenth, so that no weight
// is without bound.
void weigh(Model& m, const Device& device, comm::Ranks& ranks) {
  const std::size_t n = m.sales.size(), k = m.places.terms.size();
  std::vector<double> rows(n * k), response(n), fitted(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double y = m.places.response[i], predicted = std::max(y - m.left[i], y / 10);
    response[i] = y / predicted;
    for (std::size_t c = 0; c < k; ++c) rows[i * k + c] = (m.places.design[i * k + c] - m.centre[c]) / predicted;
  }
  m.engine = DOSI_BACKEND_OF(device, gwr::make_engine)({m.places.x, m.places.y, rows, k, response, false},
                                                       device.argument(), gwr::company_of(ranks));
  const auto sums = gwr::agreed(m.engine->prepare(m.bandwidth), ranks);
  m.parameters = sums.trace;
  m.singular = sums.singular;
  std::vector<std::uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  m.engine->fit(all, {.fitted = fitted, .leverage = m.leverage});
  for (std::size_t i = 0; i < n; ++i) m.left[i] = (response[i] - fitted[i]) / std::max(1 - m.leverage[i], 1e-12);
}

// Left-out errors have the variance of the error over 1 - h_ii; scaled, they have that of the error.
double scaled_error(const Model& m, std::size_t i) { return m.left[i] * std::sqrt(std::max(1 - m.leverage[i], 0.0)); }

void judge_errors(Model& m, const Question& q) {
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
    double scaled = scaled_error(m, i), error = m.deviation;
    if (m.field) {
      scaled -= m.field->mean[i];
      error = std::sqrt(std::max(m.field->variance[i], 1e-300));
    }
    m.position[i] = scaled / error;
    size[i] = std::fabs(m.position[i]);
    m.smearing += std::exp(scaled) / static_cast<double>(n);
  }
  if (q.scale == Scale::price || q.retransform == Retransform::none) m.smearing = 1;
  auto sorted = size;
  std::sort(sorted.begin(), sorted.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q.local.interval * static_cast<double>(n + 1)));
  m.half_width =
      q.tails == Tails::student ? gwr::t_critical(1 - q.local.interval, degrees) : sorted[std::min(rank, n) - 1];
  for (double& p : m.position) p /= m.half_width;
  m.coverage =
      static_cast<double>(std::count_if(size.begin(), size.end(), [&](double s) { return s <= m.half_width; })) /
      static_cast<double>(n);
}

}  // namespace

Model make_model(const std::string& city_file, const Question& q, const Sales& sales, const std::string& name,
                 std::vector<std::uint32_t> members, std::int64_t valuation_day, const Device& device,
                 comm::Ranks& ranks) {
  Model m;
  m.name = name;
  m.sales = std::move(members);
  choose_columns(m, q, sales);
  const std::size_t k = m.used.size() + 1, width = q.x.size(), n = m.sales.size();
  if (m.used.empty())
    throw DataError("{}: {}: every column of x is constant among the {} sales of {}", city_file, sales.layer, n,
                    m.name);
  if (n < k + 3)
    throw DataError("{}: {}: {} sales of {}; a regression on {} terms needs at least {}", city_file, sales.layer, n,
                    m.name, k, k + 3);
  if (!m.unused.empty())
    spdlog::warn("appraise: {}: {} constant among its sales or a combination of other columns, and not used", m.name,
                 fmt::join(m.unused, ", "));
  std::vector<double> columns;
  std::vector<std::int64_t> day;
  for (const auto i : m.sales) {
    m.price.push_back(sales.price[i]);
    columns.insert(columns.end(), sales.columns.begin() + static_cast<std::ptrdiff_t>(i * width),
                   sales.columns.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
    if (!sales.day.empty()) day.push_back(sales.day[i]);
  }
  m.time = time_index(q.time, valuation_day, columns, width, m.used, m.price, day);
  auto& p = m.places;
  p.layer = sales.layer;
  p.terms = {"intercept"};
  for (const auto c : m.used) p.terms.push_back(q.x[c]);
  for (std::size_t s = 0; s < n; ++s) {
    const auto i = m.sales[s];
    m.price[s] /= m.time.factor[s];
    p.x.push_back(sales.x[i]);
    p.y.push_back(sales.y[i]);
    p.row.push_back(sales.row[i]);
    p.response.push_back(q.scale == Scale::log ? std::log(m.price[s]) : m.price[s]);
    p.design.push_back(1);
    for (const auto c : m.used) p.design.push_back(columns[s * width + c]);
  }
  if (std::all_of(p.response.begin(), p.response.end(), [&](double v) { return v == p.response[0]; }))
    throw DataError("{}: {}: all sales of {} have one price; there is nothing to explain", city_file, sales.layer,
                    m.name);
  m.centre.assign(k, 0);
  if (q.scale == Scale::price)
    for (std::size_t c = 1; c < k; ++c)
      for (std::size_t i = 0; i < n; ++i) m.centre[c] += p.design[i * k + c] / static_cast<double>(n);
  m.global = gwr::least_squares(p.model(true));
  m.ols = gwr::whole_fit(m.global, q.local, p);
  m.engine = DOSI_BACKEND_OF(device, gwr::make_engine)(p.model(true), device.argument(), gwr::company_of(ranks));
  return m;
}

void fit_model(Model& m, const Question& q, const Device& device, const std::filesystem::path& file,
               comm::Ranks& ranks) {
  const std::size_t n = m.sales.size();
  auto asked = q.local;
  for (auto* limit : {&asked.bandwidth, &asked.least, &asked.most})
    if (asked.adaptive && *limit) *limit = std::min(**limit, static_cast<double>(n));
  gwr::Evaluations evaluations(*m.engine, asked, static_cast<double>(n), file, ranks);
  if (evaluations.found_in_file() > 0)
    spdlog::info("appraise: {}: {} bandwidths were tried before the interruption", m.name, evaluations.found_in_file());
  m.bandwidth = {asked.kernel, asked.adaptive,
                 gwr::choose_bandwidth(asked, m.places.x, m.places.y, m.places.terms.size(), evaluations)};
  m.evaluations = evaluations.all();
  const auto sums = gwr::agreed(m.engine->prepare(m.bandwidth), ranks);
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
  if (q.scale == Scale::price) weigh(m, device, ranks);
  if (q.kriging) {
    std::vector<double> scaled(n);
    for (std::size_t i = 0; i < n; ++i) scaled[i] = scaled_error(m, i);
    m.field = make_field(*q.kriging, m.places.x, m.places.y, scaled, device);
    const auto& v = m.field->variogram;
    spdlog::info(
        "appraise: {}: {} variogram: nugget {:.4g}, sill {:.4g}, range {:.0f} m; left out one by one: RMSE {:.4f} "
        "({:.4f} without kriging), MSDR {:.3f}",
        m.name, q.kriging->model, v.nugget, v.sill, v.range, m.field->rmse,
        std::sqrt(std::inner_product(scaled.begin(), scaled.end(), scaled.begin(), 0.0) / static_cast<double>(n)),
        m.field->msdr);
  }
  judge_errors(m, q);
  spdlog::info(
      "appraise: {}: {} sales, bandwidth {:g}{}, R2 {:.4f}, standard error {:.1f} %, {:.1f} % of sales in the {:g} % "
      "interval made without them",
      m.name, n, m.bandwidth.value, asked.adaptive ? " neighbours" : " m", m.local.r2, 100 * m.deviation,
      100 * m.coverage, 100 * q.local.interval);
  if (m.singular > 0)
    spdlog::warn(
        "appraise: {}: columns are collinear around {} of {} sales; a ridge was added there, and 'singular' says where",
        m.name, m.singular, n);
}

}  // namespace dosi::appraise
