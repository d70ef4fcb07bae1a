#include "host/make_city/complaints.hpp"

#include <numeric>

namespace dosi::make_city {

const char* const kCategories[kCategoryCount] = {"noise",       "illegal_parking", "waste",
                                                 "road_damage", "odour",           "streetlight"};

namespace {

constexpr std::int64_t kPeoplePerComplaint = 12;
constexpr std::size_t kComplaintsAtOnce = 1u << 16;
constexpr std::int64_t kSecondsADay = 86400;
constexpr std::uint32_t kCategoryShare[kCategoryCount] = {24, 26, 18, 12, 9, 11};  // per cent
constexpr std::int64_t kWeekday[7] = {115, 108, 105, 104, 100, 74, 66};            // 2024-01-01 was a Monday
constexpr std::uint32_t kHour[24] = {14, 9,  6,  4,  3,  5,  12, 30, 58, 74, 78, 70,
                                     56, 66, 72, 70, 66, 64, 60, 54, 48, 42, 34, 25};

constexpr double kLeastExpected = 7;  // complaints in a cluster's disc and days, were it not there
constexpr double kFirstRadiusPerReach = 0.02, kLeastRadius = 220, kMostFirstRadius = 500, kMostRadiusPerReach = 0.35;
constexpr int kClusterTries = 4000;
constexpr std::uint64_t kClusterItem = std::uint64_t{1} << 40;  // planted complaints count from here, by cluster

std::int64_t background(const Building_stock& stock) { return stock.people() / kPeoplePerComplaint; }

// Complaints of each day, whole numbers that add up to the year's.
std::vector<std::int64_t> background_by_day(std::int64_t total) {
  std::vector<std::int64_t> weight(kDays + 1), out(kDays);
  for (std::int64_t d = 0; d < kDays; ++d) {
    const std::int64_t season = 1000 - 2 * std::abs(d - 205);  // most in late July
    weight[static_cast<std::size_t>(d) + 1] = weight[static_cast<std::size_t>(d)] + season * kWeekday[d % 7];
  }
  for (std::size_t d = 0; d < out.size(); ++d)
    out[d] = total * weight[d + 1] / weight.back() - total * weight[d] / weight.back();
  return out;
}

template <std::size_t N>
std::size_t draw_by_weight(Random& random, const std::uint32_t (&weight)[N]) {
  std::uint32_t at = random.below(std::accumulate(weight, weight + N, 0u));
  std::size_t i = 0;
  while (at >= weight[i]) at -= weight[i++];
  return i;
}

struct Complaint {
  Point at;
  std::int64_t second = 0;  // of the year; the day, until the complaint is drawn
  std::uint64_t item = 0;
  std::size_t category = 0;
};

Point place_on(Random& random, const Building_stock& stock, std::size_t edge) {
  const double t = random.uniform(), offset = between(random, 2, 16);
  const double side = random.bits() % 2 == 0 ? 1 : -1;
  return beside_edge(stock.land(), stock.streets(), stock.streets().edges[edge], t, side * offset);
}

std::int64_t second_of_day(Random& random) {
  const auto hour = static_cast<std::int64_t>(draw_by_weight(random, kHour));
  return hour * 3600 + random.below(3600);
}

Complaint background_complaint(const Building_stock& stock, std::uint64_t item, std::int64_t day) {
  Random random = stream(stock.land().frame().seed, Stage::complaints, item);
  const auto person = static_cast<std::int64_t>(random.below64(static_cast<std::uint64_t>(stock.people())));
  Complaint c{place_on(random, stock, stock.edge_of_person(person)), 0, item, 0};
  c.second = day * kSecondsADay + second_of_day(random);
  c.category = draw_by_weight(random, kCategoryShare);
  return c;
}

// The edges inside a cluster's disc, with the people before each.
struct Disc {
  std::vector<std::uint32_t> edge;
  std::vector<std::int64_t> before{0};
  Disc(const Building_stock& stock, Point at, double radius) {
    const auto& s = stock.streets();
    for (std::uint32_t e = 0; e < stock.edges(); ++e) {
      const Point middle = between_points(s.nodes[s.edges[e].a], s.nodes[s.edges[e].b], 0.5);
      if (distance(middle, at) >= radius) continue;
      const std::int64_t here = stock.people_before(e + std::size_t{1}) - stock.people_before(e);
      if (here == 0) continue;
      edge.push_back(e);
      before.push_back(before.back() + here);
    }
  }
};

Complaint planted_complaint(const Building_stock& stock, const Cluster& cluster, const Disc& disc, std::uint64_t item,
                            std::int64_t day) {
  Random random = stream(stock.land().frame().seed, Stage::complaints, item);
  Complaint c{{}, 0, item, cluster.category};
  do {
    const auto person = static_cast<std::int64_t>(random.below64(static_cast<std::uint64_t>(disc.before.back())));
    const auto i = std::upper_bound(disc.before.begin(), disc.before.end(), person) - disc.before.begin() - 1;
    c.at = place_on(random, stock, disc.edge[static_cast<std::size_t>(i)]);
  } while (distance(c.at, cluster.at) > cluster.radius);
  c.second = day * kSecondsADay + second_of_day(random);
  return c;
}

city::Points as_points(const std::vector<Complaint>& all) {
  city::Points out;
  std::vector<std::int64_t> time, day;
  std::vector<std::string> category;
  for (const auto& c : all) {
    out.x.push_back(c.at.x), out.y.push_back(c.at.y);
    time.push_back(c.second), day.push_back(c.second / kSecondsADay);
    category.push_back(kCategories[c.category]);
  }
  out.attributes.rows = all.size();
  out.attributes.add("time", std::move(time), "seconds since 2024-01-01 00:00:00", "when it was made, local time");
  out.attributes.add("day", std::move(day), "1", "whole days since 2024-01-01");
  out.attributes.add("category", std::move(category), "what it is about");
  return out;
}

}  // namespace

std::vector<Cluster> plant_clusters(const Building_stock& stock, const Hexagons& hexagons,
                                    const std::vector<double>& people) {
  const Land& land = stock.land();
  const double reach = land.frame().reach;
  const auto wanted = std::min<std::size_t>(24, 3 + static_cast<std::size_t>(std::sqrt(land.frame().people / 30000)));
  const auto by_day = background_by_day(background(stock));
  Random random = stream(land.frame().seed, Stage::clusters);
  std::vector<Cluster> out;
  for (int tries = 0; tries < kClusterTries && out.size() < wanted; ++tries) {
    Cluster c;
    const auto person = static_cast<std::int64_t>(random.below64(static_cast<std::uint64_t>(stock.people())));
    const Edge& edge = stock.streets().edges[stock.edge_of_person(person)];
    c.at = stock.streets().nodes[edge.a];
    const auto days = static_cast<std::int64_t>(14 + random.below(32));
    c.first_day = random.below(static_cast<std::uint32_t>(kDays - days));
    c.last_day = c.first_day + days - 1;
    c.relative_risk = round_to(between(random, 3, 6.5), 10);
    c.category = out.size() % kCategoryCount;
    double in_days = 0;
    for (std::int64_t d = c.first_day; d <= c.last_day; ++d)
      in_days += static_cast<double>(by_day[static_cast<std::size_t>(d)]);
    const double rate = in_days * kCategoryShare[c.category] / 100 / static_cast<double>(stock.people());
    c.radius = std::clamp(kFirstRadiusPerReach * reach, kLeastRadius, kMostFirstRadius);
    const auto residents_near = [&] {
      double sum = 0;
      for (std::uint32_t cell = 0; cell < hexagons.cells(); ++cell)
        if (people[cell] > 0 && distance(hexagons.centre(cell), c.at) < c.radius) sum += people[cell];
      return sum;
    };
    while (rate * residents_near() < kLeastExpected && c.radius < kMostRadiusPerReach * reach) c.radius *= 1.15;
    c.radius = round_to(c.radius, 1);
    const bool small_city = tries > kClusterTries / 2;  // then discs may touch
    const bool free = std::all_of(out.begin(), out.end(), [&](const Cluster& o) {
      return distance(o.at, c.at) > (small_city ? 0.6 : 1.1) * (o.radius + c.radius);
    });
    if (!free || land.remoteness(c.at) > 0.9 || c.radius >= kMostRadiusPerReach * reach) continue;
    c.residents = Disc(stock, c.at, c.radius).before.back();
    c.expected = rate * static_cast<double>(c.residents);
    c.planted = static_cast<std::int64_t>((c.relative_risk - 1) * c.expected + 0.5);
    if (c.planted > 0) out.push_back(c);
  }
  return out;
}

std::int64_t write_complaints(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                              const std::vector<Cluster>& clusters) {
  const auto by_day = background_by_day(background(stock));
  std::vector<Disc> discs;
  for (const auto& c : clusters) discs.emplace_back(stock, c.at, c.radius);
  city::Points_writer writer(city, "complaints", note, {{"category", 16}});
  std::vector<Complaint> block;
  std::uint64_t number = 0;
  std::int64_t total = 0;
  const auto flush = [&] {
    const auto count = static_cast<std::int64_t>(block.size());
#pragma omp parallel for schedule(dynamic, 512)
    for (std::int64_t i = 0; i < count; ++i) {
      Complaint& c = block[static_cast<std::size_t>(i)];
      const std::uint64_t cluster = c.item / kClusterItem;
      if (cluster == 0) c = background_complaint(stock, c.item, c.second);
      else c = planted_complaint(stock, clusters[cluster - 1], discs[cluster - 1], c.item, c.second);
    }
    std::sort(block.begin(), block.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second < b.second : a.item < b.item;
    });
    if (count > 0) writer.append(as_points(block));
    total += count;
    block.clear();
  };
  const auto plan = [&](std::uint64_t item, std::int64_t day) { block.push_back({{}, day, item, 0}); };
  for (std::int64_t day = 0; day < kDays; ++day) {
    for (std::int64_t i = 0; i < by_day[static_cast<std::size_t>(day)]; ++i) plan(number++, day);
    for (std::size_t k = 0; k < clusters.size(); ++k) {
      const Cluster& c = clusters[k];
      if (day < c.first_day || day > c.last_day) continue;
      const std::int64_t days = c.last_day - c.first_day + 1, at = day - c.first_day;
      for (std::int64_t i = c.planted * at / days; i < c.planted * (at + 1) / days; ++i)
        plan(kClusterItem * (k + 1) + static_cast<std::uint64_t>(i), day);
    }
    if (block.size() >= kComplaintsAtOnce) flush();
  }
  flush();
  writer.finish();
  return total;
}

}  // namespace dosi::make_city
