#include "host/make_city/plan.hpp"

#include <numeric>

#include "host/make_city/blocks.hpp"

namespace dosi::make_city {
namespace {

constexpr double kMergeWithin = 13;  // metres along a street: junctions nearer than this become one
constexpr double kLongestArc = 130;  // metres between shape points, so that bends show

// Stops of one street that lie close together become the node with the smallest number: a corner of arterials
// before a T-junction on them.
std::vector<std::uint32_t> merge_near(const Street_plan& plan) {
  std::vector<std::uint32_t> into(plan.nodes.size());
  std::iota(into.begin(), into.end(), 0u);
  const auto find = [&](std::uint32_t n) {
    while (into[n] != n) n = into[n] = into[into[n]];
    return n;
  };
  std::size_t first = 0;
  for (std::size_t i = 1; i < plan.stops.size(); ++i) {
    const Stop &a = plan.stops[first], &b = plan.stops[i];
    const bool near = a.street == b.street && distance(plan.nodes[a.node], plan.nodes[b.node]) < kMergeWithin;
    if (!near) {
      first = i;
      continue;
    }
    const auto p = find(a.node), q = find(b.node);
    into[std::max(p, q)] = std::min(p, q);
  }
  for (std::uint32_t n = 0; n < into.size(); ++n) into[n] = find(n);
  return into;
}

}  // namespace

Bend::Bend(const Frame& frame) : centre_(frame.centre) {
  Random random = stream(frame.seed, Stage::warp);
  const double tilt = between(random, -0.5, 0.5);
  axis_ = unit({1, tilt});
  const double reach = 1.3 * frame.reach;
  const double wide = std::clamp(0.5 * frame.reach, 700.0, 5000.0),
               narrow = std::clamp(0.16 * frame.reach, 350.0, 1300.0);
  broad_ = 0.11 * wide;
  fine_ = 0.055 * narrow;
  broad_x_ = Noise(frame.seed, Stage::warp, 1, {}, reach, wide);
  broad_y_ = Noise(frame.seed, Stage::warp, 2, {}, reach, wide);
  fine_x_ = Noise(frame.seed, Stage::warp, 3, {}, reach, narrow);
  fine_y_ = Noise(frame.seed, Stage::warp, 4, {}, reach, narrow);
}

Point Bend::operator()(Point p) const {
  const Point moved = p + Point{broad_x_(p), broad_y_(p)} * broad_ + Point{fine_x_(p), fine_y_(p)} * fine_;
  return centre_ + axis_ * moved.x + left_of(axis_) * moved.y;
}

Street_plan plan_streets(const Land& land, const Bend& bend, double nodes) {
  const Arterials arterials = lay_arterials(land.frame());
  const Block_size size(land, nodes);
  std::vector<Block_streets> inside(arterials.superblocks.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < inside.size(); ++i)
    inside[i] = split_superblock(arterials.superblocks[i], arterials.nodes, arterials.streets, land, bend, size, i + 1);

  Street_plan plan;
  plan.nodes = arterials.nodes;
  for (std::uint32_t s = 0; s < arterials.streets.size(); ++s) {
    plan.street_road.push_back(arterials.streets[s].road);
    plan.stops.push_back({s, arterials.streets[s].from, 0});
    plan.stops.push_back({s, arterials.streets[s].to, 1});
  }
  for (const auto& tee : arterials.tees) plan.stops.push_back({tee.street, tee.node, tee.t});
  for (auto& block : inside) {
    const auto node0 = static_cast<std::uint32_t>(plan.nodes.size());
    const auto street0 = static_cast<std::uint32_t>(plan.street_road.size());
    plan.nodes.insert(plan.nodes.end(), block.nodes.begin(), block.nodes.end());
    plan.street_road.insert(plan.street_road.end(), block.street_road.begin(), block.street_road.end());
    for (const auto& [on_rim, stop] : block.stops)
      plan.stops.push_back({on_rim ? stop.street : stop.street + street0, stop.node + node0, stop.t});
    block = {};
  }
  const auto in_order = [](const Stop& a, const Stop& b) {
    if (a.street != b.street) return a.street < b.street;
    return a.t != b.t ? a.t < b.t : a.node < b.node;
  };
  std::sort(plan.stops.begin(), plan.stops.end(), in_order);
  const auto into = merge_near(plan);
  std::vector<Stop> stops;
  stops.reserve(plan.stops.size() + plan.stops.size() / 4);
  for (Stop s : plan.stops) {
    s.node = into[s.node];
    const bool follows = !stops.empty() && stops.back().street == s.street;
    if (follows && stops.back().node == s.node) continue;
    if (follows) {
      const Stop before = stops.back();
      const Point a = plan.nodes[before.node], b = plan.nodes[s.node];
      const int pieces = static_cast<int>(distance(a, b) / kLongestArc) + 1;
      for (int k = 1; k < pieces; ++k) {
        const double part = static_cast<double>(k) / pieces;
        plan.nodes.push_back(between_points(a, b, part));
        stops.push_back(
            {s.street, static_cast<std::uint32_t>(plan.nodes.size() - 1), before.t + (s.t - before.t) * part});
      }
    }
    stops.push_back(s);
  }
  plan.stops = std::move(stops);
  return plan;
}

}  // namespace dosi::make_city
