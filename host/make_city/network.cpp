// Travel times of the streets. On foot by Tobler's hiking function ("Three presentations on geographical analysis and
// modeling", 1993), scaled to 4.5 km/h on flat ground; by car at the usual speed of each class of road.
#include "host/make_city/streets.hpp"

namespace dosi::make_city {
namespace {

using city::Road;

constexpr double kWalk = 4.5 / 3.6, kBicycle = 15 / 3.6, kSteepBicycle = 4 / 3.6;  // metres per second
constexpr double kBicycleSlope = 9;                                                // how fast a climb eats the speed
constexpr double kOneWay = 0.22;                                                   // of the local streets
constexpr double kFootway = 0.05;
constexpr double kStepsSlope = 0.15;  // a footway this steep is a stair
constexpr int kDriveRepairs = 50;

double drive_speed(Road road) {  // metres per second
  switch (road) {
    case Road::trunk: return 60 / 3.6;
    case Road::primary:
    case Road::secondary: return 50 / 3.6;
    case Road::tertiary: return 40 / 3.6;
    case Road::residential: return 30 / 3.6;
    default: return 20 / 3.6;
  }
}

double walk_speed(double slope) {  // slope: rise per metre, negative downhill
  const double flat = 3.5 * 0.05;
  return kWalk * exponential(flat - 3.5 * std::abs(std::max(slope, -0.6) + 0.05));
}

double bicycle_speed(double slope) {
  return slope <= 0 ? kBicycle : std::max(kSteepBicycle, kBicycle / (1 + kBicycleSlope * slope));
}

std::uint32_t milliseconds(double metres, double speed) {
  return static_cast<std::uint32_t>(std::max(1.0, std::floor(metres / speed * 1000 + 0.5)));
}

enum : std::uint8_t { kForward = 1, kBackward = 2, kBoth = 3 };  // from a to b, from b to a

struct Ways {
  std::vector<Road> road;
  std::vector<std::uint8_t> drive;  // kForward | kBackward
};

Ways choose_ways(const Land& land, const Streets& streets) {
  Ways out;
  out.road.reserve(streets.edges.size());
  out.drive.reserve(streets.edges.size());
  for (std::size_t i = 0; i < streets.edges.size(); ++i) {
    const Edge& e = streets.edges[i];
    Random random = stream(land.frame().seed, Stage::directions, i);
    const double u = random.uniform();
    Road road = e.road;
    std::uint8_t drive = kBoth;
    if (road >= Road::residential && !e.bridge) {
      const Point p = streets.nodes[e.a], q = streets.nodes[e.b];
      const double slope = std::abs(land.elevation()(p) - land.elevation()(q)) / distance(p, q);
      if (slope > kStepsSlope) road = Road::steps, drive = 0;
      else if (u < kFootway) road = Road::footway, drive = 0;
      else if (u < kFootway + kOneWay) drive = random.bits() % 2 == 0 ? kForward : kBackward;
    }
    out.road.push_back(road);
    out.drive.push_back(drive);
  }
  return out;
}

// For each node the edges at it.
struct Incidence {
  std::vector<std::uint32_t> first, edge;
  explicit Incidence(const Streets& s) : first(s.nodes.size() + 1), edge(2 * s.edges.size()) {
    for (const auto& e : s.edges) ++first[e.a + 1], ++first[e.b + 1];
    for (std::size_t n = 1; n < first.size(); ++n) first[n] += first[n - 1];
    auto next = first;
    for (std::uint32_t i = 0; i < s.edges.size(); ++i) edge[next[s.edges[i].a]++] = edge[next[s.edges[i].b]++] = i;
  }
};

std::vector<std::uint8_t> reached(const Streets& s, const Incidence& at, const Ways& ways, std::uint32_t start,
                                  bool reverse) {
  std::vector<std::uint8_t> seen(s.nodes.size());
  std::vector<std::uint32_t> open{start};
  seen[start] = 1;
  while (!open.empty()) {
    const auto n = open.back();
    open.pop_back();
    for (auto k = at.first[n]; k < at.first[n + 1]; ++k) {
      const Edge& e = s.edges[at.edge[k]];
      const bool out_of_a = (e.a == n) != reverse;
      if (!(ways.drive[at.edge[k]] & (out_of_a ? kForward : kBackward))) continue;
      const auto other = e.a == n ? e.b : e.a;
      if (!seen[other]) seen[other] = 1, open.push_back(other);
    }
  }
  return seen;
}

// Opens one-way streets and footways (not stairs, unless nothing else is left) around nodes that a car cannot both
// reach and leave, until it can go from every node to every other.
void make_drivable(const Streets& s, Ways& ways) {
  const Incidence at(s);
  std::uint32_t start = 0;
  for (std::size_t i = 0; i < s.edges.size(); ++i)
    if (ways.road[i] <= Road::primary) {
      start = s.edges[i].a;
      break;
    }
  for (int round = 0; round < kDriveRepairs; ++round) {
    const auto from = reached(s, at, ways, start, false), to = reached(s, at, ways, start, true);
    bool changed = false;
    for (std::uint32_t n = 0; n < s.nodes.size(); ++n) {
      if (from[n] && to[n]) continue;
      for (auto k = at.first[n]; k < at.first[n + 1]; ++k) {
        const auto e = at.edge[k];
        const bool stairs = ways.road[e] == Road::steps && round < 3;
        if (ways.drive[e] == kBoth || stairs) continue;
        if (ways.road[e] >= Road::footway) ways.road[e] = Road::service;
        ways.drive[e] = kBoth;
        changed = true;
      }
    }
    if (!changed && round >= 3) break;
  }
}

}  // namespace

city::Network make_network(const Land& land, const Streets& streets) {
  Ways ways = choose_ways(land, streets);
  make_drivable(streets, ways);

  city::Network n;
  const std::size_t nodes = streets.nodes.size(), arcs = 2 * streets.edges.size();
  n.node_x.resize(nodes), n.node_y.resize(nodes), n.node_id.resize(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    n.node_x[i] = streets.nodes[i].x;
    n.node_y[i] = streets.nodes[i].y;
    n.node_id[i] = static_cast<std::int64_t>(i) + 1;
  }
  n.arc_tail.resize(arcs), n.arc_head.resize(arcs), n.arc_length.resize(arcs), n.arc_class.resize(arcs);
  auto& walk = n.times["walk"];
  auto& bicycle = n.times["bicycle"];
  auto& drive = n.times["drive"];
  walk.resize(arcs), bicycle.resize(arcs), drive.resize(arcs);

  // Edges come by a, then b; so arcs towards smaller heads, then towards larger ones, fill each tail in order.
  std::vector<std::uint32_t> next(nodes + 1);
  for (const auto& e : streets.edges) ++next[e.a + 1], ++next[e.b + 1];
  for (std::size_t i = 1; i <= nodes; ++i) next[i] += next[i - 1];
  const auto put = [&](std::size_t edge, bool forward) {
    const Edge& e = streets.edges[edge];
    const std::uint32_t tail = forward ? e.a : e.b, head = forward ? e.b : e.a;
    const std::uint32_t at = next[tail]++;
    const Point p = streets.nodes[tail], q = streets.nodes[head];
    const double metres = std::max(0.001, round_to(distance(p, q), kPerMillimetre));
    const double slope = e.bridge ? 0 : (land.elevation()(q) - land.elevation()(p)) / metres;
    const Road road = ways.road[edge];
    n.arc_tail[at] = tail, n.arc_head[at] = head, n.arc_length[at] = metres;
    n.arc_class[at] = static_cast<std::uint8_t>(road);
    walk[at] = milliseconds(metres, walk_speed(slope));
    bicycle[at] =
        road == Road::steps || road == Road::trunk ? city::kNever : milliseconds(metres, bicycle_speed(slope));
    const bool open = ways.drive[edge] & (forward ? kForward : kBackward);
    drive[at] = open ? milliseconds(metres, drive_speed(road)) : city::kNever;
  };
  for (std::size_t e = 0; e < streets.edges.size(); ++e) put(e, false);
  for (std::size_t e = 0; e < streets.edges.size(); ++e) put(e, true);
  return n;
}

}  // namespace dosi::make_city
