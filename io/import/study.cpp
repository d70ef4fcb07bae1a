#include "io/import/study.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "io/dates.hpp"
#include "io/import/projection.hpp"
#include "io/import/study_parameters.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;
namespace {

struct Line {
  std::size_t number;
  std::vector<std::string> fields;
};

// Fields apart by blanks or commas; one with blanks stands in quotes.
std::vector<Line> read_lines(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw IoError("{}: cannot be opened", file.string());
  std::vector<Line> lines;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    Line line{number, {}};
    for (std::size_t i = 0; i < text.size();) {
      if (std::isspace(static_cast<unsigned char>(text[i])) != 0 || text[i] == ',') {
        ++i;
        continue;
      }
      const bool quoted = text[i] == '"';
      std::size_t end = i + (quoted ? 1 : 0);
      while (end < text.size() &&
             (quoted ? text[end] != '"' : std::isspace(static_cast<unsigned char>(text[end])) == 0 && text[end] != ','))
        ++end;
      line.fields.push_back(text.substr(i + (quoted ? 1 : 0), end - i - (quoted ? 1 : 0)));
      i = end + (quoted ? 1 : 0);
    }
    if (!line.fields.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) throw DataError("{}: holds no line with data", file.string());
  return lines;
}

// Problems of all files of a study, to be told together.
class Reader {
 public:
  explicit Reader(Problems& bad) : bad_(bad) {}

  city::Points places(const fs::path& file, bool degrees) {
    city::Points p;
    std::vector<std::string> ids;
    for (const auto& l : read_lines(file)) {
      const auto at = [&] { return fmt::format("{}: line {}", file.string(), l.number); };
      const auto a = l.fields.size() > 1 ? number_in(l.fields[1]) : std::nullopt,
                 b = l.fields.size() > 2 ? number_in(l.fields[2]) : std::nullopt;
      if (!a || !b || !std::isfinite(*a) || !std::isfinite(*b)) {
        bad_.add("{}: needs a name and two coordinates", at());
        rows_.emplace(l.fields[0], -1);  // what is told of it is enough: its cases are not told too
        continue;
      }
      if (degrees && (std::abs(*a) > 90 || std::abs(*b) > 180)) {
        bad_.add("{}: latitude {} and longitude {} are not on the earth", at(), *a, *b);
        ++off_the_earth_;
        rows_.emplace(l.fields[0], -1);
        continue;
      }
      const auto [it, fresh] = rows_.emplace(l.fields[0], static_cast<std::int64_t>(ids.size()));
      if (!fresh) {
        bad_.add("{}: the place '{}' came before", at(), l.fields[0]);
        continue;
      }
      ids.push_back(l.fields[0]);
      p.x.push_back(degrees ? *b : *a);
      p.y.push_back(degrees ? *a : *b);
    }
    p.attributes.rows = ids.size();
    p.attributes.add("id", std::move(ids));
    return p;
  }

  // Places of the file whose degrees cannot be.
  std::size_t off_the_earth() const { return off_the_earth_; }

  // Lines "place count [date] [covariate …]", or "place date count [covariate …]" of a population. The first covariates
  // are the marks of the model.
  city::Series series(const fs::path& file, const std::string& count_name, bool date_first, const std::string& time,
                      const std::vector<Mark>& marks = {}) {
    city::Series s;
    s.time_units = kDayUnits;
    s.time_precision = time == "none" ? "" : time;
    std::vector<double> counts;
    std::vector<std::vector<std::string>> covariates;
    const bool dated = date_first || time != "none";
    bool any_time = false;
    std::size_t width = 0;
    for (const auto& l : read_lines(file)) {
      const auto at = [&] { return fmt::format("{}: line {}", file.string(), l.number); };
      const std::size_t first_mark = dated ? 3 : 2,
                        least = first_mark + static_cast<std::size_t>(std::count_if(
                                                 marks.begin(), marks.end(), [](const auto&m) { return !m.optional; }));
      if (width == 0) width = std::max(least, l.fields.size());
      if (l.fields.size() < least || l.fields.size() != width) {
        bad_.add("{}: has {} fields, {} needed", at(), l.fields.size(), width);
        continue;
      }
      const auto place = rows_.find(l.fields[0]);
      const auto& count_field = l.fields[date_first ? 2 : 1];
      const auto count = number_in(count_field);
      const bool good_count = count && *count >= 0 && *count <= 1e15 && (date_first || *count == std::floor(*count));
      std::optional<Date> date;
      if (dated) date = date_in(l.fields[date_first ? 1 : 2]);
      if (place == rows_.end()) bad_.add("{}: the place '{}' is not among those with coordinates", at(), l.fields[0]);
      if (!good_count)
        bad_.add("{}: '{}' must be a {} of 0 or more", at(), count_field, date_first ? "number" : "whole number");
      const bool undated = date_first && l.fields[1] == "unspecified";
      if (dated && !date && !undated)
        bad_.add("{}: '{}' is no date such as 1985, 1985/7 or 1985/7/1", at(), l.fields[date_first ? 1 : 2]);
      bool good_marks = true;
      for (std::size_t i = 0; i < marks.size() && first_mark + i < width; ++i) {
        if (!marks[i].number || number_in(l.fields[first_mark + i])) continue;
        bad_.add("{}: {} '{}' must be a number", at(), marks[i].name, l.fields[first_mark + i]);
        good_marks = false;
      }
      if (place == rows_.end() || !good_count || !good_marks || (dated && !date && !undated)) continue;
      s.place.push_back(place->second);
      counts.push_back(*count);
      any_time |= date.has_value();
      s.time.push_back(!date ? std::nan("") : static_cast<double>(date_first ? middle_of(*date) : date->day));
      for (std::size_t i = first_mark; i < l.fields.size(); ++i) {
        if (covariates.size() <= i - first_mark) covariates.emplace_back();
        covariates[i - first_mark].push_back(l.fields[i]);
      }
    }
    if (!any_time) s.time_precision.clear();
    if (date_first && any_time) s.time_precision = "day";
    s.attributes.rows = s.size();
    if (date_first) s.attributes.add(count_name, std::move(counts));
    else s.attributes.add(count_name, std::vector<std::int64_t>(counts.begin(), counts.end()));
    for (std::size_t i = 0; i < covariates.size(); ++i) {
      if (i >= marks.size())
        s.attributes.add(fmt::format("covariate_{}", i - marks.size() + 1), std::move(covariates[i]));
      else if (!marks[i].number) s.attributes.add(marks[i].name, std::move(covariates[i]));
      else s.attributes.add(marks[i].name, numbers_of(covariates[i]));
    }
    return s;
  }

 private:
  static std::vector<double> numbers_of(const std::vector<std::string>& texts) {
    std::vector<double> numbers;
    for (const auto& t : texts) numbers.push_back(number_in(t).value_or(std::nan("")));
    return numbers;
  }

  Problems& bad_;
  std::map<std::string, std::int64_t> rows_;
  std::size_t off_the_earth_ = 0;
};

void place_in_degrees(city::Points& p, const std::string& file, const Target& target, Study_import& study) {
  double longitude = 0, latitude = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    longitude += p.x[i] / static_cast<double>(p.size());
    latitude += p.y[i] / static_cast<double>(p.size());
  }
  study.crs = settled_crs(target, file, longitude, latitude, study.report.notes);
  p.attributes.add("longitude", p.x, "degrees_east", "longitude");
  p.attributes.add("latitude", p.y, "degrees_north", "latitude");
  Projection(crs_named("EPSG:4326", "crs"), study.crs).apply(p.x, p.y);
  Problems bad;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isfinite(p.x[i])) bad.add("place {} cannot be brought into {}", i + 1, study.crs.name);
  bad.raise_if_any(Exit::bad_data, file);
}

}  // namespace

Study_import import_study(const Study_request& request, const Target& target) {
  Study_import out;
  Study_request q = request;
  if (!q.parameters.empty()) apply_parameters(Study_parameters(q.parameters), q, out);
  if (q.coordinate_system.empty()) q.coordinate_system = "cartesian";
  if (q.time.empty()) q.time = "none";
  if (q.coordinates.empty() || q.cases.empty())
    throw UsageError("import study: give --prm, or --geo and --cas: the places and the cases");
  Problems bad;
  Reader reader(bad);
  const bool degrees = q.coordinate_system == "degrees";
  out.places = reader.places(q.coordinates, degrees);
  const auto model = std::find_if(out.scan.begin(), out.scan.end(), [](const auto& p) { return p.first == "model"; });
  out.cases = reader.series(q.cases, "count", false, q.time,
                            model == out.scan.end() ? std::vector<Mark>{} : marks_of(model->second));
  out.report.files = {q.coordinates.filename().string(), q.cases.filename().string()};
  if (!q.controls.empty()) out.controls = reader.series(q.controls, "count", false, q.time);
  if (!q.population.empty()) out.population = reader.series(q.population, "population", true, q.time);
  bad.raise_if_any(Exit::bad_data,
                   reader.off_the_earth() > 0
                       ? "the study cannot be used; where its coordinates are of a plane, say --coordinates cartesian"
                       : "the study cannot be used");
  if (!q.controls.empty()) out.report.files.push_back(q.controls.filename().string());
  if (!q.population.empty()) out.report.files.push_back(q.population.filename().string());

  if (degrees) {
    place_in_degrees(out.places, q.coordinates.string(), target, out);
  } else {
    out.crs = q.crs.empty() ? city::local_crs() : crs_named(q.crs, "--crs");
    if (target.crs && target.crs->name != out.crs.name)
      throw UsageError(
          "{}: is Cartesian{}, and the city is in {}; give a city of its own, or say with --crs what the coordinates "
          "are",
          q.coordinates.string(), q.crs.empty() ? "" : " in " + out.crs.name, target.crs->name);
  }
  const std::string places = "points:" + q.prefix + "places";
  for (auto* s : {&out.cases, out.controls ? &*out.controls : nullptr, out.population ? &*out.population : nullptr})
    if (s != nullptr) s->places = places;
  const auto name = [&](const char* layer) { return q.prefix + layer; };
  if (out.cases.attributes.find("censored") != nullptr) out.scan.emplace_back("censored", "censored");
  out.scan.insert(out.scan.begin(), {"cases", name("cases")});
  if (out.controls) out.scan.insert(out.scan.begin() + 1, {"controls", name("controls")});
  if (out.population) out.scan.insert(out.scan.begin() + 1, {"population", name("population")});
  return out;
}

void store(const Study_request& q, const Destination& to, const Study_import& study) {
  const std::vector<std::pair<std::string, const city::Series*>> series{
      {"cases", &study.cases},
      {"controls", study.controls ? &*study.controls : nullptr},
      {"population", study.population ? &*study.population : nullptr}};
  std::vector<std::string> without{"points/" + q.prefix + "places"};
  for (const auto& [name, s] : series) without.push_back("series/" + q.prefix + name);
  const bool there = fs::exists(to.city);
  if (there && !to.replace) {
    Problems bad;
    const auto city = city::City::open(to.city);
    for (const auto& l : city.layers())
      if (std::find(without.begin(), without.end(), l.path()) != without.end()) bad.add("{}:{}", l.kind, l.name);
    bad.raise_if_any(
        Exit::usage,
        fmt::format("{}: has these layers already; --replace puts the new ones in their place, --name gives others",
                    to.city.string()));
  }
  auto writer = there ? city::City_writer::update(to.city, without) : city::City_writer(to.city, study.crs);
  std::string source;
  for (const auto& f : study.report.files) source += (source.empty() ? "" : ", ") + f;
  writer.add(q.prefix + "places", study.places, {source, to.history});
  for (const auto& [name, s] : series)
    if (s != nullptr) writer.add(q.prefix + name, *s, {source, to.history});
  writer.publish();
}

}  // namespace dosi::imports
