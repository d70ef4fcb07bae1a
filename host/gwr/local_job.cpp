#include "host/gwr/local_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/gwr/moran.hpp"
#include "io/error.hpp"
#include "kernels/gwr/nearest.hpp"

namespace dosi::gwr {

Local_job::Local_job(const job::Setting& s, const Question& q)
    : q_(q), ranks_(s.ranks), streets_(q.distance == Distance::travel_time
                                           ? std::make_unique<access::Travel_times>(s.city, q.way, s.device, s.ranks)
                                           : nullptr),
      places_(read_places(s.city, q_, streets_.get())),
      global_(q.generalised() ? generalised_least_squares(places_.model(q_.intercept))
                              : least_squares(places_.model(q_.intercept))) {
  spdlog::info("gwr: {} places, {} terms", places_.size(), k());
  if (q_.moran_neighbours >= places_.size())
    throw UsageError("moran_neighbours: {} of {} places; at most {}", q_.moran_neighbours, places_.size(),
                     places_.size() - 1);
  schema_.table = "places";
  schema_.dimension = "place";
  schema_.rows = places_.size();
  schema_.axes = {{.name = "term", .length = k(), .texts = places_.terms, .long_name = "term of the model"}};
  add_number("coefficient", "local coefficient", "지역 계수", true);
  add_number("standard_error", "its standard error", "표준오차", true);
  add_number("t", "coefficient over its standard error", "t 값", true);
  add_flag("significant", "1: significant over all places together", "1: 전체 장소에서 유의함", true);
  add_number("fitted", "fitted value", "적합값");
  add_number("residual", "observed less fitted", "잔차 (관측 − 적합)");
  add_number("standardised_residual", "residual in its standard deviations", "표준화 잔차");
  add_number("leverage", "influence of the place on its own fit, h_ii", "지렛대 값 h_ii");
  add_number("cooks_distance", "Cook's distance", "쿡의 거리");
}

void Local_job::find_near(New_places& wanted) {
  const std::size_t room = std::max<std::size_t>(k() + 3, kMostListed / (places_.size() + wanted.size()));
  double widest = q_.bandwidth ? *q_.bandwidth : q_.most ? *q_.most : std::min(n(), static_cast<double>(room));
  if (q_.multiscale)
    widest = std::max(
        widest,
        std::min(n(), 40.0 + 2 * static_cast<double>(k())));  // the GWR that it begins with has limits of its own
  if (widest > static_cast<double>(room))
    throw UsageError("bandwidth{}: lists of {:g} neighbours at {} places are too long; at most {}",
                     q_.bandwidth ? "" : "_max", widest, places_.size() + wanted.size(), room);
  if (!q_.bandwidth && !q_.most && widest < n()) q_.most = widest;
  listed_ = widest;
  const auto most = static_cast<std::size_t>(widest);
  places_.near = travel_lists(*streets_, places_.stop, places_.stop, true, most, ranks_);
  if (!q_.predict.empty()) wanted.near = travel_lists(*streets_, wanted.stop, places_.stop, false, most, ranks_);
  streets_.reset();
  std::size_t shorter = 0;
  for (std::size_t i = 0; i < places_.size(); ++i)
    shorter += places_.near.first[i + 1] - places_.near.first[i] < std::min(most, places_.size());
  if (shorter > 0)
    spdlog::warn(
        "gwr: from {} of {} places fewer than {} others are reached over the streets; a wider bandwidth counts those "
        "that are",
        shorter, places_.size(), most);
}

result::Json Local_job::title() const {
  std::string x;
  for (const auto& name : q_.x) x += (x.empty() ? "" : ", ") + name;
  const auto [method, korean] = q_.multiscale                  ? std::pair{"MGWR", "다중스케일 지리가중회귀"}
                                : q_.family == Family::poisson ? std::pair{"Poisson GWR", "푸아송 지리가중회귀"}
                                : q_.family == Family::binomial ? std::pair{"Logistic GWR", "로지스틱 지리가중회귀"}
                                : q_.time.empty()               ? std::pair{"GWR", "지리가중회귀"}
                                                                : std::pair{"GTWR", "시공간 지리가중회귀"};
  return result::words(
      fmt::format("{} of {} on {} in {}", method, q_.y, x.empty() ? "nothing but place" : x, places_.layer),
      fmt::format("{} {}: {} ({})", q_.y, korean, x.empty() ? "위치만" : x, places_.layer));
}

void Local_job::add_number(const char* name, const char* english, const char* korean, bool by_term, const char* units) {
  const double none = std::nan("");
  std::vector<std::byte> fill(sizeof none);
  std::memcpy(fill.data(), &none, sizeof none);
  schema_.variables.push_back({.name = name,
                               .type = h5::type_of<double>(),
                               .axes = by_term ? std::vector<std::string>{"term"} : std::vector<std::string>{},
                               .units = units,
                               .long_name = english,
                               .fill = fill,
                               .long_name_ko = korean});
}

void Local_job::add_flag(const char* name, const char* english, const char* korean, bool by_term) {
  schema_.variables.push_back({.name = name,
                               .type = h5::type_of<std::uint8_t>(),
                               .axes = by_term ? std::vector<std::string>{"term"} : std::vector<std::string>{},
                               .long_name = english,
                               .long_name_ko = korean});
}

void Local_job::complete(result::Tile& tile) const {
  const auto number = [&](const char* name) { return tile.values<double>(name); };
  const auto b = number("coefficient"), error = number("standard_error"), t = number("t"), fitted = number("fitted"),
             e = number("residual"), standardised = number("standardised_residual"), leverage = number("leverage"),
             cook = number("cooks_distance");
  const auto significant = tile.values<std::uint8_t>("significant");
  for (std::size_t r = 0; r < tile.count(); ++r) {
    e[r] = places_.response[tile.first() + r] - fitted[r];
    const double variance = q_.family == Family::poisson    ? fitted[r]
                            : q_.family == Family::binomial ? fitted[r] * (1 - fitted[r])
                                                            : whole_.error_variance;
    standardised[r] = e[r] / std::sqrt(variance * (1 - leverage[r]));
    cook[r] = standardised[r] * standardised[r] * leverage[r] / (whole_.parameters * (1 - leverage[r]));
    for (std::size_t c = 0; c < k(); ++c) {
      const std::size_t at = r * k() + c;
      error[at] = std::sqrt(error[at] * whole_.error_variance);
      t[at] = b[at] / error[at];
      significant[at] = std::fabs(t[at]) > critical_[c] ? 1 : 0;
    }
  }
}

void Local_job::finish(result::Writer& result) {
  auto table = result.table(schema_.table);
  const std::vector<std::string> rows{"place"};
  stream::write_all<double>(table, "x", rows, places_.x, {.units = "m", .long_name = "easting"})
      .set_attribute("standard_name", "projection_x_coordinate");
  stream::write_all<double>(table, "y", rows, places_.y, {.units = "m", .long_name = "northing"})
      .set_attribute("standard_name", "projection_y_coordinate");
  stream::write_all<std::uint32_t>(table, "row", rows, places_.row, {.long_name = "row of the layer " + places_.layer});
  stream::write_all<double>(table, "observed", rows, places_.response,
                            {.long_name = q_.y + (q_.standardise ? ", standardised" : "")});
  const auto terms = summarise(table);
  if (q_.moran_neighbours > 0)
    write_moran(result, stream::read_all<double>(table, q_.generalised() ? "standardised_residual" : "residual"));
  const auto condition =
      q_.multiscale ? std::nullopt : std::optional(condition_of(stream::read_all<double>(table, "condition_number")));
  write_story(result, {q_, places_, global_, whole_fit(global_, q_, places_), whole_, terms, evaluations_, singular_,
                       condition});
}

// Of the residuals of the global model and of the local one; of counts and events of the local one's alone,
// standardised.
void Local_job::write_moran(result::Writer& result, const std::vector<double>& residual) const {
  const auto near = nearest_places(places_.x, places_.y, q_.moran_neighbours);
  std::vector<std::string> names;
  std::vector<Moran> found;
  if (!q_.generalised()) {
    std::vector<double> global(places_.response);
    for (std::size_t i = 0; i < global.size(); ++i)
      for (std::size_t c = 0; c < k(); ++c)
        if (std::isfinite(global_.coefficient[c])) global[i] -= places_.design[i * k() + c] * global_.coefficient[c];
    names.push_back("global");
    found.push_back(morans_i(near, global));
  }
  names.push_back("local");
  found.push_back(morans_i(near, residual));
  auto table = result.create_table("moran", result::Table_kind::rows, "model", found.size(),
                                   "Do residuals hang together in space? (Moran's I)");
  stream::write_strings(table, "name", {"model"}, names, {.long_name = "model"}).set_attribute("long_name_ko", "모형");
  const auto write = [&](const char* name, double Moran::*member, const char* english, const char* korean) {
    std::vector<double> values;
    for (const auto& m : found) values.push_back(m.*member);
    stream::write_all<double>(table, name, {"model"}, values, {.long_name = english})
        .set_attribute("long_name_ko", korean);
  };
  write("i", &Moran::i, "Moran's I of the residuals", "잔차의 모란 I");
  write("expected", &Moran::expected, "its expectation", "기댓값");
  write("z_normal", &Moran::z_normal, "z, of normal values", "z (정규성 가정)");
  write("p_normal", &Moran::p_normal, "p, of normal values, two-sided", "p (정규성 가정)");
  write("z_random", &Moran::z_random, "z, of values dealt out at random", "z (무작위화 가정)");
  write("p_random", &Moran::p_random, "p, of values dealt out at random, two-sided", "p (무작위화 가정)");
}

// Figures of the coefficients, read back from the finished table.
std::vector<Term> Local_job::summarise(const h5::Group& table) const {
  const auto b = stream::read_all<double>(table, "coefficient");
  const auto significant = stream::read_all<std::uint8_t>(table, "significant");
  std::vector<Term> terms(k());
  for (std::size_t c = 0; c < k(); ++c) {
    Term& t = terms[c];
    std::vector<double> values;
    for (std::size_t i = c; i < b.size(); i += k()) {
      values.push_back(b[i]);
      t.mean += b[i] / n();
      t.significant += significant[i] / n();
    }
    for (const double v : values) t.deviation += (v - t.mean) * (v - t.mean) / n();
    t.deviation = std::sqrt(t.deviation);
    std::sort(values.begin(), values.end());
    t.least = values.front();
    t.median = (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
    t.most = values.back();
    t.bandwidth = bandwidth_[c];
    t.parameters = parameters_[c];
    t.critical_t = critical_[c];
  }
  return terms;
}

}  // namespace dosi::gwr
