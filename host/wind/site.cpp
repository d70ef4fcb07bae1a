#include "host/wind/site.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "host/wind/outlines.hpp"
#include "host/wind/relief.hpp"
#include "io/error.hpp"

namespace dosi::wind {
namespace {

constexpr double kTimesHeight = 5;  // free air beside and above the highest building (Franke et al., COST 732, 2007)
constexpr double kLeastTop = 100;   // m, where nothing stands
constexpr double kMostCells = 4294967295.0;
constexpr double kFarthest = 131072;  // cells that a corner of an outline may be from the box: Side holds no more

struct Rectangle {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool contains(double x, double y) const { return x >= x0 && x <= x1 && y >= y0 && y <= y1; }
};

Rectangle around(const city::Polygons& p) {
  const auto [x0, x1] = std::minmax_element(p.x.begin(), p.x.end());
  const auto [y0, y1] = std::minmax_element(p.y.begin(), p.y.end());
  return {*x0, *y0, *x1, *y1};
}

// The rasters and outlines that a case names.
struct Sources_of_shape {
  std::optional<Outlines> outlines;
  std::optional<Relief> surface, terrain;
  std::string where;

  Sources_of_shape(const city::City& city, const Case& c) : where(city.file_name()) {
    if (!c.buildings.empty()) outlines = read_outlines(city, c);
    if (!c.surface.empty()) surface.emplace(city.read_raster(city.find(c.surface, {"raster"}).name));
    if (!c.terrain.empty()) terrain.emplace(city.read_raster(city.find(c.terrain, {"raster"}).name));
    if (surface && !terrain && !c.surface_above_ground)
      throw UsageError("surface: is measured from the datum, so terrain is needed too; or say surface_above=ground");
  }

  Place_of_site middle(const Case& c) const {
    if (c.centre) return *c.centre;
    Rectangle r;
    if (outlines && outlines->polygons.size() > 0) r = around(outlines->polygons);
    else if (surface) r = {surface->x0(), surface->y0(), surface->x1(), surface->y1()};
    else if (terrain) r = {terrain->x0(), terrain->y0(), terrain->x1(), terrain->y1()};
    else throw UsageError("centre: is needed where there are no buildings, no surface and no terrain");
    return {(r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2};
  }

  void check_covered(const Rectangle& built, double cell) const {
    Problems bad;
    for (const auto& [name, relief] : {std::pair{"surface", &surface}, {"terrain", &terrain}}) {
      if (!*relief) continue;
      const auto& r = **relief;
      if (built.x0 < r.x0() - cell || built.y0 < r.y0() - cell || built.x1 > r.x1() + cell || built.y1 > r.y1() + cell)
        bad.add(
            "size: {:.0f} x {:.0f} m around ({:.0f}, {:.0f}) reach beyond the {}, which covers x {:.0f} to {:.0f} and "
            "y {:.0f} to {:.0f}",
            built.x1 - built.x0, built.y1 - built.y0, (built.x0 + built.x1) / 2, (built.y0 + built.y1) / 2, name,
            r.x0(), r.x1(), r.y0(), r.y1());
    }
    bad.raise_if_any(Exit::usage, where);
  }
};

// Values at the built-up columns; DataError with how many have none, and where.
std::vector<double> sampled(const Relief& relief, const std::string& name, const Box& b, const std::string& where) {
  std::vector<double> out;
  std::size_t holes = 0;
  double hole_x = 0, hole_y = 0;
  for (std::uint32_t y = 0; y < b.inner_ny; ++y)
    for (std::uint32_t x = 0; x < b.inner_nx; ++x) {
      const double px = b.x(b.inner_x + x), py = b.y(b.inner_y + y);
      out.push_back(relief.at(px, py));
      if (std::isfinite(out.back())) continue;
      if (holes++ == 0) hole_x = px, hole_y = py;
    }
  if (holes > 0)
    throw DataError(
        "{}: {}: has no height at {} of {} columns of the box, the first at ({:.1f}, {:.1f}); fill its holes "
        "(gdal_fillnodata.py), or choose another centre and size",
        where, name, holes, out.size(), hole_x, hole_y);
  return out;
}

}  // namespace

// Sides, in units from the corner of the box, of the buildings that stand in it.
struct City_site::Standing {
  std::vector<std::uint64_t> side_first{0};
  std::vector<Side> sides;
  std::vector<std::int32_t> top;

  void add(const city::Polygons& p, std::size_t b, const Box& box) {
    const auto units = [&](double metres) {
      return static_cast<std::int32_t>(std::lround(metres / box.cell * kUnits));
    };
    for (auto r = p.ring_first[b]; r < p.ring_first[b + 1]; ++r)
      for (auto v = p.vertex_first[r]; v + 1 < p.vertex_first[r + 1]; ++v)
        sides.push_back(
            {units(p.x[v] - box.x0), units(p.y[v] - box.y0), units(p.x[v + 1] - box.x0), units(p.y[v + 1] - box.y0)});
    side_first.push_back(sides.size());
  }
};

City_site::City_site(const city::City& city, const Case& c, const Device& device) {
  const Sources_of_shape shapes(city, c);
  const auto middle = shapes.middle(c);
  Box& b = box_;
  b.cell = c.cell;
  b.inner_nx = static_cast<std::uint32_t>(std::max<long>(1, std::lround(std::min(c.size[0] / c.cell, 1e6))));
  b.inner_ny = static_cast<std::uint32_t>(std::max<long>(1, std::lround(std::min(c.size[1] / c.cell, 1e6))));
  const Rectangle built{middle.x - b.inner_nx * c.cell / 2, middle.y - b.inner_ny * c.cell / 2,
                        middle.x + b.inner_nx * c.cell / 2, middle.y + b.inner_ny * c.cell / 2};
  shapes.check_covered(built, c.cell);
  b.x0 = built.x0;  // of the built-up part, until the fetch is known
  b.y0 = built.y0;

  const std::size_t inner = std::size_t{b.inner_nx} * b.inner_ny;
  const auto ground = shapes.terrain ? sampled(*shapes.terrain, "raster:" + c.terrain, b, shapes.where)
                                     : std::vector<double>(inner, 0.0);
  auto above =
      shapes.surface ? sampled(*shapes.surface, "raster:" + c.surface, b, shapes.where) : std::vector<double>();
  for (std::size_t i = 0; i < above.size() && !c.surface_above_ground; ++i) above[i] -= ground[i];
  const auto ground_at = [&](double x, double y) {
    return shapes.terrain ? shapes.terrain->at(std::clamp(x, built.x0, built.x1), std::clamp(y, built.y0, built.y1))
                          : 0.0;
  };
  const double lowest = *std::min_element(ground.begin(), ground.end());

  std::vector<double> base;  // of the buildings that stand, above the lowest ground
  std::vector<std::size_t> chosen;
  double sum = 0, highest_roof = 0;
  std::size_t counted = 0;
  if (shapes.outlines) {
    const auto& p = shapes.outlines->polygons;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto at = shapes.outlines->middle(i);
      if (!built.contains(at.x, at.y) || shapes.outlines->height[i] <= 0) continue;
      double mean = 0;
      const auto first = p.vertex_first[p.ring_first[i]], last = p.vertex_first[p.ring_first[i] + 1] - 1;
      for (auto v = first; v < last; ++v) mean += ground_at(p.x[v], p.y[v]) / static_cast<double>(last - first);
      chosen.push_back(i);
      base.push_back(mean - lowest);
      highest_ = std::max(highest_, shapes.outlines->height[i]);
      highest_roof = std::max(highest_roof, base.back() + shapes.outlines->height[i]);
      sum += shapes.outlines->height[i];
      ++counted;
    }
    if (chosen.empty()) {
      const auto all = around(p);
      const auto none = fmt::format(
          "no building of {} stands within {:.0f} x {:.0f} m around ({:.0f}, {:.0f}); they cover x {:.0f} to {:.0f} "
          "and y {:.0f} to {:.0f}",
          shapes.outlines->layer, built.x1 - built.x0, built.y1 - built.y0, middle.x, middle.y, all.x0, all.x1, all.y0,
          all.y1);
      if (!shapes.surface) throw UsageError("centre: {}", none);
      spdlog::warn("wind: {}", none);
    }
    if (shapes.outlines->without_height > 0)
      spdlog::warn("wind: {} of {} buildings of {} have no height and are left out", shapes.outlines->without_height,
                   p.size(), shapes.outlines->layer);
  }
  for (std::size_t i = 0; i < above.size(); ++i) {
    highest_roof = std::max(highest_roof, ground[i] - lowest + above[i]);
    highest_ = std::max(highest_, above[i]);
    if (above[i] < c.cell) continue;
    sum += above[i];
    ++counted;
  }
  for (const double g : ground) highest_roof = std::max(highest_roof, g - lowest);
  standing_ = chosen.size();
  mean_height_ = counted > 0 ? sum / static_cast<double>(counted) : 0;

  const double fetch = c.fetch.value_or(highest_ > 0 ? kTimesHeight * highest_ : 25 * c.cell);
  const double top = c.top.value_or(highest_ > 0 ? highest_roof + kTimesHeight * highest_
                                                 : highest_roof + std::max(kLeastTop, 25 * c.cell));
  if (!(top >= highest_roof + 2 * c.cell)) {
    Problems bad;
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const double roof = base[k] + shapes.outlines->height[chosen[k]];
      if (top < roof + 2 * c.cell)
        bad.add("{}: row {}: its roof is {:.1f} m above the lowest ground", shapes.outlines->layer,
                shapes.outlines->row[chosen[k]], roof);
    }
    if (bad.empty()) bad.add("the surface or the terrain is {:.1f} m above the lowest ground", highest_roof);
    bad.raise_if_any(Exit::usage, fmt::format("top: {} m is not above all that stands; give {:.0f} m or more", top,
                                              std::ceil(highest_roof + std::max(2 * c.cell, highest_))));
  }
  const double around_cells = std::ceil(std::min(fetch / c.cell, 1e6)) + 1, high = std::ceil(top / c.cell) + 2;
  const double cells = (b.inner_nx + 2 * around_cells) * (b.inner_ny + 2 * around_cells) * high;
  if (cells > kMostCells)
    throw UsageError(
        "cell: {} m makes a box of {:.0f} x {:.0f} x {:.0f} = {:.3g} cells, at most {:.3g}; take a larger cell, a "
        "smaller size or less fetch",
        c.cell, b.inner_nx + 2 * around_cells, b.inner_ny + 2 * around_cells, high, cells, kMostCells);
  b.inner_x = b.inner_y = static_cast<std::uint32_t>(around_cells);
  b.nx = b.inner_nx + 2 * b.inner_x;
  b.ny = b.inner_ny + 2 * b.inner_y;
  b.nz = static_cast<std::uint32_t>(high);
  b.x0 = built.x0 - b.inner_x * c.cell;
  b.y0 = built.y0 - b.inner_y * c.cell;
  b.z0 = lowest - c.cell;

  const auto layers = [&](double metres) { return 1 + static_cast<std::int32_t>(std::lround(metres / c.cell)); };
  ground_.resize(b.columns());
  std::vector<std::int32_t> surface(above.empty() ? 0 : b.columns());
  for (std::uint32_t y = 0; y < b.ny; ++y)
    for (std::uint32_t x = 0; x < b.nx; ++x) {
      const auto within = [](std::uint32_t at, std::uint32_t first, std::uint32_t n) {
        return at < first ? 0 : std::min(at - first, n - 1);
      };
      const std::size_t i =
          std::size_t{within(y, b.inner_y, b.inner_ny)} * b.inner_nx + within(x, b.inner_x, b.inner_nx);
      ground_[b.column(x, y)] = layers(ground[i] - lowest);
      const bool is_inner =
          x >= b.inner_x && x < b.inner_x + b.inner_nx && y >= b.inner_y && y < b.inner_y + b.inner_ny;
      if (!surface.empty())
        surface[b.column(x, y)] = is_inner ? layers(ground[i] - lowest + std::max(above[i], 0.0)) : 0;
    }
  Problems bad;
  for (const auto k : chosen) {
    const auto& p = shapes.outlines->polygons;
    double far = 0;
    for (auto v = p.vertex_first[p.ring_first[k]]; v < p.vertex_first[p.ring_first[k + 1]]; ++v)
      far = std::max({far, std::fabs(p.x[v] - b.x0), std::fabs(p.y[v] - b.y0)});
    if (far > kFarthest * c.cell)
      bad.add("row {}: its outline reaches {:.0f} m from the corner of the box, {} cells; is it a building?",
              shapes.outlines->row[k], far, std::lround(far / c.cell));
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: buildings", shapes.where));
  Standing standing;
  std::size_t flat = 0;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    standing.add(shapes.outlines->polygons, chosen[k], b);
    standing.top.push_back(layers(base[k] + shapes.outlines->height[chosen[k]]));
    flat += shapes.outlines->height[chosen[k]] < c.cell / 2 ? 1 : 0;
  }
  if (flat > 0)
    spdlog::warn("wind: {} of {} buildings are lower than half a cell of {} m and do not appear", flat, chosen.size(),
                 c.cell);
  auto voxels = DOSI_BACKEND_OF(device, wind::make_voxels)(
      {b.nx, b.ny, b.nz, ground_, surface, {standing.side_first, standing.sides, standing.top}}, device.argument());
  kinds_ = std::move(voxels.kinds);
  roof_ = std::move(voxels.roof);
  if (!c.probes.empty()) read_probes(city, c);
  if (!c.sources.empty()) read_emissions(city, c);
}

}  // namespace dosi::wind
