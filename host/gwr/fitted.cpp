#include "host/gwr/fitted.hpp"

#include <algorithm>
#include <cmath>

#include "io/result/figures.hpp"

namespace dosi::gwr {
namespace {

using result::each;
using result::Figures;
using result::Json;
using result::words;

void write_model(result::Writer& result, const Story& s) {
  const std::vector<Whole> models{s.ols, s.local};
  Figures t(result, "model", "model", models.size(), "Global and local model");
  t.texts("name", {s.ols.name, s.local.name}, "model", "모형");
  t.numbers("rss", each(models, [](const Whole& w) { return w.rss; }), "residual sum of squares", "잔차 제곱합");
  t.numbers("parameters", each(models, [](const Whole& w) { return w.parameters; }), "effective parameters, tr(S)",
            "유효 모수 수 tr(S)");
  if (!s.q.generalised()) {
    t.numbers("error_variance", each(models, [](const Whole& w) { return w.error_variance; }), "variance of the error",
              "오차 분산");
    t.numbers("log_likelihood", each(models, [](const Whole& w) { return w.quality.log_likelihood; }), "log-likelihood",
              "로그 우도");
    t.numbers("cv", each(models, [](const Whole& w) { return w.quality.cv; }), "mean squared leave-one-out error",
              "하나 제외 제곱 오차 평균");
  }
  t.numbers("aic", each(models, [](const Whole& w) { return w.quality.aic; }), "AIC", "AIC");
  t.numbers("aicc", each(models, [](const Whole& w) { return w.quality.aicc; }), "AICc", "AICc");
  t.numbers("bic", each(models, [](const Whole& w) { return w.quality.bic; }), "BIC", "BIC");
  if (s.q.generalised()) {
    t.numbers("deviance", each(models, [](const Whole& w) { return w.deviance; }), "deviance", "이탈도");
    t.numbers("deviance_explained", each(models, [](const Whole& w) { return w.explained; }),
              "share of the deviance that the model explains", "설명된 이탈도의 비율", "1");
    return;
  }
  t.numbers("r2", each(models, [](const Whole& w) { return w.r2; }), "R2", "R2");
  t.numbers("adjusted_r2", each(models, [](const Whole& w) { return w.adjusted_r2; }), "adjusted R2", "수정 R2");
}

void write_terms(result::Writer& result, const Story& s) {
  const auto& terms = s.terms;
  const char* unit = s.q.adaptive ? "" : "m";
  Figures t(result, "terms", "term", terms.size(), "Terms of the model");
  t.texts("name", s.places.terms, "term", "항");
  t.numbers("global_coefficient", s.global.coefficient, "coefficient of the global model", "전역 계수");
  t.numbers("global_standard_error", s.global.standard_error, "its standard error", "전역 계수의 표준오차");
  t.numbers("bandwidth", each(terms, [](const Term& x) { return x.bandwidth; }),
            s.q.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", unit);
  t.numbers("parameters", each(terms, [](const Term& x) { return x.parameters; }), "effective parameters",
            "유효 모수 수");
  t.numbers("critical_t", each(terms, [](const Term& x) { return x.critical_t; }),
            "|t| that counts as significant over all places", "유의한 |t|의 기준값");
  t.numbers("mean", each(terms, [](const Term& x) { return x.mean; }), "mean of the local coefficients",
            "지역 계수의 평균");
  t.numbers("deviation", each(terms, [](const Term& x) { return x.deviation; }), "their standard deviation",
            "지역 계수의 표준편차");
  t.numbers("least", each(terms, [](const Term& x) { return x.least; }), "the least", "최솟값");
  t.numbers("median", each(terms, [](const Term& x) { return x.median; }), "the median", "중앙값");
  t.numbers("most", each(terms, [](const Term& x) { return x.most; }), "the largest", "최댓값");
  t.numbers("significant", each(terms, [](const Term& x) { return x.significant; }),
            "share of places where it is significant", "유의한 곳의 비율", "1");
}

void write_evaluations(result::Writer& result, const Story& s) {
  std::vector<Evaluation> list;
  for (const auto& [bandwidth, e] : s.evaluations) list.push_back(e);
  Figures t(result, "evaluations", "evaluation", list.size(), "Bandwidths tried");
  t.numbers("bandwidth", each(list, [](const Evaluation& e) { return e.bandwidth; }),
            s.q.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", s.q.adaptive ? "" : "m");
  t.numbers("aicc", each(list, [](const Evaluation& e) { return e.quality.aicc; }), "AICc", "AICc");
  t.numbers("aic", each(list, [](const Evaluation& e) { return e.quality.aic; }), "AIC", "AIC");
  t.numbers("bic", each(list, [](const Evaluation& e) { return e.quality.bic; }), "BIC", "BIC");
  if (s.q.generalised())
    t.numbers("deviance", each(list, [](const Evaluation& e) { return e.sums.deviance; }), "deviance", "이탈도");
  else
    t.numbers("cv", each(list, [](const Evaluation& e) { return e.quality.cv; }), "mean squared leave-one-out error",
              "하나 제외 제곱 오차 평균");
  t.numbers("parameters", each(list, [](const Evaluation& e) { return e.sums.trace; }), "effective parameters, tr(S)",
            "유효 모수 수 tr(S)");
  t.numbers("rss", each(list, [](const Evaluation& e) { return e.sums.rss; }), "residual sum of squares",
            "잔차 제곱합");
  t.numbers("singular", each(list, [](const Evaluation& e) { return static_cast<double>(e.sums.singular); }),
            s.q.generalised() ? "places that are collinear or did not settle" : "places with collinear columns",
            "공선성이 있는 곳의 수");
}

void write_left_out(result::Writer& result, const Places& p) {
  if (p.left_out.empty()) return;
  Figures t(result, "left_out", "left_out", p.left_out.size(), "Rows left out");
  t.wholes("row", p.left_out, "row of the layer " + p.layer, "레이어의 행");
  t.texts("missing", p.missing, "columns without a value", "값이 없는 열");
}

void write_panels(result::Writer& result, const Story& s) {
  auto panels = Json::array();
  const auto& y = s.q.y;
  for (std::size_t c = 0; c < s.places.terms.size(); ++c) {
    const auto& term = s.places.terms[c];
    if (s.q.intercept && c == 0 && s.places.terms.size() > 1) continue;
    auto column = "coefficient_" + term;
    std::replace(column.begin(), column.end(), ' ', '_');  // as flat names are
    panels.push_back({{"kind", "map"},
                      {"table", "places"},
                      {"column", column},
                      {"title", words(fmt::format("What {} adds to {}", term, y),
                                      fmt::format("{}에 대한 {}의 지역 계수", y, term))}});
    if (panels.size() == 3) break;
  }
  if (!s.q.multiscale)
    panels.push_back(
        {{"kind", "map"},
         {"table", "places"},
         {"column", "local_r2"},
         {"title", s.q.generalised()
                       ? words("Share of the deviance explained around each place", "지역별 설명된 이탈도의 비율")
                       : words("How much the model explains around each place (local R2)", "지역 설명력 (지역 R2)")}});
  panels.push_back({{"kind", "map"},
                    {"table", "places"},
                    {"column", "standardised_residual"},
                    {"title", words("Residual, in standard deviations", "표준화 잔차")}});
  if (!s.q.predict.empty())
    panels.push_back({{"kind", "map"},
                      {"table", "predictions"},
                      {"column", "fitted"},
                      {"title", words(fmt::format("{} predicted at {}", y, s.q.predict),
                                      fmt::format("{}에서 예측한 {}", s.q.predict, y))}});
  panels.push_back({{"kind", "distribution"},
                    {"table", "places"},
                    {"column", "standardised_residual"},
                    {"title", words("Residuals, in standard deviations", "표준화 잔차의 분포")}});
  panels.push_back({{"kind", "table"}, {"table", "terms"}, {"first", "name"}, {"title", words("Terms", "항")}});
  panels.push_back({{"kind", "table"},
                    {"table", "model"},
                    {"first", "name"},
                    {"title", words("Global and local model", "전역 모형과 지역 모형")}});
  if (s.q.multiscale)
    panels.push_back({{"kind", "table"},
                      {"table", "rounds"},
                      {"first", "change"},
                      {"title", words("Rounds of the backfitting", "역적합 반복")}});
  if (s.evaluations.size() > 1)
    panels.push_back({{"kind", "curve"},
                      {"table", "evaluations"},
                      {"x", "bandwidth"},
                      {"column", name_of(s.q.criterion)},
                      {"title", words("The search for a bandwidth", "대역폭 탐색")}});
  if (!s.evaluations.empty() && s.q.search != Search::curve)
    panels.push_back({{"kind", "table"},
                      {"table", "evaluations"},
                      {"first", "bandwidth"},
                      {"title", words("Bandwidths tried", "시험한 대역폭")}});
  if (s.q.moran_neighbours > 0)
    panels.push_back(
        {{"kind", "table"},
         {"table", "moran"},
         {"first", "name"},
         {"title", words("Do residuals hang together in space? (Moran's I)", "잔차의 공간 자기상관 (모란 I)")}});
  if (s.q.replicas > 0)
    panels.push_back({{"kind", "table"},
                      {"table", "variability"},
                      {"first", "p"},
                      {"title", words("Do coefficients differ over space?", "계수가 공간적으로 다른가")}});
  if (!s.q.time.empty() && !s.q.time_scale)
    panels.push_back({{"kind", "table"},
                      {"table", "time_scales"},
                      {"first", "metres"},
                      {"title", words("Time scales tried", "시험한 시간 척도")}});
  result.set_panels(panels);
}

void write_summary(result::Writer& result, const Story& s) {
  auto summary = Json::array();
  // Six digits: what is beyond may differ between devices.
  const auto add = [&](const char* english, const char* korean, double value, const char* unit = "") {
    summary.push_back({{"label", words(english, korean)},
                       {"value", std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json(nullptr)},
                       {"unit", unit}});
  };
  add("places", "장소", static_cast<double>(s.places.size()));
  if (!s.q.multiscale)
    add(s.q.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", s.terms[0].bandwidth, s.q.adaptive ? "" : "m");
  add("AICc, local model", "AICc, 지역 모형", s.local.quality.aicc);
  add("AICc, global model", "AICc, 전역 모형", s.ols.quality.aicc);
  if (s.q.generalised()) {
    add("deviance explained, local model", "설명된 이탈도, 지역 모형", s.local.explained);
    add("deviance explained, global model", "설명된 이탈도, 전역 모형", s.ols.explained);
  } else {
    add("R2, local model", "R2, 지역 모형", s.local.r2);
    add("R2, global model", "R2, 전역 모형", s.ols.r2);
  }
  if (s.singular > 0)
    add(s.q.generalised() ? "places that are collinear or did not settle" : "places with collinear columns",
        "공선성이 있는 곳", static_cast<double>(s.singular));
  if (s.condition) {
    add("condition number of the local design, median", "지역 조건수의 중앙값", s.condition->median);
    add("places with a condition number above 30", "조건수가 30을 넘는 곳", static_cast<double>(s.condition->high));
  }
  if (!s.places.left_out.empty())
    add("rows left out, with a missing value", "값이 없어 제외한 행", static_cast<double>(s.places.left_out.size()));
  result.set_summary(summary);
}

}  // namespace

Whole whole_fit(const std::string& name, const Question& q, const Places& p, double rss, double parameters,
                double trace2, double press) {
  const double n = static_cast<double>(p.size());
  double mean = 0, total = 0;
  for (const double y : p.response) mean += y / n;
  for (const double y : p.response) total += (y - mean) * (y - mean);
  Whole w{.name = name, .rss = rss, .parameters = parameters};
  w.error_variance = rss / (q.both_traces ? n - 2 * parameters + trace2 : n - parameters);
  w.r2 = 1 - rss / total;
  w.adjusted_r2 = 1 - (1 - w.r2) * (n - 1) / (n - parameters - 1);
  w.quality = quality(n, rss, parameters, press);
  return w;
}

Whole whole_fit(const std::string& name, const Places& p, double rss, double parameters, double deviance,
                double null_deviance) {
  const double none = std::nan("");
  Whole w{.name = name,
          .rss = rss,
          .parameters = parameters,
          .error_variance = 1,
          .r2 = none,
          .adjusted_r2 = none,
          .deviance = deviance,
          .explained = 1 - deviance / null_deviance,
          .quality = {}};
  w.quality = quality_of_deviance(static_cast<double>(p.size()), deviance, parameters);
  return w;
}

Whole whole_fit(const Least_squares& global, const Question& q, const Places& p) {
  const double k = static_cast<double>(
      std::count_if(global.coefficient.begin(), global.coefficient.end(), [](double b) { return std::isfinite(b); }));
  if (q.generalised()) return whole_fit("global", p, global.rss, k, global.deviance, global.null_deviance);
  return whole_fit("global", q, p, global.rss, k, k, global.press);
}

double critical_t(double alpha, double parameters, double terms, double places) {
  return t_critical(std::min(1.0, alpha * terms / parameters), places - 1);
}

Condition condition_of(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return {*middle,
          static_cast<std::size_t>(std::count_if(numbers.begin(), numbers.end(), [](double v) { return !(v <= 30); }))};
}

void write_story(result::Writer& result, const Story& story) {
  write_model(result, story);
  write_terms(result, story);
  write_evaluations(result, story);
  write_left_out(result, story.places);
  write_panels(result, story);
  write_summary(result, story);
}

}  // namespace dosi::gwr
