#include "host/make_city/buildings.hpp"

namespace dosi::make_city {
namespace {

constexpr double kPeoplePerBuilding = 8.6;
constexpr double kFloorArea = 44;  // square metres of a dwelling building for each resident
constexpr double kSixteenths = 16;

double half_width(city::Road road) {  // metres, of a street with its pavements
  switch (road) {
    case city::Road::trunk: return 19;
    case city::Road::primary: return 15;
    case city::Road::secondary: return 11;
    case city::Road::tertiary: return 8;
    case city::Road::residential: return 5;
    default: return 3.5;
  }
}

}  // namespace

Point beside_edge(const Land& land, const Streets& streets, const Edge& edge, double t, double offset) {
  const Point a = streets.nodes[edge.a], b = streets.nodes[edge.b];
  const Point on = between_points(a, b, t), aside = left_of(unit(b - a));
  Point p = on + aside * offset;
  if (land.river().dry_distance(p) < 3) p = on - aside * offset;
  if (land.river().dry_distance(p) < 3) p = on;
  return {round_to(p.x, kPerCentimetre), round_to(p.y, kPerCentimetre)};
}

Building_stock::Building_stock(const Land& land, const Streets& streets)
    : land_(land), streets_(streets), people_(static_cast<std::uint64_t>(land.frame().people)),
      count_before_(streets.edges.size() + 1), room_before_(streets.edges.size() + 1) {
  const Frame& f = land.frame();
  estates_ = Noise(f.seed, Stage::buildings, 1u << 30, f.centre, f.reach, std::clamp(0.12 * f.reach, 350.0, 1400.0));
  works_ = Noise(f.seed, Stage::buildings, 2u << 30, f.centre, f.reach, std::clamp(0.3 * f.reach, 600.0, 4000.0));
  double sum = 0;
  for (std::size_t e = 0; e < edges(); ++e) sum += rate(e);
  per_rate_ = f.people / kPeoplePerBuilding / sum;
  const auto count = static_cast<std::int64_t>(edges());
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    const auto e = static_cast<std::size_t>(i);
    std::vector<Building> buildings;
    of_edge(e, buildings);
    count_before_[e + 1] = buildings.size();
    for (const auto& b : buildings) room_before_[e + 1] += b.room;
  }
  for (std::size_t e = 0; e < edges(); ++e) {
    count_before_[e + 1] += count_before_[e];
    room_before_[e + 1] += room_before_[e];
  }
}

std::size_t Building_stock::edge_of_person(std::int64_t person) const {
  std::size_t low = 0, high = edges();  // people_before(low) <= person < people_before(high)
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    (people_before(middle) <= person ? low : high) = middle;
  }
  return low;
}

double Building_stock::rate(std::size_t edge) const {
  const Edge& e = streets_.edges[edge];
  if (e.bridge) return 0;
  const Point a = streets_.nodes[e.a], b = streets_.nodes[e.b], middle = between_points(a, b, 0.5);
  const double density = std::max(0.0, land_.density()(middle));
  return distance(a, b) * (std::sqrt(density) + 0.4 * density);
}

void Building_stock::of_edge(std::size_t edge, std::vector<Building>& out) const {
  Random random = stream(land_.frame().seed, Stage::buildings, edge);
  const double wanted = rate(edge) * per_rate_;
  const int count = static_cast<int>(wanted + random.uniform());
  const Edge& e = streets_.edges[edge];
  for (int k = 0; k < count; ++k) {
    const double t = (k + between(random, 0.2, 0.8)) / count;
    const Point on = between_points(streets_.nodes[e.a], streets_.nodes[e.b], t);
    Building b = make(random, on, land_.density()(on));
    const double depth = std::sqrt(static_cast<double>(b.footprint));
    const double setback = between(random, 1, 4);
    const double offset = half_width(e.road) + setback + 0.5 * depth;
    b.at = beside_edge(land_, streets_, e, t, (random.bits() % 2 == 0 ? 1 : -1) * offset);
    out.push_back(b);
  }
}

Building Building_stock::make(Random& random, Point at, double density) const {
  const double centrality = land_.centrality(at);
  const double estate = estates_(at), work = works_(at);
  const double u = random.uniform(), size = random.uniform(), tall = random.uniform(), fill = random.uniform();
  const double storey = between(random, 2.9, 3.5);
  const double business = 0.09 + 0.42 * centrality;
  const double industry = density < 0.35 ? 0.5 * smoothstep(0.25, 0.7, work) : 0;
  const double towers = 0.008 + 0.11 * smoothstep(0.18, 0.5, estate) * smoothstep(0.08, 0.3, density);
  const double villas = std::min(0.75, 0.12 + 0.75 * density);

  Building b;
  double per_floor_area = 1 / kFloorArea;
  const auto shape = [&](Building_kind kind, double least, double most, double floors) {
    b.kind = kind;
    b.footprint = static_cast<std::int64_t>(least + (most - least) * size);
    b.floors = std::max<std::int64_t>(1, static_cast<std::int64_t>(floors));
  };
  if (u < business) {
    if (tall < 0.14 + 0.3 * centrality)
      shape(Building_kind::office, 250, 1500, 3 + 9 * fill + 32 * centrality * fill * fill);
    else shape(Building_kind::shop, 80, 420, 1 + 2.5 * fill + 3 * centrality);
    per_floor_area *= b.kind == Building_kind::office ? 0 : 0.3;
  } else if (u < business + (1 - business) * industry) {
    shape(Building_kind::industrial, 300, 3000, 1 + 2 * fill);
    per_floor_area = 0;
  } else if (tall < towers) {
    shape(Building_kind::apartment, 380, 760, 9 + 17 * fill + 8 * std::min(1.0, density));
  } else if (tall < towers + villas) {
    shape(Building_kind::villa, 90, 230, 2.6 + 2.8 * fill);
  } else {
    shape(Building_kind::house, 55, 150, 1 + 1.5 * fill);
    per_floor_area *= 0.8;
  }
  const double floor_area = static_cast<double>(b.footprint * b.floors);
  b.height = round_to(storey * static_cast<double>(b.floors) + (b.kind == Building_kind::industrial ? 4 : 0.8),
                      kPerCentimetre);
  b.room = static_cast<std::uint32_t>(kSixteenths * per_floor_area * floor_area * between(random, 0.7, 1.3));
  return b;
}

std::vector<double> Building_stock::people_of(const Hexagons& hexagons) const {
  std::vector<double> out(hexagons.cells());
  for (std::size_t e = 0; e < edges(); ++e) {
    const Edge& edge = streets_.edges[e];
    const Point middle = between_points(streets_.nodes[edge.a], streets_.nodes[edge.b], 0.5);
    out[hexagons.cell_of(middle)] += static_cast<double>(people_before(e + 1) - people_before(e));
  }
  return out;
}

}  // namespace dosi::make_city
