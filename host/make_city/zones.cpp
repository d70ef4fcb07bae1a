#include "host/make_city/zones.hpp"

#include <unordered_map>

#include "host/make_city/partition.hpp"

namespace dosi::make_city {
namespace {

constexpr double kPeoplePerDong = 23000, kPeoplePerDistrict = 400000;
constexpr std::uint32_t kLeastDong = 6, kLeastDistricts = 2;
constexpr int kSmoothings = 4;   // of borders, which follow hexagons at first
constexpr double kWander = 0.6;  // how far borders wander, of a hexagon's spacing
constexpr std::uint32_t kNone = 0xFFFFFFFFu;
constexpr std::int64_t kFirstDistrictCode = 101, kDongPerDistrict = 1000;

struct Border {
  std::uint32_t zone, from, to;  // corners, the zone on the left
};

std::vector<Border> borders(const Hexagons& h, const std::vector<std::uint32_t>& zone_of) {
  std::vector<Border> out;
  for (std::uint32_t c = 0; c < h.cells(); ++c) {
    if (zone_of[c] == kNone) continue;
    for (int side = 0; side < Hexagons::kSides; ++side)
      if (zone_of[h.neighbour(c, side)] != zone_of[c])
        out.push_back({zone_of[c], h.corner(c, side), h.corner(c, side + 1)});
  }
  std::sort(out.begin(), out.end(),
            [](const Border& a, const Border& b) { return a.zone != b.zone ? a.zone < b.zone : a.from < b.from; });
  return out;
}

// Corners on borders, moved off the lattice: smoothed along the borders, then bent by a gentle noise. Both sides of
// a border see the same moved corner, so the zones still tile.
std::unordered_map<std::uint32_t, Point> move_corners(const Land& land, const Hexagons& h,
                                                      const std::vector<Border>& all) {
  std::vector<std::uint32_t> corners;
  for (const auto& b : all) corners.push_back(b.from);
  std::sort(corners.begin(), corners.end());
  corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
  std::unordered_map<std::uint32_t, std::uint32_t> number;
  for (std::uint32_t i = 0; i < corners.size(); ++i) number[corners[i]] = i;
  std::vector<std::vector<std::uint32_t>> beside(corners.size());
  for (const auto& b : all) {
    const auto from = number.at(b.from), to = number.at(b.to);
    for (const auto& [p, q] : {std::pair{from, to}, std::pair{to, from}})
      if (std::find(beside[p].begin(), beside[p].end(), q) == beside[p].end()) beside[p].push_back(q);
  }
  std::vector<Point> place(corners.size()), next(corners.size());
  for (std::size_t i = 0; i < corners.size(); ++i) place[i] = h.corner_place(corners[i]);
  for (auto& b : beside) std::sort(b.begin(), b.end());
  for (int round = 0; round < kSmoothings; ++round) {
    for (std::size_t i = 0; i < corners.size(); ++i) {
      Point sum;
      for (const auto b : beside[i]) sum = sum + place[b];
      next[i] = place[i] * 0.45 + sum * (0.55 / static_cast<double>(beside[i].size()));
    }
    place.swap(next);
  }
  const Frame& f = land.frame();
  const double wavelength = 7 * h.spacing();
  const Noise east(f.seed, Stage::zones, 1, f.centre, f.reach, wavelength);
  const Noise north(f.seed, Stage::zones, 2, f.centre, f.reach, wavelength);
  std::unordered_map<std::uint32_t, Point> out;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point p = place[i] + Point{east(place[i]), north(place[i])} * (kWander * h.spacing());
    out[corners[i]] = {round_to(p.x, kPerMillimetre), round_to(p.y, kPerMillimetre)};
  }
  return out;
}

city::Polygons outline(const std::vector<Border>& all, std::size_t zones,
                       const std::unordered_map<std::uint32_t, Point>& place) {
  city::Polygons out;
  std::vector<std::uint8_t> used(all.size());
  const auto following = [&](const Border& b) {
    const auto it = std::lower_bound(all.begin(), all.end(), b, [](const Border& p, const Border& q) {
      return p.zone != q.zone ? p.zone < q.zone : p.from < q.to;
    });
    return static_cast<std::size_t>(it - all.begin());
  };
  std::size_t at = 0;
  for (std::uint32_t z = 0; z < zones; ++z) {
    std::vector<std::pair<double, std::vector<Point>>> rings;  // twice the signed area, vertices
    for (; at < all.size() && all[at].zone == z; ++at) {
      if (used[at]) continue;
      std::vector<Point> ring;
      double twice = 0;
      for (std::size_t b = at; !used[b]; b = following(all[b])) {
        used[b] = 1;
        ring.push_back(place.at(all[b].from));
      }
      ring.push_back(ring.front());
      for (std::size_t i = 1; i < ring.size(); ++i) twice += cross(ring[i - 1] - ring[0], ring[i] - ring[0]);
      rings.emplace_back(twice, std::move(ring));
    }
    std::stable_sort(rings.begin(), rings.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [twice, ring] : rings) {
      for (const Point p : ring) out.x.push_back(p.x), out.y.push_back(p.y);
      out.vertex_first.push_back(out.x.size());
      out.ring_is_hole.push_back(twice < 0);
    }
    out.ring_first.push_back(out.ring_is_hole.size());
  }
  return out;
}

}  // namespace

Zone_map draw_zones(const Land& land, const Hexagons& h, const std::vector<double>& weight) {
  const double people = land.frame().people;
  const auto dong_count = std::max(kLeastDong, static_cast<std::uint32_t>(people / kPeoplePerDong + 0.5));
  const auto district_count = std::max(kLeastDistricts, static_cast<std::uint32_t>(people / kPeoplePerDistrict + 0.5));
  std::vector<std::uint32_t> cells;
  for (std::uint32_t c = 0; c < h.cells(); ++c)
    if (h.inside(c)) cells.push_back(c);

  Partition partition(land, h, weight);
  const auto district_of_cell = partition.divide(cells, district_count);
  std::vector<std::vector<std::uint32_t>> members(district_count);
  std::vector<double> district_weight(district_count);
  double total = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    members[district_of_cell[i]].push_back(cells[i]);
    district_weight[district_of_cell[i]] += weight[cells[i]];
    total += weight[cells[i]];
  }

  Zone_map out;
  std::vector<std::uint32_t> dong_of(h.cells(), kNone), district_of(h.cells(), kNone);
  double before = 0;
  for (std::uint32_t d = 0; d < district_count; ++d) {
    const auto first = static_cast<std::uint32_t>(out.district_of.size());
    before += district_weight[d];
    const auto until = static_cast<std::uint32_t>(dong_count * (before / total) + 0.5);
    const std::uint32_t parts = std::max(1u, until > first ? until - first : 1u);
    const auto part = partition.divide(members[d], parts);
    for (std::size_t i = 0; i < part.size(); ++i) {
      dong_of[members[d][i]] = first + part[i];
      district_of[members[d][i]] = d;
    }
    out.district_code.push_back(kFirstDistrictCode + d);
    for (std::uint32_t k = 0; k < parts; ++k) {
      out.district_of.push_back(d);
      out.dong_code.push_back((kFirstDistrictCode + d) * kDongPerDistrict + k + 1);
    }
  }
  const auto dong_borders = borders(h, dong_of);
  const auto place = move_corners(land, h, dong_borders);
  out.dong = outline(dong_borders, out.district_of.size(), place);
  out.districts = outline(borders(h, district_of), district_count, place);
  out.district_name = zone_names(land.frame().seed, 0, district_count, "-gu", "구");
  out.dong_name = zone_names(land.frame().seed, district_count, out.district_of.size(), "-dong", "동");
  return out;
}

}  // namespace dosi::make_city
