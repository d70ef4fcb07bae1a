#include "host/access/access_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/access/catchments.hpp"
#include "host/access/fixed.hpp"
#include "host/access/isochrones.hpp"
#include "host/access/origins.hpp"
#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "host/access/summary.hpp"
#include "host/job/progress.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {
namespace {

class Access_job final : public job::Job {
 public:
  explicit Access_job(const job::Setting& s) : q_(s.parameters), crs_(s.city.crs()) {
    const auto& layer = network_layer(s.city);
    const auto network = s.city.read_network(layer.name);
    const auto time = network.times.find(q_.mode);
    if (time == network.times.end()) {
      std::string modes;
      for (const auto& [m, t] : network.times) modes += (modes.empty() ? "" : ", ") + m;
      throw UsageError("mode: network '{}' has no times for '{}'; it has: {}", layer.name, q_.mode, modes);
    }
    const Arcs arcs{static_cast<std::uint32_t>(network.nodes()), network.arc_tail, network.arc_head, time->second, network.node_x, network.node_y};
    frame_ = read_zone_frame(s.city, q_);
    destinations_ = read_destinations(s.city, q_);
    const Snapper snapper(make_edges(arcs), network.node_x, network.node_y);
    if (snapper.edges().empty()) throw DataError("network '{}': no street can be used by '{}'", layer.name, q_.mode);
    origins_ = read_origins(s.city, q_, frame_, snapper.edges(), network);
    spdlog::info("access: {} origins, {} destinations, {} nodes, {} arcs", origins_.size(), destinations_.size(), arcs.nodes, network.arcs());

    const auto clock = std::chrono::steady_clock::now();
    const Hierarchy hierarchy(elimination_of(arcs, s.city.file_name() + ".orders"), arcs);
    spdlog::info("access: hierarchy of {} arcs, {} deep, in {}", hierarchy.arcs(), hierarchy.depth(),
                 job::duration(std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count()));
    snapped_origins_ = snapper.snap(origins_.x, origins_.y, q_.snap, q_.walk_speed, hierarchy.ranks());
    snapped_destinations_ = snapper.snap(destinations_.x, destinations_.y, q_.snap, q_.walk_speed, hierarchy.ranks());
    say_missed("origins", snapped_origins_.missed, origins_.size());
    say_missed("destinations", snapped_destinations_.missed, destinations_.size());
    engine_ = DOSI_BACKEND_OF(s.device, access::make_engine)(hierarchy.view(), s.device.argument());
    if (q_.isochrones != "none")
      surface_ = std::make_unique<Isochrone_grid>(snapper, network, q_, hierarchy.ranks());

    // One sweep serves kLanes roots; the side with fewer is cheaper to root at. The matrix has its rows at origins.
    by_leaf_ = !q_.matrix && destinations_.size() * 4 < origins_.size();
    if (!by_leaf_) leaves_ = engine_->prepare(Direction::from_roots, snapped_destinations_.places);
    prepare_reduction();
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::points; }
  std::string title() const override { return fmt::format("Access on {} from {} to {}", q_.mode == "walk" ? "foot" : q_.mode, q_.origins, q_.destinations); }
  std::size_t rows_a_tile() const override {
    // Rooted at destinations, every tile sweeps for all of them: fewer, larger tiles.
    return by_leaf_ ? std::size_t{1} << 18 : Job::rows_a_tile();
  }

  void run(result::Tile& tile) override {
    const std::span<const Place> rows = std::span(snapped_origins_.places).subspan(tile.first(), tile.count());
    std::vector<std::uint64_t> sums(tile.count() * sums_.size());
    const Reduction reduction{.nearest = q_.nearest, .sums = sums_, .columns = column_spans_, .decays = decay_spans_, .matrix = q_.matrix};
    const Rows out{tile.values<std::uint32_t>("nearest_time"), tile.values<std::uint32_t>("nearest_place"), sums,
                   q_.matrix ? tile.values<std::uint32_t>("time") : std::span<std::uint32_t>{}};
    if (by_leaf_) engine_->by_leaf(*engine_->prepare(Direction::to_roots, rows), snapped_destinations_.places, reduction, out);
    else engine_->by_root(*leaves_, rows, reduction, out);
    read_sums(tile, sums);
  }

  void finish(result::Writer& result) override {
    auto table = result.table(schema_.table);
    table.set_attribute("rooted_at", by_leaf_ ? "destinations" : "origins");
    write_origins(table, origins_, snapped_origins_, frame_);
    write_destinations(result, destinations_, snapped_destinations_, catchments_ ? catchments_->ratio() : std::vector<double>{});
    const auto nearest = first_nearest(table);
    Summary summary(q_, origins_, frame_, nearest, table);
    summary.write(result, snapped_origins_.missed, snapped_destinations_.missed, destinations_);
    if (surface_) surface_->write(result, *engine_, q_, q_.isochrones == "origins" ? snapped_origins_.places : snapped_destinations_.places);
  }

 private:
  const city::Layer& network_layer(const city::City& city) const {
    if (!q_.network.empty()) return city.find(q_.network, {"network"});
    const city::Layer* only = nullptr;
    for (const auto& l : city.layers()) {
      if (l.kind != "network") continue;
      if (only != nullptr) throw UsageError("network: the city has several, say which: {}, {}, …", only->name, l.name);
      only = &l;
    }
    if (only == nullptr) throw UsageError("{}: has no network layer; add one with dosi import network", city.file_name());
    return *only;
  }

  static void say_missed(const char* what, std::size_t missed, std::size_t all) {
    if (missed > 0) spdlog::warn("access: {} of {} {} have no street near enough and count as unreached", missed, all, what);
  }

  // The sums asked for, in the order: each cut-off x opportunity, gravity of each opportunity, 2SFCA rings.
  void prepare_reduction() {
    for (const auto& o : destinations_.opportunities) add_column(fixed(o, false));
    for (const double c : q_.cutoffs)
      for (std::uint32_t o = 0; o < q_.opportunities.size(); ++o) sums_.push_back({o, to_ms(c), -1});
    if (q_.decay != Decay::none) {
      decays_.push_back(decay_table(q_.decay, q_.decay_at, q_.decay_width));
      for (const auto& o : destinations_.opportunities) {
        sums_.push_back({static_cast<std::uint32_t>(columns_.size()), 0, 0});
        add_column(fixed(o, true));
      }
    }
    if (!q_.supply.empty()) {
      catchments_ = std::make_unique<Catchments>(q_, origins_, destinations_, snapped_origins_.places, snapped_destinations_.places, *engine_);
      const auto sums = catchments_->sums(static_cast<std::uint32_t>(columns_.size()));
      sums_.insert(sums_.end(), sums.begin(), sums.end());
      add_column(fixed(catchments_->ratio(), false));
    }
    for (const auto& c : columns_) column_spans_.emplace_back(c.values);
    for (const auto& d : decays_) decay_spans_.emplace_back(d);
  }

  void add_column(Fixed f) { columns_.push_back(std::move(f)); }

  void prepare_schema() {
    const std::vector<std::byte> never(4, std::byte{0xFF});
    schema_.table = "origins";
    schema_.dimension = "origin";
    schema_.rows = origins_.size();
    std::vector<double> seconds;
    for (const double c : q_.cutoffs) seconds.push_back(c * 60);
    schema_.axes = {{.name = "rank", .length = static_cast<std::size_t>(q_.nearest), .long_name = "1st, 2nd, … nearest"},
                    {.name = "cutoff", .length = seconds.size(), .numbers = seconds, .units = "s", .long_name = "travel time"},
                    {.name = "opportunity", .length = q_.opportunities.size(), .texts = q_.opportunities, .long_name = "column of the destinations"}};
    schema_.variables = {
        {.name = "nearest_time", .type = h5::type_of<std::uint32_t>(), .axes = {"rank"}, .units = "ms", .long_name = "time to the nearest destinations", .fill = never},
        {.name = "nearest_place", .type = h5::type_of<std::uint32_t>(), .axes = {"rank"}, .long_name = "the nearest destinations, as rows of the table destinations", .fill = never}};
    if (!q_.cutoffs.empty() && !q_.opportunities.empty())
      schema_.variables.push_back({.name = "within", .type = h5::type_of<double>(), .axes = {"cutoff", "opportunity"}, .long_name = "opportunities within reach"});
    if (q_.decay != Decay::none)
      schema_.variables.push_back({.name = "gravity", .type = h5::type_of<double>(), .axes = {"opportunity"}, .long_name = "opportunities weighted by time"});
    if (!q_.supply.empty())
      schema_.variables.push_back({.name = "supply", .type = h5::type_of<double>(), .axes = {}, .long_name = fmt::format("{} a person ({})", q_.supply, q_.choice ? "3SFCA" : "2SFCA")});
    if (q_.matrix) {
      schema_.axes.push_back({.name = "destination", .length = destinations_.size()});
      schema_.variables.push_back({.name = "time", .type = h5::type_of<std::uint32_t>(), .axes = {"destination"}, .units = "ms", .long_name = "time to each destination", .fill = never});
    }
  }

  // From whole numbers to the tile's variables.
  void read_sums(result::Tile& tile, const std::vector<std::uint64_t>& sums) const {
    const std::size_t n = sums_.size(), counted = q_.cutoffs.size() * q_.opportunities.size();
    const std::size_t weighted = q_.decay != Decay::none ? q_.opportunities.size() : 0;
    const auto within = counted > 0 ? tile.values<double>("within") : std::span<double>{};
    const auto gravity = weighted > 0 ? tile.values<double>("gravity") : std::span<double>{};
    const auto supply = q_.supply.empty() ? std::span<double>{} : tile.values<double>("supply");
    for (std::size_t r = 0; r < tile.count(); ++r) {
      const std::uint64_t* row = sums.data() + r * n;
      for (std::size_t i = 0; i < counted; ++i) within[r * counted + i] = columns_[sums_[i].column].real(row[i]);
      for (std::size_t i = 0; i < weighted; ++i)
        gravity[r * weighted + i] = columns_[sums_[counted + i].column].real(row[counted + i]) / kWeightOne;
      if (!supply.empty())
        supply[r] = catchments_->at_origin(tile.first() + r, columns_.back(), {row + counted + weighted, q_.catchment.size()});
    }
  }

  Question q_;
  city::Crs crs_;
  Zone_frame frame_;
  Origins origins_;
  Destinations destinations_;
  Snapped snapped_origins_, snapped_destinations_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Leaves> leaves_;
  std::unique_ptr<Isochrone_grid> surface_;
  bool by_leaf_ = false;
  std::vector<Fixed> columns_;
  std::vector<std::span<const std::uint64_t>> column_spans_;
  std::vector<std::vector<std::uint32_t>> decays_;
  std::vector<std::span<const std::uint32_t>> decay_spans_;
  std::vector<Sum> sums_;
  std::unique_ptr<Catchments> catchments_;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind access_kind() {
  return {"access", "travel times from origins to destinations: nearest, opportunities within reach, gravity, 2SFCA, isochrones, matrix",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Access_job>(s); }};
}

}  // namespace dosi::access
