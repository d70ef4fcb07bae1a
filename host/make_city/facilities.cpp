#include "host/make_city/facilities.hpp"

#include "host/make_city/zones.hpp"

namespace dosi::make_city {
namespace {

constexpr double kUnderservedPerReach = 0.10, kLeastUnderserved = 380, kMostUnderserved = 1800;  // metres
constexpr int kUnderservedTries = 300;

struct Sort {
  const char* layer;
  double people_each;  // one for so many people
  std::int64_t least;
  double centre_pull;  // how much likelier in a business district
  bool medical;
  const char* latin_ending;  // of names, if it has names
  const char* hangul_ending;
  const char* capacity;  // a column, or nullptr
  const char* capacity_name;
  double capacity_low, capacity_high;
};

constexpr Sort kSorts[] = {
    {"hospitals", 28000, 2, 5, true, " Hospital", "병원", "beds", "beds", 40, 900},
    {"clinics", 1500, 8, 9, true, nullptr, nullptr, "doctors", "doctors", 1, 5},
    {"pharmacies", 2300, 6, 9, true, nullptr, nullptr, nullptr, nullptr, 0, 0},
    {"parks", 4200, 5, 0, false, " Park", "공원", "area_m2", "area of the park", 1500, 90000},
    {"schools", 4600, 4, 0, false, " School", "학교", "capacity", "pupils that the school can take", 240, 1300},
    {"libraries", 38000, 2, 2, false, " Library", "도서관", nullptr, nullptr, 0, 0},
    {"wifi", 900, 12, 14, false, nullptr, nullptr, nullptr, nullptr, 0, 0},
};

// Draws edges with a chance in proportion to a whole-number weight.
class Edge_draw {
 public:
  Edge_draw(const Building_stock& stock, double centre_pull) : before_(stock.edges() + 1) {
    const auto& s = stock.streets();
    for (std::size_t e = 0; e < stock.edges(); ++e) {
      const Edge& edge = s.edges[e];
      const Point a = s.nodes[edge.a], b = s.nodes[edge.b], middle = between_points(a, b, 0.5);
      double weight = edge.bridge ? 0 : distance(a, b) * (0.03 + stock.land().density()(middle));
      if (centre_pull > 0) weight *= 1 + centre_pull * stock.land().centrality(middle);
      if (centre_pull > 0 && edge.road < city::Road::residential) weight *= 2.5;
      before_[e + 1] = before_[e] + static_cast<std::uint64_t>(weight * 1024);
    }
  }
  std::size_t operator()(Random& random) const {
    const std::uint64_t at = random.below64(before_.back());
    return static_cast<std::size_t>(std::upper_bound(before_.begin(), before_.end(), at) - before_.begin()) - 1;
  }

 private:
  std::vector<std::uint64_t> before_;
};

}  // namespace

Underserved choose_underserved(const Building_stock& stock, const Hexagons& hexagons,
                               const std::vector<double>& people) {
  const Land& land = stock.land();
  const Frame& f = land.frame();
  Random random = stream(f.seed, Stage::underserved);
  Underserved best;
  best.radius = std::clamp(kUnderservedPerReach * f.reach, kLeastUnderserved, kMostUnderserved);
  double most = -1;
  for (int tries = 0; tries < kUnderservedTries; ++tries) {
    const auto person = static_cast<std::int64_t>(random.below64(static_cast<std::uint64_t>(stock.people())));
    const Edge& edge = stock.streets().edges[stock.edge_of_person(person)];
    const Point p = stock.streets().nodes[edge.a];
    const double remote = land.remoteness(p);
    if (remote < 0.38 || remote > 0.85) continue;
    double here = 0;
    for (std::uint32_t c = 0; c < hexagons.cells(); ++c)
      if (people[c] > 0 && distance(hexagons.centre(c), p) < best.radius) here += people[c];
    here *= 1 - std::min(0.9, land.centrality(p));
    if (here > most) most = here, best.at = p;
  }
  for (std::size_t e = 0; e < stock.edges(); ++e)
    if (distance(stock.streets().nodes[stock.streets().edges[e].a], best.at) < best.radius)
      best.residents += stock.people_before(e + 1) - stock.people_before(e);
  return best;
}

Facilities write_facilities(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                            const Underserved& without_medical) {
  Facilities out;
  std::uint64_t item = 0;
  std::size_t named = 0;
  for (const Sort& sort : kSorts) {
    const auto count =
        std::max(sort.least, static_cast<std::int64_t>(static_cast<double>(stock.people()) / sort.people_each));
    const Edge_draw draw(stock, sort.centre_pull);
    city::Points points;
    std::vector<std::int64_t> capacity;
    for (std::int64_t i = 0; i < count; ++i) {
      Random random = stream(stock.land().frame().seed, Stage::facilities, item++);
      Point p;
      do {
        const Edge& edge = stock.streets().edges[draw(random)];
        const double t = random.uniform(), offset = between(random, 8, 22);
        p = beside_edge(stock.land(), stock.streets(), edge, t, random.bits() % 2 == 0 ? offset : -offset);
      } while (sort.medical && distance(p, without_medical.at) < without_medical.radius);
      points.x.push_back(p.x), points.y.push_back(p.y);
      const double u = random.uniform();
      capacity.push_back(
          static_cast<std::int64_t>(sort.capacity_low + (sort.capacity_high + 1 - sort.capacity_low) * u * u));
      if (std::string_view(sort.layer) == "parks") out.parks.push_back(p);
    }
    points.attributes.rows = points.size();
    if (sort.latin_ending != nullptr) {
      std::vector<std::string> latin, hangul;
      for (auto& n : zone_names(stock.land().frame().seed, named, points.size(), sort.latin_ending, sort.hangul_ending))
        latin.push_back(std::move(n.latin)), hangul.push_back(std::move(n.hangul));
      named += points.size();
      points.attributes.add("name", std::move(latin), "name in Latin letters");
      points.attributes.add("name_ko", std::move(hangul), "name in Hangul");
    }
    if (sort.capacity != nullptr)
      points.attributes.add(sort.capacity, std::move(capacity),
                            std::string_view(sort.capacity) == "area_m2" ? "m2" : "1", sort.capacity_name);
    city.add(sort.layer, points, note);
    out.counts.emplace_back(sort.layer, points.size());
  }
  return out;
}

}  // namespace dosi::make_city
