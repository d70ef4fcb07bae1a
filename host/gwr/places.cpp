#include "host/gwr/places.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "host/geometry/sphere.hpp"
#include "host/geometry/stands.hpp"
#include "host/gwr/least_squares.hpp"
#include "io/error.hpp"

namespace dosi::gwr {
namespace {

// What asks for a column, and which.
struct Wanted {
  std::string parameter, column;
};

std::vector<std::vector<double>> numbers(const city::City& city, const city::Layer& layer,
                                         const std::vector<Wanted>& wanted) {
  std::vector<std::vector<double>> values;
  Problems bad;
  for (const auto& [parameter, column] : wanted) {
    const auto table = city.read_attributes(layer, {column});
    if (table.columns.at(0).is_text())
      bad.add("{}: column '{}' of {} holds text; numbers are needed", parameter, column, layer.path());
    else values.push_back(table.columns[0].as_numbers());
  }
  bad.raise_if_any(Exit::usage, "dosi gwr: columns cannot be used");
  return values;
}

// Behind the columns of a design stand those of an offset, a time, and of longitude and latitude, as far as they are
// asked for.
struct Further {
  std::size_t offset, time, longitude;
  Further(const Question& q, std::vector<Wanted>& wanted, const std::string& parameter = "") {
    const auto add = [&](const char* name, const std::string& column, bool asked) {
      if (asked) wanted.push_back({parameter.empty() ? name : parameter, column});
      return wanted.size() - asked;
    };
    offset = add("offset", q.offset, !q.offset.empty());
    time = add("time", q.time, !q.time.empty());
    longitude = add("longitude", q.longitude, q.distance == Distance::sphere);
    add("latitude", q.latitude, q.distance == Distance::sphere);
  }
};

bool on_earth(double longitude, double latitude) { return std::fabs(latitude) <= 90 && std::fabs(longitude) <= 360; }

void add_to_sphere(std::array<std::vector<double>, 3>& sphere, double longitude, double latitude) {
  const auto at = geometry::on_sphere(longitude, latitude);
  for (std::size_t c = 0; c < 3; ++c) sphere[c].push_back(at[c]);
}

void say_left_out(const Places& p) {
  if (p.left_out.empty()) return;
  std::string some;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, p.left_out.size()); ++i)
    some += fmt::format("{}{} ({})", i > 0 ? ", " : "", p.left_out[i], p.missing[i]);
  spdlog::warn("{}: {} of {} rows have a missing value and are left out: {}{}", p.layer, p.left_out.size(),
               p.left_out.size() + p.size(), some, p.left_out.size() > 5 ? ", …; all are in the table left_out" : "");
}

// Every stride-th value to mean 0 and standard deviation 1, to 0 where all are the same; returns what they were.
std::pair<double, double> standardise(std::vector<double>& values, std::size_t first, std::size_t stride) {
  const double n = static_cast<double>(values.size() / stride), same = values[first];
  double mean = 0, square = 0;
  bool varies = false;
  for (std::size_t i = first; i < values.size(); i += stride) varies |= values[i] != same;
  if (!varies) {
    for (std::size_t i = first; i < values.size(); i += stride) values[i] = 0;
    return {same, 1};
  }
  for (std::size_t i = first; i < values.size(); i += stride) mean += values[i];
  mean /= n;
  for (std::size_t i = first; i < values.size(); i += stride) square += (values[i] - mean) * (values[i] - mean);
  const double deviation = std::sqrt(square / n);
  for (std::size_t i = first; i < values.size(); i += stride) values[i] = (values[i] - mean) / deviation;
  return {mean, deviation};
}

// Counts are whole numbers from 0 on, events 0 or 1, exposures above 0; there must be some of each kind.
void check_response(const city::City& city, const Places& p, const Question& q) {
  Problems bad;
  const auto check = [&](const std::vector<double>& values, const std::string& column, const char* parameter,
                         const char* must, auto fits) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!fits(values[i]) && ++wrong <= 5)
        bad.add("{}: column '{}' is {} in row {}; {}", parameter, column, values[i], p.row[i], must);
    if (wrong > 5) bad.add("{}: column '{}' is so in {} more rows", parameter, column, wrong - 5);
  };
  if (q.family == Family::poisson)
    check(p.response, q.y, "y", "a count is a whole number, 0 or more",
          [](double v) { return v >= 0 && v == std::floor(v); });
  if (q.family == Family::binomial)
    check(p.response, q.y, "y", "an event is 0 or 1", [](double v) { return v == 0 || v == 1; });
  check(p.exposure, q.offset, "offset", "an exposure is above 0", [](double v) { return v > 0; });
  bad.raise_if_any(Exit::bad_data,
                   fmt::format("{}: {}: the columns do not suit the family", city.file_name(), p.layer));
}

// What least squares over all places cannot tell apart no local fit can: a ridge shares it out, or it is refused.
void check_columns(const city::City& city, const Places& p, const Question& q) {
  Problems bad;
  const std::size_t k = p.terms.size(), n = p.size();
  const auto [low, high] = std::minmax_element(p.response.begin(), p.response.end());
  if (*low == *high) bad.add("y: column '{}' is {} in every row; there is nothing to explain", q.y, *low);
  const auto say = [&](const std::string& what) {
    if (!q.ridge) bad.add("x: column {}; leave it out, or give collinear=ridge", what);
    else
      spdlog::warn(
          "{}: column {}; a ridge shares their effect out at every place, and 'singular' says so. Leave it out, or "
          "give collinear=refuse to end here",
          p.layer, what);
  };
  std::vector<bool> constant(k, false);
  for (std::size_t c = q.intercept; c < k; ++c) {
    bool varies = false;
    for (std::size_t i = 1; i < n; ++i) varies |= p.design[i * k + c] != p.design[c];
    if (varies || (!q.intercept && p.design[c] != 0)) continue;
    constant[c] = true;
    say(fmt::format("'{}' is {} in every row{}", p.terms[c], p.design[c],
                    q.intercept ? ", which the intercept already says" : ""));
  }
  for (const auto& [column, by] : collinear_columns(p.model(q.intercept))) {
    if (constant[column]) continue;
    std::string names;
    for (const auto b : by) names += (names.empty() ? "'" : ", '") + p.terms[b] + "'";
    say(fmt::format("'{}' is a combination of {}", p.terms[column], names));
  }
  bad.raise_if_any(Exit::bad_data,
                   fmt::format("{}: {}: the columns cannot carry a regression", city.file_name(), p.layer));
}

}  // namespace

Model Places::model(bool intercept) const {
  Model m{x, y, design, terms.size(), response, intercept, family, exposure, z};
  m.near = near.first.empty() ? Listed{} : near.view();
  if (sphere[0].empty()) return m;
  m.x = sphere[0];
  m.y = sphere[1];
  m.z = sphere[2];
  m.t = z;
  m.radius = geometry::kEarthRadius;
  return m;
}

Places read_places(const city::City& city, const Question& q, const access::Travel_times* streets) {
  const auto& layer = city.find(q.layer, {"points", "zones"});
  std::vector<Wanted> columns{{"y", q.y}};
  for (const auto& x : q.x) columns.push_back({"x", x});
  const Further further(q, columns);
  const auto values = numbers(city, layer, columns);
  const auto shape = geometry::stands_of(city, layer);
  const auto stops = streets != nullptr ? streets->snap(shape.x, shape.y) : access::Snapped{};
  Problems bad;
  Places p;
  p.layer = layer.path();
  p.family = q.family;
  if (q.intercept) p.terms.push_back("intercept");
  p.terms.insert(p.terms.end(), q.x.begin(), q.x.end());
  for (std::size_t i = 0; i < shape.x.size(); ++i) {
    std::string missing;
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (!std::isfinite(values[c][i])) missing += (missing.empty() ? "" : ", ") + columns[c].column;
    if (streets != nullptr && stops.places[i].a == access::kNoNode)
      missing += fmt::format("{}a street within {:g} m", missing.empty() ? "" : ", ", q.way.snap);
    if (!missing.empty()) {
      p.left_out.push_back(static_cast<std::uint32_t>(i));
      p.missing.push_back(missing);
      continue;
    }
    p.row.push_back(static_cast<std::uint32_t>(i));
    p.x.push_back(shape.x[i]);
    p.y.push_back(shape.y[i]);
    p.response.push_back(values[0][i]);
    if (q.intercept) p.design.push_back(1);
    for (std::size_t c = 1; c <= q.x.size(); ++c) p.design.push_back(values[c][i]);
    if (!q.offset.empty()) p.exposure.push_back(values[further.offset][i]);
    if (!q.time.empty()) p.time.push_back(values[further.time][i]);
    if (streets != nullptr) p.stop.push_back(stops.places[i]);
    if (q.distance != Distance::sphere) continue;
    const double longitude = values[further.longitude][i], latitude = values[further.longitude + 1][i];
    if (!on_earth(longitude, latitude))
      bad.add("{}: row {}: longitude {} and latitude {} are not on the earth", p.layer, i, longitude, latitude);
    add_to_sphere(p.sphere, longitude, latitude);
  }
  bad.raise_if_any(Exit::bad_data,
                   fmt::format("{}: columns '{}' and '{}' hold no degrees", city.file_name(), q.longitude, q.latitude));
  say_left_out(p);
  const std::size_t k = p.terms.size();
  if (p.size() < k + 3)
    throw DataError("{}: {}: {} rows have all of {} columns; a regression on {} terms needs at least {}",
                    city.file_name(), p.layer, p.size(), columns.size(), k, k + 3);
  check_columns(city, p, q);
  check_response(city, p, q);
  if (!p.time.empty() &&
      *std::min_element(p.time.begin(), p.time.end()) == *std::max_element(p.time.begin(), p.time.end()))
    throw DataError("{}: {}: time: column '{}' is {} in every row; leave it out", city.file_name(), p.layer, q.time,
                    p.time[0]);
  if (q.standardise) {
    p.centre.assign(k + 1, 0);
    p.scale.assign(k + 1, 1);
    for (std::size_t c = q.intercept; c < k; ++c) std::tie(p.centre[c], p.scale[c]) = standardise(p.design, c, k);
    if (!q.generalised()) std::tie(p.centre[k], p.scale[k]) = standardise(p.response, 0, 1);
  }
  return p;
}

void Places::scale_time(double metres) {
  z.clear();
  for (const double t : metres > 0 ? time : std::vector<double>{}) z.push_back((t - time[0]) * metres);
}

New_places read_new_places(const city::City& city, const Question& q, const Places& model,
                           const access::Travel_times* streets) {
  const auto& layer = city.find(q.predict, {"points", "zones"});
  const auto names = city.column_names(layer);
  std::vector<Wanted> columns;
  for (const auto& x : q.x) columns.push_back({"predict", x});
  const bool known = std::find(names.begin(), names.end(), q.y) != names.end();
  const Further further(q, columns, "predict");
  const std::size_t needed = columns.size();
  if (known) columns.push_back({"predict", q.y});
  const auto values = numbers(city, layer, columns);
  const auto shape = geometry::stands_of(city, layer);
  const auto stops = streets != nullptr ? streets->snap(shape.x, shape.y) : access::Snapped{};
  const bool sphere = q.distance == Distance::sphere;
  const std::size_t k = model.terms.size();
  const auto standard = [&](double v, std::size_t c) {
    return model.scale.empty() ? v : (v - model.centre[c]) / model.scale[c];
  };
  New_places p;
  p.layer = layer.path();
  p.rows = shape.x.size();
  for (std::size_t i = 0; i < p.rows; ++i) {
    bool whole = q.offset.empty() || values[further.offset][i] > 0;
    for (std::size_t c = 0; c < needed; ++c) whole = whole && std::isfinite(values[c][i]);
    if (sphere) whole = whole && on_earth(values[further.longitude][i], values[further.longitude + 1][i]);
    if (streets != nullptr) whole = whole && stops.places[i].a != access::kNoNode;
    if (!whole) continue;
    p.row.push_back(static_cast<std::uint32_t>(i));
    p.x.push_back(shape.x[i]);
    p.y.push_back(shape.y[i]);
    if (q.intercept) p.design.push_back(1);
    for (std::size_t c = 0; c < q.x.size(); ++c) p.design.push_back(standard(values[c][i], c + q.intercept));
    if (!q.offset.empty()) p.exposure.push_back(values[further.offset][i]);
    if (!q.time.empty()) p.time.push_back(values[further.time][i]);
    if (sphere) add_to_sphere(p.sphere, values[further.longitude][i], values[further.longitude + 1][i]);
    if (streets != nullptr) p.stop.push_back(stops.places[i]);
    if (known) p.observed.push_back(q.generalised() ? values.back()[i] : standard(values.back()[i], k));
  }
  if (p.size() < p.rows)
    spdlog::warn("{}: {} of {} rows have a missing value{}{} and are not predicted", p.layer, p.rows - p.size(), p.rows,
                 q.offset.empty() ? "" : " or no exposure above 0",
                 sphere               ? " or are not on the earth"
                 : streets != nullptr ? " or no street near enough"
                                      : "");
  return p;
}

}  // namespace dosi::gwr
