#include "host/access/street_changes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "host/geometry/touch.hpp"

namespace dosi::access {
namespace {

constexpr std::uint32_t kLongest = kFar - 1;

class Finder {
 public:
  Finder(const city::City& city, const city::Network& network, std::span<const std::uint32_t> times,
         const Snapper& snapper, double reach, const std::string& mode)
      : city_(city), network_(network), times_(times), snapper_(snapper), reach_(reach), mode_(mode),
        serves_(network.nodes(), false) {
    for (std::size_t i = 0; i < times.size(); ++i)
      if (times[i] < kFar) serves_[network.arc_tail[i]] = serves_[network.arc_head[i]] = true;
  }

  Street_change find(const Scenario& s, Street_changes& all) {
    Street_change change{.name = s.name, .links = s.links.size()};
    std::vector<std::uint32_t> now(times_.begin(), times_.end());
    for (std::size_t i = 0; i < s.closures.size(); ++i)
      for (const auto a : select(s.closures[i].streets, fmt::format("scenario '{}': closures[{}]", s.name, i)))
        now[a] = kNever;
    for (std::size_t i = 0; i < s.speeds.size(); ++i)
      for (const auto a : select(s.speeds[i].streets, fmt::format("scenario '{}': speeds[{}]", s.name, i)))
        if (now[a] < kFar) now[a] = sped(now[a], network_.arc_length[a], s.speeds[i]);
    for (std::uint32_t a = 0; a < now.size(); ++a) {
      if (now[a] == times_[a]) continue;
      change.times.push_back({a, now[a]});
      ++(now[a] == kNever ? change.closed : change.changed);
    }
    for (std::size_t i = 0; i < s.links.size(); ++i)
      add(s.links[i], fmt::format("scenario '{}': links[{}]", s.name, i), change, all);
    return change;
  }

  Problems bad;

 private:
  static std::uint32_t sped(std::uint32_t time, double length, const Speed& s) {
    const double ms = s.factor ? time / *s.factor : length * 3600 / *s.km_h;
    return static_cast<std::uint32_t>(std::min<double>(kLongest, std::llround(ms)));
  }

  // Arcs that the mode may use.
  std::vector<std::uint32_t> select(const Selection& s, const std::string& where) {
    std::vector<std::uint32_t> arcs(times_.size());
    std::iota(arcs.begin(), arcs.end(), 0u);
    std::erase_if(arcs, [&](auto a) { return times_[a] >= kFar; });
    const std::size_t problems = bad.count();
    if (!s.nodes.empty()) keep(arcs, along(s, where));
    if (!s.layer.empty()) keep(arcs, of_layer(s.layer, where));
    if (!s.classes.empty())
      std::erase_if(arcs, [&](auto a) {
        return std::find(s.classes.begin(), s.classes.end(), static_cast<city::Road>(network_.arc_class[a])) ==
               s.classes.end();
      });
    if (arcs.empty() && bad.count() == problems) bad.add("{}: no street that '{}' may use is so", where, mode_);
    return arcs;
  }

  static void keep(std::vector<std::uint32_t>& arcs, const std::vector<bool>& chosen) {
    std::erase_if(arcs, [&](auto a) { return !chosen[a]; });
  }

  // The arcs between a node and another; arcs are sorted by tail.
  template <class F>
  void between(std::uint32_t tail, std::uint32_t head, F f) const {
    const auto [first, last] = std::equal_range(network_.arc_tail.begin(), network_.arc_tail.end(), tail);
    for (auto it = first; it != last; ++it) {
      const auto a = static_cast<std::size_t>(it - network_.arc_tail.begin());
      if (network_.arc_head[a] == head && times_[a] < kFar) f(a);
    }
  }

  std::vector<bool> along(const Selection& s, const std::string& where) {
    std::vector<bool> chosen(times_.size());
    std::vector<std::uint32_t> way;
    for (const auto id : s.nodes) {
      const auto at = node_of().find(id);
      if (at == node_of().end()) bad.add("{}: nodes: the network has no node {}", where, id);
      else way.push_back(at->second);
    }
    if (way.size() < s.nodes.size()) return chosen;
    for (std::size_t i = 0; i + 1 < way.size(); ++i) {
      bool any = false;
      const auto choose = [&](std::size_t a) { chosen[a] = any = true; };
      between(way[i], way[i + 1], choose);
      if (!s.one_way) between(way[i + 1], way[i], choose);
      if (!any)
        bad.add("{}: nodes: no street that '{}' may use leads from {} to {}", where, mode_, s.nodes[i], s.nodes[i + 1]);
    }
    return chosen;
  }

  const std::vector<bool>& of_layer(const std::string& name, const std::string& where) {
    auto& chosen = by_layer_[name];
    if (!chosen.empty()) return chosen;
    chosen.resize(times_.size());
    try {
      const auto& layer = city_.find(name, {"zones", "points"});
      if (layer.kind == "zones") {
        std::vector<geometry::Segment> segments;
        for (std::size_t a = 0; a < chosen.size(); ++a) {
          const auto t = network_.arc_tail[a], h = network_.arc_head[a];
          segments.push_back({network_.node_x[t], network_.node_y[t], network_.node_x[h], network_.node_y[h]});
        }
        chosen = geometry::touching(city_.read_zones(layer.name).polygons, segments);
      } else {
        const auto points = city_.read_points(layer.name);
        std::vector<std::uint32_t> own(network_.nodes());
        std::iota(own.begin(), own.end(), 0u);
        for (const auto& p : snapper_.snap(points.x, points.y, reach_, 1, own).places) {
          if (p.a == kNoNode) continue;
          const auto choose = [&](std::size_t a) { chosen[a] = true; };
          between(p.a, p.b, choose);
          between(p.b, p.a, choose);
        }
      }
    } catch (const UsageError& e) {
      bad.add("{}: layer: {}", where, e.what());
    }
    return chosen;
  }

  void add(const Link& link, const std::string& where, Street_change& change, Street_changes& all) {
    const auto [from, to_from] = nearest(link.x0, link.y0);
    const auto [to, to_to] = nearest(link.x1, link.y1);
    if (to_from > reach_) bad.add("{}: from: no node of a street that '{}' may use within {} m", where, mode_, reach_);
    if (to_to > reach_) bad.add("{}: to: no node of a street that '{}' may use within {} m", where, mode_, reach_);
    if (to_from > reach_ || to_to > reach_) return;
    if (from == to) bad.add("{}: from and to lie at the same node {}", where, network_.node_id[from]);
    const double metres = to_from + std::hypot(link.x1 - link.x0, link.y1 - link.y0) + to_to;
    const double ms = link.minutes ? *link.minutes * 60'000 : metres * 3600 / *link.km_h;
    const auto time = static_cast<std::uint32_t>(std::min<double>(kLongest, std::llround(ms)));
    const auto arc = [&](std::uint32_t tail, std::uint32_t head) {
      change.times.push_back({static_cast<std::uint32_t>(times_.size() + all.link_tail.size()), time});
      all.link_tail.push_back(tail);
      all.link_head.push_back(head);
    };
    arc(from, to);
    if (!link.one_way) arc(to, from);
  }

  // The nearest node that the mode serves, the lowest of equally near ones, and how far it is.
  std::pair<std::uint32_t, double> nearest(double x, double y) const {
    std::pair<std::uint32_t, double> best{kNoNode, INFINITY};
    for (std::uint32_t v = 0; v < network_.nodes(); ++v)
      if (serves_[v]) {
        const double d = std::hypot(network_.node_x[v] - x, network_.node_y[v] - y);
        if (d < best.second) best = {v, d};
      }
    return best;
  }

  const std::unordered_map<std::int64_t, std::uint32_t>& node_of() {
    if (node_of_.empty())
      for (std::uint32_t v = 0; v < network_.nodes(); ++v) node_of_.emplace(network_.node_id[v], v);
    return node_of_;
  }

  const city::City& city_;
  const city::Network& network_;
  std::span<const std::uint32_t> times_;
  const Snapper& snapper_;
  double reach_;
  const std::string& mode_;
  std::vector<bool> serves_;
  std::unordered_map<std::int64_t, std::uint32_t> node_of_;
  std::map<std::string, std::vector<bool>> by_layer_;
};

}  // namespace

Street_changes find_streets(const std::vector<Scenario>& scenarios, const city::City& city,
                            const city::Network& network, std::span<const std::uint32_t> times, const Snapper& snapper,
                            double reach, const std::string& mode) {
  Finder finder(city, network, times, snapper, reach, mode);
  Street_changes all;
  for (const auto& s : scenarios) all.scenarios.push_back(finder.find(s, all));
  finder.bad.raise_if_any(Exit::usage, fmt::format("scenarios: not found in {}", city.file_name()));
  return all;
}

}  // namespace dosi::access
