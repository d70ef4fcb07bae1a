#include "host/wind/outlines.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"

namespace dosi::wind {
namespace {

constexpr double kMostHeight = 2000;

const city::Column& column_of(const city::City& city, const city::Layer& layer, const city::Table& table,
                              const std::string& name, const char* parameter) {
  const auto* c = table.find(name);
  if (c == nullptr)
    throw UsageError("{}: {} has no column '{}'; it has: {}", parameter, layer.path(), name,
                     fmt::join(city.column_names(layer), ", "));
  if (c->is_text())
    throw UsageError("{}: column '{}' of {} holds text; metres are needed", parameter, name, layer.path());
  return *c;
}

void add_square(city::Polygons& out, double x, double y, double side) {
  const double h = side / 2;
  for (const auto& [dx, dy] : {std::pair{-h, -h}, {h, -h}, {h, h}, {-h, h}, {-h, -h}}) {
    out.x.push_back(x + dx);
    out.y.push_back(y + dy);
  }
  out.vertex_first.push_back(out.x.size());
  out.ring_is_hole.push_back(0);
  out.ring_first.push_back(out.ring_is_hole.size());
}

}  // namespace

Place_of_site Outlines::middle(std::size_t b) const {
  const auto first = polygons.vertex_first[polygons.ring_first[b]],
             last = polygons.vertex_first[polygons.ring_first[b + 1]];
  const auto [x0, x1] = std::minmax_element(polygons.x.begin() + static_cast<std::ptrdiff_t>(first),
                                            polygons.x.begin() + static_cast<std::ptrdiff_t>(last));
  const auto [y0, y1] = std::minmax_element(polygons.y.begin() + static_cast<std::ptrdiff_t>(first),
                                            polygons.y.begin() + static_cast<std::ptrdiff_t>(last));
  return {(*x0 + *x1) / 2, (*y0 + *y1) / 2};
}

Outlines read_outlines(const city::City& city, const Case& c) {
  const auto& layer = city.find(c.buildings, {"zones", "points"});
  Outlines out;
  out.layer = layer.kind + ":" + layer.name;
  city::Table table;
  std::vector<double> x, y, area;
  const bool points = layer.kind == "points";
  if (points) {
    auto all = city.read_points(layer.name);
    x = std::move(all.x);
    y = std::move(all.y);
    table = std::move(all.attributes);
    area = column_of(city, layer, table, c.footprint, "footprint").as_numbers();
  } else {
    auto all = city.read_zones(layer.name);
    out.polygons = std::move(all.polygons);
    table = std::move(all.attributes);
  }
  out.height = column_of(city, layer, table, c.height, "height").as_numbers();
  Problems bad;
  for (std::size_t i = 0; i < out.height.size(); ++i) {
    auto& h = out.height[i];
    if (std::isnan(h)) {
      h = 0;
      ++out.without_height;
    } else if (!(h >= 0 && h <= kMostHeight)) {
      bad.add("row {}: {} = {} m; must be 0 to {}", i, c.height, h, kMostHeight);
    }
    if (points && !(area[i] > 0 && area[i] <= 1e7))
      bad.add("row {}: {} = {} m2; must be above 0", i, c.footprint, area[i]);
    out.row.push_back(i);
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: buildings make no sense", city.file_name(), out.layer));
  if (out.without_height == out.height.size())
    throw DataError("{}: {}: no building has a height in column '{}'", city.file_name(), out.layer, c.height);
  if (points)
    for (std::size_t i = 0; i < x.size(); ++i) add_square(out.polygons, x[i], y[i], std::sqrt(area[i]));
  return out;
}

}  // namespace dosi::wind
