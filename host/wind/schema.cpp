#include "host/wind/schema.hpp"

#include <cmath>
#include <cstring>

#include "host/wind/story.hpp"

namespace dosi::wind {
namespace {

constexpr double kMostWindowsAThrough = 4;  // as flow.hpp cuts them
constexpr std::size_t kFurtherWindows = 16;

template <class Real>
std::vector<std::byte> nan_of() {
  const auto value = static_cast<Real>(NAN);
  std::vector<std::byte> out(sizeof value);
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

template <class Real>
void add(result::Rows_schema& s, const char* name, const char* english, const char* korean, const char* units,
         std::vector<std::string> axes) {
  s.variables.push_back({.name = name,
                         .type = h5::type_of<Real>(),
                         .axes = std::move(axes),
                         .units = units,
                         .long_name = english,
                         .fill = nan_of<Real>(),
                         .long_name_ko = korean});
}

}  // namespace

result::Rows_schema schema_of(const Case& c, const City_site& site, const Slices& slices) {
  const Box& b = site.box();
  result::Rows_schema s;
  const auto map = [&](const char* name, const char* english, const char* korean, const char* units,
                       std::vector<std::string> axes = {"y", "x"}) {
    add<float>(s, name, english, korean, units, std::move(axes));
  };
  const auto number = [&](const char* name, const char* english, const char* korean, const char* units,
                          std::vector<std::string> axes) {
    add<double>(s, name, english, korean, units, std::move(axes));
  };
  s.table = "street";
  s.dimension = "direction";
  s.rows = c.directions.size();
  const auto axis = [&](const char* name, std::size_t n, double first, const char* label) {
    result::Axis a{.name = name, .length = n, .units = "m", .long_name = label};
    for (std::size_t i = 0; i < n; ++i) a.numbers.push_back(first + b.cell * static_cast<double>(i));
    s.axes.push_back(a);
  };
  axis("y", b.inner_ny, b.y(b.inner_y), "northing of cell centres");
  axis("x", b.inner_nx, b.x(b.inner_x), "easting of cell centres");
  map("speed", "mean speed at street level", "보행자 높이의 평균 풍속", "m/s");
  map("ratio", "mean speed as a share of the inflow's at its reference height", "유입 기준 풍속에 대한 평균 풍속의 비",
      "1");
  map("gust", "speed that is not exceeded 95 % of the time", "95 %의 시간 동안 넘지 않는 풍속", "m/s");
  map("east", "mean velocity to the east", "동쪽 평균 풍속 성분", "m/s");
  map("north", "mean velocity to the north", "북쪽 평균 풍속 성분", "m/s");
  map("up", "mean velocity upwards", "위쪽 평균 풍속 성분", "m/s");
  map("energy", "turbulent kinetic energy that the grid resolves", "격자가 해상하는 난류 운동 에너지", "m2/s2");
  if (!c.percentiles.empty()) {
    s.axes.push_back({.name = "percentile",
                      .length = c.percentiles.size(),
                      .numbers = c.percentiles,
                      .units = "%",
                      .long_name = "share of the time"});
    map("speed_percentile", "speed that is not exceeded a share of the time", "시간 비율별로 넘지 않는 풍속", "m/s",
        {"percentile", "y", "x"});
  }
  if (!c.heights.empty()) {
    s.axes.push_back({.name = "height",
                      .length = c.heights.size(),
                      .numbers = c.heights,
                      .units = "m",
                      .long_name = "height above the ground"});
    map("speed_at_height", "speed of the mean flow at a height", "높이별 평균 흐름의 풍속", "m/s",
        {"height", "y", "x"});
  }
  if (!site.emissions().empty()) {
    map("concentration", "mean concentration at street level", "보행자 높이의 평균 농도", "ug/m3");
    if (!c.heights.empty())
      map("concentration_at_height", "mean concentration at a height", "높이별 평균 농도", "ug/m3",
          {"height", "y", "x"});
  }
  if (!site.probes().empty()) {
    s.axes.push_back({.name = "probe", .length = site.probes().size(), .long_name = "probe"});
    for (const auto& [name, label, korean] : kProbed) number(name, label, korean, "m/s", {"probe"});
    number("probe_energy", "turbulent kinetic energy at the probe", "측정점의 난류 운동 에너지", "m2/s2", {"probe"});
    if (!site.emissions().empty())
      number("probe_concentration", "mean concentration at the probe", "측정점의 평균 농도", "ug/m3", {"probe"});
  }
  if (c.volume) {
    s.axes.push_back({.name = "z", .length = b.nz, .units = "m", .long_name = "height of cell centres"});
    for (std::size_t i = 0; i < b.nz; ++i)
      s.axes.back().numbers.push_back(b.z0 + (static_cast<double>(i) + 0.5) * b.cell);
    s.axes.push_back(
        {.name = "box_y", .length = b.ny, .units = "m", .long_name = "northing of the box's cell centres"});
    for (std::size_t i = 0; i < b.ny; ++i) s.axes.back().numbers.push_back(b.y(static_cast<double>(i)));
    s.axes.push_back({.name = "box_x", .length = b.nx, .units = "m", .long_name = "easting of the box's cell centres"});
    for (std::size_t i = 0; i < b.nx; ++i) s.axes.back().numbers.push_back(b.x(static_cast<double>(i)));
    s.axes.push_back({.name = "component", .length = 3, .texts = {"east", "north", "up"}, .long_name = "component"});
    map("velocity", "mean velocity", "평균 속도", "m/s", {"z", "box_y", "box_x", "component"});
    map("volume_energy", "turbulent kinetic energy that the grid resolves", "난류 운동 에너지", "m2/s2",
        {"z", "box_y", "box_x"});
  }
  s.axes.push_back(
      {.name = "window",
       .length = static_cast<std::size_t>(std::ceil(kMostWindowsAThrough * c.most_throughs)) + kFurtherWindows,
       .long_name = "part of the run"});
  for (const auto& f : kRunFigures) number(f.name, f.label, f.korean, f.units, {});
  number("window_end", "end of the window", "구간의 끝", "s", {"window"});
  number("window_speed", "mean speed at street level", "보행자 높이의 평균 풍속", "m/s", {"window"});
  number("window_error", "standard error of the street's mean speeds, share of the reference speed",
         "평균 풍속의 표준오차 (기준 풍속 대비)", "1", {"window"});
  slices.declare(s);
  return s;
}

}  // namespace dosi::wind
