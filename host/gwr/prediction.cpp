#include "host/gwr/prediction.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::gwr {
namespace {

constexpr std::size_t kPredictedAtOnce = 65'536;

struct Predicted {
  explicit Predicted(std::size_t n) : fitted(n), error(n), lower(n), upper(n), condition(n), bandwidth(n), singular(n) {}
  std::vector<double> fitted, error, lower, upper, condition, bandwidth;
  std::vector<std::uint8_t> singular;
};

// Of a count or an event the expected value, whose interval is that of its link turned back.
void expect(Predicted& out, std::size_t i, const Question& q, double variance, double t, double exposure) {
  const bool poisson = q.family == Family::poisson;
  const double mean = out.fitted[i], link = poisson ? std::log(mean) : std::log(mean / (1 - mean)), half = t * std::sqrt(variance);
  const auto turned = [&](double v) { return poisson ? exposure * std::exp(v) : 1 / (1 + std::exp(-v)); };
  out.fitted[i] = poisson ? exposure * mean : mean;
  out.error[i] = (poisson ? exposure * mean : mean * (1 - mean)) * std::sqrt(variance);
  out.lower[i] = turned(link - half);
  out.upper[i] = turned(link + half);
}

// The variance of a new observation is that of the error, and that of the fit there (Leung, Mei and Zhang 2000).
Predicted predict(Engine& engine, const Question& q, const Whole& whole, double t, const New_places& p, std::span<const double> z) {
  Predicted out(p.size());
  const std::size_t k = p.size() == 0 ? 1 : p.design.size() / p.size();
  std::vector<double> share(std::min(kPredictedAtOnce, p.size()));
  for (std::size_t first = 0; first < p.size(); first += kPredictedAtOnce) {
    const std::size_t n = std::min(kPredictedAtOnce, p.size() - first);
    const auto part = [&](auto& v) { return std::span(v).subspan(first, n); };
    const auto at = [&](const std::vector<double>& flat, std::size_t side) { return std::span(p.sphere[side].empty() ? flat : p.sphere[side]).subspan(first, n); };
    Listed near = p.near.first.empty() ? Listed{} : p.near.view();
    if (!near.first.empty()) near.first = near.first.subspan(first, n + 1);
    engine.predict(at(p.x, 0), at(p.y, 1), std::span(p.design).subspan(first * k, n * k),
                   {.fitted = part(out.fitted), .leverage = std::span(share).first(n), .condition = part(out.condition), .bandwidth = part(out.bandwidth), .singular = part(out.singular)},
                   !p.sphere[2].empty() ? std::span<const double>(p.sphere[2]).subspan(first, n) : z.empty() ? z : z.subspan(first, n), near);
    for (std::size_t i = 0; i < n; ++i) {
      if (q.generalised()) {
        expect(out, first + i, q, share[i], t, p.exposure.empty() ? 1 : p.exposure[first + i]);
        continue;
      }
      const double half = t * std::sqrt(whole.error_variance * (1 + share[i]));
      out.error[first + i] = std::sqrt(whole.error_variance * share[i]);
      out.lower[first + i] = out.fitted[first + i] - half;
      out.upper[first + i] = out.fitted[first + i] + half;
    }
  }
  return out;
}

// The table, with where its rows are.
h5::Group create_predictions(result::Writer& result, const Question& q, const New_places& p) {
  auto table = result.create_table("predictions", result::Table_kind::points, "prediction", p.size(), fmt::format("{} predicted at {}", q.y, p.layer));
  const std::vector<std::string> rows{"prediction"};
  stream::write_all<double>(table, "x", rows, p.x, {.units = "m", .long_name = "easting"}).set_attribute("standard_name", "projection_x_coordinate");
  stream::write_all<double>(table, "y", rows, p.y, {.units = "m", .long_name = "northing"}).set_attribute("standard_name", "projection_y_coordinate");
  stream::write_all<std::uint32_t>(table, "row", rows, p.row, {.long_name = "row of the layer " + p.layer});
  return table;
}

}  // namespace

void write_predictions(result::Writer& result, Engine& engine, const Question& q, const Whole& whole, const New_places& p, std::span<const double> z) {
  constexpr double kNormal = 1e9;
  const double degrees = q.generalised() ? kNormal : std::max(1.0, whole.rss / whole.error_variance);
  const auto out = predict(engine, q, whole, t_critical(1 - q.interval, degrees), p, z);
  auto table = create_predictions(result, q, p);
  const std::vector<std::string> rows{"prediction"};
  const auto number = [&](const char* name, const std::vector<double>& values, const std::string& english, const char* korean, const char* units = "") {
    auto d = stream::write_all<double>(table, name, rows, values, {.units = units, .long_name = english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", korean);
  };
  const auto flag = [&](const char* name, const std::vector<std::uint8_t>& values, const char* english, const char* korean) {
    stream::write_all<std::uint8_t>(table, name, rows, values, {.long_name = english}).set_attribute("long_name_ko", korean);
  };
  number("fitted", out.fitted, q.y + ", predicted", "예측값");
  number("standard_error", out.error, "standard error of the prediction's mean", "예측 평균의 표준오차");
  const char* of = q.generalised() ? " of the expected value" : "";
  number("lower", out.lower, fmt::format("lower end of the {:g} % interval{}", 100 * q.interval, of), "예측 구간 하한");
  number("upper", out.upper, fmt::format("upper end of the {:g} % interval{}", 100 * q.interval, of), "예측 구간 상한");
  number("condition_number", out.condition, "condition number of the local design", "지역 조건수");
  number("bandwidth", out.bandwidth, "bandwidth", "대역폭", q.unit());
  flag("singular", out.singular, q.generalised() ? "1: columns are collinear around, a ridge was added; 2: the fit did not settle" : "1: columns are collinear around, a ridge was added", "1: 주변에 공선성이 있어 능형 보정을 함");
  if (p.observed.empty()) return;
  if (q.generalised()) return number("observed", p.observed, q.y, "관측값");
  std::vector<std::uint8_t> outside;
  for (std::size_t i = 0; i < p.size(); ++i) outside.push_back(p.observed[i] < out.lower[i] ? 1 : p.observed[i] > out.upper[i] ? 2 : 0);
  number("observed", p.observed, q.y, "관측값");
  flag("outside", outside, "1: observed below the interval, 2: above", "1: 관측값이 구간보다 낮음, 2: 높음");
}

void write_predictions(result::Writer& result, const Question& q, const std::vector<std::string>& terms, const std::vector<double>& coefficient, const New_places& p) {
  auto table = create_predictions(result, q, p);
  const std::size_t k = terms.size();
  std::vector<double> fitted(p.size(), 0);
  for (std::size_t i = 0; i < coefficient.size(); ++i) fitted[i / k] += coefficient[i] * p.design[i];
  const auto number = [&](const char* name, const std::vector<std::string>& dimensions, const std::vector<double>& values, const std::string& english, const char* korean) {
    auto d = stream::write_all<double>(table, name, dimensions, values, {.long_name = english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", korean);
  };
  result::create_axis(table, {.name = "term", .length = terms.size(), .texts = terms, .long_name = "term of the model"});
  number("fitted", {"prediction"}, fitted, q.y + ", predicted, standardised", "예측값 (표준화)");
  number("coefficient", {"prediction", "term"}, coefficient, "local coefficient", "지역 계수");
  if (!p.observed.empty()) number("observed", {"prediction"}, p.observed, q.y + ", standardised", "관측값 (표준화)");
}

}  // namespace dosi::gwr
