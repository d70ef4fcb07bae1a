// What a page shows of a result: panels, in order, and the figures a person should know.
#include <algorithm>
#include <cmath>

#include "host/appraise/findings.hpp"

namespace dosi::appraise {

using result::Json;
using result::words;

void Findings::write_panels(result::Writer& result) const {
  auto panels = Json::array();
  const auto map = [&](const char* table, const char* column, const char* english, const char* korean) {
    panels.push_back({{"kind", "map"},
                      {"table", table},
                      {"column", column},
                      {"label", std::string(table) == "listed" ? "rank_number" : "row"},
                      {"title", words(english, korean)}});
  };
  const auto list = [&](const char* table, const char* first, const char* english, const char* korean,
                        Json columns = nullptr) {
    panels.push_back({{"kind", "table"}, {"table", table}, {"first", first}, {"title", words(english, korean)}});
    if (!columns.is_null()) panels.back()["columns"] = std::move(columns);
  };
  if (listed() > 0)
    map("listed", "off", "Parcels to inspect: how far the official value is off", "점검할 필지: 공시가격의 차이");
  if (!q.assessed.empty())
    map("parcels", "position", "Official values against the market, in half widths of the interval",
        "시장 대비 공시가격 (구간 반폭 단위)");
  if (study != nullptr) {
    list("ratio_study", "value", "Ratio study: level, uniformity and bias with their limits",
         "비율 연구: 수준, 균등성, 편향과 기준",
         Json{"value", "column", "sales", "trimmed", "median", "level_verdict", "cod", "cod_verdict", "prd",
              "prd_verdict", "prb", "prb_verdict", "mki", "mki_verdict"});
    if (!study->deciles.empty()) {
      panels.push_back(
          {{"kind", "curve"},
           {"table", "deciles"},
           {"x", "decile"},
           {"column", "median"},
           {"marked", "none"},
           {"title", words("Median ratio from the cheapest tenth to the dearest", "가격 10분위별 중위 비율")}});
      list("deciles", "decile", "Ratio by tenth of value", "가격 10분위별 비율");
    }
    panels.push_back({{"kind", "distribution"},
                      {"table", "sales"},
                      {"column", "ratio"},
                      {"title", words("Ratios of the sales", "거래의 비율 분포")}});
  }
  if (listed() > 0) {
    list("listed", "rank_number", "Parcels to inspect", "점검할 필지",
         Json{"rank_number", "row", "verdict", "official", "predicted", "lower", "upper", "ratio", "off", "position"});
    list("comparables", "rank_number", "Comparable sales, adjusted to each parcel", "비교 거래 사례와 보정");
  }
  map("parcels", "predicted", "Price that the market says", "시장 예측 가격");
  for (std::size_t c = 0; c < std::min<std::size_t>(2, q.x.size()); ++c)
    map("parcels", result::flat_name("coefficient", {q.x[c]}).c_str(),
        ("What one more of " + q.x[c] +
         (q.scale == Scale::log ? " adds, as a share of the price" : " adds to the price"))
            .c_str(),
        ("지역 계수: " + q.x[c]).c_str());
  list("models", "name", "Models of the market", "시장 모형");
  if (q.time != Time::none) list("index", "first_day", "How prices moved", "가격 지수");
  if (q.kriging && !q.kriging->range) list("variogram", "distance", "Variogram of the errors", "오차의 베리오그램");
  result.set_panels(panels);
}

void Findings::write_summary(result::Writer& result) const {
  auto summary = Json::array();
  const auto add = [&](const char* english, const char* korean, double value, const char* unit = "") {
    summary.push_back({{"label", words(english, korean)},
                       {"value", std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json(nullptr)},
                       {"unit", unit}});
  };
  const auto outside = [&](int how) {
    return static_cast<double>(std::count(parcels.outside.begin(), parcels.outside.end(), how));
  };
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
  if (!market.roll().left_out.empty())
    add("rows left out", "제외한 행", static_cast<double>(market.roll().left_out.size()));
  result.set_summary(summary);
}

}  // namespace dosi::appraise
