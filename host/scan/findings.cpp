// The tables that a result of a scan has beside its replicas.
#include "host/scan/findings.hpp"

#include <algorithm>
#include <cmath>

#include "host/scan/columns.hpp"
#include "host/scan/outline.hpp"

namespace dosi::scan {
namespace {

const std::vector<double> kAlphas{0.05, 0.01, 0.001};

}  // namespace

void Findings::write(result::Writer& result) const {
  write_clusters(result);
  if (q_.analysis != Analysis::temporal) write_places(result);
  if (q_.analysis != Analysis::spatial) write_steps(result);
  write_scans(result);
  if (q_.clusters == Choice::iterative) write_rounds(result);
  if (q_.clusters == Choice::gini) write_sizes(result);
  write_panels(result);
  write_summary(result);
}

const Cluster* Findings::first_of(std::size_t scan) const {
  for (const auto& c : answer_.clusters)
    if (c.scan == scan && c.rank == 1) return &c;
  return nullptr;
}

std::vector<std::string> Findings::dimensions(h5::Group& table, const char* rows) const {
  if (!has_scans()) return {rows};
  std::vector<std::string> names;
  for (const auto& s : study_.scans) names.push_back(s.name);
  result::create_axis(table, {.name = "category", .length = names.size(), .texts = names, .long_name = "category"});
  return {rows, "category"};
}

void Findings::write_clusters(result::Writer& result) const {
  const bool spatial = q_.analysis != Analysis::temporal, timed = q_.analysis != Analysis::spatial;
  const std::size_t n = answer_.clusters.size();
  auto table = result.create_table("clusters", spatial ? result::Table_kind::zones : result::Table_kind::rows,
                                   "cluster", n, "Clusters");
  const std::vector<std::string> rows{"cluster"};
  if (spatial) {
    city::Polygons outlines;
    for (const auto& c : answer_.clusters) add_outline(outlines, study_.places, c);
    city::write_polygons(table, "cluster", outlines);
  }
  const auto numbers = [&](const char* name, const char* units, const char* english, const char* korean, auto value) {
    std::vector<double> v;
    for (const auto& c : answer_.clusters) v.push_back(value(c));
    write_column<double>(table, name, rows, v, units, english, korean);
  };
  const auto wholes = [&](const char* name, const char* english, const char* korean, auto value) {
    std::vector<std::int64_t> v;
    for (const auto& c : answer_.clusters) v.push_back(static_cast<std::int64_t>(value(c)));
    write_column<std::int64_t>(table, name, rows, v, "", english, korean);
  };
  const auto texts = [&](const char* name, const char* english, const char* korean, auto value) {
    std::vector<std::string> v;
    for (const auto& c : answer_.clusters) v.push_back(value(c));
    write_column(table, name, "cluster", v, english, korean);
  };
  texts("label", "cluster", "군집", [&](const Cluster& c) {
    return fmt::format("{}{}{}", study_.scans[c.scan].name, has_scans() ? " " : "", c.rank);
  });
  if (has_scans()) texts("category", "category", "범주", [&](const Cluster& c) { return study_.scans[c.scan].name; });
  wholes("rank", "rank among the clusters of its scan", "순위", [](const Cluster& c) { return c.rank; });
  if (q_.risk != Risk::multinomial)
    texts(
        "rate",
        q_.marked() ? "high or low values or classes, or short or long survival" : "more or fewer cases than expected",
        q_.marked() ? "값·등급의 높음/낮음 또는 생존의 짧음/긺" : "기대보다 많음/적음",
        [](const Cluster& c) -> std::string { return c.high ? "high" : "low"; });
  numbers("llr", "", "log likelihood ratio", "로그 우도비", [](const Cluster& c) { return c.window.llr / c.weight; });
  if (!search_.neighbours().weight.empty())
    numbers("statistic", "", "log likelihood ratio, less for long ellipses", "통계량 (긴 타원에 벌점)",
            [](const Cluster& c) { return c.window.llr; });
  numbers("p", "1", "p-value, Monte Carlo", "p값 (몬테카를로)", [](const Cluster& c) { return c.p.p; });
  numbers("p_low", "1", "lower end of the p-value's 95 % interval", "p값 95% 구간 하한",
          [](const Cluster& c) { return c.p.low; });
  numbers("p_high", "1", "upper end of the p-value's 95 % interval", "p값 95% 구간 상한",
          [](const Cluster& c) { return c.p.high; });
  numbers("p_gumbel", "1", "p-value, Gumbel", "p값 (검벨)", [](const Cluster& c) { return c.p.gumbel; });
  wholes("significant", ("1: " + significant()).c_str(), ("1: " + significant_ko()).c_str(),
         [&](const Cluster& c) { return c.p.p <= q_.alpha; });
  if (has_scans())
    numbers("q", "1", "false discovery rate over all categories", "거짓 발견율", [](const Cluster& c) { return c.q; });
  if (q_.prospective) {
    const auto& edge = study_.time.edge;
    const double days = static_cast<double>(edge.back() - edge[edge.size() - 2]);
    numbers("recurrence_interval", "day", "days in which chance makes one such", "재현 간격(일)",
            [&](const Cluster& c) { return days / c.p.p; });
  }
  wholes("cases", q_.risk == Risk::exponential ? "events" : "cases", "사례 수",
         [](const Cluster& c) { return c.window.cases; });
  if (!q_.marked() || q_.risk == Risk::exponential) {
    numbers("expected", "", "cases expected", "기대 사례 수", [](const Cluster& c) { return c.expected; });
    numbers("relative_risk", "", "relative risk inside", "상대 위험도",
            [](const Cluster& c) { return c.relative_risk; });
  }
  if (q_.classed()) write_cluster_classes(table);
  else if (q_.marked()) write_cluster_means(table);
  if (timed) {
    texts("start", "first day", "시작", [&](const Cluster& c) { return study_.time.first_day(c.window.begin); });
    texts("end", "last day", "끝", [&](const Cluster& c) { return study_.time.last_day(c.window.end); });
    wholes("first_step", "first step", "첫 단계", [](const Cluster& c) { return c.window.begin; });
    wholes("steps", "length in steps", "단계 수", [](const Cluster& c) { return c.window.end - c.window.begin; });
  }
  if (!spatial) return;
  texts("centre", "place in the middle", "중심 장소", [&](const Cluster& c) { return study_.places.label[c.centre]; });
  wholes("centre_place", "row of the table places", "중심 장소의 행", [](const Cluster& c) { return c.centre; });
  wholes("places", "number of places", "장소 수", [](const Cluster& c) { return c.places.size(); });
  numbers("radius", "m", "distance to its farthest place", "반지름",
          [&](const Cluster& c) { return radius_of(study_.places, c); });
  if (!has_shapes()) return;
  numbers("axis_ratio", "", "long axis over short axis", "장축/단축 비",
          [](const Cluster& c) { return c.shape.ratio; });
  numbers("axis_angle", "degree", "direction of the long axis, counter-clockwise from east", "장축 방향",
          [](const Cluster& c) { return c.shape.angle * 180 / std::acos(-1.0); });
}

void Findings::write_places(result::Writer& result) const {
  const auto& places = study_.places;
  const std::size_t n = places.size(), scans = study_.scans.size(), steps = study_.time.steps();
  auto table = result.create_table("places", places.polygons ? result::Table_kind::zones : result::Table_kind::points,
                                   "place", n, places.layer);
  const auto dimensions = this->dimensions(table, "place");
  if (places.polygons) {
    city::write_polygons(table, "place", *places.polygons);
  } else {
    stream::write_all<double>(table, "x", {"place"}, places.x, {.units = "m", .long_name = "easting"});
    stream::write_all<double>(table, "y", {"place"}, places.y, {.units = "m", .long_name = "northing"});
  }
  write_column(table, "label", "place", places.label, "place", "장소");
  std::vector<std::int64_t> cluster(n * scans, 0);
  std::vector<double> llr;
  for (const auto& c : answer_.clusters)
    for (const auto p : c.places)
      if (auto& rank = cluster[p * scans + c.scan]; rank == 0) rank = static_cast<std::int64_t>(c.rank);
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t s = 0; s < scans; ++s) {
      double best = 0;
      const std::size_t shapes = search_.neighbours().shapes.size();
      for (std::size_t i = 0; i < shapes; ++i) best = std::max(best, search_.best(s)[p * shapes + i].llr);
      llr.push_back(best);
    }
  write_counts(table, dimensions, n, [steps](std::size_t cell) { return cell / steps; });
  write_column<double>(table, "llr", dimensions, llr, "", "log likelihood ratio of the best window around it",
                       "주변 최대 로그 우도비");
  write_column<std::int64_t>(table, "cluster", dimensions, cluster, "",
                             "rank of the first cluster that it is in; 0: none", "속한 군집의 순위 (0: 없음)");
}

template <class F>
void Findings::write_counts(h5::Group& table, const std::vector<std::string>& dimensions, std::size_t rows,
                            F row_of) const {
  const std::size_t scans = study_.scans.size(), steps = study_.time.steps(), cells = study_.places.size() * steps;
  std::vector<std::int64_t> cases(rows * scans, 0);
  std::vector<double> expected(rows * scans, 0), risk(rows * scans), mean(rows * scans, 0);
  for (std::size_t s = 0; s < scans; ++s) {
    const auto& d = study_.scans[s];
    const double all = d.total_cases();
    const bool timed = q_.risk == Risk::exponential;
    double measure = 0;
    for (std::size_t i = 0; i < cells; ++i) {
      cases[row_of(i) * scans + s] += d.cases[i];
      const double m = timed ? 0 : d.measure_of(i / steps, i % steps, steps);
      expected[row_of(i) * scans + s] += m;
      measure += m;
    }
    for (std::size_t i = 0; i < d.marks.value.size(); ++i) {
      double& of = timed ? expected[row_of(d.marks.cell[i]) * scans + s] : mean[row_of(d.marks.cell[i]) * scans + s];
      of += d.marks.value[i];
      measure += timed ? d.marks.value[i] : 0;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const auto seen = static_cast<double>(cases[r * scans + s]);
      double& m = expected[r * scans + s];
      m *= all / measure;
      risk[r * scans + s] = m > 0 && all > m ? (seen / m) / ((all - seen) / (all - m)) : std::nan("");
      mean[r * scans + s] = seen > 0 ? mean[r * scans + s] / seen : std::nan("");
    }
  }
  write_column<std::int64_t>(table, "cases", dimensions, cases, "", q_.risk == Risk::exponential ? "events" : "cases",
                             "사례 수");
  if (q_.risk == Risk::normal)
    write_column<double>(table, "mean", dimensions, mean, "", "mean of " + q_.mark, q_.mark + " 평균");
  if (q_.marked() && q_.risk != Risk::exponential) return;
  write_column<double>(table, "expected", dimensions, expected, "", "cases expected", "기대 사례 수");
  if (dimensions.front() == "place")
    write_column<double>(table, "relative_risk", dimensions, risk, "", "relative risk over the whole study",
                         "상대 위험도");
}

void Findings::write_steps(result::Writer& result) const {
  const std::size_t steps = study_.time.steps();
  auto table = result.create_table("steps", result::Table_kind::rows, "step", steps, "Over time");
  const auto dimensions = this->dimensions(table, "step");
  std::vector<std::string> start, end;
  for (std::size_t t = 0; t < steps; ++t) {
    start.push_back(study_.time.first_day(t));
    end.push_back(study_.time.last_day(t + 1));
  }
  write_column(table, "start", "step", start, "first day", "시작");
  write_column(table, "end", "step", end, "last day", "끝");
  write_counts(table, dimensions, steps, [steps](std::size_t cell) { return cell % steps; });
}

void Findings::write_scans(result::Writer& result) const {
  const std::size_t scans = study_.scans.size();
  auto table = result.create_table("scans", result::Table_kind::rows, "scan", scans, "Scans");
  result::create_axis(table, {.name = "alpha",
                              .length = kAlphas.size(),
                              .numbers = kAlphas,
                              .units = "1",
                              .long_name = "level of significance"});
  std::vector<std::string> name;
  std::vector<std::int64_t> cases, replicas;
  std::vector<double> llr, p, q, critical, trend;
  for (std::size_t s = 0; s < scans; ++s) {
    const auto* first = first_of(s);
    name.push_back(study_.scans[s].name.empty() ? "all" : study_.scans[s].name);
    cases.push_back(static_cast<std::int64_t>(study_.scans[s].total_cases()));
    replicas.push_back(static_cast<std::int64_t>(answer_.maxima[s].size()));
    llr.push_back(first ? first->window.llr / first->weight : 0);
    p.push_back(first ? first->p.p : 1);
    q.push_back(first ? first->q : 1);
    trend.push_back(study_.scans[s].trend);
    for (const double a : kAlphas) critical.push_back(answer_.maxima[s].critical(a));
  }
  write_column(table, "category", "scan", name, "category", "범주");
  write_column<std::int64_t>(table, "cases", {"scan"}, cases, "", "cases", "사례 수");
  write_column<std::int64_t>(table, "replicas", {"scan"}, replicas, "", "Monte Carlo replicas", "몬테카를로 반복 수");
  write_column<double>(table, "llr", {"scan"}, llr, "", "log likelihood ratio of the most likely cluster",
                       "최대 로그 우도비");
  write_column<double>(table, "p", {"scan"}, p, "1", "p-value of the most likely cluster", "p값");
  if (has_scans())
    write_column<double>(table, "q", {"scan"}, q, "1", "false discovery rate over all categories", "거짓 발견율");
  if (q_.trend == Trend::log_linear || q_.trend == Trend::given)
    write_column<double>(table, "trend", {"scan"}, trend, "%", "change a year of what is expected",
                         "기대치의 연간 변화율");
  write_column<double>(table, "critical_value", {"scan", "alpha"}, critical, "", "critical value", "임계값");
}

void Findings::write_rounds(result::Writer& result) const {
  const auto& rounds = answer_.rounds;
  auto table =
      result.create_table("rounds", result::Table_kind::rows, "round", rounds.size(), "Rounds of the iterative scan");
  result::create_axis(table, {.name = "alpha",
                              .length = kAlphas.size(),
                              .numbers = kAlphas,
                              .units = "1",
                              .long_name = "level of significance"});
  std::vector<std::string> category;
  std::vector<std::int64_t> number, cases, replicas;
  std::vector<double> llr, p, critical;
  for (const auto& r : rounds) {
    category.push_back(study_.scans[r.scan].name.empty() ? "all" : study_.scans[r.scan].name);
    number.push_back(static_cast<std::int64_t>(r.number));
    cases.push_back(static_cast<std::int64_t>(r.cases));
    replicas.push_back(static_cast<std::int64_t>(r.drawn.size()));
    llr.push_back(r.cluster ? r.cluster->window.llr / r.cluster->weight : 0);
    p.push_back(r.cluster ? r.cluster->p.p : 1);
    for (const double a : kAlphas) critical.push_back(r.maxima().critical(a));
  }
  write_column(table, "category", "round", category, "category", "범주");
  write_column<std::int64_t>(table, "number", {"round"}, number, "", "round", "회차");
  write_column<std::int64_t>(table, "cases", {"round"}, cases, "", "cases that were left", "남은 사례 수");
  write_column<double>(table, "llr", {"round"}, llr, "", "log likelihood ratio of its cluster", "군집의 로그 우도비");
  write_column<double>(table, "p", {"round"}, p, "1", "p-value of its cluster", "p값");
  write_column<std::int64_t>(table, "replicas", {"round"}, replicas, "", "Monte Carlo replicas", "몬테카를로 반복 수");
  write_column<double>(table, "critical_value", {"round", "alpha"}, critical, "", "critical value", "임계값");
}

void Findings::write_sizes(result::Writer& result) const {
  const auto& sizes = answer_.sizes;
  auto table = result.create_table("sizes", result::Table_kind::rows, "size", sizes.size(), "Largest discs tried");
  std::vector<std::string> category;
  std::vector<double> share, gini;
  std::vector<std::int64_t> clusters, chosen;
  for (const auto& z : sizes) {
    category.push_back(study_.scans[z.scan].name.empty() ? "all" : study_.scans[z.scan].name);
    share.push_back(z.share * 100);
    gini.push_back(z.gini);
    clusters.push_back(static_cast<std::int64_t>(z.clusters));
    chosen.push_back(z.chosen ? 1 : 0);
  }
  write_column(table, "category", "size", category, "category", "범주");
  write_column<double>(table, "max_population", {"size"}, share, "%", "largest disc", "최대 원 크기");
  write_column<double>(table, "gini", {"size"}, gini, "", "Gini coefficient of its clusters", "군집의 지니 계수");
  write_column<std::int64_t>(table, "clusters", {"size"}, clusters, "", "clusters with " + significant(),
                             significant_ko() + " 군집 수");
  write_column<std::int64_t>(table, "chosen", {"size"}, chosen, "", "1: the one reported", "1: 선택됨");
}

}  // namespace dosi::scan
