#include "host/make_city/streets.hpp"

#include <numeric>

namespace dosi::make_city {
namespace {

constexpr double kBankMergeWithin = 12;                       // metres
constexpr double kLongestBankArc = 110;                       // metres
constexpr double kSteepestLane = 0.20, kSteepestRoad = 0.28;  // rise per metre of the ground
constexpr double kMissing = 0.035, kCulDeSac = 0.04;          // of the local streets' pieces
constexpr double kLeastCulDeSac = 30;                         // metres, of a piece that may become one
constexpr double kBridgeSpacingPerReach = 0.075;
constexpr double kLeastBridgeSpacing = 420, kMostBridgeSpacing = 1500;  // metres along the river
constexpr double kSkewedBridge = 1.5;                                   // longest bridge, against the river's width

constexpr double kNodesPerPerson = 0.115;
constexpr double kFewest = 0.97, kMost = 1.20, kAim = 1.05;  // of the nodes wanted
constexpr int kMostRounds = 4;

struct Bank_node {
  double along = 0;
  std::uint32_t node = 0;
  int side = 0;
  city::Road road = city::Road::other;
};

struct Bridge {
  std::uint32_t left = 0, right = 0;  // nodes on the banks
  double left_along = 0, right_along = 0, skew = 0;
  city::Road road = city::Road::other;
  double along() const { return 0.5 * (left_along + right_along); }
};

class Layer_of_streets {
 public:
  explicit Layer_of_streets(const Land& land) : land_(land), river_(land.river()), bend_(land.frame()) {}

  Streets run(double nodes) {
    cut_at_river(plan_streets(land_, bend_, nodes));
    lay_bank_roads();
    build_bridges();
    drop_steep_and_far();
    drop_some_links();
    return largest_piece();
  }

 private:
  std::uint32_t add_node(Point map) {
    nodes_.push_back({round_to(map.x, kPerMillimetre), round_to(map.y, kPerMillimetre)});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  // +1 on the left bank, -1 on the right, 0 between the bank roads.
  int side_of(Point p) const {
    const double s = river_.signed_distance(p);
    return std::abs(s) <= river_.half_width(p) + kBankRoadOffset ? 0 : s > 0 ? 1 : -1;
  }
  double outside_bank(Point p, int side) const {
    return side * river_.signed_distance(p) - river_.half_width(p) - kBankRoadOffset;
  }
  bool dry(Point a, Point b) const {
    for (int k = 1; k < 8; ++k)
      if (river_.dry_distance(between_points(a, b, k / 8.0)) < 4) return false;
    return true;
  }
  // The place between a dry and a wet point where the bank road passes.
  Bank_node bank_node(Point land, Point water, int side, city::Road road) {
    for (int step = 0; step < 30; ++step) {
      const Point middle = between_points(land, water, 0.5);
      (outside_bank(middle, side) > 0 ? land : water) = middle;
    }
    const double along = river_.along(land);
    banks_.push_back({along, add_node(river_.bank(along, side, kBankRoadOffset)), side, road});
    return banks_.back();
  }
  void add_edge(std::uint32_t a, std::uint32_t b, city::Road road, bool bridge = false) {
    if (a != b) edges_.push_back({std::min(a, b), std::max(a, b), road, bridge});
  }

  void cut_at_river(Street_plan plan) {
    nodes_.reserve(plan.nodes.size() + plan.nodes.size() / 50);
    for (const Point p : plan.nodes) add_node(bend_(p));
    Bank_node last;  // where the street last went into the water; side 0: nowhere
    for (std::size_t i = 0; i < plan.stops.size(); ++i) {
      const Stop& to = plan.stops[i];
      if (i == 0 || plan.stops[i - 1].street != to.street) {
        last.side = 0;
        continue;
      }
      const Stop& from = plan.stops[i - 1];
      const Point a = nodes_[from.node], b = nodes_[to.node];
      const int sa = side_of(a), sb = side_of(b);
      const auto road = static_cast<city::Road>(plan.street_road[to.street]);
      if (sa == sb) {
        if (sa != 0 && dry(a, b)) add_edge(from.node, to.node, road);
        continue;
      }
      if (sa != 0) {
        last = bank_node(a, b, sa, road);
        add_edge(from.node, last.node, road);
      }
      if (sb != 0) {
        const Bank_node landing = bank_node(b, a, sb, road);
        add_edge(landing.node, to.node, road);
        if (last.side == -sb) bridge_candidate(last, landing);
        last.side = 0;
      }
    }
  }

  void bridge_candidate(const Bank_node& p, const Bank_node& q) {
    const Bank_node &left = p.side > 0 ? p : q, &right = p.side > 0 ? q : p;
    const Point a = nodes_[left.node], b = nodes_[right.node];
    const double width = 2 * (river_.half_width(between_points(a, b, 0.5)) + kBankRoadOffset);
    bridges_.push_back(
        {left.node, right.node, left.along, right.along, distance(a, b) / width, std::max(p.road, q.road)});
  }

  // Larger roads that end about opposite each other could be joined too. `banks_` is sorted by side, then along.
  void pair_opposite_banks() {
    std::vector<Bank_node> side[2];
    for (const auto& n : banks_)
      if (n.road <= city::Road::tertiary) side[n.side > 0].push_back(n);
    for (const auto& n : side[1]) {
      const auto after = std::lower_bound(side[0].begin(), side[0].end(), n.along,
                                          [](const Bank_node& m, double along) { return m.along < along; });
      if (after != side[0].end()) bridge_candidate(n, *after);
      if (after != side[0].begin()) bridge_candidate(n, *(after - 1));
    }
  }

  // Joins the bank nodes of each side in order; nodes very near one another become one.
  void lay_bank_roads() {
    std::sort(banks_.begin(), banks_.end(), [](const auto& p, const auto& q) {
      if (p.side != q.side) return p.side < q.side;
      return p.along != q.along ? p.along < q.along : p.node < q.node;
    });
    pair_opposite_banks();
    std::vector<std::uint32_t> into(nodes_.size());
    std::iota(into.begin(), into.end(), 0u);
    std::vector<Bank_node> kept;
    for (const auto& n : banks_) {
      const bool near = !kept.empty() && kept.back().side == n.side &&
                        distance(nodes_[kept.back().node], nodes_[n.node]) < kBankMergeWithin;
      if (near) into[n.node] = kept.back().node;
      else kept.push_back(n);
    }
    for (auto& e : edges_) {
      const auto a = into[e.a], b = into[e.b];
      e.a = std::min(a, b), e.b = std::max(a, b);
    }
    for (auto& b : bridges_) b.left = into[b.left], b.right = into[b.right];
    for (std::size_t i = 1; i < kept.size(); ++i) {
      if (kept[i].side != kept[i - 1].side) continue;
      const double from = kept[i - 1].along, to = kept[i].along;
      const double gap = distance(nodes_[kept[i - 1].node], nodes_[kept[i].node]);
      const int pieces = static_cast<int>(gap / kLongestBankArc) + 1;
      std::uint32_t last = kept[i - 1].node;
      for (int k = 1; k < pieces; ++k) {
        const auto n = add_node(river_.bank(from + (to - from) * k / pieces, kept[i].side, kBankRoadOffset));
        add_edge(last, n, city::Road::secondary);
        last = n;
      }
      add_edge(last, kept[i].node, city::Road::secondary);
    }
  }

  // The largest roads first, kept apart; a city has two bridges at least where any street could cross.
  void build_bridges() {
    std::sort(bridges_.begin(), bridges_.end(), [](const auto& p, const auto& q) {
      if (p.road != q.road) return p.road < q.road;
      return p.skew != q.skew ? p.skew < q.skew : p.along() < q.along();
    });
    const double spacing =
        std::clamp(kBridgeSpacingPerReach * land_.frame().reach, kLeastBridgeSpacing, kMostBridgeSpacing);
    std::vector<Bridge> built;
    for (const auto& b : bridges_) {
      const bool needed = built.size() < 2;
      if (b.road > city::Road::tertiary && !needed) continue;
      if (b.skew > kSkewedBridge || !good(b.left, b.road) || !good(b.right, b.road)) continue;
      const bool free = std::all_of(built.begin(), built.end(), [&](const Bridge& o) {
        const bool apart = (b.left_along - o.left_along) * (b.right_along - o.right_along) > 0;
        return apart && std::abs(b.along() - o.along()) >= spacing;
      });
      if (!free) continue;
      built.push_back(b);
      add_edge(b.left, b.right, std::min(b.road, city::Road::secondary), true);
    }
  }

  bool good(std::uint32_t node, city::Road road) const {
    const Point p = nodes_[node];
    return land_.remoteness(p) < last_street_ &&
           land_.slope(p) < (road <= city::Road::tertiary ? kSteepestRoad : kSteepestLane);
  }

  void drop_steep_and_far() {
    const auto count = static_cast<std::int64_t>(edges_.size());
    std::vector<std::uint8_t> keep(edges_.size());
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) {
      const Edge& e = edges_[static_cast<std::size_t>(i)];
      keep[static_cast<std::size_t>(i)] = e.bridge || (good(e.a, e.road) && good(e.b, e.road));
    }
    std::size_t out = 0;
    for (std::size_t i = 0; i < edges_.size(); ++i)
      if (keep[i] && edges_[i].a != edges_[i].b) edges_[out++] = edges_[i];
    edges_.resize(out);
    sort_edges();
    const auto same = [](const Edge& p, const Edge& q) { return p.a == q.a && p.b == q.b; };
    edges_.erase(std::unique(edges_.begin(), edges_.end(), same), edges_.end());
  }

  void sort_edges() {
    std::sort(edges_.begin(), edges_.end(), [](const Edge& p, const Edge& q) {
      if (p.a != q.a) return p.a < q.a;
      return p.b != q.b ? p.b < q.b : p.road < q.road;
    });
  }

  // Some local links are missing, some end halfway.
  void drop_some_links() {
    std::size_t out = 0;
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      Edge e = edges_[i];
      Random random = stream(land_.frame().seed, Stage::links, i);
      const double u = random.uniform(), end = between(random, 0.45, 0.75);
      const bool local = e.road >= city::Road::residential && !e.bridge;
      if (local && u < kMissing) continue;
      const Point a = nodes_[e.a], b = nodes_[e.b];
      if (local && u < kMissing + kCulDeSac && distance(a, b) > kLeastCulDeSac) {
        if (random.bits() % 2 == 0) std::swap(e.a, e.b);
        e.b = add_node(between_points(nodes_[e.a], nodes_[e.b], end));
      }
      edges_[out++] = e;
    }
    edges_.resize(out);
    sort_edges();
  }

  Streets largest_piece() const {
    std::vector<std::uint32_t> root(nodes_.size()), size(nodes_.size(), 1);
    std::iota(root.begin(), root.end(), 0u);
    const auto find = [&](std::uint32_t n) {
      while (root[n] != n) n = root[n] = root[root[n]];
      return n;
    };
    for (const auto& e : edges_) {
      auto p = find(e.a), q = find(e.b);
      if (p == q) continue;
      if (size[p] < size[q]) std::swap(p, q);
      root[q] = p;
      size[p] += size[q];
    }
    const auto best = static_cast<std::uint32_t>(std::max_element(size.begin(), size.end()) - size.begin());
    Streets out;
    std::vector<std::uint32_t> number(nodes_.size());
    for (std::uint32_t n = 0; n < nodes_.size(); ++n)
      if (find(n) == best) {
        number[n] = static_cast<std::uint32_t>(out.nodes.size());
        out.nodes.push_back(nodes_[n]);
      }
    for (Edge e : edges_)
      if (find(e.a) == best) {
        e.a = number[e.a], e.b = number[e.b];
        out.edges.push_back(e);
      }
    return out;
  }

  const Land& land_;
  const River& river_;
  const double last_street_ = land_.last_street();
  Bend bend_;
  std::vector<Point> nodes_;
  std::vector<Edge> edges_;
  std::vector<Bank_node> banks_;
  std::vector<Bridge> bridges_;
};

}  // namespace

// The plan knows only about how much the river, hills and missing links take away: if that was far off, again.
Streets lay_streets(const Land& land) {
  const double target = kNodesPerPerson * land.frame().people;
  double wanted = target;
  for (int round = 1;; ++round) {
    Streets streets = Layer_of_streets(land).run(wanted);
    const double made = static_cast<double>(streets.nodes.size());
    if (round == kMostRounds || (made > kFewest * target && made < kMost * target)) return streets;
    wanted *= kAim * target / made;
  }
}

}  // namespace dosi::make_city
