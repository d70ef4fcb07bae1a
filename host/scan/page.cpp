// What a page shows of a scan first: panels and headline numbers.
#include <algorithm>

#include "host/scan/findings.hpp"

namespace dosi::scan {

using result::words;

void Findings::write_panels(result::Writer& result) const {
  auto panels = result::Json::array();
  // Of several categories the one with the strongest cluster is shown first.
  const auto strongest = std::max_element(answer_.clusters.begin(), answer_.clusters.end(),
                                          [](const auto& a, const auto& b) { return a.window.llr < b.window.llr; });
  const auto column = [&](const char* name) {
    return has_scans()
               ? result::flat_name(name, {study_.scans[strongest == answer_.clusters.end() ? 0 : strongest->scan].name})
               : std::string(name);
  };
  if (q_.analysis != Analysis::temporal) {
    panels.push_back({{"kind", "map"},
                      {"table", "places"},
                      {"column", column("llr")},
                      {"label", "label"},
                      {"worse", "high"},
                      {"outlines", "clusters"},
                      {"outlined", "significant"},
                      {"title", words("Best window around each place, and the clusters with " + significant(),
                                      "장소별 가장 강한 창과 " + significant_ko() + " 군집")}});
    if (q_.risk == Risk::normal)
      panels.push_back({{"kind", "map"},
                        {"table", "places"},
                        {"column", column("mean")},
                        {"label", "label"},
                        {"title", words("Mean of " + q_.mark + " by place", "장소별 " + q_.mark + " 평균")}});
    // A permutation scan expects of each place what it has.
    if (q_.risk == Risk::poisson || q_.risk == Risk::bernoulli || q_.risk == Risk::exponential)
      panels.push_back({{"kind", "map"},
                        {"table", "places"},
                        {"column", column("relative_risk")},
                        {"label", "label"},
                        {"worse", "high"},
                        {"title", words("Relative risk by place", "장소별 상대 위험도")}});
  }
  auto columns = result::Json::array({"label", "start", "end", "centre", "places", "radius", "cases", "expected",
                                      "relative_risk", "mean_inside", "mean_outside"});
  for (const auto& name : class_columns()) columns.push_back(name);
  for (const char* name : {"llr", "statistic", "p", "p_low", "p_high", "p_gumbel", "q", "recurrence_interval"})
    columns.push_back(name);
  panels.push_back({{"kind", "table"},
                    {"table", "clusters"},
                    {"first", "label"},
                    {"sort", "llr"},
                    {"columns", columns},
                    {"title", words("Clusters", "군집")}});
  if (q_.clusters == Choice::iterative)
    panels.push_back({{"kind", "table"},
                      {"table", "rounds"},
                      {"first", "category"},
                      {"title", words("Rounds: each without the clusters before", "회차: 앞선 군집을 제외")}});
  if (q_.clusters == Choice::gini) {
    if (!has_scans())
      panels.push_back({{"kind", "curve"},
                        {"table", "sizes"},
                        {"x", "max_population"},
                        {"column", "gini"},
                        {"marked", "high"},
                        {"title", words("Gini coefficient by the largest disc", "최대 원 크기별 지니 계수")}});
    panels.push_back({{"kind", "table"},
                      {"table", "sizes"},
                      {"first", "category"},
                      {"title", words("Largest discs tried", "시도한 최대 원 크기")}});
  }
  panels.push_back({{"kind", "table"},
                    {"table", "scans"},
                    {"first", "category"},
                    {"title", words("Scans and critical values", "분석과 임계값")}});
  panels.push_back({{"kind", "distribution"},
                    {"table", "replicas"},
                    {"column", column("llr")},
                    {"title", words("Largest statistic of each replica", "반복별 최대 통계량")}});
  result.set_panels(panels);
}

std::pair<std::string, std::string> Findings::against(const Cluster& c) const {
  if (q_.risk == Risk::normal)
    return {fmt::format("cases with a mean {} of {:.4g}, {:.4g} elsewhere", q_.mark, c.marks.mean_inside,
                        c.marks.mean_outside),
            fmt::format("{} 평균 {:.4g} (밖 {:.4g})인 사례", q_.mark, c.marks.mean_inside, c.marks.mean_outside)};
  if (q_.classed()) return {"cases", "사례"};
  const char* what = q_.risk == Risk::exponential ? "events" : "cases";
  return {fmt::format("{} for {:.1f} expected", what, c.expected),
          fmt::format("기대 {:.1f}건에 대한 사례", c.expected)};
}

void Findings::write_summary(result::Writer& result) const {
  auto list = result::Json::array();
  const auto add = [&](const std::string& en, const std::string& ko, result::Json value, const std::string& unit) {
    list.push_back({{"label", words(en, ko)}, {"value", std::move(value)}, {"unit", unit}});
  };
  std::size_t significant = 0;
  for (const auto& c : answer_.clusters) significant += c.p.p <= q_.alpha ? 1 : 0;
  add("clusters with " + this->significant(), significant_ko() + " 군집", significant, "");
  for (std::size_t s = 0; s < study_.scans.size(); ++s) {
    const auto* c = first_of(s);
    if (c == nullptr) continue;
    if (has_scans() && c->p.p > q_.alpha) continue;  // the table of scans has all of them
    const std::string of = has_scans() ? ", " + study_.scans[s].name : "";
    const std::string when =
        q_.analysis == Analysis::spatial
            ? ""
            : fmt::format(", {} – {}", study_.time.first_day(c->window.begin), study_.time.last_day(c->window.end));
    const std::string where = q_.analysis == Analysis::temporal ? "" : " " + study_.places.label[c->centre];
    const auto [english, korean] = against(*c);
    add(fmt::format("most likely cluster{}:{}{}: {}", of, where, when, english),
        fmt::format("가장 유력한 군집{}:{}{}: {}", of, where, when, korean), c->window.cases, "");
    add("its p-value" + of, "p값" + of, c->p.p * 100, "%");
  }
  add("windows searched", "탐색한 창", answer_.windows / 1e9, "10⁹");
  result.set_summary(list);
}

}  // namespace dosi::scan
