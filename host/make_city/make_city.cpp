#include "host/make_city/make_city.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

#include "host/make_city/complaints.hpp"
#include "host/make_city/crs.hpp"
#include "host/make_city/facilities.hpp"
#include "host/make_city/people.hpp"
#include "host/make_city/sales.hpp"
#include "host/make_city/truth.hpp"

namespace dosi::make_city {
namespace {

constexpr double kPeoplePerSquareKilometre = 2200;
constexpr double kThinnest = 60, kDensest = 12000;  // people per square kilometre of an extent that was asked for
constexpr Point kMiddle{200000, 550000};            // EPSG:5186, in the middle of the country
constexpr double kLocatorBucket = 60;               // metres

Frame frame_of(const Options& o) {
  Problems bad;
  if (o.people < kLeastPeople || o.people > kMostPeople)
    bad.add("--people {}: must be {} to {}", o.people, kLeastPeople, kMostPeople);
  const double people = static_cast<double>(std::clamp(o.people, kLeastPeople, kMostPeople));
  const double least = std::sqrt(people / kDensest), most = std::sqrt(people / kThinnest);
  if (o.extent_km && !(*o.extent_km >= least && *o.extent_km <= most))
    bad.add("--extent {}: for {:.0f} people it must be {:.1f} to {:.0f} km", *o.extent_km, people, least, most);
  if (o.out.empty()) bad.add("--out: name the file to write");
  else if (std::filesystem::exists(o.out) && !std::filesystem::is_regular_file(o.out))
    bad.add("--out {}: is there and is not a regular file; give another name", o.out.string());
  else if (!o.overwrite && std::filesystem::exists(o.out))
    bad.add("--out {}: exists; give --overwrite to replace it", o.out.string());
  bad.raise_if_any(Exit::usage, "make-city cannot do that");
  const double side = o.extent_km ? *o.extent_km * 1000 : 1000 * std::sqrt(people / kPeoplePerSquareKilometre);
  return {o.seed, people, kMiddle, 0.5 * round_to(side, 0.01)};
}

city::Zones water_layer(const Land& land) {
  city::Zones out{land.river().polygon(land.frame().reach), {}};
  const auto names = zone_names(land.frame().seed, 900, 1, "gang", "강");
  out.attributes.rows = 1;
  out.attributes.add("name", std::vector<std::string>{names[0].latin}, "name in Latin letters");
  out.attributes.add("name_ko", std::vector<std::string>{names[0].hangul}, "name in Hangul");
  return out;
}

city::Raster terrain_layer(const Land& land) {
  const Grid& g = land.elevation();
  return {g.columns, g.rows, g.first.x, g.first.y, g.cell, g.values, "m", "elevation above the sea"};
}

class Maker {
 public:
  explicit Maker(const Options& options)
      : options_(options), frame_(frame_of(options)), city_(options.out, korean_crs(), title()), land_(frame_) {
    note_.source = "make-city";
    note_.history = fmt::format("dosi make-city --people {} --seed {}{}", options.people, options.seed,
                                options.extent_km ? fmt::format(" --extent {}", *options.extent_km) : "");
  }

  Summary run() {
    step("terrain and river");
    add("raster", "terrain", land_.elevation().values.size(), fmt::format("{} m cells", land_.elevation().cell));
    city_.add("terrain", terrain_layer(land_), note_);
    city_.add("water", water_layer(land_), note_);
    add("zones", "water", 1, "the river");
    step("streets");
    const Streets streets = lay_streets(land_);
    lay_network(streets);
    step("buildings and zones");
    const Building_stock stock(land_, streets);
    const Hexagons hexagons(land_);
    const auto people = stock.people_of(hexagons);
    const Zone_map zones = draw_zones(land_, hexagons, people);
    const Locator dong_at(zones.dong, kLocatorBucket);
    write_zones(city_, note_, zones, write_buildings(city_, note_, stock, zones, dong_at));
    add("zones", "districts", zones.districts.size(), "");
    add("zones", "dong", zones.dong.size(), "");
    add("points", "buildings", stock.size(), fmt::format("{} residents", stock.people()));
    step("facilities");
    const Underserved underserved = choose_underserved(stock, hexagons, people);
    const Facilities facilities = write_facilities(city_, note_, stock, underserved);
    for (const auto& [layer, count] : facilities.counts) add("points", layer, count, "");
    step("complaints");
    const auto clusters = plant_clusters(stock, hexagons, people);
    const auto complaints = write_complaints(city_, note_, stock, clusters);
    add("points", "complaints", static_cast<std::size_t>(complaints),
        fmt::format("{} planted clusters", clusters.size()));
    step("sales");
    const Locator district_at(zones.districts, kLocatorBucket);
    const auto sales = write_sales(city_, note_, stock, zones, district_at, facilities.parks);
    add("points", "sales", sales.fair_price.size(),
        fmt::format("{} planted wrong assessments", sales.wrong_sale.size()));
    write_truth(city_, stock, clusters, sales, underserved);
    step("closing the file");
    city_.publish();
    summary_.clusters = clusters.size();
    summary_.wrong_assessments = sales.wrong_sale.size();
    summary_.extent_km = frame_.reach / 500;
    summary_.bytes = std::filesystem::file_size(options_.out);
    summary_.seconds = seconds();
    return summary_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void lay_network(const Streets& streets) {
    const city::Network network = make_network(land_, streets);
    city_.add("streets", network, note_);
    for (const auto& e : streets.edges) summary_.bridges += e.bridge;
    add("network", "streets", network.nodes(), fmt::format("{} arcs, {} bridges", network.arcs(), summary_.bridges));
  }

  std::string title() const { return fmt::format("A made city of {} people, seed {}", options_.people, options_.seed); }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void step(const char* what) const { spdlog::debug("{:7.2f} s  {}", seconds(), what); }
  void add(const char* kind, const std::string& name, std::size_t rows, const std::string& note) {
    summary_.layers.push_back({kind, name, rows, note});
  }

  const Options& options_;
  const Clock::time_point start_ = Clock::now();
  const Frame frame_;
  city::City_writer city_;
  const Land land_;
  city::Layer_note note_;
  Summary summary_;
};

}  // namespace

Summary make(const Options& options) { return Maker(options).run(); }

}  // namespace dosi::make_city
