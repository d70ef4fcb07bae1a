#include "host/wind/slices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "io/error.hpp"
#include "io/stream/stream.hpp"

namespace dosi::wind {
namespace {

using result::Json;
using result::words;

struct Shown {
  const char *name, *units, *label, *korean;
};
constexpr Shown kShown[] = {
    {"speed", "m/s", "speed of the mean flow", "평균 흐름의 풍속"},
    {"along", "m/s", "mean velocity along the slice", "단면 방향 평균 풍속 성분"},
    {"across", "m/s", "mean velocity across the slice, to its left", "단면 왼쪽 방향 평균 풍속 성분"},
    {"up", "m/s", "mean velocity upwards", "위쪽 평균 풍속 성분"},
    {"energy", "m2/s2", "turbulent kinetic energy that the grid resolves", "격자가 해상하는 난류 운동 에너지"},
    {"concentration", "ug/m3", "mean concentration", "평균 농도"},
};
constexpr std::size_t kAlways = 5;  // of them; the last only where something is emitted

// The part of the line through a point that a rectangle holds, as distances from the point; nothing: none of it.
std::optional<std::array<double, 2>> clipped(Place_of_site p, double east, double north, double x0, double y0,
                                             double x1, double y1) {
  double low = -INFINITY, high = INFINITY;
  for (const auto& [at, step, least, most] : {std::tuple{p.x, east, x0, x1}, {p.y, north, y0, y1}}) {
    if (std::fabs(step) < 1e-12) {
      if (at < least || at > most) return std::nullopt;
      continue;
    }
    const double a = (least - at) / step, b = (most - at) / step;
    low = std::max(low, std::min(a, b));
    high = std::min(high, std::max(a, b));
  }
  return low < high ? std::optional(std::array{low, high}) : std::nullopt;
}

std::string held_name(std::size_t slice, const char* shown) { return fmt::format("slice_{}_{}", slice, shown); }

}  // namespace

Slices::Slices(const City_site& site, const std::vector<Slice_line>& lines) : site_(site) {
  Problems bad;
  for (const auto& line : lines) slices_.push_back(place(line, bad));
  bad.raise_if_any(Exit::usage, "slices: cannot be where they are asked for");
}

Slice Slices::place(const Slice_line& line, Problems& bad) const {
  const Box& b = site_.box();
  Slice s{.name = line.name, .from = {}, .to = {}, .distance = {}, .x = {}, .y = {}, .height = {}};
  // What is not a face; and what is built up.
  const double x0 = b.x0 + b.cell, y0 = b.y0 + b.cell, x1 = b.x0 + (b.nx - 1) * b.cell, y1 = b.y0 + (b.ny - 1) * b.cell;
  if (line.through) {
    const double turn = line.bearing * std::numbers::pi / 180, east = std::sin(turn), north = std::cos(turn);
    const double ix = b.x0 + b.inner_x * b.cell, iy = b.y0 + b.inner_y * b.cell;
    const auto built = clipped(*line.through, east, north, ix, iy, ix + b.inner_nx * b.cell, iy + b.inner_ny * b.cell);
    if (!line.length && !built) {
      bad.add(
          "slice '{}': the line through ({:.1f}, {:.1f}) at {:g} degrees misses what is built up, x {:.1f} to {:.1f} "
          "and y {:.1f} to {:.1f}; move it, or give a length",
          s.name, line.through->x, line.through->y, line.bearing, ix, ix + b.inner_nx * b.cell, iy,
          iy + b.inner_ny * b.cell);
      return s;
    }
    const auto ends = line.length ? std::array{-*line.length / 2, *line.length / 2} : *built;
    s.from = {line.through->x + ends[0] * east, line.through->y + ends[0] * north};
    s.to = {line.through->x + ends[1] * east, line.through->y + ends[1] * north};
  } else {
    s.from = *line.from;
    s.to = *line.to;
  }
  bool outside = false;
  const double slack = 1e-6 * b.cell;
  for (const auto& [which, p] : {std::pair{"begins", s.from}, {"ends", s.to}})
    if (!(p.x >= x0 - slack && p.x <= x1 + slack && p.y >= y0 - slack && p.y <= y1 + slack)) {
      bad.add("slice '{}': {} at ({:.1f}, {:.1f}), outside of the box: x {:.1f} to {:.1f} and y {:.1f} to {:.1f}",
              s.name, which, p.x, p.y, x0, x1, y0, y1);
      outside = true;
    }
  const double length = std::hypot(s.to.x - s.from.x, s.to.y - s.from.y);
  if (length < 2 * b.cell)
    bad.add("slice '{}': is {:.3g} m long; must be two cells, {:g} m, or more", s.name, length, 2 * b.cell);
  const double highest = (b.nz - 2) * b.cell;  // of the air, above the lowest ground
  if (line.height && *line.height > highest)
    bad.add("slice '{}': height = {:g} m: the box ends below; give {:g} m or less, or a higher top", s.name,
            *line.height, highest);
  if (outside || length < 2 * b.cell || (line.height && *line.height > highest)) return s;

  const auto columns = static_cast<std::size_t>(std::lround(length / b.cell));
  for (std::size_t i = 0; i < columns; ++i) {
    const double t = (static_cast<double>(i) + 0.5) / static_cast<double>(columns);
    s.distance.push_back(t * length);
    s.x.push_back(s.from.x + t * (s.to.x - s.from.x));
    s.y.push_back(s.from.y + t * (s.to.y - s.from.y));
  }
  // Without a height as far above the highest roof as that is above the ground.
  const auto roof = *std::max_element(site_.roof().begin(), site_.roof().end());
  const double high = line.height ? *line.height : std::min(highest, std::max(2.0 * (roof - 1), 10.0) * b.cell);
  const auto layers = 1 + static_cast<std::size_t>(std::ceil(high / b.cell - 1e-9));
  for (std::size_t k = 0; k < layers; ++k) s.height.push_back(b.z0 + (static_cast<double>(k) + 0.5) * b.cell);
  const auto stands = standing(s);
  if (std::all_of(stands.begin(), stands.end(), [](float v) { return !std::isnan(v); }))
    bad.add(
        "slice '{}': reaches {:g} m above the lowest ground, and there is no air along it: it is below the ground, or "
        "in buildings; give a larger height",
        s.name, high);
  return s;
}

std::array<double, 2> Slices::inside(double x, double y) const {
  const Box& b = site_.box();
  return {std::clamp((x - b.x0) / b.cell, 1.0, b.nx - 1 - 1e-9), std::clamp((y - b.y0) / b.cell, 1.0, b.ny - 1 - 1e-9)};
}

std::vector<float> Slices::at(const Slice& s, const std::vector<float>& field) const {
  const Box& b = site_.box();
  std::vector<float> out(s.size(), NAN);
  for (std::size_t i = 0; i < s.distance.size(); ++i) {
    const auto [fx, fy] = inside(s.x[i], s.y[i]);
    const auto own = b.column(static_cast<std::uint32_t>(fx), static_cast<std::uint32_t>(fy));
    const double gx = fx - 0.5, gy = fy - 0.5;
    const auto cx = static_cast<std::uint32_t>(gx), cy = static_cast<std::uint32_t>(gy);
    for (std::size_t k = 0; k < s.height.size(); ++k) {
      const std::size_t layer = k * b.columns();
      if (site_.kinds()[layer + own] != Kind::fluid) continue;
      double sum = 0, weights = 0;
      for (const std::uint32_t dy : {0u, 1u})
        for (const std::uint32_t dx : {0u, 1u}) {
          const std::uint32_t x = cx + dx, y = cy + dy;
          const std::size_t n = layer + b.column(x, y);
          const bool face = x == 0 || y == 0 || x + 1 >= b.nx || y + 1 >= b.ny;
          const double weight =
              std::fabs(gx - x) < 1 && std::fabs(gy - y) < 1 ? (1 - std::fabs(gx - x)) * (1 - std::fabs(gy - y)) : 0.0;
          if (face || weight <= 0 || site_.kinds()[n] != Kind::fluid) continue;
          sum += weight * static_cast<double>(field[n]);
          weights += weight;
        }
      if (weights > 0) out[k * s.distance.size() + i] = static_cast<float>(sum / weights);
    }
  }
  return out;
}

std::vector<float> Slices::standing(const Slice& s) const {
  const Box& b = site_.box();
  std::vector<float> out;
  for (std::size_t k = 0; k < s.height.size(); ++k)
    for (std::size_t i = 0; i < s.distance.size(); ++i) {
      const auto [fx, fy] = inside(s.x[i], s.y[i]);
      const auto column = b.column(static_cast<std::uint32_t>(fx), static_cast<std::uint32_t>(fy));
      const Kind kind = site_.kinds()[k * b.columns() + column];
      out.push_back(kind == Kind::fluid ? NAN : kind == Kind::ground ? 1.0f : 2.0f);
    }
  return out;
}

void Slices::declare(result::Rows_schema& schema) const {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    schema.axes.push_back({.name = held_name(i, "cell"),
                           .length = slices_[i].size(),
                           .numbers = {},
                           .texts = {},
                           .units = "",
                           .long_name = "cell of a slice"});
    for (const auto& v : std::span(kShown).first(site_.emissions().empty() ? kAlways : std::size(kShown)))
      schema.variables.push_back({.name = held_name(i, v.name),
                                  .type = h5::type_of<float>(),
                                  .axes = {held_name(i, "cell")},
                                  .units = v.units,
                                  .long_name = v.label,
                                  .fill = {},
                                  .long_name_ko = v.korean});
  }
}

void Slices::fill(const std::function<std::span<float>(const std::string&)>& values, const Averages& a) const {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Slice& s = slices_[i];
    const auto put = [&](const char* name, const std::vector<float>& v) {
      std::copy(v.begin(), v.end(), values(held_name(i, name)).begin());
    };
    const auto east = at(s, a.x), north = at(s, a.y), up = at(s, a.z);
    const double length = std::hypot(s.to.x - s.from.x, s.to.y - s.from.y);
    const auto ex = static_cast<float>((s.to.x - s.from.x) / length),
               ey = static_cast<float>((s.to.y - s.from.y) / length);
    std::vector<float> speed(s.size()), along(s.size()), across(s.size());
    for (std::size_t n = 0; n < s.size(); ++n) {
      speed[n] = std::hypot(east[n], north[n], up[n]);
      along[n] = ex * east[n] + ey * north[n];
      across[n] = ex * north[n] - ey * east[n];
    }
    put("speed", speed);
    put("along", along);
    put("across", across);
    put("up", up);
    put("energy", at(s, a.energy));
    if (!a.concentration.empty()) put("concentration", at(s, a.concentration));
  }
}

void Slices::move(result::Writer& result, h5::Group& runs, const std::vector<double>& directions) const {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Slice& s = slices_[i];
    std::vector<std::vector<float>> held;
    const auto shown = std::span(kShown).first(site_.emissions().empty() ? kAlways : std::size(kShown));
    for (const auto& v : shown) {
      held.push_back(stream::read_all<float>(runs, held_name(i, v.name)));
      runs.remove(held_name(i, v.name));
    }
    runs.remove(held_name(i, "cell"));
    auto table = result.create_table(
        "slice_" + s.name, result::Table_kind::slice, "direction", directions.size(),
        fmt::format("Slice {} from ({:.1f}, {:.1f}) to ({:.1f}, {:.1f})", s.name, s.from.x, s.from.y, s.to.x, s.to.y));
    table.set_attribute("places", "directions");
    result::create_axis(table, {.name = "height",
                                .length = s.height.size(),
                                .numbers = s.height,
                                .texts = {},
                                .units = "m",
                                .long_name = "height above the terrain's datum"});
    result::create_axis(table, {.name = "distance",
                                .length = s.distance.size(),
                                .numbers = s.distance,
                                .texts = {},
                                .units = "m",
                                .long_name = "distance along the slice"});
    stream::write_all<double>(table, "x", {"distance"}, s.x, {.units = "m", .long_name = "easting"});
    stream::write_all<double>(table, "y", {"distance"}, s.y, {.units = "m", .long_name = "northing"});
    stream::write_all<float>(table, "standing", {"height", "distance"}, standing(s),
                             {.units = "", .long_name = "1: ground, 2: a building"})
        .set_attribute("long_name_ko", "1: 지면, 2: 건물");
    for (std::size_t v = 0; v < shown.size(); ++v)
      stream::write_all<float>(table, shown[v].name, {"direction", "height", "distance"}, held[v],
                               {.units = shown[v].units, .long_name = shown[v].label})
          .set_attribute("long_name_ko", shown[v].korean);
  }
}

void Slices::add_panels(Json& panels) const {
  for (const auto& s : slices_) {
    const auto where = fmt::format("({:.0f}, {:.0f}) – ({:.0f}, {:.0f})", s.from.x, s.from.y, s.to.x, s.to.y);
    const auto panel = [&](const char* column, const char* english, const char* korean) {
      panels.push_back({{"kind", "grid"},
                        {"table", "slice_" + s.name},
                        {"column", column},
                        {"rows", words("Wind from", "풍향")},
                        {"arrows", {"along", "up"}},
                        {"solid", "standing"},
                        {"title", words(fmt::format("Slice {}: {}, {}", s.name, english, where),
                                        fmt::format("연직 단면 {}: {}, {}", s.name, korean, where))}});
    };
    panel("speed", "speed of the mean flow", "평균 흐름의 풍속");
    if (!site_.emissions().empty()) panel("concentration", "mean concentration", "평균 농도");
  }
}

}  // namespace dosi::wind
