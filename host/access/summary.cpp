#include "host/access/summary.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/access/equity.hpp"
#include "host/geometry/locate.hpp"

namespace dosi::access {

using result::words;

namespace {

const char* status_name(double reached, double people) {
  return reached <= 0 ? "unreachable" : reached < people * (1 - 1e-9) ? "partly reached" : "reached";
}

struct Words {
  std::string english, korean;
};

// The figures of a group, for a table of them.
template <class Write>
void write_figures(const Write& write, double limit) {
  using F = Summary::Figures;
  write("people", "", {"people", "인구"}, &F::people);
  write("median_time", "min", {"median time to the nearest", "가장 가까운 곳까지 중앙값 시간"}, &F::median);
  write("p90_time", "min", {"time within which 90 % reach the nearest", "90%가 가장 가까운 곳에 닿는 시간"}, &F::p90);
  write("share_beyond", "1", {fmt::format("share beyond {:g} min", limit), fmt::format("{:g}분을 넘는 비율", limit)},
        &F::beyond);
  write("share_unreached", "1", {"share that reaches none", "어디에도 닿지 못하는 비율"}, &F::unreached);
}

}  // namespace

double minutes(std::uint32_t ms) { return ms == kNever ? std::nan("") : ms / 60'000.0; }

std::vector<std::uint32_t> first_nearest(const h5::Group& origins) {
  const auto k = origins.dataset("nearest_time").row_elements();
  const auto all = stream::read_all<std::uint32_t>(origins, "nearest_time");
  std::vector<std::uint32_t> first(all.size() / k);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = all[i * k];
  return first;
}

std::uint32_t weighted_quantile(std::span<const std::uint32_t> times, std::span<const double> people,
                                std::span<const std::size_t> order, double share) {
  double total = 0, sum = 0;
  for (const auto i : order) total += people[i];
  if (!(total > 0)) return kNever;
  for (const auto i : order) {
    sum += people[i];
    if (sum >= share * total * (1 - 1e-12)) return times[i];
  }
  return kNever;
}

std::vector<result::Axis> reach_axes(const Question& q) {
  std::vector<double> seconds;
  for (const double c : q.cutoffs) seconds.push_back(c * 60);
  return {{.name = "cutoff", .length = seconds.size(), .numbers = seconds, .units = "s", .long_name = "travel time"},
          {.name = "opportunity",
           .length = q.opportunities.size(),
           .texts = q.opportunities,
           .long_name = "column of the destinations"}};
}

void write_origins(h5::Group& table, const Origins& o, const Snapped& snapped, const Zone_frame& frame) {
  const std::vector<std::string> rows{"origin"};
  stream::write_all<double>(table, "x", rows, o.x, {.units = "m", .long_name = "easting"})
      .set_attribute("standard_name", "projection_x_coordinate");
  stream::write_all<double>(table, "y", rows, o.y, {.units = "m", .long_name = "northing"})
      .set_attribute("standard_name", "projection_y_coordinate");
  stream::write_all<float>(table, "snap_distance", rows, snapped.distance,
                           {.units = "m", .long_name = "walk to the nearest street; missing: none within reach"});
  if (!o.zone.empty()) {
    std::vector<std::uint32_t> zone = o.zone;
    auto d = stream::write_all<std::uint32_t>(table, "zone", rows, zone, {.long_name = "row of the table zones"});
    const std::uint32_t none = geometry::kNoZone;
    d.set_attribute("_FillValue", h5::type_of<std::uint32_t>(), &none);
    d.set_attribute("zones_layer", frame.layer);
  }
  for (std::size_t g = 0; g < o.group_names.size(); ++g)
    stream::write_all<double>(table, "people_" + o.group_names[g], rows, o.people[g],
                              {.long_name = "people: " + o.group_names[g]});
}

void write_destinations(result::Writer& result, const Destinations& d, const Snapped& snapped,
                        const std::vector<double>& supply_ratio) {
  auto table = result.create_table("destinations", result::Table_kind::points, "destination", d.size(), d.layer);
  const std::vector<std::string> rows{"destination"};
  stream::write_all<double>(table, "x", rows, d.x, {.units = "m", .long_name = "easting"})
      .set_attribute("standard_name", "projection_x_coordinate");
  stream::write_all<double>(table, "y", rows, d.y, {.units = "m", .long_name = "northing"})
      .set_attribute("standard_name", "projection_y_coordinate");
  stream::write_all<float>(table, "snap_distance", rows, snapped.distance,
                           {.units = "m", .long_name = "walk to the nearest street; missing: none within reach"});
  if (!supply_ratio.empty())
    stream::write_all<double>(table, "supply_ratio", rows, supply_ratio,
                              {.long_name = "supply a person in the catchment"});
  city::write_table(table, "destination", d.attributes);
}

Summary::Summary(const Question& q, const Origins& o, const Zone_frame& frame,
                 const std::vector<std::uint32_t>& nearest, const h5::Group& table)
    : q_(q), origins_(o), frame_(frame), nearest_(nearest) {
  const std::size_t groups = o.group_names.size();
  if (table.has("within")) within_ = stream::read_all<double>(table, "within");
  std::vector<std::size_t> order(o.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return nearest_[a] < nearest_[b]; });
  for (std::size_t g = 0; g < groups; ++g) city_.push_back(figures(order, g));
  const std::size_t zones = frame.any() ? frame.zones.size() : 0;
  std::vector<std::vector<std::size_t>> rows(zones);
  if (zones > 0)
    for (const auto i : order)
      if (o.zone[i] != geometry::kNoZone) rows[o.zone[i]].push_back(i);
  for (std::size_t z = 0; z < zones; ++z) {
    auto& of_zone = zones_.emplace_back();
    double reached = 0;
    for (const auto i : rows[z]) reached += nearest_[i] != kNever ? 1 : 0;
    for (std::size_t g = 0; g < groups; ++g) of_zone.push_back(figures(rows[z], g));
    status_.push_back(rows[z].empty() ? "no origins" : status_name(reached, static_cast<double>(rows[z].size())));
  }
  add_reach(rows);
}

// One order of all origins for each column serves the city, its zones and all groups.
void Summary::add_reach(std::vector<std::vector<std::size_t>>& zone_rows) {
  const std::size_t columns = within_.empty() ? 0 : within_.size() / origins_.size(),
                    groups = origins_.group_names.size();
  const auto empty = [&] {
    return Reach{std::vector<double>(columns), std::vector<double>(columns), std::vector<double>(columns)};
  };
  city_reach_.assign(groups, empty());
  zone_reach_.assign(zone_rows.size() * groups, empty());
  std::vector<double> access(origins_.size());
  std::vector<std::size_t> order(origins_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = 0; k < columns; ++k) {
    for (std::size_t i = 0; i < access.size(); ++i) access[i] = within_[i * columns + k];
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return access[a] < access[b]; });
    for (auto& rows : zone_rows) rows.clear();
    if (!zone_rows.empty())
      for (const auto i : order)
        if (origins_.zone[i] != geometry::kNoZone) zone_rows[origins_.zone[i]].push_back(i);
    const auto add = [&](Reach& reach, std::span<const std::size_t> rows, std::size_t g, const Figures& f) {
      const auto& people = origins_.people[g];
      double mean = 0;
      for (const auto i : rows) mean += people[i] / f.people * access[i];
      // Nothing within reach and no way out are different things.
      reach.mean[k] = f.people > 0 && f.unreached < 1 - 1e-9 ? mean : std::nan("");
      const auto [gini, palma] = inequality(access, people, rows);
      reach.gini[k] = gini;
      reach.palma[k] = palma;
    };
    for (std::size_t g = 0; g < groups; ++g) {
      add(city_reach_[g], order, g, city_[g]);
      for (std::size_t z = 0; z < zone_rows.size(); ++z)
        add(zone_reach_[z * groups + g], zone_rows[z], g, zones_[z][g]);
    }
  }
}

Summary::Figures Summary::figures(std::span<const std::size_t> rows, std::size_t group) const {
  const auto& people = origins_.people[group];
  Figures f;
  double beyond = 0, unreached = 0;
  const double limit = q_.limit * 60'000;
  for (const auto i : rows) {
    f.people += people[i];
    if (nearest_[i] > limit) beyond += people[i];
    if (nearest_[i] == kNever) unreached += people[i];
  }
  f.median = minutes(weighted_quantile(nearest_, people, rows, 0.5));
  f.p90 = minutes(weighted_quantile(nearest_, people, rows, 0.9));
  f.beyond = f.people > 0 ? beyond / f.people : std::nan("");
  f.unreached = f.people > 0 ? unreached / f.people : std::nan("");
  return f;
}

void Summary::write(result::Writer& result, std::size_t missed_origins, std::size_t missed_destinations,
                    const Destinations& d, const Scenario_summary& scenarios) const {
  if (frame_.any()) write_zones(result);
  write_city(result);
  scenarios.write(result);
  write_panels(result, d, scenarios);

  auto list = result::Json::array();
  const auto add = [&](const std::string& en, const std::string& ko, result::Json value, const std::string& unit) {
    list.push_back({{"label", words(en, ko)}, {"value", std::move(value)}, {"unit", unit}});
  };
  const auto number = [](double v) { return std::isnan(v) ? result::Json(nullptr) : result::Json(v); };
  for (std::size_t g = 0; g < city_.size(); ++g) {
    const auto& name = origins_.group_names[g];
    add(fmt::format("median time, {}", name), fmt::format("중앙값 시간, {}", name), number(city_[g].median), "min");
    add(fmt::format("beyond {:g} min, {}", q_.limit, name), fmt::format("{:g}분 초과, {}", q_.limit, name),
        number(city_[g].beyond * 100), "%");
    add(fmt::format("not reached, {}", name), fmt::format("도달 불가, {}", name), number(city_[g].unreached * 100),
        "%");
  }
  scenarios.add_headline(list);
  add("origins with no street near", "가까운 길이 없는 출발지", missed_origins, "");
  add("destinations with no street near", "가까운 길이 없는 목적지", missed_destinations, "");
  if (frame_.any()) {
    auto names = result::Json::array();
    for (std::size_t z = 0; z < status_.size(); ++z)
      if (status_[z] == "unreachable" || status_[z] == "no origins") names.push_back(frame_.label[z]);
    add("zones that cannot be reached", "도달할 수 없는 구역", names.size(), "");
    if (!names.empty()) {
      spdlog::warn("access: {} of {} zones cannot be reached: {}{}", names.size(), status_.size(),
                   names[0].get<std::string>(),
                   names.size() > 1 ? fmt::format(" and {} more, named in the table zones", names.size() - 1) : "");
      list.push_back({{"label", words("unreachable", "도달 불가 구역")}, {"names", names}});
    }
  }
  result.set_summary(list);
}

void Summary::write_zones(result::Writer& result) const {
  const std::size_t zones = frame_.zones.size(), groups = origins_.group_names.size();
  auto table = result.create_table("zones", result::Table_kind::zones, "zone", zones, frame_.layer);
  result::create_axis(
      table, {.name = "group", .length = groups, .texts = origins_.group_names, .long_name = "group of people"});
  city::write_polygons(table, "zone", frame_.zones.polygons);
  stream::write_strings(table, "label", {"zone"}, frame_.label, {.long_name = "zone"})
      .set_attribute("long_name_ko", "구역");
  stream::write_strings(table, "status", {"zone"}, status_, {.long_name = "whether its people reach a destination"});

  const auto write = [&](const char* name, const char* units, const Words& long_name, double Figures::*member) {
    std::vector<double> values;
    for (const auto& zone : zones_)
      for (const auto& f : zone) values.push_back(f.*member);
    auto d = stream::write_all<double>(table, name, {"zone", "group"}, values,
                                       {.units = units, .long_name = long_name.english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", long_name.korean);
  };
  write_figures(write, q_.limit);
  write_reach(table, "zone", zone_reach_);
  city::Table rest;
  rest.rows = zones;
  for (const auto& c : frame_.zones.attributes.columns)
    if (!table.has(c.name)) rest.columns.push_back(c);
  city::write_table(table, "zone", rest);
}

// Over [rows, group] of zones, or over [group] of the city.
void Summary::write_reach(h5::Group& table, const std::string& rows, const std::vector<Reach>& reach) const {
  if (within_.empty()) return;
  for (const auto& axis : reach_axes(q_)) result::create_axis(table, axis);
  std::vector<std::string> dimensions{"group", "cutoff", "opportunity"};
  if (rows != "group") dimensions.insert(dimensions.begin(), rows);
  const auto write = [&](const char* name, const Words& long_name, std::vector<double> Reach::*member) {
    std::vector<double> values;
    for (const auto& r : reach) values.insert(values.end(), (r.*member).begin(), (r.*member).end());
    auto d = stream::write_all<double>(table, name, dimensions, values, {.units = "", .long_name = long_name.english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", long_name.korean);
  };
  write("within", {"opportunities within reach, mean a person", "닿을 수 있는 기회, 1인 평균"}, &Reach::mean);
  write("gini", {"Gini coefficient of reach", "도달 기회의 지니 계수"}, &Reach::gini);
  write("palma", {"Palma ratio of reach", "도달 기회의 팔마 비율"}, &Reach::palma);
}

void Summary::write_city(result::Writer& result) const {
  auto table = result.create_table("city", result::Table_kind::rows, "group", city_.size(), "The whole city");
  stream::write_strings(table, "group_name", {"group"}, origins_.group_names, {.long_name = "group of people"})
      .set_attribute("long_name_ko", "인구 집단");
  const auto write = [&](const char* name, const char* units, const Words& long_name, double Figures::*member) {
    std::vector<double> values;
    for (const auto& f : city_) values.push_back(f.*member);
    auto d =
        stream::write_all<double>(table, name, {"group"}, values, {.units = units, .long_name = long_name.english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", long_name.korean);
  };
  write_figures(write, q_.limit);
  write_reach(table, "group", city_reach_);
}

void Summary::write_panels(result::Writer& result, const Destinations& d, const Scenario_summary& scenarios) const {
  auto panels = result::Json::array();
  const auto& group = origins_.group_names[0];
  if (frame_.any()) {
    panels.push_back({{"kind", "map"},
                      {"table", "zones"},
                      {"column", result::flat_name("median_time", {group})},
                      {"label", "label"},
                      {"status", "status"},
                      {"points", "destinations"},
                      {"title", words(fmt::format("Median time to the nearest of {} ({})", d.layer, group),
                                      fmt::format("가장 가까운 {}까지의 중앙값 시간 ({})", d.layer, group))}});
    panels.push_back({{"kind", "map"},
                      {"table", "zones"},
                      {"column", result::flat_name("share_beyond", {group})},
                      {"label", "label"},
                      {"status", "status"},
                      {"title", words(fmt::format("Share of people beyond {:g} min ({})", q_.limit, group),
                                      fmt::format("{:g}분을 넘는 인구 비율 ({})", q_.limit, group))}});
  }
  panels.push_back({{"kind", "distribution"},
                    {"table", "origins"},
                    {"column", "nearest_time_1"},
                    {"weight", "people_" + group},
                    {"title", words(fmt::format("Time to the nearest of {}, by people", d.layer),
                                    fmt::format("가장 가까운 {}까지의 시간 분포 (인구 기준)", d.layer))}});
  if (q_.isochrones != "none")
    panels.push_back({{"kind", "grid"},
                      {"table", "isochrones"},
                      {"title", q_.isochrones == "origins" ? words("Time from one origin", "한 출발지에서 걸리는 시간")
                                                           : words(fmt::format("Time to one of {}", d.layer),
                                                                   fmt::format("{} 한 곳까지 걸리는 시간", d.layer))}});
  scenarios.add_panels(panels, d.layer);
  if (frame_.any())
    panels.push_back({{"kind", "table"},
                      {"table", "zones"},
                      {"first", "label"},
                      {"sort", result::flat_name("median_time", {group})},
                      {"title", words("By zone", "구역별")}});
  panels.push_back({{"kind", "table"}, {"table", "city"}, {"title", words("The whole city", "도시 전체")}});
  result.set_panels(panels);
}

}  // namespace dosi::access
