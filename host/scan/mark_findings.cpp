#include "host/scan/mark_findings.hpp"

#include <algorithm>
#include <cmath>

#include "host/scan/columns.hpp"
#include "host/scan/findings.hpp"
#include "kernels/scan/group_ratio.hpp"

namespace dosi::scan {
namespace {

constexpr std::size_t kMostClassColumns = 8;  // of a page

void describe_classes(const Mark_data& m, const Question& q, const std::vector<bool>& inside, Mark_finding& out) {
  const auto groups = static_cast<std::uint32_t>(m.classes.size());
  Group_ratio ratio{.model = q.risk == Risk::ordinal ? Model::ordinal : Model::multinomial,
                    .high = q.rates != Rates::low,
                    .low = q.rates != Rates::high,
                    .groups = groups,
                    .all = static_cast<std::uint32_t>(m.group.size())};
  std::vector<std::uint32_t> seen(groups, 0);
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < m.group.size(); ++i) {
    ++ratio.total[m.group[i]];
    if (!inside[i]) continue;
    ++seen[m.group[i]];
    ++n;
  }
  Pools pools;
  if (ratio.model == Model::ordinal) {
    out.high =
        ratio.high && (!ratio.low || ratio.ordered(n, seen.data(), true) >= ratio.ordered(n, seen.data(), false));
    pools = ratio.pooled(seen.data(), out.high);
  } else {
    for (std::uint32_t k = 0; k < groups; ++k) pools.pool[pools.count++] = {k, k, seen[k], ratio.total[k]};
  }
  for (std::uint32_t i = 0; i < pools.count; ++i)
    for (std::uint32_t k = pools.pool[i].first; k <= pools.pool[i].last; ++k) {
      const auto in = static_cast<double>(pools.pool[i].inside), outside = static_cast<double>(pools.pool[i].all) - in;
      out.classes.push_back({static_cast<double>(seen[k]), static_cast<double>(n) * ratio.total[k] / ratio.all,
                             outside > 0 ? (in / n) / (outside / (ratio.all - n)) : INFINITY, i + 1});
    }
}

void describe_values(const Mark_data& m, const Question& q, const std::vector<bool>& inside, Mark_finding& out) {
  double value[2] = {}, number[2] = {};  // outside, inside; exponential: time and events
  for (std::size_t i = 0; i < m.value.size(); ++i) {
    value[inside[i]] += m.value[i];
    number[inside[i]] += q.risk == Risk::exponential ? m.group[i] : 1;
  }
  const auto mean = [&](int side) { return number[side] > 0 ? value[side] / number[side] : INFINITY; };
  out.mean_inside = mean(1);
  out.mean_outside = mean(0);
  if (q.risk == Risk::exponential) {
    out.high = out.mean_inside < out.mean_outside;
    return;
  }
  out.high = out.mean_inside > out.mean_outside;
  for (std::size_t i = 0; i < m.value.size(); ++i) {
    const double d = m.value[i] - mean(inside[i] ? 1 : 0);
    out.variance += d * d / static_cast<double>(m.value.size());
  }
}

}  // namespace

Mark_finding describe_marks(const Mark_data& m, const Question& q, std::span<const std::uint32_t> places,
                            const Window& w, std::size_t steps) {
  Mark_finding out;
  std::vector<std::uint32_t> sorted(places.begin(), places.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<bool> inside(m.cell.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const std::size_t step = m.cell[i] % steps;
    inside[i] = step >= w.begin && step < w.end &&
                std::binary_search(sorted.begin(), sorted.end(), static_cast<std::uint32_t>(m.cell[i] / steps));
    out.individuals += inside[i] ? 1 : 0;
  }
  if (q.classed()) describe_classes(m, q, inside, out);
  else describe_values(m, q, inside, out);
  return out;
}

void Findings::write_cluster_means(h5::Group& table) const {
  std::vector<double> inside, outside, variance;
  std::vector<std::int64_t> individuals;
  for (const auto& c : answer_.clusters) {
    inside.push_back(c.marks.mean_inside);
    outside.push_back(c.marks.mean_outside);
    variance.push_back(c.marks.variance);
    individuals.push_back(static_cast<std::int64_t>(c.marks.individuals));
  }
  const bool times = q_.risk == Risk::exponential;
  const std::string of = times ? "mean survival" : "mean of " + q_.mark,
                    of_korean = times ? "평균 생존 시간" : q_.mark + " 평균";
  write_column<double>(table, "mean_inside", {"cluster"}, inside, "", of + " inside", of_korean + " (안)");
  write_column<double>(table, "mean_outside", {"cluster"}, outside, "", of + " outside", of_korean + " (밖)");
  if (times)
    write_column<std::int64_t>(table, "individuals", {"cluster"}, individuals, "", "individuals, with those censored",
                               "관찰 대상 수 (중도절단 포함)");
  else
    write_column<double>(table, "variance", {"cluster"}, variance, "", "variance around both means",
                         "두 평균 둘레의 분산");
}

std::vector<std::string> Findings::all_classes() const {
  std::vector<std::string> names;
  for (const auto& s : study_.scans)
    for (const auto& c : s.marks.classes)
      if (std::find(names.begin(), names.end(), c) == names.end()) names.push_back(c);
  return names;
}

std::vector<std::string> Findings::class_columns() const {
  std::vector<std::string> columns;
  for (const auto& c : all_classes()) columns.push_back(result::flat_name("class_cases", {c}));
  return columns.size() <= kMostClassColumns ? columns : std::vector<std::string>{};
}

void Findings::write_cluster_classes(h5::Group& table) const {
  const auto names = all_classes();
  result::create_axis(table,
                      {.name = "class", .length = names.size(), .texts = names, .long_name = "class of " + q_.mark});
  std::vector<double> cases, expected, risk;
  std::vector<std::int64_t> pool;
  for (const auto& c : answer_.clusters) {
    const auto& own = study_.scans[c.scan].marks.classes;
    for (const auto& name : names) {
      const auto at = static_cast<std::size_t>(std::find(own.begin(), own.end(), name) - own.begin());
      const auto k = at < own.size() ? c.marks.classes[at] : Class_finding{0, 0, std::nan(""), 0};
      cases.push_back(k.cases);
      expected.push_back(k.expected);
      risk.push_back(k.relative_risk);
      pool.push_back(k.pool);
    }
  }
  const std::vector<std::string> dimensions{"cluster", "class"};
  write_column<double>(table, "class_cases", dimensions, cases, "", "cases of the class", "등급별 사례 수");
  write_column<double>(table, "class_expected", dimensions, expected, "", "cases of the class expected",
                       "등급별 기대 사례 수");
  write_column<double>(table, "class_relative_risk", dimensions, risk, "",
                       "share of the class inside over that outside", "등급별 상대 위험도");
  if (q_.risk == Risk::ordinal)
    write_column<std::int64_t>(table, "class_pool", dimensions, pool, "",
                               "number of the pool of classes with one relative risk", "함께 묶인 등급의 번호");
}

}  // namespace dosi::scan
