#include "io/report/topology.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

namespace dosi::report {
namespace {

using Line = std::vector<Vertex>;

struct Hash {
  std::size_t operator()(const Vertex& v) const {
    return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(v[0]) * 0x9E3779B97F4A7C15u ^
                                      static_cast<std::uint64_t>(v[1]));
  }
};

// Rings in whole metres, open (the last vertex is not the first again), without repeats; empty where none is left.
std::vector<Line> rounded_rings(const city::Polygons& p, double x0, double y0) {
  std::vector<Line> rings;
  for (std::size_t r = 0; r + 1 < p.vertex_first.size(); ++r) {
    Line& ring = rings.emplace_back();
    for (auto i = p.vertex_first[r]; i < p.vertex_first[r + 1]; ++i) {
      const Vertex v{std::llround(p.x[i] - x0), std::llround(p.y[i] - y0)};
      if (ring.empty() || ring.back() != v) ring.push_back(v);
    }
    while (ring.size() > 1 && ring.front() == ring.back()) ring.pop_back();
    if (ring.size() < 3) ring.clear();
  }
  return rings;
}

// A vertex is a junction where rings that pass it come from or go to different neighbours.
class Junctions {
 public:
  explicit Junctions(const std::vector<Line>& rings) {
    for (const auto& ring : rings)
      for (std::size_t i = 0; i < ring.size(); ++i) {
        auto a = ring[(i + ring.size() - 1) % ring.size()], b = ring[(i + 1) % ring.size()];
        if (b < a) std::swap(a, b);
        const auto [it, is_new] = seen_.try_emplace(ring[i], Around{a, b, false});
        if (!is_new && (it->second.a != a || it->second.b != b)) it->second.junction = true;
      }
  }
  bool at(const Vertex& v) const { return seen_.at(v).junction; }

 private:
  struct Around {
    Vertex a, b;
    bool junction;
  };
  std::unordered_map<Vertex, Around, Hash> seen_;
};

double distance_to_chord(const Vertex& p, const Vertex& a, const Vertex& b) {
  const double dx = static_cast<double>(b[0] - a[0]), dy = static_cast<double>(b[1] - a[1]);
  const double px = static_cast<double>(p[0] - a[0]), py = static_cast<double>(p[1] - a[1]);
  const double length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp((px * dx + py * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(px - t * dx, py - t * dy);
}

struct Far {
  std::size_t index = 0;
  double distance = -1;
};

Far farthest(const Line& line, std::size_t first, std::size_t last) {
  Far f;
  for (std::size_t i = first + 1; i < last; ++i)
    if (const double d = distance_to_chord(line[i], line[first], line[last]); d > f.distance) f = {i, d};
  return f;
}

Line simplified(const Line& line, double tolerance) {
  std::vector<char> keep(line.size(), 0);
  keep.front() = keep.back() = 1;
  std::vector<std::pair<std::size_t, std::size_t>> spans{{0, line.size() - 1}};
  if (line.front() == line.back() && line.size() > 3) {
    // A closed border keeps three corners at least.
    const auto f = farthest(line, 0, line.size() - 1).index;
    const auto left = farthest(line, 0, f), right = farthest(line, f, line.size() - 1);
    keep[f] = keep[left.distance > right.distance ? left.index : right.index] = 1;
    spans = {{0, f}, {f, line.size() - 1}};
  }
  while (!spans.empty()) {
    const auto [first, last] = spans.back();
    spans.pop_back();
    const auto f = farthest(line, first, last);
    if (f.distance <= tolerance) continue;
    keep[f.index] = 1;
    spans.push_back({first, f.index});
    spans.push_back({f.index, last});
  }
  Line out;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i] != 0) out.push_back(line[i]);
  return out;
}

class Borders {
 public:
  // The borders of a ring; each border is kept once, in the direction that sorts first.
  std::vector<std::int32_t> cut(Line ring, const Junctions& junctions) {
    const auto is_junction = [&](const Vertex& v) { return junctions.at(v); };
    const auto start = std::find_if(ring.begin(), ring.end(), is_junction);
    std::rotate(ring.begin(), start != ring.end() ? start : std::min_element(ring.begin(), ring.end()), ring.end());
    ring.push_back(ring.front());
    std::vector<std::int32_t> out;
    Line line{ring.front()};
    for (std::size_t i = 1; i < ring.size(); ++i) {
      line.push_back(ring[i]);
      if (i + 1 < ring.size() && !is_junction(ring[i])) continue;
      out.push_back(number_of(line));
      line.assign(1, ring[i]);
    }
    return out;
  }
  std::vector<Line> take() { return std::move(lines_); }

 private:
  std::int32_t number_of(const Line& line) {
    Line backwards(line.rbegin(), line.rend());
    const bool turned = backwards < line;
    const auto next = static_cast<std::int32_t>(lines_.size());
    const auto [it, is_new] = known_.try_emplace(turned ? backwards : line, next);
    if (is_new) lines_.push_back(it->first);
    return turned ? ~it->second : it->second;
  }
  std::map<Line, std::int32_t> known_;
  std::vector<Line> lines_;
};

}  // namespace

std::size_t Topology::vertices() const {
  std::size_t n = 0;
  for (const auto& b : borders) n += b.size();
  return n;
}

Topology make_topology(const city::Polygons& p, std::size_t most_vertices) {
  Topology t;
  t.zones.resize(p.size());
  if (p.x.empty()) return t;
  const auto [x0, x1] = std::minmax_element(p.x.begin(), p.x.end());
  const auto [y0, y1] = std::minmax_element(p.y.begin(), p.y.end());
  t.x0 = std::floor(*x0);
  t.y0 = std::floor(*y0);
  t.width = std::llround(*x1 - t.x0);
  t.height = std::llround(*y1 - t.y0);

  const auto rings = rounded_rings(p, t.x0, t.y0);
  const Junctions junctions(rings);
  Borders borders;
  for (std::size_t z = 0; z < p.size(); ++z)
    for (auto r = p.ring_first[z]; r < p.ring_first[z + 1]; ++r)
      if (!rings[r].empty()) t.zones[z].push_back(borders.cut(rings[r], junctions));

  const auto exact = borders.take();
  t.tolerance = static_cast<double>(std::max(t.width, t.height)) / 6000;
  for (;;) {
    t.borders.clear();
    for (const auto& line : exact) t.borders.push_back(simplified(line, t.tolerance));
    if (t.vertices() <= most_vertices || t.vertices() <= 2 * exact.size()) return t;
    t.tolerance *= 2;
  }
}

nlohmann::ordered_json as_json(const Topology& t) {
  auto borders = nlohmann::ordered_json::array();
  for (const auto& line : t.borders) {
    std::vector<std::int64_t> flat;
    Vertex last{0, 0};
    for (const auto& v : line) {
      flat.push_back(v[0] - last[0]);
      flat.push_back(v[1] - last[1]);
      last = v;
    }
    borders.push_back(std::move(flat));
  }
  return {{"x0", t.x0},
          {"y0", t.y0},
          {"width", t.width},
          {"height", t.height},
          {"tolerance", t.tolerance},
          {"borders", std::move(borders)},
          {"zones", t.zones}};
}

}  // namespace dosi::report
