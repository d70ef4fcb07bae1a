#include "host/make_city/sales.hpp"

#include <array>

namespace dosi::make_city {

const Coefficient kCoefficient[kCoefficients] = {
    {"intercept", "", "KRW", "price of a plot with all attributes 0", 420e6, 620e6},
    {"area_m2", "area_m2", "KRW m-2", "price of a square metre", 3.5e6, 12.5e6},
    {"floor", "floor", "KRW", "price of a storey more", 1.5e6, 7e6},
    {"built_year", "built_year", "KRW year-1", "price of a year younger, counted from 2000", 1e6, 4.5e6},
    {"dist_to_centre_m", "dist_to_centre_m", "KRW m-1", "price of a metre farther from the main centre", -260e6, -60e6},
    {"dist_to_park_m", "dist_to_park_m", "KRW m-1", "price of a metre farther from a park", -70e3, -10e3},
};

namespace {

constexpr std::int64_t kPeoplePerSale = 150;
constexpr std::int64_t kSalesAtOnce = 1 << 15;
constexpr double kWrongShare = 0.02, kLeastWrong = 0.25, kMostWrong = 0.60;
constexpr double kAssessedNoise = 0.03;
constexpr std::int64_t kYearZero = 2000, kFirstYear = 1975, kYears = 49;
constexpr double kRoundTo = 1000;           // KRW
constexpr double kSurfaceWavelength = 1.4;  // of the reach
constexpr std::size_t kCentreDistance = 4;  // this coefficient is given for a way across the whole city

struct Sale {
  Point at;
  std::array<double, kCoefficients> attribute{}, coefficient{};
  std::int64_t floor = 0, year = 0, price = 0, assessed = 0, district = 0;
  double fair = 0, factor = 1;  // factor 1: assessed rightly
};

class Market {
 public:
  Market(const Building_stock& stock, const Zone_map& zones, const Locator& district_at,
         const std::vector<Point>& parks)
      : stock_(stock), zones_(zones), district_at_(district_at), parks_(parks) {
    const Frame& f = stock.land().frame();
    for (std::size_t k = 0; k < kCoefficients; ++k)
      surface_[k] = Noise(f.seed, Stage::surfaces, k, f.centre, f.reach, kSurfaceWavelength * f.reach);
  }

  Sale sale(std::int64_t number) const {
    const Frame& f = stock_.land().frame();
    Random random = stream(f.seed, Stage::sales, static_cast<std::uint64_t>(number));
    Sale s;
    const auto person = static_cast<std::int64_t>(random.below64(static_cast<std::uint64_t>(stock_.people())));
    const Edge& edge = stock_.streets().edges[stock_.edge_of_person(person)];
    const double t = random.uniform(), offset = between(random, -25, 25);
    s.at = beside_edge(stock_.land(), stock_.streets(), edge, t, offset);
    const double u = random.uniform(), v = random.uniform();
    const double area = round_to(45 + 240 * u * u, 10);
    const double highest = 3 + 22 * std::min(1.0, stock_.land().density()(s.at));
    s.floor = 1 + static_cast<std::int64_t>(v * v * highest);
    s.year = kFirstYear + random.below(static_cast<std::uint32_t>(kYears));
    const Point centre = stock_.land().centres().front().at;
    s.attribute = {1,
                   area,
                   static_cast<double>(s.floor),
                   static_cast<double>(s.year - kYearZero),
                   round_to(distance(s.at, centre), 10),
                   round_to(to_park(s.at), 10)};
    for (std::size_t k = 0; k < kCoefficients; ++k) {
      const auto& c = kCoefficient[k];
      const double across = k == kCentreDistance ? 1 / f.reach : 1;
      s.coefficient[k] = across * (c.low + (c.high - c.low) * smoothstep(-0.6, 0.6, surface_[k](s.at)));
      s.fair += s.coefficient[k] * s.attribute[k];
    }
    const double noise = bell(random), assessed_noise = bell(random);
    s.price = rounded(s.fair * (1 + kPriceNoise * noise));
    const bool wrong = chance(random, kWrongShare);
    const double far = between(random, kLeastWrong, kMostWrong);
    if (wrong) s.factor = round_to(1 + (random.bits() % 2 == 0 ? far : -far), 1000);
    s.assessed = rounded(kAssessedShare * s.fair * (1 + kAssessedNoise * assessed_noise) * s.factor);
    const auto zone = district_at_(s.at);
    s.district = zone == Locator::kNowhere ? city::kMissingWhole : zones_.district_code[zone];
    return s;
  }

 private:
  static std::int64_t rounded(double krw) {
    return static_cast<std::int64_t>(std::floor(krw / kRoundTo + 0.5)) * static_cast<std::int64_t>(kRoundTo);
  }
  double to_park(Point p) const {
    double least = 1e30;
    for (const Point q : parks_) least = std::min(least, dot(q - p, q - p));
    return std::sqrt(least);
  }

  const Building_stock& stock_;
  const Zone_map& zones_;
  const Locator& district_at_;
  const std::vector<Point>& parks_;
  std::array<Noise, kCoefficients> surface_;
};

city::Points as_points(const std::vector<Sale>& sales) {
  const auto numbers = [&](std::size_t k) {
    std::vector<double> v;
    for (const auto& s : sales) v.push_back(s.attribute[k]);
    return v;
  };
  const auto whole = [&](auto member) {
    std::vector<std::int64_t> v;
    for (const auto& s : sales) v.push_back(s.*member);
    return v;
  };
  city::Points out;
  for (const auto& s : sales) out.x.push_back(s.at.x), out.y.push_back(s.at.y);
  auto& t = out.attributes;
  t.rows = sales.size();
  t.add("area_m2", numbers(1), "m2", "area of the plot");
  t.add("floor", whole(&Sale::floor), "1", "storey, or storeys of the house on the plot");
  t.add("built_year", whole(&Sale::year), "year", "year of building");
  t.add("dist_to_centre_m", numbers(4), "m", "straight distance to the main centre");
  t.add("dist_to_park_m", numbers(5), "m", "straight distance to the nearest park");
  t.add("price_krw", whole(&Sale::price), "KRW", "price paid");
  t.add("assessed_krw", whole(&Sale::assessed), "KRW", "value assessed for taxes");
  t.add("district", whole(&Sale::district), "1", "code of the district");
  return out;
}

}  // namespace

Sales_truth write_sales(city::City_writer& city, const city::Layer_note& note, const Building_stock& stock,
                        const Zone_map& zones, const Locator& district_at, const std::vector<Point>& parks) {
  const Market market(stock, zones, district_at, parks);
  const std::int64_t total = stock.people() / kPeoplePerSale;
  Sales_truth truth;
  city::Points_writer writer(city, "sales", note);
  for (std::int64_t first = 0; first < total; first += kSalesAtOnce) {
    const std::int64_t count = std::min(kSalesAtOnce, total - first);
    std::vector<Sale> sales(static_cast<std::size_t>(count));
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) sales[static_cast<std::size_t>(i)] = market.sale(first + i);
    for (std::int64_t i = 0; i < count; ++i) {
      const Sale& s = sales[static_cast<std::size_t>(i)];
      for (std::size_t k = 0; k < kCoefficients; ++k) truth.coefficient[k].push_back(s.coefficient[k]);
      truth.fair_price.push_back(s.fair);
      if (s.factor == 1) continue;
      truth.wrong_sale.push_back(first + i);
      truth.wrong_factor.push_back(s.factor);
    }
    writer.append(as_points(sales));
  }
  writer.finish();
  return truth;
}

}  // namespace dosi::make_city
