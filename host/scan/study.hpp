// What a scan is made of, read from a city: places, steps of time, and for each scan its cases and what is expected.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/scan/question.hpp"
#include "io/city/city.hpp"
#include "io/dates.hpp"

namespace dosi::scan {

struct Place_set {
  std::string layer;                        // what they are, for people
  std::vector<double> x, y;                 // m
  std::vector<double> longitude, latitude;  // where there are
  std::vector<std::string> label;
  std::optional<city::Polygons> polygons;
  std::size_t size() const { return x.size(); }
};

// Steps of time by their edges: step t is the days edge[t] .. edge[t + 1] - 1.
struct Time_axis {
  std::vector<std::int64_t> edge{0, 1};
  Date_precision precision = Date_precision::day;
  bool dated = false;
  std::size_t steps() const { return edge.size() - 1; }
  std::string first_day(std::size_t begin) const { return dated ? date_text(edge[begin], precision) : ""; }
  std::string last_day(std::size_t end) const { return dated ? date_text(edge[end] - 1, precision) : ""; }
};

// Marked individuals, one by one, as kernels/scan/scan.hpp has them.
struct Mark_data {
  std::vector<std::uint32_t> cell, group;
  std::vector<double> value;
  std::vector<std::string> classes;  // of ordinal and multinomial scans: those that somebody has
};

// One scan. Arrays as kernels/scan/scan.hpp has them; of marks, `cases` are individuals (exponential: events) and the
// measure is the number of individuals.
struct Scan_data {
  std::string name;  // the category; empty: the only scan
  std::vector<std::uint32_t> cases, individuals;
  std::vector<double> place_measure, step_share, measure;
  Mark_data marks;
  double trend = 0;  // of what is expected, % a year; NaN where it is not one number

  double total_cases() const;
  bool model_bernoulli() const { return !individuals.empty(); }
  double measure_of(std::size_t place, std::size_t step, std::size_t steps) const {
    return measure.empty() ? place_measure[place] * step_share[step] : measure[place * steps + step];
  }
};

struct Study_data {
  Place_set places;
  Time_axis time;
  std::vector<Scan_data> scans;
  std::vector<std::uint8_t> gone;  // [place][step]: 1 where it was taken out; empty: nothing was
};

// Cases of a layer, before they are sorted into steps. day: of each record, where time is told.
struct Events {
  Place_set places;
  std::vector<std::uint32_t> place, count, category;
  std::vector<std::optional<std::int64_t>> day;
  std::vector<std::string> category_name{""};
  std::vector<std::uint32_t> row;  // of `records`, or of the layer
  city::Table records;             // of a series, or of points with marks: their columns
  std::optional<Date_precision> precision;
  std::size_t size() const { return place.size(); }
};

// DataError with all that is wrong with the data, UsageError for what was asked of them.
Study_data read_study(const city::City& city, const Question& q);

// Its parts.
Events read_cases(const city::City& city, const Question& q);
// Controls, counted into the same places.
Events read_controls(const city::City& city, const Question& q, const Events& cases);
Time_axis time_axis(const Events& cases, const Question& q);
// The measure of each scan under the Poisson model: indirect standardisation over strata.
void expect_by_population(const city::City& city, const Question& q, const Events& cases, Study_data& study);

// Individuals and their marks, of cases that have been counted.
// Keeps the classes that somebody has.
void drop_empty_classes(Mark_data& m);
void read_marks(const city::City& city, const Question& q, const Events& cases, Study_data& study);
// The step of a day, or nothing outside the study.
std::optional<std::size_t> step_of(const Time_axis& time, const std::optional<std::int64_t>& day);

}  // namespace dosi::scan
