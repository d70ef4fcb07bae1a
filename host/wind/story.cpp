#include "host/wind/story.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "io/result/vtkhdf.hpp"
#include "io/stream/stream.hpp"

namespace dosi::wind {
namespace {

using result::Json;
using result::words;

constexpr const char* kCompass[] = {"N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
                                    "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"};

std::string label_of(double degrees) {
  return fmt::format("{} ({:g}°)", kCompass[static_cast<std::size_t>(std::lround(degrees / 22.5)) % 16], degrees);
}

std::vector<double> column_of(const h5::Group& g, const std::string& name) { return stream::read_all<double>(g, name); }

void describe(h5::Dataset d, const std::string& korean) { d.set_attribute("long_name_ko", korean); }

void move_runs(result::Writer& result, h5::Group& street, const Case& c) {
  auto table = result.create_table("directions", result::Table_kind::rows, "direction", c.directions.size(), "Runs");
  std::vector<std::string> labels;
  for (const double d : c.directions) labels.push_back(label_of(d));
  const std::vector<std::string> rows{"direction"};
  stream::write_strings(table, "label", rows, labels, {.long_name = "wind from"});
  for (const auto& f : kRunFigures) {
    const auto values = column_of(street, f.name);
    describe(stream::write_all<double>(table, f.name, rows, values, {.units = f.units, .long_name = f.label}),
             f.korean);
    street.remove(f.name);
  }
}

void move_windows(result::Writer& result, h5::Group& street, const Case& c) {
  const auto end = column_of(street, "window_end"), speed = column_of(street, "window_speed"),
             error = column_of(street, "window_error");
  const auto a_row = end.size() / c.directions.size();
  std::vector<double> from, ends, speeds, errors;
  for (std::size_t i = 0; i < end.size(); ++i) {
    if (std::isnan(end[i])) continue;
    from.push_back(c.directions[i / a_row]);
    ends.push_back(end[i]);
    speeds.push_back(speed[i]);
    errors.push_back(error[i]);
  }
  auto table =
      result.create_table("windows", result::Table_kind::rows, "window", ends.size(), "How the runs converged");
  const std::vector<std::string> rows{"window"};
  describe(stream::write_all<double>(table, "from", rows, from,
                                     {.units = "degree", .long_name = "where the wind comes from"}),
           "풍향");
  describe(stream::write_all<double>(table, "end", rows, ends, {.units = "s", .long_name = "time since the start"}),
           "시작 후 시간");
  describe(stream::write_all<double>(table, "speed", rows, speeds,
                                     {.units = "m/s", .long_name = "mean speed at street level"}),
           "보행자 높이의 평균 풍속");
  describe(stream::write_all<double>(
               table, "error", rows, errors,
               {.units = "1", .long_name = "standard error of the street's mean speeds, share of the reference speed"}),
           "평균 풍속의 표준오차 (기준 풍속 대비)");
  for (const char* name : {"window_end", "window_speed", "window_error"}) street.remove(name);
}

void move_probes(result::Writer& result, h5::Group& street, const Case& c, const City_site& site) {
  const auto& probes = site.probes();
  auto table = result.create_table("probes", result::Table_kind::points, "probe", probes.size(), "Probes");
  std::vector<double> x, y, z;
  for (const auto& p : probes) {
    x.push_back(p.x);
    y.push_back(p.y);
    z.push_back(p.height);
  }
  const std::vector<std::string> rows{"probe"};
  stream::write_all<double>(table, "x", rows, x, {.units = "m", .long_name = "easting"});
  stream::write_all<double>(table, "y", rows, y, {.units = "m", .long_name = "northing"});
  describe(stream::write_all<double>(table, "z", rows, z, {.units = "m", .long_name = "height above the ground"}),
           "지면 위 높이");
  result::create_axis(table, {.name = "direction",
                              .length = c.directions.size(),
                              .numbers = c.directions,
                              .units = "degree",
                              .long_name = "wind from"});
  const auto move = [&](const std::string& name, const std::string& to, const std::string& units,
                        const std::string& label, const std::string& korean) {
    const auto values = column_of(street, name);  // [direction][probe]
    std::vector<double> turned(values.size());
    for (std::size_t d = 0; d < c.directions.size(); ++d)
      for (std::size_t p = 0; p < probes.size(); ++p)
        turned[p * c.directions.size() + d] = values[d * probes.size() + p];
    describe(stream::write_all<double>(table, to, {"probe", "direction"}, turned, {.units = units, .long_name = label}),
             korean);
    street.remove(name);
  };
  for (const auto& p : kProbed) move(p.name, std::string(p.name).substr(6), "m/s", p.label, p.korean);
  move("probe_energy", "energy", "m2/s2", "turbulent kinetic energy at the probe", "측정점의 난류 운동 에너지");
  if (!site.emissions().empty())
    move("probe_concentration", "concentration", "ug/m3", "mean concentration at the probe", "측정점의 평균 농도");
}

// Mean and largest of the street's speeds, and how much of the open ground is in calm air or in strong wind.
struct Street_figures {
  double mean = 0, calm = 0, strong = 0;
  std::size_t open = 0;
};

Street_figures figures_of(const h5::Group& street, const Case& c) {
  Street_figures f;
  for (const float r : stream::read_all<float>(street, "ratio")) {
    if (std::isnan(r)) continue;
    ++f.open;
    f.mean += static_cast<double>(r);
    f.calm += r < 0.2f ? 1 : 0;
    f.strong += r > 1 ? 1 : 0;
  }
  const double n = std::max<double>(1, static_cast<double>(f.open));
  f.mean *= c.speed / n;
  f.calm /= n;
  f.strong /= n;
  return f;
}

void write_page(result::Writer& result, const h5::Group& street, const Case& c, const City_site& site,
                const Slices& slices) {
  const auto f = figures_of(street, c);
  const Box& b = site.box();
  Json summary = Json::array();
  const auto add = [&](const char* english, const char* korean, const Json& value, const char* unit) {
    summary.push_back({{"label", words(english, korean)}, {"value", value}, {"unit", unit}});
  };
  add("mean speed at street level", "보행자 높이의 평균 풍속", std::round(f.mean * 1000) / 1000, "m/s");
  add("open ground with less than a fifth of the inflow's speed", "유입 풍속의 1/5 미만인 열린 땅",
      std::round(f.calm * 1000) / 10, "%");
  add("open ground with more than the inflow's speed", "유입 풍속보다 빠른 열린 땅", std::round(f.strong * 1000) / 10,
      "%");
  add("million cells", "격자 수 (백만)", std::round(static_cast<double>(b.cells()) / 1e4) / 100, "");
  if (site.buildings() > 0) add("buildings", "건물 수", site.buildings(), "");
  result.set_summary(summary);
  Json panels = Json::array();
  const auto map = [&](const char* column, const char* english, const char* korean) {
    panels.push_back({{"kind", "grid"},
                      {"table", "street"},
                      {"column", column},
                      {"rows", words("Wind from", "풍향")},
                      {"arrows", {"east", "north"}},
                      {"solid", "building_height"},
                      {"title", words(english, korean)}});
  };
  map("ratio", "Mean speed at street level, as a share of the inflow's", "보행자 높이의 평균 풍속 (유입 풍속 대비)");
  map("gust", "Speed that is not exceeded 95 % of the time", "95 %의 시간 동안 넘지 않는 풍속");
  if (!site.emissions().empty()) map("concentration", "Mean concentration at street level", "보행자 높이의 평균 농도");
  map("energy", "Turbulence at street level", "보행자 높이의 난류");
  slices.add_panels(panels);
  panels.push_back(
      {{"kind", "table"}, {"table", "directions"}, {"first", "label"}, {"title", words("Runs", "방향별 계산")}});
  if (c.directions.size() == 1)
    panels.push_back({{"kind", "curve"},
                      {"table", "windows"},
                      {"x", "end"},
                      {"column", "speed"},
                      {"title", words("Mean speed at street level while it ran", "계산 중 보행자 높이의 평균 풍속")}});
  if (!site.probes().empty())
    panels.push_back({{"kind", "map"}, {"table", "probes"}, {"title", words("Probes", "측정점")}});
  result.set_panels(panels);
}

}  // namespace

void write_story(result::Writer& result, const Case& c, const City_site& site, const Maps& maps, const Slices& slices) {
  auto street = result.table("street");
  street.set_attribute("places", "directions");
  for (const auto& [name, standard] : {std::pair{"x", "projection_x_coordinate"}, {"y", "projection_y_coordinate"}})
    street.dataset(name).set_attribute("standard_name", standard);
  stream::write_all<float>(street, "building_height", {"y", "x"}, maps.building_heights(),
                           {.units = "m", .long_name = "height of what stands there above its ground"});
  move_runs(result, street, c);
  move_windows(result, street, c);
  if (!site.probes().empty()) move_probes(result, street, c, site);
  slices.move(result, street, c.directions);
  write_page(result, street, c, site, slices);
  if (!c.volume) return;
  const Box& b = site.box();
  result::Image image{
      .cells = {b.nx, b.ny, b.nz},
      .origin = {b.x0, b.y0, b.z0},
      .spacing = {b.cell, b.cell, b.cell},
      .steps = c.directions,
      .fields = {{"velocity", "street/velocity"}, {"turbulent_kinetic_energy", "street/volume_energy"}}};
  result::add_vtkhdf(result.root(), image);
}

}  // namespace dosi::wind
