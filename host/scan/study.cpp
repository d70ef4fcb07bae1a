#include "host/scan/study.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace dosi::scan {
namespace {

constexpr std::size_t kMostCells = std::size_t{1} << 30;

// Counts into scans' `into`; what lies outside of the study is told by `what`.
void count(Events& e, const Study_data& study, const std::string& what,
           const std::function<std::uint32_t&(std::size_t scan, std::size_t cell)>& into, bool fatal) {
  Problems outside;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (e.count[i] == 0) continue;
    const auto step = step_of(study.time, e.day[i]);
    if (!step) {
      ++lost;
      outside.add("{} of {} at '{}'", e.day[i] ? date_text(*e.day[i]) : "no date", e.count[i],
                  study.places.label[e.place[i]]);
      e.count[i] = 0;
      continue;
    }
    into(e.category[i], e.place[i] * study.time.steps() + *step) += e.count[i];
  }
  if (lost == 0) return;
  if (fatal)
    outside.raise_if_any(Exit::bad_data,
                         fmt::format("{} {} lie outside of the study, {} to {}", lost, what,
                                     date_text(study.time.edge.front()), date_text(study.time.edge.back() - 1)));
  spdlog::warn("scan: {} {} lie outside of the study, {} to {}, and are left out", lost, what,
               date_text(study.time.edge.front()), date_text(study.time.edge.back() - 1));
}

// Sums of cases must fit 31 bits, and with them those of individuals.
void check_total(const city::City& city, const Events& e, const char* what, std::size_t scans,
                 std::uint64_t limit = kMostCases / 2) {
  std::vector<std::uint64_t> sum(scans, 0);
  for (std::size_t i = 0; i < e.size(); ++i) sum[e.category[i]] += e.count[i];
  for (std::size_t s = 0; s < scans; ++s)
    if (sum[s] >= limit)
      throw DataError("{}: {} {}{}; at most {} can be searched", city.file_name(), sum[s], what,
                      e.category_name[s].empty() ? "" : " of '" + e.category_name[s] + "'", limit - 1);
}

// Purely temporal: all places are one.
void merge_places(Study_data& study) {
  const std::size_t steps = study.time.steps(), places = study.places.size();
  const auto mean = [&](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  Place_set all{
      .layer = study.places.layer, .x = {mean(study.places.x)}, .y = {mean(study.places.y)}, .label = {"all places"}};
  for (auto& s : study.scans) {
    const auto merge = [&](auto& v) {
      if (v.empty()) return;
      for (std::size_t p = 1; p < places; ++p)
        for (std::size_t t = 0; t < steps; ++t) v[t] += v[p * steps + t];
      v.resize(steps);
    };
    merge(s.cases);
    merge(s.individuals);
    merge(s.measure);
    for (auto& cell : s.marks.cell) cell %= static_cast<std::uint32_t>(steps);
    if (!s.place_measure.empty())
      s.place_measure = {std::accumulate(s.place_measure.begin(), s.place_measure.end(), 0.0)};
  }
  study.places = std::move(all);
}

}  // namespace

std::optional<std::size_t> step_of(const Time_axis& t, const std::optional<std::int64_t>& day) {
  if (t.steps() == 1 && (!t.dated || !day)) return 0;
  if (!day || *day < t.edge.front() || *day >= t.edge.back()) return std::nullopt;
  return static_cast<std::size_t>(std::upper_bound(t.edge.begin(), t.edge.end(), *day) - t.edge.begin()) - 1;
}

double Scan_data::total_cases() const {
  return static_cast<double>(std::accumulate(cases.begin(), cases.end(), std::uint64_t{0}));
}

Study_data read_study(const city::City& city, const Question& q) {
  auto cases = read_cases(city, q);
  Study_data study;
  study.time = time_axis(cases, q);
  study.places = cases.places;
  if (study.places.size() < 2 && q.analysis != Analysis::temporal)
    throw DataError(
        "{}: there is one place only, which cannot be compared with others; analysis = temporal needs no more",
        city.file_name());
  const std::size_t cells = study.places.size() * study.time.steps();
  if (cells > kMostCells)
    throw UsageError("{} places in {} steps are more than {} cells; make steps longer or places larger",
                     study.places.size(), study.time.steps(), kMostCells);
  check_total(city, cases, "cases", cases.category_name.size(), q.marked() ? kMostMarks : kMostCases / 2);
  for (const auto& name : cases.category_name)
    study.scans.push_back({.name = name, .cases = std::vector<std::uint32_t>(cells)});
  // Dates of a series are checked against the study; of points, the study may be any part.
  const bool series = city.find(q.cases, {"series", "points"}).kind == "series";
  count(
      cases, study, "cases",
      [&](std::size_t scan, std::size_t cell) -> std::uint32_t& { return study.scans[scan].cases[cell]; },
      series&& q.analysis != Analysis::spatial);
  for (const auto& s : study.scans)
    if (s.total_cases() == 0)
      throw DataError("{}: there are no cases{} between {} and {}", city.file_name(),
                      s.name.empty() ? "" : " of '" + s.name + "'", date_text(study.time.edge.front()),
                      date_text(study.time.edge.back() - 1));

  if (q.risk == Risk::poisson) {
    expect_by_population(city, q, cases, study);
  } else if (q.risk == Risk::bernoulli) {
    auto controls = read_controls(city, q, cases);
    check_total(city, controls, "controls", 1);
    std::vector<std::uint32_t> of_cell(cells);
    count(
        controls, study, "controls", [&](std::size_t, std::size_t cell) -> std::uint32_t& { return of_cell[cell]; },
        series&& q.analysis != Analysis::spatial);
    if (std::all_of(of_cell.begin(), of_cell.end(), [](auto n) { return n == 0; }))
      throw DataError("{}: there are no controls", city.file_name());
    for (auto& s : study.scans) {
      s.individuals = s.cases;
      for (std::size_t i = 0; i < cells; ++i) s.individuals[i] += of_cell[i];
      s.measure.assign(s.individuals.begin(), s.individuals.end());
    }
  } else if (q.marked()) {
    read_marks(city, q, cases, study);
  } else {
    const std::size_t steps = study.time.steps();
    for (auto& s : study.scans) {
      s.place_measure.assign(study.places.size(), 0);
      s.step_share.assign(steps, 0);
      for (std::size_t i = 0; i < cells; ++i) {
        s.place_measure[i / steps] += s.cases[i];
        s.step_share[i % steps] += s.cases[i];
      }
      const double all = s.total_cases();
      for (auto& share : s.step_share) share /= all;
    }
  }
  if (q.analysis == Analysis::temporal) merge_places(study);
  return study;
}

}  // namespace dosi::scan
