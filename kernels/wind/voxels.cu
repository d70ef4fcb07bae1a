// A city as cells, on one device: a thread for each column, which asks the buildings that come near it. See voxels.hpp.
#include "kernels/wind/voxels.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

namespace {

constexpr std::uint32_t kBin = 16;  // columns on a side
constexpr int kClosings = 4;

// The buildings whose boxes touch a bin of columns, by number.
struct Bins {
  std::uint32_t across = 0;
  std::vector<std::uint64_t> first;
  std::vector<std::uint32_t> building;
};

Bins make_bins(const Site& s) {
  Bins out;
  out.across = (s.nx + kBin - 1) / kBin;
  const std::uint32_t down = (s.ny + kBin - 1) / kBin;
  out.first.assign(std::size_t{out.across} * down + 1, 0);
  const auto for_bins = [&](auto&& use) {
    const auto clamp = [](std::int64_t units, std::uint32_t bins) {
      return std::clamp<std::int64_t>(units / (kUnits * std::int64_t{kBin}), 0, bins - 1);
    };
    for (std::size_t b = 0; b + 1 < s.buildings.side_first.size(); ++b) {
      std::int64_t x0 = INT32_MAX, x1 = INT32_MIN, y0 = INT32_MAX, y1 = INT32_MIN;
      for (const Side& e : s.buildings.sides.subspan(s.buildings.side_first[b],
                                                     s.buildings.side_first[b + 1] - s.buildings.side_first[b])) {
        x0 = std::min<std::int64_t>({x0, e.x0, e.x1});
        x1 = std::max<std::int64_t>({x1, e.x0, e.x1});
        y0 = std::min<std::int64_t>({y0, e.y0, e.y1});
        y1 = std::max<std::int64_t>({y1, e.y0, e.y1});
      }
      if (x1 < 0 || y1 < 0 || x0 >= std::int64_t{s.nx} * kUnits || y0 >= std::int64_t{s.ny} * kUnits) continue;
      for (auto y = clamp(y0, down); y <= clamp(y1, down); ++y)
        for (auto x = clamp(x0, out.across); x <= clamp(x1, out.across); ++x)
          use(static_cast<std::size_t>(y) * out.across + static_cast<std::size_t>(x), b);
    }
  };
  for_bins([&](std::size_t bin, std::size_t) { ++out.first[bin + 1]; });
  for (std::size_t i = 1; i < out.first.size(); ++i) out.first[i] += out.first[i - 1];
  out.building.resize(out.first.back());
  auto next = out.first;
  for_bins([&](std::size_t bin, std::size_t b) { out.building[next[bin]++] = static_cast<std::uint32_t>(b); });
  return out;
}

}  // namespace

// Whether an odd number of sides is met on the way from a point to +x. A side is open at its upper end.
struct Inside {
  View<const Side> sides;
  DOSI_HD bool operator()(std::int64_t x, std::int64_t y) const {
    bool odd = false;
    for (const Side& e : sides) {
      if ((e.y0 > y) == (e.y1 > y)) continue;
      const std::int64_t turn = (std::int64_t{e.x1} - e.x0) * (y - e.y0) - (x - e.x0) * (std::int64_t{e.y1} - e.y0);
      if (e.y1 > e.y0 ? turn > 0 : turn < 0) odd = !odd;
    }
    return odd;
  }
};

struct Column_roof {
  std::uint32_t nx, ny, bins_across;
  std::int32_t most;
  View<const std::int32_t> ground, surface;
  View<const std::uint64_t> bin_first, side_first;
  View<const std::uint32_t> building;
  View<const Side> sides;
  View<const std::int32_t> top;
  View<std::int32_t> roof;
  DOSI_HD void operator()(std::size_t at) const {
    const auto x = static_cast<std::uint32_t>(at % nx), y = static_cast<std::uint32_t>(at / nx);
    std::int32_t highest = ground[at];
    if (x > 0 && x + 1 < nx && y > 0 && y + 1 < ny) {
      if (!surface.empty() && surface[at] > highest) highest = surface[at];
      const std::size_t bin = std::size_t{y / kBin} * bins_across + x / kBin;
      for (auto k = bin_first[bin]; k < bin_first[bin + 1]; ++k) {
        const auto b = building[k];
        if (top[b] <= highest) continue;
        if (Inside{sides.part(side_first[b], side_first[b + 1] - side_first[b])}(std::int64_t{x} * kUnits + kUnits / 2,
                                                                                 std::int64_t{y} * kUnits + kUnits / 2))
          highest = top[b];
      }
    }
    roof[at] = highest < most ? highest : most;
  }
};

// A gap of one cell between two buildings is closed as high as the lower of them: momentum across it would go to and
// fro between its walls for ever, and one cell shows no street.
struct Close_gap {
  std::uint32_t nx, ny;
  View<const std::int32_t> ground, open;
  View<std::int32_t> roof;
  DOSI_HD std::int32_t between(std::size_t a, std::size_t b) const {
    if (open[a] <= ground[a] || open[b] <= ground[b]) return 0;
    return open[a] < open[b] ? open[a] : open[b];
  }
  DOSI_HD void operator()(std::size_t at) const {
    const auto x = static_cast<std::uint32_t>(at % nx), y = static_cast<std::uint32_t>(at / nx);
    std::int32_t highest = open[at];
    if (x > 0 && x + 1 < nx && y > 0 && y + 1 < ny) {
      const std::int32_t along_x = between(at - 1, at + 1), along_y = between(at - nx, at + nx);
      if (along_x > highest) highest = along_x;
      if (along_y > highest) highest = along_y;
    }
    roof[at] = highest;
  }
};

struct Cell_kind {
  std::uint32_t columns;
  View<const std::int32_t> ground, roof;
  View<Kind> kinds;
  DOSI_HD void operator()(std::size_t at) const {
    const auto z = static_cast<std::int32_t>(at / columns);
    const std::size_t column = at % columns;
    kinds[at] = z < ground[column] ? Kind::ground : z < roof[column] ? Kind::building : Kind::fluid;
  }
};

Voxels make_voxels(const Site& s, int device) {
  const std::size_t columns = std::size_t{s.nx} * s.ny;
  const auto& b = s.buildings;
  if (s.nx < 3 || s.ny < 3 || s.nz < 3) throw std::invalid_argument("wind: a box needs 3 cells on each side");
  if (s.ground.size() != columns || (!s.surface.empty() && s.surface.size() != columns))
    throw std::invalid_argument("wind: the ground is not that of the box");
  if (b.side_first.size() != b.top.size() + 1 || b.side_first.back() != b.sides.size())
    throw std::invalid_argument("wind: the buildings' lists do not fit each other");
  const Bins bins = make_bins(s);
  par::Context context(device);
  const par::Buffer<std::int32_t> ground(context, s.ground), surface(context, s.surface), top(context, b.top);
  const par::Buffer<std::uint64_t> bin_first(context, std::span<const std::uint64_t>(bins.first)),
      side_first(context, b.side_first);
  const par::Buffer<std::uint32_t> building(context, std::span<const std::uint32_t>(bins.building));
  const par::Buffer<Side> sides(context, b.sides);
  par::Buffer<std::int32_t> open(context, columns), roof(context, columns);
  par::Buffer<Kind> kinds(context, columns * s.nz);
  par::for_each(
      context, columns,
      Column_roof{s.nx, s.ny, bins.across, static_cast<std::int32_t>(s.nz) - 2, ground.view(), surface.view(),
                  bin_first.view(), side_first.view(), building.view(), sides.view(), top.view(), open.view()});
  // What is closed can leave a gap beside it.
  for (int round = 0; round < kClosings; ++round) {
    par::for_each(context, columns, Close_gap{s.nx, s.ny, ground.view(), std::as_const(open).view(), roof.view()});
    std::swap(open, roof);
  }
  par::for_each(
      context, columns * s.nz,
      Cell_kind{static_cast<std::uint32_t>(columns), ground.view(), std::as_const(open).view(), kinds.view()});
  return {.roof = open.to_host(), .kinds = kinds.to_host()};
}

}  // namespace dosi::DOSI_BACKEND::wind
