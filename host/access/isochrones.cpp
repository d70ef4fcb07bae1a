#include "host/access/isochrones.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"

namespace dosi::access {
namespace {
constexpr std::size_t kMostCells = 4'000'000;
constexpr std::size_t kMostTimes = 4'000'000'000;
constexpr std::size_t kBatchBytes = std::size_t{256} << 20;
}  // namespace

Isochrone_grid::Isochrone_grid(const Snapper& snapper, const city::Network& n, const Question& q,
                               std::span<const std::uint32_t> rank) {
  double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
  for (const Edge& e : snapper.edges())
    for (const auto v : {e.a, e.b}) {
      x0 = std::min(x0, n.node_x[v]);
      x1 = std::max(x1, n.node_x[v]);
      y0 = std::min(y0, n.node_y[v]);
      y1 = std::max(y1, n.node_y[v]);
    }
  const double c = q.isochrone_cell, margin = std::min(q.snap, 10 * c);
  const double nx = std::ceil((x1 - x0 + 2 * margin) / c) + 1, ny = std::ceil((y1 - y0 + 2 * margin) / c) + 1;
  if (nx * ny > static_cast<double>(kMostCells))
    throw UsageError("isochrone_cell: {} m makes a grid of {:.0f} x {:.0f} cells; take {:.0f} m or more", c, nx, ny,
                     std::ceil(c * std::sqrt(nx * ny / static_cast<double>(kMostCells))));
  x0 = std::floor((x0 - margin) / c) * c;
  y0 = std::floor((y0 - margin) / c) * c;
  for (std::size_t i = 0; i < static_cast<std::size_t>(nx); ++i) x_.push_back(x0 + c * (static_cast<double>(i) + 0.5));
  for (std::size_t i = 0; i < static_cast<std::size_t>(ny); ++i) y_.push_back(y0 + c * (static_cast<double>(i) + 0.5));
  std::vector<double> px, py;
  for (const double y : y_)
    for (const double x : x_) {
      px.push_back(x);
      py.push_back(y);
    }
  cells_ = snapper.snap(px, py, q.snap, q.walk_speed, rank);
}

void Isochrone_grid::write(result::Writer& result, Engine& engine, const Question& q,
                           std::span<const Place> places) const {
  const std::size_t cells = x_.size() * y_.size();
  if (places.size() * cells > kMostTimes)
    throw UsageError("isochrones: {} {} x {} cells are too many; choose fewer places or a larger isochrone_cell",
                     places.size(), q.isochrones, cells);
  auto g = result.create_table("isochrones", result::Table_kind::grid, "place", places.size(),
                               fmt::format("Time {} {}", q.isochrones == "origins" ? "from" : "to", q.isochrones));
  g.set_attribute("places", q.isochrones);
  g.create_coordinate<double>("y", y_, {.units = "m", .long_name = "northing of cell centres"});
  g.create_coordinate<double>("x", x_, {.units = "m", .long_name = "easting of cell centres"});
  g.dataset("x").set_attribute("standard_name", "projection_x_coordinate");
  g.dataset("y").set_attribute("standard_name", "projection_y_coordinate");
  std::vector<double> levels;
  for (const double c : q.cutoffs) levels.push_back(c * 60);
  if (!levels.empty()) g.create_coordinate<double>("cutoff", levels, {.units = "s", .long_name = "contour levels"});
  auto d = g.create_variable("time", h5::type_of<std::uint32_t>(), {"place", "y", "x"},
                             {.units = "ms", .long_name = "travel time"});
  d.set_attribute("_FillValue", h5::type_of<std::uint32_t>(), &kNever);
  d.set_attribute("grid_mapping", "crs");
  const auto direction = q.isochrones == "origins" ? Direction::from_roots : Direction::to_roots;
  const auto leaves = engine.prepare(direction, cells_.places);
  stream::Writer writer(g.dataset("time"));
  const std::size_t batch = std::max<std::size_t>(1, std::min<std::size_t>(places.size(), kBatchBytes / (cells * 4)));
  std::vector<std::uint32_t> times;
  for (std::size_t first = 0; first < places.size(); first += batch) {
    const auto count = std::min(batch, places.size() - first);
    times.resize(count * cells);
    engine.by_root(*leaves, places.subspan(first, count), {.matrix = true}, {.times = times});
    writer.append<std::uint32_t>(times);
  }
  writer.finish();
}

}  // namespace dosi::access
