#include "host/make_city/partition.hpp"

#include <numeric>
#include <queue>
#include <tuple>

namespace dosi::make_city {
namespace {

constexpr std::uint32_t kOutside = 0xFFFFFFFFu, kOpen = 0xFFFFFFFEu;
constexpr int kRounds = 16;                       // of growing, then evening out
constexpr double kHillCost = 5, kRiverCost = 30;  // times a step on open ground

}  // namespace

Partition::Partition(const Land& land, const Hexagons& hexagons, const std::vector<double>& weight)
    : hexagons_(hexagons), weight_(weight), roughness_(hexagons.cells()), bank_(hexagons.cells()),
      part_(hexagons.cells(), kOutside) {
  for (std::uint32_t c = 0; c < hexagons.cells(); ++c) {
    const Point p = hexagons.centre(c);
    roughness_[c] = static_cast<float>(1 - land.buildable()(p));
    bank_[c] = land.river().signed_distance(p) > 0 ? 1 : -1;
  }
}

double Partition::step_cost(std::uint32_t a, std::uint32_t b) const {
  const double hills = 1 + 0.5 * kHillCost * (static_cast<double>(roughness_[a]) + roughness_[b]);
  return bank_[a] == bank_[b] ? hills : hills * kRiverCost;
}

// Halves the cells by weight across their longer side, again and again; the seed of a part is its middle.
void Partition::seed(std::vector<std::uint32_t> cells, std::uint32_t parts, std::vector<std::uint32_t>& seeds) const {
  double total = 0;
  Point sum, low{1e30, 1e30}, high{-1e30, -1e30};
  for (const auto c : cells) {
    const double w = weight_[c] + 1e-6;
    const Point p = hexagons_.centre(c);
    total += w;
    sum = sum + p * w;
    low = {std::min(low.x, p.x), std::min(low.y, p.y)}, high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  if (parts <= 1) {
    const Point middle = sum * (1 / total);
    std::uint32_t best = cells.front();
    for (const auto c : cells)
      if (distance(hexagons_.centre(c), middle) < distance(hexagons_.centre(best), middle)) best = c;
    seeds.push_back(best);
    return;
  }
  const bool wide = high.x - low.x >= high.y - low.y;
  std::sort(cells.begin(), cells.end(), [&](auto a, auto b) {
    const Point p = hexagons_.centre(a), q = hexagons_.centre(b);
    const double u = wide ? p.x : p.y, v = wide ? q.x : q.y;
    return u != v ? u < v : a < b;
  });
  const std::uint32_t half = parts / 2;
  const double share = total * half / parts;
  std::size_t cut = 0;
  for (double before = 0; cut + 1 < cells.size() && before < share; ++cut) before += weight_[cells[cut]] + 1e-6;
  cut = std::max<std::size_t>(cut, 1);
  const auto middle = cells.begin() + static_cast<std::ptrdiff_t>(cut);
  seed({cells.begin(), middle}, half, seeds);
  seed({middle, cells.end()}, parts - half, seeds);
}

void Partition::grow(const std::vector<std::uint32_t>& seeds, const std::vector<double>& pace) {
  using Entry = std::tuple<double, std::uint32_t, std::uint32_t>;  // cost, part, cell
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  for (std::uint32_t s = 0; s < seeds.size(); ++s) open.push({0, s, seeds[s]});
  while (!open.empty()) {
    const auto [cost, part, cell] = open.top();
    open.pop();
    if (part_[cell] != kOpen) continue;
    part_[cell] = part;
    for (int side = 0; side < Hexagons::kSides; ++side) {
      const auto next = hexagons_.neighbour(cell, side);
      if (part_[next] == kOpen) open.push({cost + pace[part] * step_cost(cell, next), part, next});
    }
  }
}

std::vector<std::uint32_t> Partition::divide(const std::vector<std::uint32_t>& cells, std::uint32_t parts) {
  std::vector<std::uint32_t> seeds;
  seed(cells, parts, seeds);
  std::vector<double> pace(seeds.size(), 1);
  std::vector<std::uint32_t> best;
  double evenest = -1;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto c : cells) part_[c] = kOpen;
    grow(seeds, pace);
    std::vector<double> weight(seeds.size(), 1e-9);
    std::vector<Point> sum(seeds.size());
    double total = 0;
    for (const auto c : cells) {
      const double w = weight_[c] + 1e-6;
      weight[part_[c]] += w;
      sum[part_[c]] = sum[part_[c]] + hexagons_.centre(c) * w;
      total += w;
    }
    const double fair = total / static_cast<double>(seeds.size());
    const auto [least, most] = std::minmax_element(weight.begin(), weight.end());
    const double worst = std::max(*most / fair, fair / *least);
    if (evenest < 0 || worst < evenest) {
      evenest = worst;
      best.clear();
      for (const auto c : cells) best.push_back(part_[c]);
    }
    std::vector<double> nearest(seeds.size(), 1e30);
    for (const auto c : cells) {
      const auto s = part_[c];
      const double d = distance(hexagons_.centre(c), sum[s] * (1 / weight[s]));
      if (d < nearest[s]) nearest[s] = d, seeds[s] = c;
    }
    for (std::size_t s = 0; s < seeds.size(); ++s) pace[s] *= std::clamp(std::sqrt(weight[s] / fair), 0.7, 1.4);
  }
  for (const auto c : cells) part_[c] = kOutside;
  return best;
}

}  // namespace dosi::make_city
