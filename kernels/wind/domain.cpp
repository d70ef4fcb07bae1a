// What the cells of a question need. See domain.hpp. Plane by plane on all cores: what a plane finds does not depend on
// another's, and lists are put together in their order.
#include "kernels/wind/domain.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "kernels/wind/grid.hpp"

namespace dosi::wind {
namespace {

constexpr double kModelled = 4, kModelledOpen = 3, kUnresolved = 6;  // cells; see Question::smagorinsky
constexpr int kMostLayers = *std::max_element(std::begin(kLayers), std::end(kLayers));
static_assert(1 + std::accumulate(std::begin(kLayers), std::end(kLayers), 0) <= kMixings);

std::uint8_t flag_of(Near wall, int layer) {
  const int before = std::accumulate(kLayers, kLayers + static_cast<int>(wall), 0);
  return static_cast<std::uint8_t>((before + layer) << kMixingShift);
}

std::uint32_t before(std::uint32_t at, std::uint32_t n) { return at == 0 ? n - 1 : at - 1; }
std::uint32_t after(std::uint32_t at, std::uint32_t n) { return at + 1 == n ? 0 : at + 1; }

// out[x]: the highest of three rows there.
void highest_of_rows(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c, std::size_t n,
                     std::uint8_t* out) {
#pragma omp simd
  for (std::size_t x = 0; x < n; ++x) out[x] = std::max(a[x], std::max(b[x], c[x]));
}

// out[x]: the highest of row[x - 1 .. x + 1], in a circle.
void highest_along(const std::uint8_t* row, std::size_t n, std::uint8_t* out) {
  const std::size_t last = n - 1;
#pragma omp simd
  for (std::size_t x = 1; x < last; ++x) out[x] = std::max(row[x - 1], std::max(row[x], row[x + 1]));
  out[0] = std::max(row[n - 1], std::max(row[0], row[n > 1 ? 1 : 0]));
  out[n - 1] = std::max(row[n > 1 ? n - 2 : 0], std::max(row[n - 1], row[0]));
}

// A front of cells, each with a number above 0, that grows by the 26 neighbours at a time: a new cell has the highest
// number next to it. Planes far from it cost nothing.
class Front {
 public:
  Front(const Grid& grid, int threads)
      : grid_(grid), threads_(threads), plane_(std::size_t{grid.nx} * grid.ny), at_(grid.cells()), wide_(grid.cells()),
        is_there_(grid.nz, 1) {}

  void restart() { std::fill(is_there_.begin(), is_there_.end(), std::uint8_t{1}); }
  std::uint8_t* plane(std::uint32_t z) { return at_.data() + z * plane_; }

  // take(n, number): whether cell n, which the front has come to, is part of the next one.
  template <class Take>
  void grow(Take take) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
    for (std::uint32_t z = 0; z < grid_.nz; ++z)
      if (is_there_[z] != 0) widen(z);
    std::vector<std::uint8_t> next(grid_.nz, 0);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_)
    for (std::uint32_t z = 0; z < grid_.nz; ++z) next[z] = take_plane(z, take) ? 1 : 0;
    is_there_ = next;
  }

 private:
  void widen(std::uint32_t z) {
    std::vector<std::uint8_t> line(grid_.nx);
    const auto row = [&](std::uint32_t y) { return plane(z) + std::size_t{y} * grid_.nx; };
    for (std::uint32_t y = 0; y < grid_.ny; ++y) {
      highest_of_rows(row(before(y, grid_.ny)), row(y), row(after(y, grid_.ny)), grid_.nx, line.data());
      highest_along(line.data(), grid_.nx, wide_.data() + z * plane_ + std::size_t{y} * grid_.nx);
    }
  }

  template <class Take>
  bool take_plane(std::uint32_t z, Take take) {
    const std::uint32_t near[] = {before(z, grid_.nz), z, after(z, grid_.nz)};
    std::uint8_t* const to = plane(z);
    bool any = false;
    if (is_there_[near[0]] == 0 && is_there_[near[1]] == 0 && is_there_[near[2]] == 0) return false;
    for (std::size_t k = 0; k < plane_; ++k) {
      std::uint8_t number = 0;
      for (const std::uint32_t from : near)
        if (is_there_[from] != 0) number = std::max(number, wide_[from * plane_ + k]);
      to[k] = number > 0 && take(static_cast<std::uint32_t>(z * plane_ + k), number) ? number : std::uint8_t{0};
      any |= to[k] != 0;
    }
    return any;
  }

  Grid grid_;
  int threads_;
  std::size_t plane_;
  std::vector<std::uint8_t> at_, wide_;  // numbers; the highest in the plane's nine around a cell
  std::vector<std::uint8_t> is_there_;   // of each plane
};

// Column by column; a column ends at the top of the box.
void find_open_ground(const Grid& grid, std::vector<std::uint8_t>& flags, int threads) {
  const std::size_t plane = std::size_t{grid.nx} * grid.ny;
  constexpr auto high = static_cast<std::uint32_t>(kOpenLayers);
  if (grid.nz <= high) return;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (std::size_t column = 0; column < plane; ++column)
    for (std::uint32_t z = 0; z + high < grid.nz; ++z) {
      const auto flag = [&](std::uint32_t above) -> std::uint8_t& { return flags[(z + above) * plane + column]; };
      if (kind_of(flag(0)) != Kind::ground) continue;
      const auto is_open = [&](std::uint32_t above) {
        const Nearness near = nearness_of(flag(above) >> kMixingShift);
        return kind_of(flag(above)) == Kind::fluid &&
               (near.layer == 0 || near.wall == Near::ground || near.wall == Near::given);
      };
      std::uint32_t open = 0;
      while (open < high && is_open(open + 1)) ++open;
      if (open < high) continue;
      for (std::uint32_t above = 1; above <= high; ++above) {
        const Nearness near = nearness_of(flag(above) >> kMixingShift);
        if (near.wall != Near::given)
          flag(above) = flag_of(Near::open, near.layer > 0 ? near.layer : static_cast<int>(above));
      }
    }
}

// Each fluid cell's layer: cells with a wall among their 26 neighbours are the first, their neighbours the second.
void number_layers(const Grid& grid, std::vector<std::uint8_t>& flags, int threads) {
  const std::size_t plane = std::size_t{grid.nx} * grid.ny;
  Front front(grid, threads);
  const auto start = [&](auto number_of) {
#pragma omp parallel for schedule(static) num_threads(threads)
    for (std::uint32_t z = 0; z < grid.nz; ++z)
      for (std::size_t k = 0; k < plane; ++k) front.plane(z)[k] = number_of(kind_of(flags[z * plane + k]));
  };
  const auto is_given = [](Kind kind) { return static_cast<std::uint8_t>(kind == Kind::velocity ? 1 : 0); };
  start([](Kind kind) {
    return static_cast<std::uint8_t>(!solid(kind) ? 0 : kind == Kind::building ? 3 : kind == Kind::ground ? 2 : 1);
  });
  for (int layer = 1; layer <= kMostLayers; ++layer)
    front.grow([&](std::uint32_t n, std::uint8_t number) {
      const auto wall = static_cast<Near>(number - 1);
      if (flags[n] != 0 || layer > kLayers[number - 1]) return false;  // no fluid, of a layer before, or far
      flags[n] = flag_of(wall, layer);
      return true;
    });
  front.restart();
  start(is_given);
  for (int layer = 1; layer <= kLayers[static_cast<int>(Near::given)]; ++layer)
    front.grow([&](std::uint32_t n, std::uint8_t) {
      if (kind_of(flags[n]) != Kind::fluid) return false;
      if (nearness_of(flags[n] >> kMixingShift).wall == Near::smooth) flags[n] = flag_of(Near::given, layer);
      return true;
    });
  find_open_ground(grid, flags, threads);
}

// Finds what a plane's cells of fluid have beside them.
struct Plane {
  std::vector<std::uint32_t> boundary_cells, boundary_links, rough_cells, straight_cells, moving_cells, outlet_cells;
  std::vector<std::int8_t> outlet_axis;

  Plane(const Grid& grid, const std::vector<std::uint8_t>& flags, std::uint32_t z) {
    std::vector<std::uint8_t> line(grid.nx), near(grid.nx);
    for (std::uint32_t y = 0; y < grid.ny; ++y) {
      std::fill(line.begin(), line.end(), std::uint8_t{0});
      for (const std::uint32_t k : {before(z, grid.nz), z, after(z, grid.nz)}) {
        const auto row = [&](std::uint32_t j) { return flags.data() + grid.index({0, j, k}); };
        highest_of_rows(row(before(y, grid.ny)), row(y), row(after(y, grid.ny)), grid.nx, near.data());
#pragma omp simd
        for (std::size_t x = 0; x < grid.nx; ++x) line[x] = std::max(line[x], near[x]);
      }
      highest_along(line.data(), grid.nx, near.data());
      for (std::uint32_t x = 0; x < grid.nx; ++x)
        if (near[x] != 0) look(grid, flags, {x, y, z});
    }
  }

 private:
  void look(const Grid& grid, const std::vector<std::uint8_t>& flags, Cell cell) {
    const std::uint32_t n = grid.index(cell);
    if (kind_of(flags[n]) == Kind::velocity) moving_cells.push_back(n);
    if (kind_of(flags[n]) != Kind::fluid) return;
    bool boundary = false, beside = false, beside_rough = false;
    std::uint32_t links = 0;
    std::int8_t axis = 0;
    for (int i = 1; i < kPopulations; ++i) {
      const Direction d = direction(i);
      const Kind kind = kind_of(flags[grid.index(grid.moved(cell, d))]);
      boundary |= kind != Kind::fluid;
      links |= solid(kind) ? 1u << i : kind != Kind::fluid ? 1u : 0u;
      const bool straight = pair_of(i) < 3;
      beside |= straight && kind != Kind::fluid;
      beside_rough |= straight && rough(kind);
      if (kind == Kind::outlet && straight && axis == 0) axis = static_cast<std::int8_t>(d.x + 2 * d.y + 3 * d.z);
    }
    if (boundary) boundary_cells.push_back(n), boundary_links.push_back(links);
    if (beside) straight_cells.push_back(n);
    if (beside_rough) rough_cells.push_back(n);
    if (axis != 0) outlet_cells.push_back(n), outlet_axis.push_back(axis);
  }
};

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Momentum goes from node to node by the harmonic mean of their viscosities, so that under a constant stress the speeds
// a cell apart differ by u* (1 / l + 1 / l') / 2. That is the log law's u* / 0.4 ln((z + 1) / z), at all z, where 0.4 /
// l is 2 ln(z (z + 2) (z + 4) .. / ..): l = 0.4 z far from the wall, a quarter more at half a cell.
double log_law_length(double height) {
  return kKarman / (2 * (std::lgamma(height / 2) + std::lgamma(height / 2 + 1) - 2 * std::lgamma((height + 1) / 2)));
}

// Whether the air over open ground is given the stress that the model leaves.
bool is_unresolved(const Question& q) { return q.smagorinsky > 0 && q.collision == Collision::regularised; }

// From the log law's own length at the wall to the model's.
double shared_length(const Question& q, double by_wall, double distance, bool open) {
  return q.smagorinsky + (by_wall - q.smagorinsky) *
                             std::exp(-std::pow(distance / (open && is_unresolved(q) ? kModelledOpen : kModelled), 2));
}

}  // namespace

Nearness nearness_of(int mixing) {
  for (int wall = 0, layer = mixing; mixing > 0 && wall < static_cast<int>(std::size(kLayers));
       layer -= kLayers[wall++])
    if (layer <= kLayers[wall]) return {static_cast<Near>(wall), layer};
  return {};
}

double mixing_length(const Question& q, Nearness near) {
  const double constant = q.smagorinsky, distance = near.layer - 0.5;
  if (constant == 0 || near.layer == 0) return constant;
  if (near.wall == Near::given) return constant + 0.6 * std::exp(0.5 - distance);
  if (near.wall == Near::smooth) return 1 / std::sqrt(1 / (constant * constant) + 1 / std::pow(kKarman * distance, 2));
  const double roughness = near.wall == Near::building ? q.building_roughness : q.ground_roughness;
  return shared_length(q, log_law_length(distance + roughness), distance, near.wall == Near::open);
}

double unresolved_drag(const Question& q, Nearness near) {
  if (near.wall != Near::open || !is_unresolved(q)) return 0;
  const auto unresolved = [&](int height) {
    if (height == 0 || height == kOpenLayers) return 0.0;
    const double by_wall = kKarman * (height + q.ground_roughness);
    return std::max(0.0,
                    std::exp(-std::pow(height / kUnresolved, 2)) - shared_length(q, by_wall, height, true) / by_wall);
  };
  const double speed = std::log((near.layer - 0.5) / q.ground_roughness + 1) / kKarman;
  return (unresolved(near.layer - 1) - unresolved(near.layer)) / (speed * speed);
}

Domain make_domain(const Question& q, int threads) {
  const Grid grid{q.nx, q.ny, q.nz, 0};
  const int team = threads > 0 ? threads : omp_get_max_threads();
  Domain domain;
  domain.flags.resize(grid.cells());
  if (q.kinds.empty()) return domain;
#pragma omp parallel for schedule(static) num_threads(team)
  for (std::size_t n = 0; n < q.kinds.size(); ++n) {
    const Kind kind = q.kinds[n];
    const bool smooth =
        (kind == Kind::ground && q.ground_roughness == 0) || (kind == Kind::building && q.building_roughness == 0);
    domain.flags[n] = static_cast<std::uint8_t>(smooth ? Kind::wall : kind);
  }
  std::vector<std::optional<Plane>> planes(q.nz);
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
  for (std::uint32_t z = 0; z < q.nz; ++z) planes[z].emplace(grid, domain.flags, z);
  for (const auto& plane : planes) {
    append(domain.boundary_cells, plane->boundary_cells);
    append(domain.boundary_links, plane->boundary_links);
    append(domain.rough_cells, plane->rough_cells);
    append(domain.straight_cells, plane->straight_cells);
    append(domain.moving_cells, plane->moving_cells);
    append(domain.outlet_cells, plane->outlet_cells);
    append(domain.outlet_axis, plane->outlet_axis);
  }
  if (q.smagorinsky > 0) number_layers(grid, domain.flags, team);
  return domain;
}

}  // namespace dosi::wind
