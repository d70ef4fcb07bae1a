#include "host/make_city/arterials.hpp"

#include "host/make_city/random.hpp"
#include "io/city/layers.hpp"

namespace dosi::make_city {
namespace {

constexpr double kInnerRing = 0.14, kLeastInnerRing = 330, kMostInnerRing = 1000;  // of the reach; metres
constexpr double kRingGrowth = 1.16, kWidestGap = 2600;                            // gap to the next ring, metres
constexpr double kLongestChord = 2500;                                             // metres of a ring between radials
constexpr int kFirstSectors = 8;
constexpr double kJitter = 0.13;  // of the spacing
constexpr double kBeyond = 1.06;  // of the reach: the last ring

// Unit vectors at even angles, by halving angles: only square roots.
std::vector<Point> directions(int count) {
  const double h = std::sqrt(0.5);
  std::vector<Point> out{{1, 0}, {h, h}, {0, 1}, {-h, h}, {-1, 0}, {-h, -h}, {0, -1}, {h, -h}};
  while (static_cast<int>(out.size()) < count) {
    std::vector<Point> finer;
    for (std::size_t i = 0; i < out.size(); ++i) {
      finer.push_back(out[i]);
      finer.push_back(unit(out[i] + out[(i + 1) % out.size()]));
    }
    out = std::move(finer);
  }
  return out;
}

struct Ring {
  int sectors = 0;
  std::vector<std::uint32_t> corner;  // node at each direction
  std::vector<std::uint32_t> chord;   // street from each corner to the next
  std::vector<std::uint32_t> middle;  // node halfway along the chord, if the next ring has twice the radials
};

}  // namespace

Arterials lay_arterials(const Frame& frame) {
  Arterials out;
  Random random = stream(frame.seed, Stage::plan);
  const auto add_node = [&](Point p) {
    out.nodes.push_back(p);
    return static_cast<std::uint32_t>(out.nodes.size() - 1);
  };
  const auto add_street = [&](std::uint32_t a, std::uint32_t b, city::Road road) {
    out.streets.push_back({a, b, static_cast<std::uint8_t>(road)});
    return static_cast<std::uint32_t>(out.streets.size() - 1);
  };
  const auto side = [&](std::uint32_t node, std::uint32_t street) { return Corner{out.nodes[node], street}; };

  double radius = std::clamp(kInnerRing * frame.reach, kLeastInnerRing, kMostInnerRing);
  double gap = radius;
  const auto make_ring = [&](int sectors, int rank) {
    Ring ring{sectors, {}, {}, {}};
    const double chord = radius * 6.2832 / sectors;
    for (const Point d : directions(sectors)) {
      const double outward = kJitter * gap * between(random, -1, 1);
      const double aside = kJitter * chord * between(random, -1, 1);
      ring.corner.push_back(add_node(d * (radius + outward) + left_of(d) * aside));
    }
    const auto road = rank % 3 == 1 ? city::Road::trunk : city::Road::primary;
    for (int j = 0; j < sectors; ++j)
      ring.chord.push_back(add_street(ring.corner[static_cast<std::size_t>(j)],
                                      ring.corner[static_cast<std::size_t>((j + 1) % sectors)], road));
    return ring;
  };

  Ring inner = make_ring(kFirstSectors, 0);
  Block core;
  for (std::size_t j = 0; j < inner.corner.size(); ++j) core.push_back(side(inner.corner[j], inner.chord[j]));
  out.superblocks.push_back(core);

  for (int rank = 1; radius < kBeyond * frame.reach; ++rank) {
    gap = std::min(gap * kRingGrowth, kWidestGap);
    radius += gap;
    const bool twice = radius * 6.2832 / inner.sectors > kLongestChord;
    Ring outer = make_ring(twice ? 2 * inner.sectors : inner.sectors, rank);
    const auto n = static_cast<std::size_t>(outer.sectors);
    if (twice)
      for (const auto chord : inner.chord) {
        const auto& s = out.streets[chord];
        const double t = between(random, 0.44, 0.56);
        inner.middle.push_back(add_node(between_points(out.nodes[s.from], out.nodes[s.to], t)));
        out.tees.push_back({chord, inner.middle.back(), t});
      }
    std::vector<std::uint32_t> foot(n), radial(n);
    for (std::size_t j = 0; j < n; ++j) {
      foot[j] = !twice ? inner.corner[j] : j % 2 == 0 ? inner.corner[j / 2] : inner.middle[j / 2];
      const bool main = !twice || j % 2 == 0;
      radial[j] = add_street(foot[j], outer.corner[j], main ? city::Road::primary : city::Road::secondary);
    }
    for (std::size_t j = 0; j < n; ++j) {
      const std::size_t next = (j + 1) % n;
      out.superblocks.push_back({side(foot[j], radial[j]), side(outer.corner[j], outer.chord[j]),
                                 side(outer.corner[next], radial[next]),
                                 side(foot[next], inner.chord[twice ? j / 2 : j])});
    }
    inner = std::move(outer);
  }
  return out;
}

}  // namespace dosi::make_city
