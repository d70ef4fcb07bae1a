#include "host/access/access_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/access/isochrones.hpp"
#include "host/access/origins.hpp"
#include "host/access/metrics.hpp"
#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "host/access/scenario_summary.hpp"
#include "host/access/street_changes.hpp"
#include "host/access/streets.hpp"
#include "host/access/summary.hpp"
#include "host/access/travel_times.hpp"
#include "host/job/progress.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {
namespace {

class Access_job final : public job::Job {
 public:
  explicit Access_job(const job::Setting& s) : q_(s.parameters), device_(s.device) {
    const auto& layer = network_layer(s.city, q_.network);
    network_ = s.city.read_network(layer.name);
    times_ = take_times(network_, layer.name, q_.mode);
    streets_ = network_.arcs();
    frame_ = read_zone_frame(s.city, q_);
    destinations_ = read_destinations(s.city, q_);
    const Snapper snapper(make_edges(arcs(streets_)), network_.node_x, network_.node_y);
    if (snapper.edges().empty()) throw DataError("network '{}': no street can be used by '{}'", layer.name, q_.mode);
    changes_ = find_streets(q_.scenarios, s.city, network_, times_, snapper, q_.snap, q_.mode);
    origins_ = read_origins(s.city, q_, frame_, snapper.edges(), network_);
    spdlog::info("access: {} origins, {} destinations, {} nodes, {} arcs", origins_.size(), destinations_.size(),
                 network_.nodes(), network_.arcs());

    const auto clock = std::chrono::steady_clock::now();
    prepare_hierarchy(s.city.file_name() + ".orders", s.ranks);
    spdlog::info("access: hierarchy of {} arcs, {} deep, in {}", hierarchy_->arcs(), hierarchy_->depth(),
                 job::duration(std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count()));
    if (!q_.scenarios.empty()) {
      edges_ = snapper.edges();
      metrics_ = Metrics(arcs(streets_), edges_, changes_);
    }
    const auto snapped = [&](const auto& points) {
      return snapper.snap(points.x, points.y, q_.snap, q_.walk_speed, hierarchy_->ranks());
    };
    asked_ = std::make_unique<Streets>(q_, origins_, destinations_, snapped(origins_), snapped(destinations_),
                                       *hierarchy_, metrics_, device_);
    say_missed("origins", asked_->origins().missed, origins_.size());
    say_missed("destinations", asked_->destinations().missed, destinations_.size());
    if (q_.isochrones != "none")
      surface_ = std::make_unique<Isochrone_grid>(snapper, network_, q_, hierarchy_->ranks());
    if (q_.scenarios.empty()) {
      network_ = {};
      times_ = {};
    }
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::points; }
  result::Json title() const override {
    const bool walks = q_.mode == "walk", rides = q_.mode == "bicycle";
    return result::words(fmt::format("Access {} from {} to {}",
                                     walks   ? "on foot"
                                     : rides ? "by bicycle"
                                             : "by car",
                                     q_.origins, q_.destinations),
                         fmt::format("{}에서 {}까지 {} 접근성", q_.origins, q_.destinations,
                                     walks   ? "도보"
                                     : rides ? "자전거"
                                             : "자동차"));
  }
  std::size_t rows_a_tile() const override {
    // Rooted at destinations, every tile sweeps for all of them: fewer, larger tiles, as far as their places fit.
    const std::size_t rows = asked_->rooted_at_destinations() ? std::size_t{1} << 18 : Job::rows_a_tile();
    return std::clamp<std::size_t>(kMostTileBytes / asked_->bytes_a_row(), 1, rows);
  }

  void run(result::Tile& tile) override {
    const std::size_t count = tile.count(), scenarios = q_.scenarios.size();
    std::vector<Answer> answers(1 + scenarios);
    for (std::size_t m = 0; m < answers.size(); ++m) {
      // As they are a row has its figures one after another; scenarios take turns in it.
      const auto column = [&](const char* name, const char* of_scenario, auto value) {
        const auto all = tile.values<decltype(value)>(m == 0 ? name : of_scenario);
        const std::size_t row = all.size() / count, each = m == 0 ? row : row / scenarios;
        return Column<decltype(value)>{all.data() + (m == 0 ? 0 : (m - 1) * each), row};
      };
      Answer& a = answers[m];
      a.nearest = m == 0 ? q_.nearest : 1;
      a.nearest_time = column("nearest_time", "scenario_time", std::uint32_t{});
      a.nearest_place = column("nearest_place", "scenario_place", std::uint32_t{});
      if (has_within()) a.within = column("within", "scenario_within", double{});
      if (q_.decay != Decay::none) a.gravity = column("gravity", "scenario_gravity", double{});
      if (!q_.supply.empty()) a.supply = column("supply", "scenario_supply", double{});
    }
    asked_->answer(tile.first(), count, answers,
                   q_.matrix ? tile.values<std::uint32_t>("time") : std::span<std::uint32_t>{});
  }

  void finish(result::Writer& result) override {
    auto table = result.table(schema_.table);
    table.set_attribute("rooted_at", asked_->rooted_at_destinations() ? "destinations" : "origins");
    table.set_attribute(
        "method", asked_->method(std::min(rows_a_tile(), origins_.size())) == Method::labels ? "labels" : "sweeps");
    write_origins(table, origins_, asked_->origins(), frame_);
    write_destinations(result, destinations_, asked_->destinations(), asked_->supply_ratio());
    const auto nearest = first_nearest(table);
    Summary summary(q_, origins_, frame_, nearest, table);
    const Scenario_summary scenarios(q_, changes_, origins_, frame_, nearest, table);
    summary.write(result, asked_->origins().missed, asked_->destinations().missed, destinations_, scenarios);
    if (surface_)
      surface_->write(result, asked_->engine(), q_,
                      q_.isochrones == "origins" ? asked_->origins().places : asked_->destinations().places);
  }

 private:
  static constexpr std::size_t kMostTileBytes = std::size_t{1} << 30;

  bool has_within() const { return !q_.cutoffs.empty() && !q_.opportunities.empty(); }

  static void say_missed(const char* what, std::size_t missed, std::size_t all) {
    if (missed > 0)
      spdlog::warn("access: {} of {} {} have no street near enough and count as unreached", missed, all, what);
  }

  // The first of the network's arcs; links of scenarios come last.
  Arcs arcs(std::size_t count) const {
    const auto& n = network_;
    return {static_cast<std::uint32_t>(n.nodes()),
            std::span(n.arc_tail).first(count),
            std::span(n.arc_head).first(count),
            std::span(times_).first(count),
            n.node_x,
            n.node_y};
  }

  // Over the streets and the links of all scenarios, customised for each and for the streets as they are.
  void prepare_hierarchy(const std::filesystem::path& orders, comm::Ranks& ranks) {
    auto& n = network_;
    auto elimination = ranks.first_before_others([&] { return elimination_of(arcs(streets_), orders); });
    if (!changes_.link_tail.empty()) {
      n.arc_tail.insert(n.arc_tail.end(), changes_.link_tail.begin(), changes_.link_tail.end());
      n.arc_head.insert(n.arc_head.end(), changes_.link_head.begin(), changes_.link_head.end());
      times_.resize(n.arcs(), kNever);
      elimination = std::make_shared<const Elimination>(arcs(n.arcs()), elimination->rank);
    }
    std::vector<std::vector<Arc_time>> scenarios;
    for (const auto& s : changes_.scenarios) scenarios.push_back(s.times);
    hierarchy_ = std::make_unique<Hierarchy>(elimination, arcs(n.arcs()), device_, scenarios);
  }

  void prepare_schema() {
    const std::vector<std::byte> never(4, std::byte{0xFF});
    schema_.table = "origins";
    schema_.dimension = "origin";
    schema_.rows = origins_.size();
    schema_.axes = reach_axes(q_);
    schema_.axes.push_back(
        {.name = "rank", .length = static_cast<std::size_t>(q_.nearest), .long_name = "1st, 2nd, … nearest"});
    schema_.variables = {{.name = "nearest_time",
                          .type = h5::type_of<std::uint32_t>(),
                          .axes = {"rank"},
                          .units = "ms",
                          .long_name = "time to the nearest destinations",
                          .fill = never,
                          .long_name_ko = "가장 가까운 목적지까지 시간"},
                         {.name = "nearest_place",
                          .type = h5::type_of<std::uint32_t>(),
                          .axes = {"rank"},
                          .long_name = "the nearest destinations, as rows of the table destinations",
                          .fill = never,
                          .long_name_ko = "가장 가까운 목적지 (destinations 표의 행)"}};
    if (has_within())
      schema_.variables.push_back({.name = "within",
                                   .type = h5::type_of<double>(),
                                   .axes = {"cutoff", "opportunity"},
                                   .long_name = "opportunities within reach",
                                   .long_name_ko = "닿을 수 있는 기회"});
    if (q_.decay != Decay::none)
      schema_.variables.push_back({.name = "gravity",
                                   .type = h5::type_of<double>(),
                                   .axes = {"opportunity"},
                                   .long_name = "opportunities weighted by time",
                                   .long_name_ko = "시간으로 가중한 기회"});
    if (!q_.supply.empty())
      schema_.variables.push_back(
          {.name = "supply",
           .type = h5::type_of<double>(),
           .axes = {},
           .long_name = fmt::format("{} a person ({})", q_.supply, q_.choice ? "3SFCA" : "2SFCA"),
           .long_name_ko = fmt::format("1인당 {} ({})", q_.supply, q_.choice ? "3SFCA" : "2SFCA")});
    if (!q_.scenarios.empty()) {
      std::vector<result::Row_variable> changed{
          {.name = "scenario_time",
           .type = h5::type_of<std::uint32_t>(),
           .axes = {},
           .units = "ms",
           .long_name = "time to the nearest destination",
           .fill = never,
           .long_name_ko = "가장 가까운 목적지까지 시간"},
          {.name = "scenario_place",
           .type = h5::type_of<std::uint32_t>(),
           .axes = {},
           .long_name = "the nearest destination, as a row of the table destinations",
           .fill = never,
           .long_name_ko = "가장 가까운 목적지 (destinations 표의 행)"}};
      for (auto v : schema_.variables) {
        if (v.name == "nearest_time" || v.name == "nearest_place") continue;
        v.name = "scenario_" + v.name;
        changed.push_back(v);
      }
      schema_.axes.push_back(scenario_axis(q_.scenarios));
      for (auto& v : changed) {
        v.axes.insert(v.axes.begin(), "scenario");
        schema_.variables.push_back(v);
      }
    }
    if (q_.matrix) {
      schema_.axes.push_back({.name = "destination", .length = destinations_.size()});
      schema_.variables.push_back({.name = "time",
                                   .type = h5::type_of<std::uint32_t>(),
                                   .axes = {"destination"},
                                   .units = "ms",
                                   .long_name = "time to each destination",
                                   .fill = never,
                                   .long_name_ko = "각 목적지까지 시간"});
    }
  }

  Question q_;
  Device device_;
  city::Network network_;             // with the links of scenarios; kept for them alone, as the next
  std::vector<std::uint32_t> times_;  // of the mode, by arc
  std::unique_ptr<Hierarchy> hierarchy_;
  std::size_t streets_ = 0;  // arcs of the network without links
  Zone_frame frame_;
  Origins origins_;
  Destinations destinations_;
  Street_changes changes_;
  std::vector<Edge> edges_;  // of the streets as they are; kept for scenarios alone
  Metrics metrics_;
  std::unique_ptr<Streets> asked_;
  std::unique_ptr<Isochrone_grid> surface_;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind access_kind() {
  return {"access",
          "travel times from origins to destinations: nearest, opportunities within reach, gravity, 2SFCA, isochrones, "
          "matrix",
          declared_parameters(),
          [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Access_job>(s); }};
}

}  // namespace dosi::access
