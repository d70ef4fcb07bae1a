#include "host/make_city/people.hpp"

namespace dosi::make_city {
namespace {

constexpr std::uint64_t kBuildingsAtOnce = 1u << 17;
constexpr double kYoungShare = 0.118, kYoungSpread = 0.055;  // of the residents, and how far a quarter departs from it
constexpr double kOldShare = 0.185, kOldSpread = 0.085;
constexpr double kPerHousehold = 2.25;

class Ages {
 public:
  explicit Ages(const Frame& f)
      : seed_(f.seed),
        young_(f.seed, Stage::people, 1u << 30, f.centre, f.reach, std::clamp(0.25 * f.reach, 500.0, 3000.0)),
        old_(f.seed, Stage::people, 2u << 30, f.centre, f.reach, std::clamp(0.25 * f.reach, 500.0, 3000.0)) {}

  Residents draw(std::uint64_t building, const Building& b, std::int64_t residents) const {
    Residents out{residents, 0, 0, 0, 0};
    if (residents == 0) return out;
    const bool estate = b.kind == Building_kind::apartment;
    const double young = kYoungShare + kYoungSpread * young_(b.at) + (estate ? 0.03 : 0);
    const double old = std::max(0.04, kOldShare + kOldSpread * old_(b.at) - (estate ? 0.04 : 0));
    Random random = stream(seed_, Stage::people, building);
    for (std::int64_t i = 0; i < residents; ++i) {
      const double u = static_cast<double>(random.bits()) * 0x1.0p-32;
      if (u < young) ++out.young;
      else if (u < young + old) ++out.old;
    }
    out.middle = residents - out.young - out.old;
    const auto homes = static_cast<std::int64_t>(static_cast<double>(residents) / kPerHousehold + random.uniform());
    out.households = std::clamp<std::int64_t>(homes, 1, residents);
    return out;
  }

 private:
  std::uint64_t seed_;
  Noise young_, old_;
};

struct Building_block {
  std::vector<double> x, y, height;
  std::vector<std::int64_t> floors, footprint, dong;
  std::vector<Residents> residents;
  std::vector<Building_kind> kind;
  std::vector<std::uint32_t> zone;
  explicit Building_block(std::size_t n)
      : x(n), y(n), height(n), floors(n), footprint(n), dong(n), residents(n), kind(n), zone(n) {}
};

city::Points as_points(Building_block&& b) {
  const std::size_t n = b.x.size();
  const auto of = [&](auto member) {
    std::vector<std::int64_t> v(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = b.residents[i].*member;
    return v;
  };
  std::vector<std::string> kind(n);
  for (std::size_t i = 0; i < n; ++i) kind[i] = kBuildingKinds[static_cast<std::size_t>(b.kind[i])];
  city::Points out;
  out.x = std::move(b.x), out.y = std::move(b.y);
  auto& t = out.attributes;
  t.rows = n;
  t.add("height_m", std::move(b.height), "m", "height above the ground");
  t.add("floors", std::move(b.floors), "1", "storeys");
  t.add("kind", std::move(kind), "use of the building");
  t.add("footprint_m2", std::move(b.footprint), "m2", "area of the ground floor");
  t.add("residents", of(&Residents::all), "1", "people who live here");
  t.add("age_0_14", of(&Residents::young), "1", "residents of 0 to 14 years");
  t.add("age_15_64", of(&Residents::middle), "1", "residents of 15 to 64 years");
  t.add("age_65_up", of(&Residents::old), "1", "residents of 65 years and more");
  t.add("dong", std::move(b.dong), "1", "code of the dong");
  return out;
}

void add_residents(city::Table& t, const std::vector<Residents>& rows) {
  const auto of = [&](auto member) {
    std::vector<std::int64_t> v;
    for (const auto& r : rows) v.push_back(r.*member);
    return v;
  };
  t.add("residents", of(&Residents::all), "1", "people who live here");
  t.add("age_0_14", of(&Residents::young), "1", "residents of 0 to 14 years");
  t.add("age_15_64", of(&Residents::middle), "1", "residents of 15 to 64 years");
  t.add("age_65_up", of(&Residents::old), "1", "residents of 65 years and more");
  t.add("households", of(&Residents::households), "1", "households");
}

void add_names(city::Table& t, const std::vector<std::int64_t>& codes, const std::vector<Zone_name>& names) {
  std::vector<std::string> latin, hangul;
  for (const auto& n : names) latin.push_back(n.latin), hangul.push_back(n.hangul);
  t.rows = codes.size();
  t.add("code", codes, "1", "code of the zone");
  t.add("name", std::move(latin), "name in Latin letters");
  t.add("name_ko", std::move(hangul), "name in Hangul");
}

}  // namespace

Residents& Residents::operator+=(const Residents& o) {
  all += o.all, young += o.young, middle += o.middle, old += o.old, households += o.households;
  return *this;
}

std::vector<Residents> write_buildings(city::City_writer& city, const city::Layer_note& note,
                                       const Building_stock& stock, const Zone_map& zones, const Locator& dong_at) {
  const Ages ages(stock.land().frame());
  std::vector<Residents> of_dong(zones.dong.size());
  city::Points_writer writer(city, "buildings", note, {{"kind", 12}});
  for (std::size_t first = 0; first < stock.edges();) {
    std::size_t last = first + 1;
    const std::uint64_t start = stock.count_before(first);
    while (last < stock.edges() && stock.count_before(last + 1) - start <= kBuildingsAtOnce) ++last;
    Building_block block(stock.count_before(last) - start);
    const auto until = static_cast<std::int64_t>(last);
#pragma omp parallel for schedule(dynamic, 256)
    for (std::int64_t i = static_cast<std::int64_t>(first); i < until; ++i) {
      const auto edge = static_cast<std::size_t>(i);
      std::vector<Building> buildings;
      stock.of_edge(edge, buildings);
      std::uint64_t number = stock.count_before(edge), room = 0;
      for (const auto& b : buildings) {
        const std::size_t at = number - start;
        const std::int64_t before = stock.people_before(edge, room);
        room += b.room;
        block.residents[at] = ages.draw(number, b, stock.people_before(edge, room) - before);
        block.x[at] = b.at.x, block.y[at] = b.at.y, block.height[at] = b.height;
        block.floors[at] = b.floors, block.footprint[at] = b.footprint, block.kind[at] = b.kind;
        block.zone[at] = dong_at(b.at);
        ++number;
      }
    }
    for (std::size_t i = 0; i < block.zone.size(); ++i) {
      const auto zone = block.zone[i];
      if (zone == Locator::kNowhere)
        throw Error(Exit::internal, fmt::format("a building at ({}, {}) lies in no dong", block.x[i], block.y[i]));
      of_dong[zone] += block.residents[i];
      block.dong[i] = zones.dong_code[zone];
    }
    writer.append(as_points(std::move(block)));
    first = last;
  }
  writer.finish();
  return of_dong;
}

void write_zones(city::City_writer& city, const city::Layer_note& note, const Zone_map& zones,
                 const std::vector<Residents>& of_dong) {
  std::vector<Residents> of_district(zones.districts.size());
  std::vector<std::int64_t> district;
  for (std::size_t d = 0; d < of_dong.size(); ++d) {
    of_district[zones.district_of[d]] += of_dong[d];
    district.push_back(zones.district_code[zones.district_of[d]]);
  }
  city::Zones dong{zones.dong, {}}, districts{zones.districts, {}};
  add_names(dong.attributes, zones.dong_code, zones.dong_name);
  dong.attributes.add("district", std::move(district), "1", "code of the district");
  add_residents(dong.attributes, of_dong);
  add_names(districts.attributes, zones.district_code, zones.district_name);
  districts.attributes.add("district", zones.district_code, "1", "code of the district");
  add_residents(districts.attributes, of_district);
  city.add("dong", dong, note);
  city.add("districts", districts, note);
}

}  // namespace dosi::make_city
