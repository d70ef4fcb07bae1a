#include "host/wind/wind_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/job/signals.hpp"
#include "host/wind/flow.hpp"
#include "host/wind/maps.hpp"
#include "host/wind/story.hpp"
#include "io/error.hpp"

namespace dosi::wind {
namespace {

std::vector<std::byte> nan_of(h5::Type type) {
  const float f = NAN;
  const double d = NAN;
  std::vector<std::byte> out(type.size);
  if (type.kind == h5::Kind::f32) std::memcpy(out.data(), &f, sizeof f);
  else std::memcpy(out.data(), &d, sizeof d);
  return out;
}

constexpr double kMostFriction = 1.5;   // times what the inflow has, before it is said

class Wind_job final : public job::Job {
 public:
  explicit Wind_job(const job::Setting& s) : case_(s.parameters), device_(s.device), site_(s.city, case_, s.device), maps_(site_) {
    const Box& b = site_.box();
    maps_.check_heights(case_.heights);
    spdlog::info("wind: {} x {} x {} cells of {:g} m ({:.1f} million), {} buildings, the highest {:.4g} m", b.nx, b.ny, b.nz, b.cell, static_cast<double>(b.cells()) / 1e6, site_.buildings(), site_.highest());
    schema_.table = "street";
    schema_.dimension = "direction";
    schema_.rows = case_.directions.size();
    const auto axis = [&](const char* name, std::size_t n, double first, const char* label) {
      result::Axis a{.name = name, .length = n, .units = "m", .long_name = label};
      for (std::size_t i = 0; i < n; ++i) a.numbers.push_back(first + b.cell * static_cast<double>(i));
      schema_.axes.push_back(a);
    };
    axis("y", b.inner_ny, b.y(b.inner_y), "northing of cell centres");
    axis("x", b.inner_nx, b.x(b.inner_x), "easting of cell centres");
    map("speed", "mean speed at street level", "보행자 높이의 평균 풍속", "m/s");
    map("ratio", "mean speed as a share of the inflow's at its reference height", "유입 기준 풍속에 대한 평균 풍속의 비", "1");
    map("gust", "speed that is not exceeded 95 % of the time", "95 %의 시간 동안 넘지 않는 풍속", "m/s");
    map("east", "mean velocity to the east", "동쪽 평균 풍속 성분", "m/s");
    map("north", "mean velocity to the north", "북쪽 평균 풍속 성분", "m/s");
    map("up", "mean velocity upwards", "위쪽 평균 풍속 성분", "m/s");
    map("energy", "turbulent kinetic energy that the grid resolves", "격자가 해상하는 난류 운동 에너지", "m2/s2");
    if (!case_.percentiles.empty()) {
      schema_.axes.push_back({.name = "percentile", .length = case_.percentiles.size(), .numbers = case_.percentiles, .units = "%", .long_name = "share of the time"});
      map("speed_percentile", "speed that is not exceeded a share of the time", "시간 비율별로 넘지 않는 풍속", "m/s", {"percentile", "y", "x"});
    }
    if (!case_.heights.empty()) {
      schema_.axes.push_back({.name = "height", .length = case_.heights.size(), .numbers = case_.heights, .units = "m", .long_name = "height above the ground"});
      map("speed_at_height", "speed of the mean flow at a height", "높이별 평균 흐름의 풍속", "m/s", {"height", "y", "x"});
    }
    if (!site_.emissions().empty()) {
      map("concentration", "mean concentration at street level", "보행자 높이의 평균 농도", "ug/m3");
      if (!case_.heights.empty()) map("concentration_at_height", "mean concentration at a height", "높이별 평균 농도", "ug/m3", {"height", "y", "x"});
    }
    if (!site_.probes().empty()) {
      schema_.axes.push_back({.name = "probe", .length = site_.probes().size(), .long_name = "probe"});
      for (const auto& [name, label, korean] : kProbed) number(name, label, korean, "m/s", {"probe"});
      number("probe_energy", "turbulent kinetic energy at the probe", "측정점의 난류 운동 에너지", "m2/s2", {"probe"});
      if (!site_.emissions().empty()) number("probe_concentration", "mean concentration at the probe", "측정점의 평균 농도", "ug/m3", {"probe"});
    }
    if (case_.volume) {
      schema_.axes.push_back({.name = "z", .length = b.nz, .units = "m", .long_name = "height of cell centres"});
      for (std::size_t i = 0; i < b.nz; ++i) schema_.axes.back().numbers.push_back(b.z0 + (static_cast<double>(i) + 0.5) * b.cell);
      schema_.axes.push_back({.name = "box_y", .length = b.ny, .units = "m", .long_name = "northing of the box's cell centres"});
      for (std::size_t i = 0; i < b.ny; ++i) schema_.axes.back().numbers.push_back(b.y(static_cast<double>(i)));
      schema_.axes.push_back({.name = "box_x", .length = b.nx, .units = "m", .long_name = "easting of the box's cell centres"});
      for (std::size_t i = 0; i < b.nx; ++i) schema_.axes.back().numbers.push_back(b.x(static_cast<double>(i)));
      schema_.axes.push_back({.name = "component", .length = 3, .texts = {"east", "north", "up"}, .long_name = "component"});
      map("velocity", "mean velocity", "평균 속도", "m/s", {"z", "box_y", "box_x", "component"});
      map("volume_energy", "turbulent kinetic energy that the grid resolves", "난류 운동 에너지", "m2/s2", {"z", "box_y", "box_x"});
    }
    schema_.axes.push_back({.name = "window", .length = most_windows(), .long_name = "part of the run"});
    for (const auto& f : kRunFigures) number(f.name, f.label, f.korean, f.units, {});
    number("window_end", "end of the window", "구간의 끝", "s", {"window"});
    number("window_speed", "mean speed at street level", "보행자 높이의 평균 풍속", "m/s", {"window"});
    number("window_error", "standard error of the street's mean speeds, share of the reference speed", "평균 풍속의 표준오차 (기준 풍속 대비)", "1", {"window"});
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::grid; }
  result::Json title() const override {
    const auto& through = case_.buildings.empty() ? case_.surface : case_.buildings;
    return result::words(through.empty() ? "Wind over open ground" : "Wind through " + through, "바람길: " + (through.empty() ? "빈 땅" : through));
  }
  std::string level() const override { return "exact where the CPU has fused multiply-add"; }
  std::size_t rows_a_tile() const override { return 1; }
  void prepare(const std::filesystem::path& folder) override { folder_ = folder; }

  void run(result::Tile& tile) override {
    for (std::size_t r = 0; r < tile.count(); ++r) run_direction(tile, r);
  }

  void finish(result::Writer& result) override { write_story(result, case_, site_, maps_); }

 private:
  void map(const char* name, const char* english, const char* korean, const char* units, std::vector<std::string> axes = {"y", "x"}) {
    const auto type = h5::type_of<float>();
    schema_.variables.push_back({.name = name, .type = type, .axes = std::move(axes), .units = units, .long_name = english, .fill = nan_of(type), .long_name_ko = korean});
  }
  void number(const char* name, const char* english, const char* korean, const char* units, std::vector<std::string> axes) {
    const auto type = h5::type_of<double>();
    schema_.variables.push_back({.name = name, .type = type, .axes = std::move(axes), .units = units, .long_name = english, .fill = nan_of(type), .long_name_ko = korean});
  }
  std::size_t most_windows() const { return static_cast<std::size_t>(std::ceil(4 * case_.most_throughs)) + 16; }

  void run_direction(result::Tile& tile, std::size_t r) {
    const double direction = case_.directions[tile.first() + r];
    const auto street = maps_.cells(case_.street_height);
    if (street.cell.empty()) throw DataError("wind: at {} m there is no open air in the box", case_.street_height);
    const auto file = folder_ / fmt::format("direction-{}.checkpoint.h5", tile.first() + r);
    Simulation run(site_, case_, direction, device_, street.cell, file);
    Flow flow;
    try {
      flow = run.complete([] { return job::stop_requested(); });
    } catch (const Interrupted&) {
      throw Stopped(fmt::format("wind: stopped in direction {:g}; the same command continues", direction));
    }
    write_maps(tile, r, run, street);
    write_run(tile, r, flow, direction);
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }

  template <class T>
  std::span<T> part(result::Tile& tile, std::size_t r, const char* name) {
    const auto all = tile.values<T>(name);
    const auto n = all.size() / tile.count();
    return all.subspan(r * n, n);
  }

  void write_maps(result::Tile& tile, std::size_t r, const Simulation& run, const Maps::Cells& street) {
    const Averages a = run.averages();
    std::vector<float> speed(a.x.size());
    for (std::size_t n = 0; n < speed.size(); ++n) speed[n] = std::hypot(a.x[n], a.y[n], a.z[n]);
    const auto put = [&](const char* name, const std::vector<float>& values, std::size_t from = 0) {
      std::copy(values.begin(), values.end(), part<float>(tile, r, name).begin() + static_cast<std::ptrdiff_t>(from));
    };
    const auto spread = [&](const std::vector<float>& of_street, double share) {
      std::vector<float> map(maps_.size(), NAN);
      for (std::size_t w = 0; w < street.cell.size(); ++w) map[street.place[w]] = static_cast<float>(of_street[w] * share);
      return map;
    };
    put("speed", spread(a.speed, 1));
    put("ratio", spread(a.speed, 1 / case_.speed));
    put("gust", spread(a.gust, 1));
    for (std::size_t p = 0; p < a.percentile.size(); ++p) put("speed_percentile", spread(a.percentile[p], 1), p * maps_.size());
    put("east", maps_.at(case_.street_height, a.x));
    put("north", maps_.at(case_.street_height, a.y));
    put("up", maps_.at(case_.street_height, a.z));
    put("energy", maps_.at(case_.street_height, a.energy));
    for (std::size_t h = 0; h < case_.heights.size(); ++h) put("speed_at_height", maps_.at(case_.heights[h], speed), h * maps_.size());
    for (std::size_t i = 0; i < site_.probes().size(); ++i) {
      const auto& p = site_.probes()[i];
      part<double>(tile, r, "probe_east")[i] = maps_.probe(p, a.x);
      part<double>(tile, r, "probe_north")[i] = maps_.probe(p, a.y);
      part<double>(tile, r, "probe_up")[i] = maps_.probe(p, a.z);
      part<double>(tile, r, "probe_energy")[i] = maps_.probe(p, a.energy);
      if (!a.concentration.empty()) part<double>(tile, r, "probe_concentration")[i] = maps_.probe(p, a.concentration);
    }
    if (!a.concentration.empty()) {
      const auto map = maps_.at(case_.street_height, a.concentration);
      warn_of_negative(map, case_.directions[tile.first() + r]);
      put("concentration", map);
      for (std::size_t h = 0; h < case_.heights.size(); ++h) put("concentration_at_height", maps_.at(case_.heights[h], a.concentration), h * maps_.size());
    }
    if (!case_.volume) return;
    const auto velocity = part<float>(tile, r, "velocity");
    for (std::size_t n = 0; n < speed.size(); ++n) {
      velocity[3 * n] = a.x[n];
      velocity[3 * n + 1] = a.y[n];
      velocity[3 * n + 2] = a.z[n];
    }
    put("volume_energy", a.energy);
  }

  // A plume sharper than the grid carries overshoots. What is emitted is kept to the last gram, so nothing is cut off.
  static void warn_of_negative(const std::vector<float>& map, double direction) {
    float least = 0, most = 0;
    std::size_t below = 0, places = 0;
    for (const float c : map) {
      if (std::isnan(c)) continue;
      ++places;
      below += c < 0 ? 1 : 0;
      least = std::min(least, c);
      most = std::max(most, c);
    }
    if (least < -0.01f * most)
      spdlog::warn("wind: {:g} degrees: the mean concentration is below 0 at {} of {} places at street level ({:.3g} ug/m3 at the least, {:.3g} at the most): cells are too coarse for so sharp a plume; read it as 0 there, or take smaller ones", direction, below, places, least, most);
  }

  void write_run(result::Tile& tile, std::size_t r, const Flow& flow, double direction) {
    const auto set = [&](const char* name, double v) { part<double>(tile, r, name)[0] = v; };
    set("from", direction);
    set("time_step", flow.scales.step);
    set("through", flow.through);
    set("spin_up", flow.spin_up);
    set("averaged", flow.averaged);
    set("steps", static_cast<double>(flow.steps));
    set("emitted", flow.budget.emitted);
    set("inside", flow.budget.inside);
    set("left", flow.budget.left);
    set("settled", flow.settled ? 1 : 0);
    set("certain", flow.certain ? 1 : 0);
    set("error", flow.windows.empty() ? std::nan("") : flow.windows.back().error);
    set("viscosity", flow.scales.viscosity * case_.cell * case_.cell / flow.scales.step);
    for (const char* name : {"window_end", "window_speed", "window_error"}) {
      const auto all = part<double>(tile, r, name);
      std::fill(all.begin(), all.end(), std::nan(""));
      for (std::size_t i = 0; i < std::min(all.size(), flow.windows.size()); ++i) {
        const auto& w = flow.windows[i];
        all[i] = std::strcmp(name, "window_end") == 0 ? w.end : std::strcmp(name, "window_speed") == 0 ? w.street_speed : w.error;
      }
    }
    set("roughness", case_.roughness);
    set("roughness_of_profile", case_.roughness_of_profile.value_or(case_.roughness));
    if (const double over = friction_over_own(case_); over > kMostFriction || over < 1 / kMostFriction)
      spdlog::warn("wind: {:g} degrees: ground with a roughness length of {:.2g} m takes {:.2g} times the stress that the inflow has: its profile will change from the ground up; its own roughness length is {:.2g} m", direction,
                   case_.roughness, over, *case_.roughness_of_profile);
    if (flow.scales.viscosity_raised)
      spdlog::warn("wind: {:g} degrees: cells of {:g} m cannot carry the viscosity of air; the flow has {:.2g} m2/s", direction, case_.cell, flow.scales.viscosity * case_.cell * case_.cell / flow.scales.step);
    if (!flow.settled) spdlog::warn("wind: {:g} degrees: had not settled when averaging began; give a larger most_throughs", direction);
    if (!flow.certain) spdlog::warn("wind: {:g} degrees: the street's means are not within the tolerance; give a {}", direction, case_.average ? "longer average, or leave it out" : "larger most_throughs");
  }

  Case case_;
  const Device device_;
  City_site site_;
  Maps maps_;
  result::Rows_schema schema_;
  std::filesystem::path folder_;
};

}  // namespace

job::Job_kind wind_kind() {
  return {"wind", "air through streets, from any direction: mean speed, gusts and turbulence at street level and above", declared_parameters(),
          [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Wind_job>(s); }};
}

}  // namespace dosi::wind
