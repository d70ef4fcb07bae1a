// Cases and controls of a city: records of a series, or points counted into zones or into the squares of a grid.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "host/geometry/locate.hpp"
#include "host/scan/counting.hpp"
#include "host/scan/study.hpp"

namespace dosi::scan {
namespace {

std::vector<std::string> labels_of(const city::Table& t, const std::string& wanted, const std::string& layer) {
  const city::Column* named = nullptr;
  if (!wanted.empty()) {
    named = t.find(wanted);
    if (named == nullptr) throw UsageError("label: {} has no column '{}'", layer, wanted);
  }
  for (const char* name : {"name", "adm_nm", "label", "id", "code"})
    if (named == nullptr) named = t.find(name);
  for (const auto& c : t.columns)
    if (named == nullptr && c.is_text()) named = &c;
  if (named != nullptr) return named->as_text();
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < t.rows; ++i) rows.push_back(fmt::format("{}", i));
  return rows;
}

Place_set places_of_zones(const city::Zones& z, const std::string& layer, const Question& q) {
  Place_set p{.layer = layer, .label = labels_of(z.attributes, q.label, layer), .polygons = z.polygons};
  for (std::size_t i = 0; i < z.size(); ++i) {
    const auto [x, y] = geometry::point_inside(z.polygons, i);
    p.x.push_back(x);
    p.y.push_back(y);
  }
  return p;
}

Place_set places_of(const city::City& city, const city::Layer& layer, const Question& q) {
  if (layer.kind == "zones") return places_of_zones(city.read_zones(layer.name), layer.name, q);
  const auto points = city.read_points(layer.name);
  Place_set p{
      .layer = layer.name, .x = points.x, .y = points.y, .label = labels_of(points.attributes, q.label, layer.name)};
  if (const auto* lon = points.attributes.find("longitude"), *lat = points.attributes.find("latitude");
      lon != nullptr && lat != nullptr && !lon->is_text() && !lat->is_text()) {
    p.longitude = lon->as_numbers();
    p.latitude = lat->as_numbers();
  }
  return p;
}

// Days of a column: dates as text, or numbers in CF's "<unit> since <date>".
std::vector<std::optional<std::int64_t>> days_of(const city::Column& c, const std::string& where, Problems& bad) {
  std::vector<std::optional<std::int64_t>> days(c.size());
  if (const auto* text = std::get_if<std::vector<std::string>>(&c.values)) {
    for (std::size_t i = 0; i < days.size(); ++i) {
      const auto d = date_in((*text)[i]);
      if (d) days[i] = d->day;
      else bad.add("{}: row {}: '{}' is no date such as 2024-01-31", where, i, (*text)[i]);
    }
    return days;
  }
  const auto since = c.units.find(" since ");
  const auto epoch = since == std::string::npos ? std::nullopt : date_in(c.units.substr(since + 7));
  const std::map<std::string, double> units{{"seconds", 86400}, {"minutes", 1440}, {"hours", 24}, {"days", 1}};
  const auto unit = units.find(c.units.substr(0, std::min(since, c.units.size())));
  if (!epoch || unit == units.end()) {
    bad.add(
        "{}: its numbers have the units '{}'; needed is text with dates, or units such as 'seconds since 2024-01-01'",
        where, c.units);
    return days;
  }
  const auto values = c.as_numbers();
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (std::isfinite(values[i]))
      days[i] = epoch->day + static_cast<std::int64_t>(std::floor(values[i] / unit->second));
    else bad.add("{}: row {}: has no time", where, i);
  }
  return days;
}

Events of_series(const city::City& city, const city::Layer& layer, const Question& q) {
  const auto s = city.read_series(layer.name);
  const auto& of = city.find(s.places, {"points", "zones"});
  if (!q.places.empty() && &city.find(q.places, {"points", "zones"}) != &of)
    throw UsageError("places: the series '{}' is of {}", layer.name, s.places);
  if (q.cell > 0 || !q.category.empty())
    throw UsageError("cell, category: cases are the series '{}', which has its places and is one scan", layer.name);
  Events e;
  e.places = places_of(city, of, q);
  e.records = s.attributes;
  Problems bad;
  std::vector<double> counts(s.size(), 1.0);
  if (const auto* c = s.attributes.find("count")) counts = c->as_numbers();
  city::Column time{"time", s.time_units, "", s.time};
  const bool timed = std::any_of(s.time.begin(), s.time.end(), [](double t) { return !std::isnan(t); });
  if (timed) e.day = days_of(time, fmt::format("series '{}': time", layer.name), bad);
  else e.day.resize(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!(counts[i] >= 0) || counts[i] != std::floor(counts[i]) || counts[i] > 1e9)
      bad.add("series '{}': record {}: count {} must be a whole number of 0 or more", layer.name, i, counts[i]);
    e.row.push_back(static_cast<std::uint32_t>(i));
    e.place.push_back(static_cast<std::uint32_t>(s.place[i]));
    e.count.push_back(counts[i] >= 0 && counts[i] <= 1e9 ? static_cast<std::uint32_t>(counts[i]) : 0);
    e.category.push_back(0);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: the cases cannot be used", city.file_name()));
  if (timed)
    e.precision = s.time_precision == "year"    ? Date_precision::year
                  : s.time_precision == "month" ? Date_precision::month
                                                : Date_precision::day;
  return e;
}

// Points as events; `into` says which place a point counts for.
Events of_points(const city::City& city, const city::Layer& layer, const Question& q,
                 const std::function<std::uint32_t(double, double)>& into, bool categorised) {
  const auto points = city.read_points(layer.name);
  Events e;
  if (q.marked()) e.records = points.attributes;
  Problems bad;
  const auto* time = points.attributes.find(q.time);
  if (time == nullptr && q.analysis != Analysis::spatial)
    throw UsageError("time: {} has no column '{}'", layer.name, q.time);
  std::vector<std::optional<std::int64_t>> days(points.size());
  if (time != nullptr) days = days_of(*time, fmt::format("{}: column '{}'", layer.name, q.time), bad);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: the cases cannot be used", city.file_name()));
  if (time != nullptr) e.precision = Date_precision::day;
  std::vector<std::string> of_row(points.size());
  if (categorised && !q.category.empty()) {
    const auto* c = points.attributes.find(q.category);
    if (c == nullptr) throw UsageError("category: {} has no column '{}'", layer.name, q.category);
    of_row = c->as_text();
    auto names = of_row;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::erase(names, "");
    for (const auto& wanted : q.categories)
      if (!std::binary_search(names.begin(), names.end(), wanted))
        bad.add("'{}'; there are: {}", wanted, fmt::join(names, ", "));
    bad.raise_if_any(Exit::usage,
                     fmt::format("categories: column '{}' of {} has no such value", q.category, layer.name));
    e.category_name = q.categories.empty() ? names : q.categories;
  }
  std::map<std::string, std::uint32_t> number;
  for (std::uint32_t i = 0; i < e.category_name.size(); ++i) number.emplace(e.category_name[i], i);
  std::size_t outside = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto category = number.find(of_row[i]);
    if (category == number.end()) continue;
    const auto place = into(points.x[i], points.y[i]);
    if (place == geometry::kNoZone) {
      ++outside;
      continue;
    }
    e.row.push_back(static_cast<std::uint32_t>(i));
    e.place.push_back(place);
    e.count.push_back(1);
    e.category.push_back(category->second);
    e.day.push_back(days[i]);
  }
  if (outside > 0)
    spdlog::warn("scan: {} of {} points of {} lie where there is no place{} and are not counted", outside,
                 points.size(), layer.name, q.population_column.empty() ? "" : " with people");
  return e;
}

}  // namespace

Events read_cases(const city::City& city, const Question& q) {
  const auto& layer = city.find(q.cases, {"series", "points"});
  if (layer.kind == "series") return of_series(city, layer, q);
  if (q.places.empty() && q.cell <= 0)
    throw UsageError(
        "places: cases are the points '{}'; name the zones or points that they are counted into, or give the cell of a "
        "grid",
        layer.name);
  if (!q.places.empty()) {
    const auto places = places_of(city, city.find(q.places, {"zones", "points"}), q);
    const Placer placer(places, 0);
    auto e = of_points(
        city, layer, q, [&](double x, double y) { return placer.find(x, y); }, true);
    e.places = places;
    return e;
  }
  // Against a population the squares are those where people live; else those with a case or a control.
  Grid grid(q.cell);
  const bool populated = !q.population_column.empty();
  if (populated) {
    const auto people = read_people(city, q);
    for (std::size_t i = 0; i < people.x.size(); ++i)
      if (people.count[i] > 0) grid.add(people.x[i], people.y[i]);
  }
  if (!q.controls.empty()) {
    const auto controls = city.read_points(city.find(q.controls, {"points"}).name);
    for (std::size_t i = 0; i < controls.size(); ++i) grid.add(controls.x[i], controls.y[i]);
  }
  auto e = of_points(
      city, layer, q, [&](double x, double y) { return populated ? grid.find(x, y) : grid.add(x, y); }, true);
  e.places = grid.places();
  return e;
}

Events read_controls(const city::City& city, const Question& q, const Events& cases) {
  const auto& layer = city.find(q.controls, {"series", "points"});
  const bool of_cases = city.find(q.cases, {"series", "points"}).kind == "series";
  if ((layer.kind == "series") != of_cases)
    throw UsageError("controls: cases and controls must both be series, or both points");
  if (of_cases) {
    auto e = of_series(city, layer, q);
    if (e.places.layer != cases.places.layer || e.places.size() != cases.places.size())
      throw UsageError("controls: '{}' is of other places than the cases", layer.name);
    return e;
  }
  const Placer placer(cases.places, q.cell);
  return of_points(
      city, layer, q, [&](double x, double y) { return placer.find(x, y); }, false);
}

Time_axis time_axis(const Events& cases, const Question& q) {
  Time_axis t;
  std::optional<std::int64_t> first = q.start, last = q.end;
  std::optional<std::int64_t> earliest, latest;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!cases.day[i] || cases.count[i] == 0) continue;
    earliest = std::min(earliest.value_or(*cases.day[i]), *cases.day[i]);
    latest = std::max(latest.value_or(*cases.day[i]), *cases.day[i]);
    if (!q.start) first = std::min(first.value_or(*cases.day[i]), *cases.day[i]);
    if (!q.end) last = std::max(last.value_or(*cases.day[i]), *cases.day[i]);
  }
  if (!first || !last) {
    if (q.analysis != Analysis::spatial) throw DataError("the cases have no times; a spatial analysis needs none");
    return t;
  }
  if (latest && q.start && *q.start > *latest)
    throw UsageError("start: {} is after the last case, {}; the cases begin on {}", date_text(*q.start),
                     date_text(*latest), date_text(*earliest));
  if (earliest && q.end && *q.end < *earliest)
    throw UsageError("end: {} is before the first case, {}; the cases end on {}", date_text(*q.end),
                     date_text(*earliest), date_text(*latest));
  t.dated = true;
  t.precision = cases.precision.value_or(Date_precision::day);
  // The last date of data stands for its whole year or month.
  std::int64_t end = *last + 1;
  if (!q.end && t.precision != Date_precision::day)
    end = months_later(*last, t.precision == Date_precision::year ? 12 : 1);
  if (q.analysis == Analysis::spatial) {
    t.edge = {*first, end};
    return t;
  }
  const auto unit = q.unit != Step_unit::automatic         ? q.unit
                    : t.precision == Date_precision::year  ? Step_unit::year
                    : t.precision == Date_precision::month ? Step_unit::month
                                                           : Step_unit::day;
  if ((t.precision == Date_precision::year && unit != Step_unit::year) ||
      (t.precision == Date_precision::month && unit == Step_unit::day))
    throw UsageError("step_unit: the cases are told to the {} only", name_of(t.precision));
  t.precision = unit == Step_unit::year    ? Date_precision::year
                : unit == Step_unit::month ? Date_precision::month
                                           : Date_precision::day;
  // Whole years and months are named so; others by their days.
  if (t.precision != Date_precision::day && months_later(end, 0) != end) t.precision = Date_precision::day;
  if (date_text(end).substr(8) != "01" || (unit == Step_unit::year && date_text(end).substr(5) != "01-01"))
    t.precision = Date_precision::day;
  std::vector<std::int64_t> back{end};
  for (int n = 1; back.back() > *first; ++n) {
    back.push_back(unit == Step_unit::day ? end - std::int64_t{n} * q.step
                                          : months_later(end, -n * q.step * (unit == Step_unit::year ? 12 : 1)));
    if (back.size() > kMostSteps + 1)
      throw UsageError("step: {} to {} is more than {} steps; make them longer", date_text(*first), date_text(end - 1),
                       kMostSteps);
  }
  back.back() = std::max(back.back(), *first);
  t.edge.assign(back.rbegin(), back.rend());
  return t;
}

}  // namespace dosi::scan
