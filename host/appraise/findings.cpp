#include "host/appraise/findings.hpp"

#include <algorithm>
#include <cmath>

#include "host/appraise/columns_of.hpp"
#include "io/dates.hpp"
#include "io/result/figures.hpp"

namespace dosi::appraise {

using result::each;
using result::Figures;

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
  t.numbers("bandwidth", each(m, [](const Model& x) { return x.bandwidth.value; }),
            q.local.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", q.local.adaptive ? "" : "m");
  t.numbers("parameters", each(m, [](const Model& x) { return x.parameters; }), "effective parameters, tr(S)",
            "유효 모수 수");
  t.numbers("aicc", each(m, [](const Model& x) { return x.local.quality.aicc; }), "AICc", "AICc");
  t.numbers("r2", each(m, [](const Model& x) { return x.local.r2; }), "R2", "R2");
  t.numbers("global_r2", each(m, [](const Model& x) { return x.ols.r2; }), "R2 of one model for all places",
            "전역 모형 R2");
  t.numbers("deviation", each(m, [](const Model& x) { return x.deviation; }),
            "standard deviation of the relative error", "상대 오차의 표준편차", "1");
  t.numbers("half_width", each(m, [](const Model& x) { return x.half_width; }),
            "half width of the interval, in standard errors", "구간 반폭(표준오차 단위)");
  t.numbers("coverage", each(m, [](const Model& x) { return x.coverage; }),
            "share of sales in the interval made without them", "제외 예측 구간에 든 거래 비율", "1");
  if (q.kriging) {
    t.numbers("nugget", each(m, [](const Model& x) { return x.field->variogram.nugget; }),
              "nugget of the errors' variogram", "너깃");
    t.numbers("sill", each(m, [](const Model& x) { return x.field->variogram.sill; }), "its partial sill",
              "부분 문턱값");
    t.numbers("range", each(m, [](const Model& x) { return x.field->variogram.range; }), "its range parameter",
              "상관 거리", "m");
    t.numbers("kriged_rmse", each(m, [](const Model& x) { return x.field->rmse; }),
              "root mean squared error of kriging one sale from the others", "하나 제외 RMSE", "1");
    t.numbers("msdr", each(m, [](const Model& x) { return x.field->msdr; }),
              "mean squared error over kriging variance, 1 where it is right", "표준화 제곱 오차 평균");
  }
  t.numbers("smearing", each(m, [](const Model& x) { return x.smearing; }), "factor from the median price to the mean",
            "역변환 보정 계수");
  t.numbers("level", each(m, [](const Model& x) { return x.level; }), "level of assessment", "공시 수준");
  t.wholes("singular", counts(m, [](const Model& x) { return x.singular; }), "sales with collinear columns around",
           "공선성이 있는 거래 수");
  t.texts("unused", names(m, [](const Model& x) { return fmt::format("{}", fmt::join(x.unused, ", ")); }),
          "columns that its sales cannot tell apart", "쓰지 않은 열");
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
  t.numbers("bandwidth", each(all, [](const Tried& x) { return x.e.bandwidth; }),
            q.local.adaptive ? "bandwidth, neighbours" : "bandwidth", "대역폭", q.local.adaptive ? "" : "m");
  t.numbers("score", each(all, [&](const Tried& x) { return x.e.quality.of(q.local.criterion); }),
            gwr::name_of(q.local.criterion), gwr::name_of(q.local.criterion));
  t.numbers("parameters", each(all, [](const Tried& x) { return x.e.sums.trace; }), "effective parameters, tr(S)",
            "유효 모수 수");
}

void Findings::write_variogram(result::Writer& result) const {
  struct Class {
    std::string model;
    double pairs, distance, gamma, fitted;
  };
  std::vector<Class> all;
  for (const auto& m : market.models())
    for (std::size_t c = 0; c < m.field->empirical.pairs.size(); ++c)
      if (const auto& e = m.field->empirical; e.pairs[c] > 0)
        all.push_back({m.name, static_cast<double>(e.pairs[c]), e.distance[c], e.gamma[c],
                       m.field->variogram.gamma(e.distance[c])});
  if (all.empty()) return;
  Figures t(result, "variogram", "class", all.size(), "Variogram of the errors");
  t.texts("model", names(all, [](const Class& x) { return x.model; }), "model", "모형");
  t.numbers("distance", each(all, [](const Class& x) { return x.distance; }), "mean distance", "평균 거리", "m");
  t.numbers("pairs", each(all, [](const Class& x) { return x.pairs; }), "pairs of sales", "거래 쌍의 수");
  t.numbers("gamma", each(all, [](const Class& x) { return x.gamma; }), "half the mean squared difference",
            "경험적 베리오그램");
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
  Figures t(result, "index", "period", rows.size(),
            q.time == Time::monthly ? "Prices of each month over those of the valuation date"
                                    : "Prices a month before the valuation date over those at it");
  t.texts("model", names(rows, [](const Row& r) { return r.m->name; }), "model", "모형");
  t.texts("first_day", names(rows, [](const Row& r) { return date_text(r.p.first_day); }), "first day", "첫날");
  t.texts("last_day", names(rows, [](const Row& r) { return date_text(r.p.last_day); }), "last day", "마지막 날");
  t.wholes("sales", counts(rows, [](const Row& r) { return r.p.sales; }), "sales", "거래 수");
  t.numbers("factor", each(rows, [](const Row& r) { return r.p.factor; }), "price over that at the valuation date",
            "기준일 대비 가격");
  t.numbers("error", each(rows, [](const Row& r) { return r.p.error; }), "standard error of its logarithm",
            "로그의 표준오차");
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
  t.numbers("left", left, "relative error of the price predicted without the sale", "해당 거래를 뺀 예측의 상대 오차",
            "1");
  t.flags("outside", odd, "1: price below the interval made without the sale, 2: above",
          "1: 해당 거래를 뺀 구간보다 낮은 가격, 2: 높은 가격");
  if (study == nullptr) return;
  std::vector<std::uint8_t> trimmed;
  for (const auto at : ratio_of) trimmed.push_back(at == kNoModel ? 0 : study->trimmed[at]);
  t.flags("trimmed", trimmed, "1: an outlier, left out of the ratio study", "1: 이상치로 비율 연구에서 제외");
}

void Findings::write_listed(result::Writer& result) const {
  const auto& p = market.roll().parcels;
  std::vector<std::uint32_t> mine(parcels.ranked.begin(),
                                  parcels.ranked.begin() + static_cast<std::ptrdiff_t>(listed()));
  const auto of = [&](const std::vector<double>& values) {
    return each(mine, [&](std::uint32_t i) { return values[i]; });
  };
  Figures t(result, "listed", "rank", mine.size(), "Parcels to inspect", result::Table_kind::points);
  t.places(of(p.x), of(p.y));
  std::uint32_t rank = 0;
  t.wholes("rank_number", counts(mine, [&](std::uint32_t) { return ++rank; }), "rank", "순위");
  t.wholes("row", counts(mine, [&](std::uint32_t i) { return p.row[i]; }), "row of the layer " + p.layer,
           "레이어의 행");
  t.texts("verdict",
          names(mine, [&](std::uint32_t i) { return std::string(parcels.outside[i] == 1 ? "too low" : "too high"); }),
          "the official value is", "판정");
  t.numbers("official", of(p.assessed), "official value", "공시가격");
  t.numbers("predicted", of(parcels.predicted), "price that the market says", "시장 예측 가격");
  t.numbers("lower", of(parcels.lower), "lower end of its interval", "구간 하한");
  t.numbers("upper", of(parcels.upper), "upper end of its interval", "구간 상한");
  t.numbers("ratio", of(parcels.ratio), "official value over the price predicted", "공시가격 / 예측 가격");
  t.numbers("off", of(parcels.off), "official value over that in line with the market, less 1", "시장 수준 대비 차이",
            "1");
  t.numbers("position", of(parcels.position), "distance from the market in half widths of the interval",
            "구간 반폭 단위의 거리");
  t.texts("model", names(mine, [&](std::uint32_t i) { return market.models()[market.model_of_parcel(i)].name; }),
          "model", "모형");
}

void Findings::write_comparables(result::Writer& result) const {
  const auto& s = market.roll().sales;
  const auto& c = comparables;
  std::vector<std::uint32_t> rank(market.roll().parcels.size(), 0);
  for (std::uint32_t i = 0; i < parcels.ranked.size(); ++i) rank[parcels.ranked[i]] = i + 1;
  Figures t(result, "comparables", "comparable", c.size(), "Comparable sales of the parcels to inspect",
            result::Table_kind::points);
  result::create_axis(t.group(),
                      {.name = "column", .length = q.x.size(), .texts = q.x, .long_name = "column of the model"});
  t.places(each(c, [&](const Comparable& x) { return s.x[x.sale]; }),
           each(c, [&](const Comparable& x) { return s.y[x.sale]; }));
  t.wholes("rank_number", counts(c, [&](const Comparable& x) { return rank[x.subject]; }), "rank of the parcel",
           "필지의 순위");
  t.wholes("row", counts(c, [&](const Comparable& x) { return s.row[x.sale]; }), "row of the layer " + s.layer,
           "레이어의 행");
  t.numbers("distance", each(c, [](const Comparable& x) { return x.distance; }), "distance from the parcel",
            "필지와의 거리", "m");
  t.numbers("unlikeness", each(c, [](const Comparable& x) { return x.unlikeness; }), "unlikeness, by place and columns",
            "비유사도");
  t.numbers("price", each(c, [](const Comparable& x) { return x.price; }), "price at the valuation date",
            "기준일 가격");
  t.numbers("adjusted", each(c, [](const Comparable& x) { return x.adjusted; }), "price adjusted to the parcel",
            "보정 가격");
  t.numbers("official", each(c, [&](const Comparable& x) { return s.assessed[x.sale]; }), "official value of the sale",
            "거래의 공시가격");
  if (!s.day.empty())
    t.texts("date", names(c, [&](const Comparable& x) { return date_text(s.day[x.sale]); }), "day of the sale",
            "거래일");
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

}  // namespace dosi::appraise
