#include "host/appraise/findings.hpp"

#include <algorithm>
#include <cmath>

#include "io/dates.hpp"
#include "io/result/figures.hpp"

namespace dosi::appraise {

using result::each;
using result::Figures;
using result::Json;
using result::words;

namespace {

template <class Item, class Value>
std::vector<std::uint32_t> counts(const std::vector<Item>& items, const Value& value) {
  std::vector<std::uint32_t> out;
  for (const auto& i : items) out.push_back(static_cast<std::uint32_t>(value(i)));
  return out;
}

template <class Item, class Value>
std::vector<std::string> names(const std::vector<Item>& items, const Value& value) {
  std::vector<std::string> out;
  for (const auto& i : items) out.push_back(value(i));
  return out;
}

}  // namespace

void Findings::write(result::Writer& result) const {
  write_listed(result);
  write_comparables(result);
  if (study != nullptr) write_ratio_study(result, *study);
  write_sales(result);
  write_models(result);
  if (q.time != Time::none) write_index(result);
  if (q.kriging) write_variogram(result);
  write_evaluations(result);
  write_left_out(result);
  write_panels(result);
  write_summary(result);
}

void Findings::write_models(result::Writer& result) const {
  const auto& m = market.models();
  Figures t(result, "models", "model", m.size(), "Models of the market");
  t.texts("name", names(m, [](const Model& x) { return x.name; }), "sales that it is made of", "모형의 거래");
  t.wholes("sales", counts(m, [](const Model& x) { return x.sales.size(); }), "sales", "거래 수");
  t.wholes("parcels", counts(m, [](const Model& x) { return x.parcels; }), "parcels appraised by it", "필지 수");
  t.numbers("bandwidth", each(m, [](const Model& x) { return x.bandwidth.value; }), q.local.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", q.local.adaptive ? "" : "m");
  t.numbers("parameters", each(m, [](const Model& x) { return x.parameters; }), "effective parameters, tr(S)", "유효 모수 수");
  t.numbers("aicc", each(m, [](const Model& x) { return x.local.quality.aicc; }), "AICc", "AICc");
  t.numbers("r2", each(m, [](const Model& x) { return x.local.r2; }), "R2", "R2");
  t.numbers("global_r2", each(m, [](const Model& x) { return x.ols.r2; }), "R2 of one model for all places", "전역 모형 R2");
  t.numbers("deviation", each(m, [](const Model& x) { return x.deviation; }), "standard deviation of the relative error", "상대 오차의 표준편차", "1");
  t.numbers("half_width", each(m, [](const Model& x) { return x.half_width; }), "half width of the interval, in standard errors", "구간 반폭(표준오차 단위)");
  t.numbers("coverage", each(m, [](const Model& x) { return x.coverage; }), "share of sales in the interval made without them", "제외 예측 구간에 든 거래 비율", "1");
  if (q.kriging) {
    t.numbers("nugget", each(m, [](const Model& x) { return x.field->variogram.nugget; }), "nugget of the errors' variogram", "너깃");
    t.numbers("sill", each(m, [](const Model& x) { return x.field->variogram.sill; }), "its partial sill", "부분 문턱값");
    t.numbers("range", each(m, [](const Model& x) { return x.field->variogram.range; }), "its range parameter", "상관 거리", "m");
    t.numbers("kriged_rmse", each(m, [](const Model& x) { return x.field->rmse; }), "root mean squared error of kriging one sale from the others", "하나 제외 RMSE", "1");
    t.numbers("msdr", each(m, [](const Model& x) { return x.field->msdr; }), "mean squared error over kriging variance, 1 where it is right", "표준화 제곱 오차 평균");
  }
  t.numbers("smearing", each(m, [](const Model& x) { return x.smearing; }), "factor from the median price to the mean", "역변환 보정 계수");
  t.numbers("level", each(m, [](const Model& x) { return x.level; }), "level of assessment", "공시 수준");
  t.wholes("singular", counts(m, [](const Model& x) { return x.singular; }), "sales with collinear columns around", "공선성이 있는 거래 수");
  t.texts("unused", names(m, [](const Model& x) { return fmt::format("{}", fmt::join(x.unused, ", ")); }), "columns that its sales cannot tell apart", "쓰지 않은 열");
}

void Findings::write_evaluations(result::Writer& result) const {
  struct Tried {
    std::uint32_t model;
    gwr::Evaluation e;
  };
  std::vector<Tried> all;
  for (std::uint32_t m = 0; m < market.models().size(); ++m)
    for (const auto& [bandwidth, e] : market.models()[m].evaluations) all.push_back({m, e});
  if (all.empty()) return;
  Figures t(result, "evaluations", "evaluation", all.size(), "Bandwidths tried");
  t.wholes("model", counts(all, [](const Tried& x) { return x.model; }), "row of the table models", "모형 번호");
  t.numbers("bandwidth", each(all, [](const Tried& x) { return x.e.bandwidth; }), q.local.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", q.local.adaptive ? "" : "m");
  t.numbers("score", each(all, [&](const Tried& x) { return x.e.quality.of(q.local.criterion); }), gwr::name_of(q.local.criterion), gwr::name_of(q.local.criterion));
  t.numbers("parameters", each(all, [](const Tried& x) { return x.e.sums.trace; }), "effective parameters, tr(S)", "유효 모수 수");
}

void Findings::write_variogram(result::Writer& result) const {
  struct Class {
    std::string model;
    double pairs, distance, gamma, fitted;
  };
  std::vector<Class> all;
  for (const auto& m : market.models())
    for (std::size_t c = 0; c < m.field->empirical.pairs.size(); ++c)
      if (const auto& e = m.field->empirical; e.pairs[c] > 0) all.push_back({m.name, static_cast<double>(e.pairs[c]), e.distance[c], e.gamma[c], m.field->variogram.gamma(e.distance[c])});
  if (all.empty()) return;
  Figures t(result, "variogram", "class", all.size(), "Variogram of the errors");
  t.texts("model", names(all, [](const Class& x) { return x.model; }), "model", "모형");
  t.numbers("distance", each(all, [](const Class& x) { return x.distance; }), "mean distance", "평균 거리", "m");
  t.numbers("pairs", each(all, [](const Class& x) { return x.pairs; }), "pairs of sales", "거래 쌍의 수");
  t.numbers("gamma", each(all, [](const Class& x) { return x.gamma; }), "half the mean squared difference", "경험적 베리오그램");
  t.numbers("fitted", each(all, [](const Class& x) { return x.fitted; }), "by the model fitted", "적합 베리오그램");
}

void Findings::write_index(result::Writer& result) const {
  struct Row {
    const Model* m;
    Period p;
  };
  std::vector<Row> rows;
  for (const auto& m : market.models())
    for (const auto& p : m.time.periods) rows.push_back({&m, p});
  Figures t(result, "index", "period", rows.size(), q.time == Time::monthly ? "Prices of each month over those of the valuation date" : "Prices a month before the valuation date over those at it");
  t.texts("model", names(rows, [](const Row& r) { return r.m->name; }), "model", "모형");
  t.texts("first_day", names(rows, [](const Row& r) { return date_text(r.p.first_day); }), "first day", "첫날");
  t.texts("last_day", names(rows, [](const Row& r) { return date_text(r.p.last_day); }), "last day", "마지막 날");
  t.wholes("sales", counts(rows, [](const Row& r) { return r.p.sales; }), "sales", "거래 수");
  t.numbers("factor", each(rows, [](const Row& r) { return r.p.factor; }), "price over that at the valuation date", "기준일 대비 가격");
  t.numbers("error", each(rows, [](const Row& r) { return r.p.error; }), "standard error of its logarithm", "로그의 표준오차");
}

void Findings::write_sales(result::Writer& result) const {
  const auto& s = market.roll().sales;
  Figures t(result, "sales", "sale", s.size(), "Sales", result::Table_kind::points);
  t.places(s.x, s.y);
  t.wholes("row", s.row, "row of the layer " + s.layer, "레이어의 행");
  t.numbers("price", s.price, q.price + ", as paid", "거래 가격");
  t.numbers("price_at_valuation", market.prices(), "price at the valuation date", "기준일 가격");
  t.numbers("official", s.assessed, "official value", "공시가격");
  std::vector<double> ratio, left(s.size(), std::nan(""));
  std::vector<std::uint8_t> odd(s.size(), 0);
  for (std::size_t i = 0; i < s.size(); ++i) ratio.push_back(s.assessed[i] / market.prices()[i]);
  t.numbers("ratio", ratio, "official value over price", "공시가격 / 가격");
  for (std::size_t m = market.models().size(); m-- > 0;) {
    const auto& model = market.models()[m];
    for (std::size_t i = 0; i < model.sales.size(); ++i) {
      left[model.sales[i]] = model.left[i];
      odd[model.sales[i]] = std::fabs(model.position[i]) <= 1 ? 0 : model.position[i] < 0 ? 1 : 2;
    }
  }
  t.numbers("left", left, "relative error of the price predicted without the sale", "해당 거래를 뺀 예측의 상대 오차", "1");
  t.flags("outside", odd, "1: price below the interval made without the sale, 2: above", "1: 해당 거래를 뺀 구간보다 낮은 가격, 2: 높은 가격");
  if (study == nullptr) return;
  std::vector<std::uint8_t> trimmed;
  for (const auto at : ratio_of) trimmed.push_back(at == kNoModel ? 0 : study->trimmed[at]);
  t.flags("trimmed", trimmed, "1: an outlier, left out of the ratio study", "1: 이상치로 비율 연구에서 제외");
}

void Findings::write_listed(result::Writer& result) const {
  const auto& p = market.roll().parcels;
  std::vector<std::uint32_t> mine(parcels.ranked.begin(), parcels.ranked.begin() + static_cast<std::ptrdiff_t>(listed()));
  const auto of = [&](const std::vector<double>& values) { return each(mine, [&](std::uint32_t i) { return values[i]; }); };
  Figures t(result, "listed", "rank", mine.size(), "Parcels to inspect", result::Table_kind::points);
  t.places(of(p.x), of(p.y));
  std::uint32_t rank = 0;
  t.wholes("rank_number", counts(mine, [&](std::uint32_t) { return ++rank; }), "rank", "순위");
  t.wholes("row", counts(mine, [&](std::uint32_t i) { return p.row[i]; }), "row of the layer " + p.layer, "레이어의 행");
  t.texts("verdict", names(mine, [&](std::uint32_t i) { return std::string(parcels.outside[i] == 1 ? "too low" : "too high"); }), "the official value is", "판정");
  t.numbers("official", of(p.assessed), "official value", "공시가격");
  t.numbers("predicted", of(parcels.predicted), "price that the market says", "시장 예측 가격");
  t.numbers("lower", of(parcels.lower), "lower end of its interval", "구간 하한");
  t.numbers("upper", of(parcels.upper), "upper end of its interval", "구간 상한");
  t.numbers("ratio", of(parcels.ratio), "official value over the price predicted", "공시가격 / 예측 가격");
  t.numbers("off", of(parcels.off), "official value over that in line with the market, less 1", "시장 수준 대비 차이", "1");
  t.numbers("position", of(parcels.position), "distance from the market in half widths of the interval", "구간 반폭 단위의 거리");
  t.texts("model", names(mine, [&](std::uint32_t i) { return market.models()[market.model_of_parcel(i)].name; }), "model", "모형");
}

void Findings::write_comparables(result::Writer& result) const {
  const auto& s = market.roll().sales;
  const auto& c = comparables;
  std::vector<std::uint32_t> rank(market.roll().parcels.size(), 0);
  for (std::uint32_t i = 0; i < parcels.ranked.size(); ++i) rank[parcels.ranked[i]] = i + 1;
  Figures t(result, "comparables", "comparable", c.size(), "Comparable sales of the parcels to inspect", result::Table_kind::points);
  result::create_axis(t.group(), {.name = "column", .length = q.x.size(), .texts = q.x, .long_name = "column of the model"});
  t.places(each(c, [&](const Comparable& x) { return s.x[x.sale]; }), each(c, [&](const Comparable& x) { return s.y[x.sale]; }));
  t.wholes("rank_number", counts(c, [&](const Comparable& x) { return rank[x.subject]; }), "rank of the parcel", "필지의 순위");
  t.wholes("row", counts(c, [&](const Comparable& x) { return s.row[x.sale]; }), "row of the layer " + s.layer, "레이어의 행");
  t.numbers("distance", each(c, [](const Comparable& x) { return x.distance; }), "distance from the parcel", "필지와의 거리", "m");
  t.numbers("unlikeness", each(c, [](const Comparable& x) { return x.unlikeness; }), "unlikeness, by place and columns", "비유사도");
  t.numbers("price", each(c, [](const Comparable& x) { return x.price; }), "price at the valuation date", "기준일 가격");
  t.numbers("adjusted", each(c, [](const Comparable& x) { return x.adjusted; }), "price adjusted to the parcel", "보정 가격");
  t.numbers("official", each(c, [&](const Comparable& x) { return s.assessed[x.sale]; }), "official value of the sale", "거래의 공시가격");
  if (!s.day.empty()) t.texts("date", names(c, [&](const Comparable& x) { return date_text(s.day[x.sale]); }), "day of the sale", "거래일");
  std::vector<double> adjustment;
  for (const auto& x : c) adjustment.insert(adjustment.end(), x.adjustment.begin(), x.adjustment.end());
  t.numbers("adjustment", adjustment, "adjustment", "보정액", "", "column");
}

void Findings::write_left_out(result::Writer& result) const {
  const auto& l = market.roll().left_out;
  if (l.empty()) return;
  Figures t(result, "left_out", "left_out", l.size(), "Rows left out");
  t.texts("layer", names(l, [](const Left_out& x) { return x.layer; }), "layer", "레이어");
  t.wholes("row", counts(l, [](const Left_out& x) { return x.row; }), "row of the layer", "레이어의 행");
  t.texts("why", names(l, [](const Left_out& x) { return x.why; }), "why", "이유");
}

void Findings::write_panels(result::Writer& result) const {
  auto panels = Json::array();
  const auto map = [&](const char* table, const char* column, const char* english, const char* korean) {
    panels.push_back({{"kind", "map"}, {"table", table}, {"column", column}, {"label", std::string(table) == "listed" ? "rank_number" : "row"}, {"title", words(english, korean)}});
  };
  const auto list = [&](const char* table, const char* first, const char* english, const char* korean, Json columns = nullptr) {
    panels.push_back({{"kind", "table"}, {"table", table}, {"first", first}, {"title", words(english, korean)}});
    if (!columns.is_null()) panels.back()["columns"] = std::move(columns);
  };
  if (listed() > 0) map("listed", "off", "Parcels to inspect: how far the official value is off", "점검할 필지: 공시가격의 차이");
  if (!q.assessed.empty()) map("parcels", "position", "Official values against the market, in half widths of the interval", "시장 대비 공시가격 (구간 반폭 단위)");
  if (study != nullptr) {
    list("ratio_study", "value", "Ratio study: level, uniformity and bias with their limits", "비율 연구: 수준, 균등성, 편향과 기준",
         Json{"value", "column", "sales", "trimmed", "median", "level_verdict", "cod", "cod_verdict", "prd", "prd_verdict", "prb", "prb_verdict", "mki", "mki_verdict"});
    if (!study->deciles.empty()) {
      panels.push_back({{"kind", "curve"}, {"table", "deciles"}, {"x", "decile"}, {"column", "median"}, {"title", words("Median ratio from the cheapest tenth to the dearest", "가격 10분위별 중위 비율")}});
      list("deciles", "decile", "Ratio by tenth of value", "가격 10분위별 비율");
    }
    panels.push_back({{"kind", "distribution"}, {"table", "sales"}, {"column", "ratio"}, {"title", words("Ratios of the sales", "거래의 비율 분포")}});
  }
  if (listed() > 0) {
    list("listed", "rank_number", "Parcels to inspect", "점검할 필지", Json{"rank_number", "row", "verdict", "official", "predicted", "lower", "upper", "ratio", "off", "position"});
    list("comparables", "rank_number", "Comparable sales, adjusted to each parcel", "비교 거래 사례와 보정");
  }
  map("parcels", "predicted", "Price that the market says", "시장 예측 가격");
  for (std::size_t c = 0; c < std::min<std::size_t>(2, q.x.size()); ++c)
    map("parcels", result::flat_name("coefficient", {q.x[c]}).c_str(), ("What one more of " + q.x[c] + (q.scale == Scale::log ? " adds, as a share of the price" : " adds to the price")).c_str(), ("지역 계수: " + q.x[c]).c_str());
  list("models", "name", "Models of the market", "시장 모형");
  if (q.time != Time::none) list("index", "first_day", "How prices moved", "가격 지수");
  if (q.kriging && !q.kriging->range) list("variogram", "distance", "Variogram of the errors", "오차의 베리오그램");
  result.set_panels(panels);
}

void Findings::write_summary(result::Writer& result) const {
  auto summary = Json::array();
  const auto add = [&](const char* english, const char* korean, double value, const char* unit = "") {
    summary.push_back({{"label", words(english, korean)}, {"value", std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json(nullptr)}, {"unit", unit}});
  };
  const auto outside = [&](int how) { return static_cast<double>(std::count(parcels.outside.begin(), parcels.outside.end(), how)); };
  add("parcels", "필지", static_cast<double>(parcels.outside.size()));
  if (!q.assessed.empty()) {
    add("official values below their interval", "구간보다 낮은 공시가격", outside(1));
    add("official values above their interval", "구간보다 높은 공시가격", outside(2));
  }
  add("sales", "거래", static_cast<double>(market.roll().sales.size()));
  if (study != nullptr) {
    const auto& all = study->strata[0];
    add("median ratio", "중위 비율", all.of(Measure::median));
    add("COD", "COD (분산계수)", all.of(Measure::cod));
    add("PRD", "PRD", all.of(Measure::prd));
    add("PRB", "PRB", all.of(Measure::prb));
  }
  if (!market.roll().left_out.empty()) add("rows left out", "제외한 행", static_cast<double>(market.roll().left_out.size()));
  result.set_summary(summary);
}

void write_ratio_study(result::Writer& result, const Ratio_study& study) {
  struct Column {
    Measure measure;
    const char *name, *english, *korean;
  };
  static constexpr Column kColumns[] = {{Measure::median, "median", "median ratio", "중위 비율"},
                                        {Measure::mean, "mean", "mean ratio", "평균 비율"},
                                        {Measure::weighted_mean, "weighted_mean", "weighted mean ratio", "가중 평균 비율"},
                                        {Measure::cod, "cod", "coefficient of dispersion, COD", "분산계수 COD"},
                                        {Measure::prd, "prd", "price-related differential, PRD", "가격 관련 차이 PRD"},
                                        {Measure::prb, "prb", "coefficient of price-related bias, PRB", "가격 관련 편향 PRB"},
                                        {Measure::mki, "mki", "modified Kakwani index, MKI", "수정 카콰니 지수 MKI"}};
  // Within a tenth of value, bias by value says nothing.
  const auto write = [&](Figures& t, const std::vector<Sample_study>& rows, bool bias) {
    t.wholes("sales", counts(rows, [](const Sample_study& s) { return s.sales; }), "sales", "거래 수");
    for (const auto& c : kColumns) {
      if (!bias && c.measure >= Measure::prd) break;
      const std::string name = c.name, english = c.english, korean = c.korean;
      t.numbers(name, each(rows, [&](const Sample_study& s) { return s.of(c.measure); }), english, korean);
      t.numbers(name + "_lower", each(rows, [&](const Sample_study& s) { return s.low(c.measure); }), english + ", lower end", korean + " 하한");
      t.numbers(name + "_upper", each(rows, [&](const Sample_study& s) { return s.high(c.measure); }), english + ", upper end", korean + " 상한");
    }
  };
  Figures t(result, "ratio_study", "stratum", study.strata.size(), "Ratio study");
  t.texts("column", names(study.strata, [](const Sample_study& s) { return s.column; }), "column of the stratum", "층의 열");
  t.texts("value", names(study.strata, [](const Sample_study& s) { return s.value; }), "stratum", "층");
  t.wholes("trimmed", counts(study.strata, [](const Sample_study& s) { return s.trimmed; }), "outliers left out", "제외한 이상치");
  write(t, study.strata, true);
  const auto verdict = [&](const char* name, const char* english, const char* korean, Verdict Sample_study::*v, Range Limits::*r) {
    t.texts(std::string(name) + "_verdict", names(study.strata, [&](const Sample_study& s) { return std::string(name_of(s.*v)); }), std::string(english) + ": within its limits", std::string(korean) + " 판정");
    t.numbers(std::string(name) + "_lowest", each(study.strata, [&](const Sample_study& s) { return (s.limits.*r).low; }), std::string(english) + ": lowest that passes", std::string(korean) + " 기준 하한");
    t.numbers(std::string(name) + "_highest", each(study.strata, [&](const Sample_study& s) { return (s.limits.*r).high; }), std::string(english) + ": highest that passes", std::string(korean) + " 기준 상한");
  };
  verdict("level", "median ratio over the level", "공시 수준", &Sample_study::level, &Limits::level);
  verdict("cod", "COD", "COD", &Sample_study::cod, &Limits::cod);
  verdict("prd", "PRD", "PRD", &Sample_study::prd, &Limits::prd);
  verdict("prb", "PRB", "PRB", &Sample_study::prb, &Limits::prb);
  verdict("mki", "MKI", "MKI", &Sample_study::mki, &Limits::mki);
  if (study.deciles.empty()) return;
  Figures d(result, "deciles", "tenth", study.deciles.size(), "Ratio by tenth of value");
  d.numbers("decile", each(study.deciles, [](const Sample_study& s) { return std::stod(s.value); }), "tenth, the cheapest first", "10분위");
  d.numbers("value", study.decile_value, "median value: the mean of price and official value over the median ratio", "중위 가치");
  write(d, study.deciles, false);
}

}  // namespace dosi::appraise
