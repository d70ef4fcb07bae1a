#include "host/access/access_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/access/isochrones.hpp"
#include "host/access/origins.hpp"
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
    const Snapper snapper(edges_of(times_), network_.node_x, network_.node_y);
    if (snapper.edges().empty()) throw DataError("network '{}': no street can be used by '{}'", layer.name, q_.mode);
    changes_ = find_streets(q_.scenarios, s.city, network_, times_, snapper, q_.snap, q_.mode);
    origins_ = read_origins(s.city, q_, frame_, snapper.edges(), network_);
    spdlog::info("access: {} origins, {} destinations, {} nodes, {} arcs", origins_.size(), destinations_.size(), network_.nodes(), network_.arcs());

    const auto clock = std::chrono::steady_clock::now();
    prepare_hierarchy(s.city.file_name() + ".orders", s.ranks);
    spdlog::info("access: hierarchy of {} arcs, {} deep, in {}", hierarchy_->arcs(), hierarchy_->depth(),
                 job::duration(std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count()));
    const auto snapped = [&](const auto& points) { return snapper.snap(points.x, points.y, q_.snap, q_.walk_speed, hierarchy_->ranks()); };
    as_they_are_ = std::make_unique<Streets>(q_, origins_, destinations_, snapped(origins_), snapped(destinations_), *hierarchy_, device_);
    say_missed("origins", as_they_are_->origins().missed, origins_.size());
    say_missed("destinations", as_they_are_->destinations().missed, destinations_.size());
    if (q_.isochrones != "none") surface_ = std::make_unique<Isochrone_grid>(snapper, network_, q_, hierarchy_->ranks());
    if (q_.scenarios.empty()) {
      hierarchy_.reset();
      network_ = {};
      times_ = {};
    }
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::points; }
  std::string title() const override { return fmt::format("Access on {} from {} to {}", q_.mode == "walk" ? "foot" : q_.mode, q_.origins, q_.destinations); }
  std::size_t rows_a_tile() const override {
    // Rooted at destinations, every tile sweeps for all of them, and every tile changes the streets for each scenario:
    // fewer, larger tiles.
    std::size_t rows = Job::rows_a_tile();
    if (as_they_are_->rooted_at_destinations()) rows = std::size_t{1} << 18;
    if (q_.scenarios.size() > 1) rows = std::max(rows, std::min(kMostTileBytes / schema_.bytes_a_row(), std::size_t{1} << 20));
    return rows;
  }

  void run(result::Tile& tile) override {
    Answer answer{.nearest_time = tile.values<std::uint32_t>("nearest_time"), .nearest_place = tile.values<std::uint32_t>("nearest_place")};
    for (const auto& [name, figures] : figures_of(answer)) *figures = tile.values<double>(name);
    if (q_.matrix) answer.time = tile.values<std::uint32_t>("time");
    as_they_are_->answer(tile.first(), tile.count(), answer);
    for (std::size_t s = 0; s < q_.scenarios.size(); ++s) run_scenario(tile, s);
  }

  void finish(result::Writer& result) override {
    result.root().set_attribute("title_ko", fmt::format("{}에서 {}까지 {} 접근성", q_.origins, q_.destinations, q_.mode == "walk" ? "도보" : q_.mode == "bicycle" ? "자전거" : "자동차"));
    auto table = result.table(schema_.table);
    table.set_attribute("rooted_at", as_they_are_->rooted_at_destinations() ? "destinations" : "origins");
    table.set_attribute("method", as_they_are_->method(std::min(rows_a_tile(), origins_.size())) == Method::labels ? "labels" : "sweeps");
    write_origins(table, origins_, as_they_are_->origins(), frame_);
    write_destinations(result, destinations_, as_they_are_->destinations(), as_they_are_->supply_ratio());
    const auto nearest = first_nearest(table);
    Summary summary(q_, origins_, frame_, nearest, table);
    const Scenario_summary scenarios(q_, changes_, origins_, frame_, nearest, table);
    summary.write(result, as_they_are_->origins().missed, as_they_are_->destinations().missed, destinations_, scenarios);
    if (surface_)
      surface_->write(result, as_they_are_->engine(), q_, q_.isochrones == "origins" ? as_they_are_->origins().places : as_they_are_->destinations().places);
  }

 private:
  static constexpr std::size_t kMostTileBytes = std::size_t{256} << 20;

  struct Figures_of {
    const char* name;
    std::span<double>* figures;
  };
  // The figures asked for besides the nearest.
  std::vector<Figures_of> figures_of(Answer& a) const {
    std::vector<Figures_of> list;
    if (!q_.cutoffs.empty() && !q_.opportunities.empty()) list.push_back({"within", &a.within});
    if (q_.decay != Decay::none) list.push_back({"gravity", &a.gravity});
    if (!q_.supply.empty()) list.push_back({"supply", &a.supply});
    return list;
  }

  static void say_missed(const char* what, std::size_t missed, std::size_t all) {
    if (missed > 0) spdlog::warn("access: {} of {} {} have no street near enough and count as unreached", missed, all, what);
  }

  // The streets where places lie, without links, with the times of a state.
  std::vector<Edge> edges_of(std::span<const std::uint32_t> times) const {
    const auto& n = network_;
    return make_edges({static_cast<std::uint32_t>(n.nodes()), std::span(n.arc_tail).first(streets_), std::span(n.arc_head).first(streets_),
                       times.first(streets_), n.node_x, n.node_y});
  }

  // Over the streets and the links of all scenarios, customised for the streets as they are.
  void prepare_hierarchy(const std::filesystem::path& orders, comm::Ranks& ranks) {
    auto& n = network_;
    const auto arcs = [&] { return Arcs{static_cast<std::uint32_t>(n.nodes()), n.arc_tail, n.arc_head, times_, n.node_x, n.node_y}; };
    auto elimination = ranks.first_before_others([&] { return elimination_of(arcs(), orders); });
    if (!changes_.link_tail.empty()) {
      n.arc_tail.insert(n.arc_tail.end(), changes_.link_tail.begin(), changes_.link_tail.end());
      n.arc_head.insert(n.arc_head.end(), changes_.link_head.begin(), changes_.link_head.end());
      times_.resize(n.arcs(), kNever);
      elimination = std::make_shared<const Elimination>(arcs(), elimination->rank);
    }
    hierarchy_ = std::make_unique<Hierarchy>(elimination, arcs(), device_);
  }

  // The scenario's columns of the tile. The streets of one scenario are there at a time, besides those as they are.
  void run_scenario(result::Tile& tile, std::size_t s) {
    if (!changed_ || changed_scenario_ != s) {
      changed_.reset();
      auto times = changes_.times(times_, s);
      hierarchy_->customise(times);
      // Nobody lives on a link that is not built; who lives on a street that is closed still gets to its ends.
      for (std::size_t a = 0; a < streets_; ++a)
        if (times[a] >= kFar) times[a] = times_[a];
      const auto edges = edges_of(times);
      changed_ = std::make_unique<Streets>(q_, origins_, destinations_, retimed(as_they_are_->origins(), edges), retimed(as_they_are_->destinations(), edges), *hierarchy_, device_);
      changed_scenario_ = s;
    }
    const std::size_t count = tile.count(), scenarios = q_.scenarios.size();
    std::vector<std::uint32_t> time(count), place(count);
    Answer answer{.nearest_time = time, .nearest_place = place};
    const auto list = figures_of(answer);
    std::vector<std::vector<double>> values;
    for (const auto& f : list) values.emplace_back(tile.values<double>(f.name).size());
    for (std::size_t i = 0; i < list.size(); ++i) *list[i].figures = values[i];
    changed_->answer(tile.first(), count, answer);

    const auto spread = [&](const auto& from, auto to) {
      const std::size_t each = from.size() / count;
      for (std::size_t r = 0; r < count; ++r) std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(r * each), each, to.begin() + static_cast<std::ptrdiff_t>((r * scenarios + s) * each));
    };
    spread(time, tile.values<std::uint32_t>("scenario_time"));
    spread(place, tile.values<std::uint32_t>("scenario_place"));
    for (std::size_t i = 0; i < list.size(); ++i) spread(values[i], tile.values<double>(fmt::format("scenario_{}", list[i].name)));
  }

  void prepare_schema() {
    const std::vector<std::byte> never(4, std::byte{0xFF});
    schema_.table = "origins";
    schema_.dimension = "origin";
    schema_.rows = origins_.size();
    schema_.axes = reach_axes(q_);
    schema_.axes.push_back({.name = "rank", .length = static_cast<std::size_t>(q_.nearest), .long_name = "1st, 2nd, … nearest"});
    schema_.variables = {
        {.name = "nearest_time", .type = h5::type_of<std::uint32_t>(), .axes = {"rank"}, .units = "ms", .long_name = "time to the nearest destinations", .fill = never, .long_name_ko = "가장 가까운 목적지까지 시간"},
        {.name = "nearest_place", .type = h5::type_of<std::uint32_t>(), .axes = {"rank"}, .long_name = "the nearest destinations, as rows of the table destinations", .fill = never, .long_name_ko = "가장 가까운 목적지 (destinations 표의 행)"}};
    if (!q_.cutoffs.empty() && !q_.opportunities.empty())
      schema_.variables.push_back({.name = "within", .type = h5::type_of<double>(), .axes = {"cutoff", "opportunity"}, .long_name = "opportunities within reach", .long_name_ko = "닿을 수 있는 기회"});
    if (q_.decay != Decay::none)
      schema_.variables.push_back({.name = "gravity", .type = h5::type_of<double>(), .axes = {"opportunity"}, .long_name = "opportunities weighted by time", .long_name_ko = "시간으로 가중한 기회"});
    if (!q_.supply.empty())
      schema_.variables.push_back({.name = "supply", .type = h5::type_of<double>(), .axes = {}, .long_name = fmt::format("{} a person ({})", q_.supply, q_.choice ? "3SFCA" : "2SFCA"), .long_name_ko = fmt::format("1인당 {} ({})", q_.supply, q_.choice ? "3SFCA" : "2SFCA")});
    if (!q_.scenarios.empty()) {
      std::vector<result::Row_variable> changed{
          {.name = "scenario_time", .type = h5::type_of<std::uint32_t>(), .axes = {}, .units = "ms", .long_name = "time to the nearest destination", .fill = never, .long_name_ko = "가장 가까운 목적지까지 시간"},
          {.name = "scenario_place", .type = h5::type_of<std::uint32_t>(), .axes = {}, .long_name = "the nearest destination, as a row of the table destinations", .fill = never, .long_name_ko = "가장 가까운 목적지 (destinations 표의 행)"}};
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
      schema_.variables.push_back({.name = "time", .type = h5::type_of<std::uint32_t>(), .axes = {"destination"}, .units = "ms", .long_name = "time to each destination", .fill = never, .long_name_ko = "각 목적지까지 시간"});
    }
  }

  Question q_;
  Device device_;
  city::Network network_;                   // with the links of scenarios; kept for them alone, as the next two
  std::vector<std::uint32_t> times_;        // of the mode, by arc
  std::unique_ptr<Hierarchy> hierarchy_;
  std::size_t streets_ = 0;                 // arcs of the network without links
  Zone_frame frame_;
  Origins origins_;
  Destinations destinations_;
  Street_changes changes_;
  std::unique_ptr<Streets> as_they_are_, changed_;
  std::size_t changed_scenario_ = 0;
  std::unique_ptr<Isochrone_grid> surface_;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind access_kind() {
  return {"access", "travel times from origins to destinations: nearest, opportunities within reach, gravity, 2SFCA, isochrones, matrix",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Access_job>(s); }};
}

}  // namespace dosi::access
