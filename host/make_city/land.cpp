#include "host/make_city/land.hpp"

namespace dosi::make_city {
namespace {

constexpr double kCell = 30;                                   // metres
constexpr double kMostCells = 4096;                            // a side; larger extents get larger cells
constexpr double kRiverMouth = 8;                              // metres above the sea where the river leaves the extent
constexpr double kRiverFall = 0.0006;                          // metres per metre
constexpr double kQuay = 3;                                    // metres from the water up to the bank
constexpr double kNearestLimit = 0.70, kFarthestLimit = 0.96;  // of the city, in parts of the reach
constexpr double kWidestBusiness = 1500;                       // metres, radius of a business district
constexpr double kLowHills = 110, kHillsPerReach = 0.021, kHighHills = 680;  // metres of relief

constexpr double kRim = 60, kRimPerReach = 0.024, kLeastRim = 110, kMostRim = 200;  // metres outside the last street

double hill_height(const Frame& f) { return std::min(kHighHills, kLowHills + kHillsPerReach * f.reach); }
double hill_width(const Frame& f) { return std::clamp(0.42 * f.reach, 900.0, 5200.0); }

}  // namespace

double Grid::operator()(Point p) const {
  const double u = std::clamp((p.x - first.x) / cell, 0.0, static_cast<double>(columns) - 1.001);
  const double v = std::clamp((p.y - first.y) / cell, 0.0, static_cast<double>(rows) - 1.001);
  const auto i = static_cast<std::size_t>(u), j = static_cast<std::size_t>(v);
  const double s = u - static_cast<double>(i), t = v - static_cast<double>(j);
  const float* low = values.data() + j * columns + i;
  const float* high = low + columns;
  const double a = low[0] + (static_cast<double>(low[1]) - low[0]) * s;
  const double b = high[0] + (static_cast<double>(high[1]) - high[0]) * s;
  return a + (b - a) * t;
}

Land::Land(const Frame& frame) : frame_(frame), river_(frame) {
  outline_ = Noise(frame.seed, Stage::layout, 1, {}, 3, 0.9);
  const double cell = std::max(kCell, 2 * frame.reach / kMostCells);
  const auto side = static_cast<std::size_t>(2 * frame.reach / cell);
  const double half = 0.5 * cell * static_cast<double>(side - 1);
  elevation_ = {side, side, frame.centre - Point{half, half}, cell, std::vector<float>(side * side)};
  density_ = buildable_ = elevation_;
  raise_hills();
  place_centres();
  settle();
}

double Land::remoteness(Point p) const {
  const Point d = p - frame_.centre;
  const double r = length(d);
  if (r < 1) return 0;
  const double limit = 0.84 + 0.16 * outline_(d * (1.6 / r));
  return r / (frame_.reach * std::clamp(limit, kNearestLimit, kFarthestLimit));
}

double Land::last_street() const {
  const double rim = std::clamp(kRim + kRimPerReach * frame_.reach, kLeastRim, kMostRim);
  return 1 - rim / (kNearestLimit * frame_.reach);
}

void Land::raise_hills() {
  const Fractal_noise shape(frame_.seed, Stage::hills, 0, frame_.centre, frame_.reach, hill_width(frame_), 4, 0.42);
  const Noise roll(frame_.seed, Stage::hills, 20, frame_.centre, frame_.reach, 0.5 * hill_width(frame_));
  const double height = hill_height(frame_), width = hill_width(frame_);
#pragma omp parallel for schedule(static)
  for (std::size_t j = 0; j < elevation_.rows; ++j)
    for (std::size_t i = 0; i < elevation_.columns; ++i) {
      const Point p = elevation_.centre_of(i, j);
      const double water = kRiverMouth + kRiverFall * (river_.reach() - river_.along(p));
      const double dry = river_.dry_distance(p);
      double e = water;
      if (dry > 0) {
        const double remote = remoteness(p);
        const double valley = smoothstep(40, 0.35 * width, dry);
        const double q = distance(p, frame_.centre) / (0.22 * frame_.reach);
        const double rise = smoothstep(0.12, 0.95, shape(p) + 0.02 + 0.34 * remote * remote - 0.42 / (1 + q * q));
        e += kQuay * smoothstep(0, 40, dry) + 0.004 * std::min(dry, 3000.0) + 6 * valley * (1 + roll(p));
        e += height * valley * rise;
      }
      elevation_.values[j * elevation_.columns + i] = static_cast<float>(round_to(e, kPerCentimetre));
    }
}

double Land::slope(Point p) const {
  const double step = elevation_.cell;
  const double dx = elevation_({p.x + step, p.y}) - elevation_({p.x - step, p.y});
  const double dy = elevation_({p.x, p.y + step}) - elevation_({p.x, p.y - step});
  return std::sqrt(dx * dx + dy * dy) / (2 * step);
}

void Land::place_centres() {
  Random random = stream(frame_.seed, Stage::layout, 2);
  const double reach = frame_.reach;
  centres_.push_back({frame_.centre, 1, 0.30 * reach});
  const auto wanted = static_cast<std::size_t>(2 + std::sqrt(frame_.people / 80000));
  double apart = 0.95 * reach / std::sqrt(static_cast<double>(wanted));
  for (int tries = 0; centres_.size() < wanted + 1 && tries < 4000; ++tries) {
    const double dx = between(random, -1, 1), dy = between(random, -1, 1);
    const double weight = between(random, 0.3, 0.75), radius = between(random, 0.06, 0.13) * reach;
    const Point p = frame_.centre + Point{dx, dy} * reach;
    if (tries % 400 == 399) apart *= 0.8;
    if (remoteness(p) > 0.8 || river_.dry_distance(p) < 150 || slope(p) > 0.06) continue;
    bool free = true;
    for (const auto& c : centres_) free = free && distance(c.at, p) > apart;
    if (free) centres_.push_back({p, weight, std::clamp(radius, 250.0, 2600.0)});
  }
}

double Land::centrality(Point p) const {
  double most = 0;
  for (const auto& c : centres_) {
    const double q = distance(c.at, p) / std::min(kWidestBusiness, 0.35 * c.radius);
    most = std::max(most, (0.4 + 0.6 * c.weight) / ((1 + q * q) * (1 + q * q)));
  }
  return most;
}

void Land::settle() {
  const std::uint64_t seed = frame_.seed;
  const Point centre = frame_.centre;
  const double reach = frame_.reach;
  const Noise quarters(seed, Stage::density, 0, centre, reach, std::clamp(0.1 * reach, 300.0, 1500.0));
  const Noise villages(seed, Stage::density, 1, centre, reach, std::clamp(0.2 * reach, 600.0, 2500.0));
#pragma omp parallel for schedule(static)
  for (std::size_t j = 0; j < density_.rows; ++j)
    for (std::size_t i = 0; i < density_.columns; ++i) {
      const Point p = density_.centre_of(i, j);
      const std::size_t at = j * density_.columns + i;
      const double remote = remoteness(p);
      const double water = kRiverMouth + kRiverFall * (river_.reach() - river_.along(p));
      const double above = elevation_.values[at] - water;
      const double flat = (1 - smoothstep(0.07, kSteepestStreet, slope(p))) * (1 - smoothstep(70, 150, above));
      const double build = remote < 1 && river_.dry_distance(p) > 0 ? flat : 0;
      double people = 0.05 * (1 - smoothstep(0.55, 0.9, remote)) + 0.16 * smoothstep(0.1, 0.6, villages(p));
      for (const auto& c : centres_) {
        const double q = distance(c.at, p) / c.radius, spread = 1 + q * q;
        people += c.weight / (spread * std::sqrt(spread));
      }
      people *= (1 + 0.45 * quarters(p)) * (1 - 0.9 * smoothstep(0.62, 0.98, remote));
      buildable_.values[at] = static_cast<float>(build);
      density_.values[at] = static_cast<float>(build * people);
    }
}

}  // namespace dosi::make_city
