#include "host/wind/wind_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/job/signals.hpp"
#include "host/wind/flow.hpp"
#include "host/wind/maps.hpp"
#include "host/wind/schema.hpp"
#include "host/wind/slices.hpp"
#include "host/wind/story.hpp"
#include "io/error.hpp"

namespace dosi::wind {
namespace {

constexpr double kMostFriction = 1.5;  // times what the inflow has, before it is said

class Wind_job final : public job::Job {
 public:
  explicit Wind_job(const job::Setting& s)
      : case_(s.parameters), device_(s.device), site_(s.city, case_, s.device), maps_(site_),
        slices_(site_, case_.slices) {
    const Box& b = site_.box();
    maps_.check_heights(case_.heights);
    spdlog::info("wind: {} x {} x {} cells of {:g} m ({:.1f} million), {} buildings, the highest {:.4g} m", b.nx, b.ny,
                 b.nz, b.cell, static_cast<double>(b.cells()) / 1e6, site_.buildings(), site_.highest());
    schema_ = schema_of(case_, site_, slices_);
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::grid; }
  result::Json title() const override {
    const auto& through = case_.buildings.empty() ? case_.surface : case_.buildings;
    return result::words(through.empty() ? "Wind over open ground" : "Wind through " + through,
                         "바람길: " + (through.empty() ? "빈 땅" : through));
  }
  std::string level() const override { return "exact where the CPU has fused multiply-add"; }
  std::size_t rows_a_tile() const override { return 1; }
  void prepare(const std::filesystem::path& folder) override { folder_ = folder; }

  void run(result::Tile& tile) override {
    for (std::size_t r = 0; r < tile.count(); ++r) run_direction(tile, r);
  }

  void finish(result::Writer& result) override { write_story(result, case_, site_, maps_, slices_); }

 private:
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
  std::span<T> part(result::Tile& tile, std::size_t r, const std::string& name) {
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
      for (std::size_t w = 0; w < street.cell.size(); ++w)
        map[street.place[w]] = static_cast<float>(of_street[w] * share);
      return map;
    };
    put("speed", spread(a.speed, 1));
    put("ratio", spread(a.speed, 1 / case_.speed));
    put("gust", spread(a.gust, 1));
    for (std::size_t p = 0; p < a.percentile.size(); ++p)
      put("speed_percentile", spread(a.percentile[p], 1), p * maps_.size());
    put("east", maps_.at(case_.street_height, a.x));
    put("north", maps_.at(case_.street_height, a.y));
    put("up", maps_.at(case_.street_height, a.z));
    put("energy", maps_.at(case_.street_height, a.energy));
    for (std::size_t h = 0; h < case_.heights.size(); ++h)
      put("speed_at_height", maps_.at(case_.heights[h], speed), h * maps_.size());
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
      for (std::size_t h = 0; h < case_.heights.size(); ++h)
        put("concentration_at_height", maps_.at(case_.heights[h], a.concentration), h * maps_.size());
    }
    slices_.fill([&](const std::string& name) { return part<float>(tile, r, name); }, a);
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
      spdlog::warn(
          "wind: {:g} degrees: the mean concentration is below 0 at {} of {} places at street level ({:.3g} ug/m3 at "
          "the least, {:.3g} at the most): cells are too coarse for so sharp a plume; read it as 0 there, or take "
          "smaller ones",
          direction, below, places, least, most);
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
        all[i] = std::strcmp(name, "window_end") == 0     ? w.end
                 : std::strcmp(name, "window_speed") == 0 ? w.street_speed
                                                          : w.error;
      }
    }
    set("roughness", case_.roughness);
    set("roughness_of_profile", case_.roughness_of_profile.value_or(case_.roughness));
    if (const double over = friction_over_own(case_); over > kMostFriction || over < 1 / kMostFriction)
      spdlog::warn(
          "wind: {:g} degrees: ground with a roughness length of {:.2g} m takes {:.2g} times the stress that the "
          "inflow has: its profile will change from the ground up; its own roughness length is {:.2g} m",
          direction, case_.roughness, over, *case_.roughness_of_profile);
    if (flow.scales.viscosity_raised)
      spdlog::warn("wind: {:g} degrees: cells of {:g} m cannot carry the viscosity of air; the flow has {:.2g} m2/s",
                   direction, case_.cell, flow.scales.viscosity * case_.cell * case_.cell / flow.scales.step);
    if (!flow.settled)
      spdlog::warn("wind: {:g} degrees: had not settled when averaging began; give a larger most_throughs", direction);
    if (!flow.certain)
      spdlog::warn("wind: {:g} degrees: the street's means are not within the tolerance; give a {}", direction,
                   case_.average ? "longer average, or leave it out" : "larger most_throughs");
  }

  Case case_;
  const Device device_;
  City_site site_;
  Maps maps_;
  Slices slices_;
  result::Rows_schema schema_;
  std::filesystem::path folder_;
};

}  // namespace

job::Job_kind wind_kind() {
  return {"wind", "air through streets, from any direction: mean speed, gusts and turbulence at street level and above",
          declared_parameters(),
          [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Wind_job>(s); }};
}

}  // namespace dosi::wind
