#include "host/access/scenario_summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/access/summary.hpp"
#include "host/geometry/locate.hpp"

namespace dosi::access {

using result::words;

namespace {

constexpr std::size_t kMostMaps = 6;
constexpr std::size_t kRowsAtOnce = 65536;

}  // namespace

result::Axis scenario_axis(const std::vector<Scenario>& scenarios) {
  result::Axis axis{.name = "scenario", .length = scenarios.size(), .long_name = "what if"};
  for (const auto& s : scenarios) axis.texts.push_back(s.name);
  return axis;
}

Scenario_summary::Scenario_summary(const Question& q, const Street_changes& changes, const Origins& origins,
                                   const Zone_frame& frame, const std::vector<std::uint32_t>& nearest,
                                   const h5::Group& table)
    : q_(q), streets_(changes), origins_(origins), frame_(frame), nearest_(nearest),
      zones_(frame.any() ? frame.zones.size() : 0), groups_(origins.group_names.size()) {
  const std::size_t n = origins.size(), scenarios = q.scenarios.size();
  if (scenarios == 0) return;
  std::vector<std::vector<std::uint32_t>> now(scenarios, std::vector<std::uint32_t>(n));
  std::vector<std::uint32_t> block(kRowsAtOnce * scenarios);
  stream::Reader reader(table.dataset("scenario_time"));
  for (std::size_t first = 0, rows; (rows = reader.read_bytes(block.data(), kRowsAtOnce)) > 0; first += rows)
    for (std::size_t i = 0; i < rows * scenarios; ++i) now[i % scenarios][first + i / scenarios] = block[i];
  changes_.resize(scenarios);
#pragma omp parallel for schedule(dynamic)
  for (std::size_t s = 0; s < scenarios; ++s) changes_[s] = changes_of(now[s]);
  if (table.has("scenario_within")) add_within(table.dataset("scenario_within"));
}

// A pass over the origins by their time now: zones and the city meet theirs in that order.
std::vector<Scenario_summary::Change> Scenario_summary::changes_of(const std::vector<std::uint32_t>& now) const {
  const std::size_t n = origins_.size();
  const double limit = q_.limit * 60'000;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return now[a] < now[b]; });
  std::vector<std::vector<std::size_t>> rows(zones_);
  for (const auto i : order)
    if (zones_ > 0 && origins_.zone[i] != geometry::kNoZone) rows[origins_.zone[i]].push_back(i);

  std::vector<Change> all;
  for (std::size_t z = 0; z <= zones_; ++z)
    for (std::size_t g = 0; g < groups_; ++g) {
      const auto& people = origins_.people[g];
      const auto& mine = z < zones_ ? rows[z] : order;
      Change c;
      double both = 0, change = 0;
      for (const auto i : mine) {
        const double p = people[i];
        const auto before = nearest_[i], after = now[i];
        c.people += p;
        if (after == kNever) c.unreached += p;
        if (after > before) c.slower += p;
        if (after < before) c.faster += p;
        if (after > limit && before <= limit) c.newly_beyond += p;
        if (after <= limit && before > limit) c.no_longer_beyond += p;
        if (after == kNever && before != kNever) c.newly_unreached += p;
        if (after != kNever && before == kNever) c.newly_reached += p;
        if (after == kNever || before == kNever) continue;
        both += p;
        change += p * (static_cast<double>(after) - before);
      }
      c.median = minutes(weighted_quantile(now, people, mine, 0.5));
      c.mean = both > 0 ? change / both / 60'000 : std::nan("");
      all.push_back(std::move(c));
    }
  return all;
}

void Scenario_summary::add_within(h5::Dataset within) {
  const std::size_t scenarios = changes_.size();
  columns_ = within.row_elements() / scenarios;
  for (auto& of_scenario : changes_)
    for (auto& c : of_scenario) c.within.assign(columns_, 0);
  std::vector<double> block(kRowsAtOnce * scenarios * columns_);
  stream::Reader reader(std::move(within));
  for (std::size_t first = 0, rows; (rows = reader.read_bytes(block.data(), kRowsAtOnce)) > 0; first += rows)
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t s = 0; s < scenarios; ++s) {
        const double* values = block.data() + (r * scenarios + s) * columns_;
        for (std::size_t g = 0; g < groups_; ++g) {
          const double p = origins_.people[g][first + r];
          const auto add = [&](std::size_t place) {
            auto& sum = changes_[s][place * groups_ + g].within;
            for (std::size_t k = 0; k < columns_; ++k) sum[k] += p * values[k];
          };
          if (zones_ > 0 && origins_.zone[first + r] != geometry::kNoZone) add(origins_.zone[first + r]);
          add(zones_);
        }
      }
  for (auto& of_scenario : changes_)
    for (auto& c : of_scenario)
      for (auto& w : c.within) w = c.people > 0 && c.unreached < c.people * (1 - 1e-9) ? w / c.people : std::nan("");
}

const Scenario_summary::Change& Scenario_summary::city(std::size_t scenario, std::size_t group) const {
  return changes_[scenario][zones_ * groups_ + group];
}

void Scenario_summary::write_figures(h5::Group& table, const std::string& prefix,
                                     const std::vector<std::string>& dimensions,
                                     const std::vector<const Change*>& figures) const {
  const auto write = [&](const std::string& name, const std::string& units, const std::string& english,
                         const std::string& korean, double Change::*member) {
    std::vector<double> values;
    for (const auto* f : figures) values.push_back(f->*member);
    auto d = stream::write_all<double>(table, name, dimensions, values, {.units = units, .long_name = english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", korean);
  };
  write("slower", "", "people who take longer", "더 오래 걸리는 인구", &Change::slower);
  write("faster", "", "people who are nearer", "더 가까워지는 인구", &Change::faster);
  write("mean_change", "min", "change of the time to the nearest, mean a person",
        "가장 가까운 곳까지 시간 변화, 1인 평균", &Change::mean);
  write("newly_beyond", "", fmt::format("people newly beyond {:g} min", q_.limit),
        fmt::format("새로 {:g}분을 넘는 인구", q_.limit), &Change::newly_beyond);
  write("no_longer_beyond", "", fmt::format("people no longer beyond {:g} min", q_.limit),
        fmt::format("더는 {:g}분을 넘지 않는 인구", q_.limit), &Change::no_longer_beyond);
  write("newly_unreached", "", "people who no longer reach any", "더는 어디에도 닿지 못하는 인구",
        &Change::newly_unreached);
  write("newly_reached", "", "people who now reach one", "새로 닿게 되는 인구", &Change::newly_reached);
  write(prefix + "median_time", "min", "median time to the nearest", "가장 가까운 곳까지 중앙값 시간", &Change::median);
  if (columns_ == 0) return;
  auto longer = dimensions;
  longer.insert(longer.end(), {"cutoff", "opportunity"});
  std::vector<double> values;
  for (const auto* f : figures) values.insert(values.end(), f->within.begin(), f->within.end());
  auto d = stream::write_all<double>(table, prefix + "within", longer, values,
                                     {.units = "", .long_name = "opportunities within reach, mean a person"});
  d.set_attribute("_FillValue", std::nan(""));
  d.set_attribute("long_name_ko", "닿을 수 있는 기회, 1인 평균");
}

void Scenario_summary::write(result::Writer& result) const {
  if (changes_.empty()) return;
  std::vector<const Change*> figures;
  if (zones_ > 0) {
    auto zones = result.table("zones");
    result::create_axis(zones, scenario_axis(q_.scenarios));
    for (std::size_t zg = 0; zg < zones_ * groups_; ++zg)
      for (const auto& of_scenario : changes_) figures.push_back(&of_scenario[zg]);
    write_figures(zones, "scenario_", {"zone", "group", "scenario"}, figures);
  }
  auto table = result.create_table("scenarios", result::Table_kind::rows, "scenario", changes_.size(), "What if");
  const auto names = scenario_axis(q_.scenarios).texts;
  stream::write_strings(table, "scenario_name", {"scenario"}, names, {.long_name = "scenario"})
      .set_attribute("long_name_ko", "시나리오");
  const auto write = [&](const char* name, const char* english, const char* korean,
                         std::size_t Street_change::*member) {
    std::vector<std::int64_t> values;
    for (const auto& s : streets_.scenarios) values.push_back(static_cast<std::int64_t>(s.*member));
    stream::write_all<std::int64_t>(table, name, {"scenario"}, values, {.long_name = english})
        .set_attribute("long_name_ko", korean);
  };
  write("closed", "arcs closed", "닫힌 구간", &Street_change::closed);
  write("changed", "arcs with another time", "시간이 바뀐 구간", &Street_change::changed);
  write("links", "new links", "새 연결", &Street_change::links);
  result::create_axis(
      table, {.name = "group", .length = groups_, .texts = origins_.group_names, .long_name = "group of people"});
  if (columns_ > 0)
    for (const auto& axis : reach_axes(q_)) result::create_axis(table, axis);
  figures.clear();
  for (std::size_t s = 0; s < changes_.size(); ++s)
    for (std::size_t g = 0; g < groups_; ++g) figures.push_back(&city(s, g));
  write_figures(table, "", {"scenario", "group"}, figures);
}

void Scenario_summary::add_panels(result::Json& panels, const std::string& destinations) const {
  if (changes_.empty()) return;
  const auto& group = origins_.group_names[0];
  for (std::size_t s = 0; zones_ > 0 && s < std::min(changes_.size(), kMostMaps); ++s) {
    const auto& name = q_.scenarios[s].name;
    const bool worse = city(s, 0).slower >= city(s, 0).faster;
    panels.push_back(
        {{"kind", "map"},
         {"table", "zones"},
         {"column", result::flat_name(worse ? "slower" : "faster", {group, name})},
         {"label", "label"},
         {"status", "status"},
         {"points", "destinations"},
         {"worse", worse ? "high" : "low"},
         {"title",
          worse ? words(fmt::format("{}: people who take longer to the nearest of {} ({})", name, destinations, group),
                        fmt::format("{}: 가장 가까운 {}까지 더 오래 걸리는 인구 ({})", name, destinations, group))
                : words(fmt::format("{}: people who are nearer to {} ({})", name, destinations, group),
                        fmt::format("{}: {}에 더 가까워지는 인구 ({})", name, destinations, group))}});
  }
  auto columns = result::Json::array({"scenario_name", "closed", "changed", "links"});
  for (const auto& g : origins_.group_names)
    for (const char* figure : {"slower", "faster", "mean_change", "newly_beyond", "no_longer_beyond", "newly_unreached",
                               "newly_reached", "median_time"})
      columns.push_back(result::flat_name(figure, {g}));
  panels.push_back({{"kind", "table"},
                    {"table", "scenarios"},
                    {"first", "scenario_name"},
                    {"columns", columns},
                    {"title", words("What if", "시나리오 비교")}});
}

void Scenario_summary::add_headline(result::Json& list) const {
  const auto& group = origins_.group_names[0];
  for (std::size_t s = 0; s < changes_.size(); ++s) {
    const auto& name = q_.scenarios[s].name;
    const auto& c = city(s, 0);
    const auto add = [&](const char* english, const char* korean, double people) {
      list.push_back({{"label", words(fmt::format("{}: {}, {}", name, english, group),
                                      fmt::format("{}: {}, {}", name, korean, group))},
                      {"value", std::llround(people)},
                      {"unit", ""}});
    };
    if (c.slower > 0 || c.faster == 0) add("take longer", "더 오래 걸림", c.slower);
    if (c.faster > 0) add("nearer", "더 가까워짐", c.faster);
  }
}

}  // namespace dosi::access
