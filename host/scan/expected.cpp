// What is expected under the Poisson model: cases of each stratum shared out by its person-time (indirect
// standardisation), the population running straight between the dates at which it is told, and level before the first
// and after the last.
#include <algorithm>
#include <cmath>
#include <map>

#include "host/scan/counting.hpp"
#include "host/scan/study.hpp"
#include "host/scan/trend.hpp"

namespace dosi::scan {
namespace {

// Dates (days, ascending) and numbers of one place and stratum. No date: the same always.
using Course = std::map<double, double>;

// Person-days from `from` to `to`.
double person_time(const Course& c, double from, double to) {
  double sum = 0, at = from;
  auto next = c.upper_bound(from);
  const auto value = [&](double t) {
    const auto right = c.lower_bound(t);
    if (right == c.end()) return std::prev(right)->second;
    if (right == c.begin() || right->first == t) return right->second;
    const auto left = std::prev(right);
    return left->second + (right->second - left->second) * (t - left->first) / (right->first - left->first);
  };
  while (at < to) {
    const double until = next == c.end() ? to : std::min(to, next->first);
    sum += 0.5 * (value(at) + value(until)) * (until - at);
    at = until;
    if (next != c.end()) ++next;
  }
  return sum;
}

struct Population {
  std::vector<std::string> covariates;  // columns that make a stratum
  std::map<std::string, std::map<std::uint32_t, Course>> strata;
  bool constant = true;  // no course has two dates
};

std::string stratum_of(const std::vector<std::vector<std::string>>& columns, std::size_t row) {
  std::string key;
  for (const auto& c : columns) key += (key.empty() ? "" : ", ") + c[row];
  return key;
}

std::vector<std::vector<std::string>> texts_of(const city::Table& t, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> columns;
  for (const auto& n : names) columns.push_back(t.find(n)->as_text());
  return columns;
}

Population of_series(const city::City& city, const city::Layer& layer, const Question& q, const Events& cases) {
  const auto s = city.read_series(layer.name);
  if (city.find(s.places, {"points", "zones"}).name != cases.places.layer)
    throw UsageError("population: the series '{}' is of {}, the cases of '{}'", layer.name, s.places,
                     cases.places.layer);
  if (!s.time_units.empty() && s.time_units != kDayUnits)
    throw DataError("{}: series '{}': its time has the units '{}', '{}' is needed", city.file_name(), layer.name,
                    s.time_units, kDayUnits);
  const auto* column = s.attributes.find("population");
  if (column == nullptr) throw UsageError("population: the series '{}' has no column 'population'", layer.name);
  const auto values = column->as_numbers();
  Population p;
  p.covariates = q.covariates;
  if (p.covariates.empty())
    for (const auto& c : s.attributes.columns)
      if (&c != column && c.name != "count" && cases.records.find(c.name) != nullptr) p.covariates.push_back(c.name);
  Problems bad;
  for (const auto& name : p.covariates)
    for (const auto* t : {&s.attributes, &cases.records})
      if (t->find(name) == nullptr)
        bad.add("covariates: the {} have no column '{}'", t == &cases.records ? "cases" : "records of the population",
                name);
  bad.raise_if_any(Exit::usage, "dosi scan");
  const auto columns = texts_of(s.attributes, p.covariates);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!(values[i] >= 0) || !std::isfinite(values[i]))
      bad.add("record {}: population {} must be 0 or more", i, values[i]);
    auto& course = p.strata[stratum_of(columns, i)][static_cast<std::uint32_t>(s.place[i])];
    course[std::isnan(s.time[i]) ? 0 : s.time[i]] += values[i];
    p.constant &= course.size() == 1;
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: series '{}'", city.file_name(), layer.name));
  return p;
}

Population read_population(const city::City& city, const Question& q, const Events& cases) {
  Population p;
  auto& places = p.strata[""];
  if (!q.population_column.empty()) {
    const auto people = read_people(city, q);
    const Placer placer(cases.places, q.cell);
    for (std::size_t i = 0; i < people.x.size(); ++i)
      if (const auto place = placer.find(people.x[i], people.y[i]); place != geometry::kNoZone)
        places[place][0] += people.count[i];
    return p;
  }
  for (const auto& l : city.layers())
    if (l.kind == "series" && (l.name == q.population || "series:" + l.name == q.population))
      return of_series(city, l, q, cases);
  for (const auto& l : city.layers()) {
    if (l.name != cases.places.layer || (l.kind != "zones" && l.kind != "points")) continue;
    const auto names = city.column_names(l);
    if (std::find(names.begin(), names.end(), q.population) == names.end()) continue;
    const auto values = city.read_attributes(l, {q.population}).columns[0].as_numbers();
    Problems bad;
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;
      if (!(values[i] >= 0) || !std::isfinite(values[i])) bad.add("row {}: {}", i, values[i]);
      places[i][0] = values[i];
    }
    bad.raise_if_any(Exit::bad_data,
                     fmt::format("{}: {}: column '{}' must be 0 or more", city.file_name(), l.path(), q.population));
    return p;
  }
  throw UsageError(
      "population: '{}' is neither a series nor a column of '{}'; for a layer of points give population_column too",
      q.population, cases.places.layer);
}

}  // namespace

void expect_by_population(const city::City& city, const Question& q, const Events& cases, Study_data& study) {
  const auto population = read_population(city, q, cases);
  if (!population.constant && !study.time.dated)
    throw UsageError("start, end: the population is told at several times; say which days the cases are from");
  const std::size_t steps = study.time.steps();
  const auto from = static_cast<double>(study.time.edge.front()),
             whole = static_cast<double>(study.time.edge.back()) - from;
  // Cases of each scan by stratum.
  std::vector<std::map<std::string, double>> counted(study.scans.size());
  std::map<std::string, std::map<std::uint32_t, double>> without;
  const auto columns = texts_of(cases.records, population.covariates);
  Problems bad;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases.count[i] == 0) continue;
    const auto key = stratum_of(columns, i);
    counted[cases.category[i]][key] += cases.count[i];
    const auto stratum = population.strata.find(key);
    if (stratum == population.strata.end() || !stratum->second.contains(cases.place[i]))
      without[key][cases.place[i]] += cases.count[i];
    else if (const auto& course = stratum->second.at(cases.place[i]);
             std::all_of(course.begin(), course.end(), [](const auto& v) { return v.second == 0; }))
      without[key][cases.place[i]] += cases.count[i];
  }
  for (const auto& [key, places] : without)
    for (const auto& [place, n] : places)
      bad.add("place '{}': {} cases{}, but no population", cases.places.label[place], n,
              key.empty() ? "" : " in the stratum " + key);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: there are cases where nobody is at risk", city.file_name()));

  for (std::size_t k = 0; k < study.scans.size(); ++k) {
    auto& scan = study.scans[k];
    if (population.constant) {
      scan.place_measure.assign(study.places.size(), 0);
      for (std::size_t t = 0; t < steps; ++t)
        scan.step_share.push_back(static_cast<double>(study.time.edge[t + 1] - study.time.edge[t]) / whole);
    } else {
      scan.measure.assign(study.places.size() * steps, 0);
    }
    for (const auto& [key, courses] : population.strata) {
      const auto n = counted[k].find(key);
      if (n == counted[k].end()) continue;
      double all = 0;
      for (const auto& [place, course] : courses)
        all += population.constant ? course.begin()->second : person_time(course, from, from + whole);
      for (const auto& [place, course] : courses) {
        if (population.constant) {
          scan.place_measure[place] += n->second * course.begin()->second / all;
          continue;
        }
        for (std::size_t t = 0; t < steps; ++t)
          scan.measure[place * steps + t] += n->second *
                                             person_time(course, static_cast<double>(study.time.edge[t]),
                                                         static_cast<double>(study.time.edge[t + 1])) /
                                             all;
      }
    }
    for (std::size_t i = 0; i < scan.cases.size(); ++i)
      if (scan.cases[i] > 0 && !(scan.measure_of(i / steps, i % steps, steps) > 0))
        bad.add("place '{}', {}: {} cases, but no population then", study.places.label[i / steps],
                study.time.first_day(i % steps), scan.cases[i]);
    if (q.trend != Trend::none && bad.empty()) scan.trend = follow_trend(scan, study.time, q);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: there are cases where nobody is at risk", city.file_name()));
}

}  // namespace dosi::scan
