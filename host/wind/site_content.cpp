// What a site holds besides its shape: places to measure at, and what is emitted.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "host/geometry/locate.hpp"
#include "host/wind/site.hpp"
#include "io/error.hpp"

namespace dosi::wind {
namespace {

// Grams a second into cells, added up.
class Emitted {
 public:
  void add(std::uint32_t cell, double rate) { by_cell_[cell] += rate; }
  std::vector<Emission> take() const {
    std::vector<Emission> out;
    for (const auto& [cell, rate] : by_cell_)
      if (rate > 0) out.push_back({cell, rate});
    return out;
  }

 private:
  std::map<std::uint32_t, double> by_cell_;
};

std::vector<double> rates_of(const city::City& city, const city::Layer& layer, const city::Table& table,
                             std::size_t rows, const Case& c) {
  if (c.emission.empty()) return std::vector<double>(rows, c.emission_rate);
  const auto* column = table.find(c.emission);
  if (column == nullptr || column->is_text())
    throw UsageError("emission: {} has no column of numbers '{}'; it has: {}", layer.path(), c.emission,
                     fmt::join(city.column_names(layer), ", "));
  auto rates = column->as_numbers();
  Problems bad;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (std::isnan(rates[i])) rates[i] = 0;
    if (!(rates[i] >= 0 && rates[i] <= 1e12))
      bad.add("row {}: {} = {} g/s; must be 0 or more", i, c.emission, rates[i]);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: emissions make no sense", city.file_name(), layer.path()));
  return rates;
}

}  // namespace

std::optional<std::uint32_t> City_site::air_at(double x, double y, double height) const {
  const Box& b = box_;
  const double cx = std::floor((x - b.x0) / b.cell), cy = std::floor((y - b.y0) / b.cell);
  if (!(cx >= 1 && cy >= 1 && cx < b.nx - 1 && cy < b.ny - 1 && height >= 0)) return std::nullopt;
  const std::size_t column = b.column(static_cast<std::uint32_t>(cx), static_cast<std::uint32_t>(cy));
  const double layer = ground_[column] + std::floor(height / b.cell);
  if (layer < roof_[column] || layer >= b.nz - 1) return std::nullopt;
  return static_cast<std::uint32_t>(static_cast<std::size_t>(layer) * b.columns() + column);
}

void City_site::read_probes(const city::City& city, const Case& c) {
  const auto& layer = city.find(c.probes, {"points"});
  const auto points = city.read_points(layer.name);
  const auto* height = points.attributes.find(c.probe_height);
  if (height == nullptr || height->is_text())
    throw UsageError("probe_height: {} has no column of numbers '{}'; it has: {}", layer.path(), c.probe_height,
                     fmt::join(city.column_names(layer), ", "));
  const auto heights = height->as_numbers();
  Problems bad;
  for (std::size_t i = 0; i < points.size(); ++i) {
    probes_.push_back({points.x[i], points.y[i], heights[i]});
    if (!air_at(points.x[i], points.y[i], heights[i]))
      bad.add("row {}: ({:.1f}, {:.1f}), {} = {} m: is outside of the box, or in a building", i, points.x[i],
              points.y[i], c.probe_height, heights[i]);
  }
  bad.raise_if_any(Exit::bad_data,
                   fmt::format("{}: {}: probes that are not in the air", city.file_name(), layer.path()));
}

void City_site::read_emissions(const city::City& city, const Case& c) {
  const Box& b = box_;
  const auto& layer = city.find(c.sources, {"points", "zones", "network"});
  Emitted emitted;
  Problems bad;
  const auto is_inner = [&](double x, double y) {
    return x >= b.x0 + b.inner_x * b.cell && x < b.x0 + (b.inner_x + b.inner_nx) * b.cell &&
           y >= b.y0 + b.inner_y * b.cell && y < b.y0 + (b.inner_y + b.inner_ny) * b.cell;
  };
  std::size_t outside = 0;
  double hidden = 0;  // km of streets below buildings
  if (layer.kind == "points") {
    const auto points = city.read_points(layer.name);
    const auto rates = rates_of(city, layer, points.attributes, points.size(), c);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!is_inner(points.x[i], points.y[i])) {
        ++outside;
      } else if (const auto cell = air_at(points.x[i], points.y[i], c.source_height)) {
        emitted.add(*cell, rates[i]);
      } else {
        bad.add("row {}: ({:.1f}, {:.1f}) lies inside a building at {} m; move it, or give another source_height", i,
                points.x[i], points.y[i], c.source_height);
      }
    }
  } else if (layer.kind == "zones") {
    const auto zones = city.read_zones(layer.name);
    const auto rates = rates_of(city, layer, zones.attributes, zones.size(), c);
    const geometry::Zone_locator locator(zones.polygons);
    std::vector<std::vector<std::uint32_t>> open(zones.size());
    std::vector<std::size_t> columns(zones.size());
    for (std::uint32_t y = b.inner_y; y < b.inner_y + b.inner_ny; ++y)
      for (std::uint32_t x = b.inner_x; x < b.inner_x + b.inner_nx; ++x) {
        const auto z = locator.find(b.x(x), b.y(y));
        if (z == geometry::kNoZone) continue;
        ++columns[z];
        if (const auto cell = air_at(b.x(x), b.y(y), c.source_height)) open[z].push_back(*cell);
      }
    for (std::size_t z = 0; z < zones.size(); ++z) {
      if (columns[z] == 0) {
        ++outside;
        continue;
      }
      if (open[z].empty()) {
        bad.add("row {}: the whole zone is built over at {} m", z, c.source_height);
        continue;
      }
      double area = 0;
      const auto& p = zones.polygons;
      for (auto r = p.ring_first[z]; r < p.ring_first[z + 1]; ++r)
        for (auto v = p.vertex_first[r]; v + 1 < p.vertex_first[r + 1]; ++v)
          area += ((p.x[v] - p.x[p.vertex_first[r]]) * (p.y[v + 1] - p.y[p.vertex_first[r]]) -
                   (p.x[v + 1] - p.x[p.vertex_first[r]]) * (p.y[v] - p.y[p.vertex_first[r]])) /
                  2;
      const double share = std::min(1.0, static_cast<double>(columns[z]) * b.cell * b.cell / area);
      for (const auto cell : open[z]) emitted.add(cell, rates[z] * share / static_cast<double>(open[z].size()));
    }
  } else {
    const auto n = city.read_network(layer.name);
    std::set<std::pair<std::uint32_t, std::uint32_t>> done;
    for (std::size_t a = 0; a < n.arcs(); ++a) {
      const std::string road = city::kRoadNames[std::min<std::size_t>(n.arc_class[a], std::size(city::kRoadNames) - 1)];
      if (!c.source_classes.empty() &&
          std::find(c.source_classes.begin(), c.source_classes.end(), road) == c.source_classes.end())
        continue;
      const auto t = n.arc_tail[a], h = n.arc_head[a];
      const double x0 = n.node_x[t], y0 = n.node_y[t], dx = n.node_x[h] - x0, dy = n.node_y[h] - y0,
                   length = std::hypot(dx, dy);
      if (std::max(x0, x0 + dx) < b.x0 || std::min(x0, x0 + dx) > b.x0 + b.nx * b.cell ||
          std::max(y0, y0 + dy) < b.y0 || std::min(y0, y0 + dy) > b.y0 + b.ny * b.cell)
        continue;
      if (!done.insert({std::min(t, h), std::max(t, h)}).second) continue;
      const auto steps = static_cast<std::size_t>(std::ceil(2 * length / b.cell));
      for (std::size_t i = 0; i < steps; ++i) {
        const double s = (static_cast<double>(i) + 0.5) / static_cast<double>(steps),
                     km = length / static_cast<double>(steps) / 1000;
        if (!is_inner(x0 + s * dx, y0 + s * dy)) continue;
        if (const auto cell = air_at(x0 + s * dx, y0 + s * dy, c.source_height))
          emitted.add(*cell, c.emission_rate * km);
        else hidden += km;
      }
    }
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: sources inside walls", city.file_name(), layer.path()));
  emissions_ = emitted.take();
  if (outside > 0)
    spdlog::info("wind: {} of {} sources of {} lie outside of what is built up and are left out", outside, layer.rows,
                 layer.path());
  if (hidden > 0) spdlog::warn("wind: {:.2f} km of streets run below buildings; what they emit is left out", hidden);
  if (emissions_.empty()) throw DataError("{}: {}: nothing is emitted within the box", city.file_name(), layer.path());
}

}  // namespace dosi::wind
