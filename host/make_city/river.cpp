#include "host/make_city/river.hpp"

#include "host/make_city/noise.hpp"

namespace dosi::make_city {
namespace {

constexpr double kKnotStep = 20;          // metres along
constexpr double kNarrowest = 36;         // metres, a stream in the smallest city
constexpr double kWidthPerReach = 0.022;  // of half the city's side
constexpr double kCentreOffset = 0.13;    // of half the side: the main centre lies on a bank, not in the water

}  // namespace

River::River(const Frame& frame) {
  Random random = stream(frame.seed, Stage::river);
  const double tilt = between(random, -0.45, 0.45);
  direction_ = unit({1, tilt});
  normal_ = left_of(direction_);
  const double side = chance(random, 0.5) ? 1 : -1;
  origin_ = frame.centre + normal_ * (side * kCentreOffset * frame.reach);
  reach_ = 1.7 * frame.reach;

  const double r = frame.reach;
  const Noise bends(frame.seed, Stage::river, 1, {}, reach_, 0.62 * r);
  const Noise meanders(frame.seed, Stage::river, 2, {}, reach_, 0.25 * r);
  const Noise widening(frame.seed, Stage::river, 3, {}, reach_, 0.3 * r);
  const double width = kNarrowest + kWidthPerReach * r;
  const auto bend = [&](double s) { return 0.21 * r * bends({s, 0.3 * r}) + 0.055 * r * meanders({s, 0.1 * r}); };
  const double at_centre = bend(0);
  const auto count = static_cast<std::size_t>(2 * reach_ / kKnotStep) + 2;
  knots_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double s = -reach_ + kKnotStep * static_cast<double>(i);
    knots_[i].across = bend(s) - at_centre;
    knots_[i].half_width = 0.5 * width * (1 + 0.25 * s / reach_ + 0.25 * widening({s, 0}));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t before = i == 0 ? 0 : i - 1, after = i + 1 == count ? i : i + 1;
    const double slope =
        (knots_[after].across - knots_[before].across) / (kKnotStep * static_cast<double>(after - before));
    knots_[i].steepness = std::sqrt(1 + slope * slope);
  }
}

River::Knot River::at(double along) const {
  const double u = std::clamp((along + reach_) / kKnotStep, 0.0, static_cast<double>(knots_.size()) - 1.001);
  const auto i = static_cast<std::size_t>(u);
  const double t = u - static_cast<double>(i);
  const Knot &a = knots_[i], &b = knots_[i + 1];
  return {a.across + (b.across - a.across) * t, a.half_width + (b.half_width - a.half_width) * t,
          a.steepness + (b.steepness - a.steepness) * t};
}

double River::signed_distance(Point p) const {
  const Knot k = at(along(p));
  return (dot(p - origin_, normal_) - k.across) / k.steepness;
}

double River::half_width(Point p) const { return at(along(p)).half_width; }

double River::dry_distance(Point p) const {
  const Knot k = at(along(p));
  return std::abs(dot(p - origin_, normal_) - k.across) / k.steepness - k.half_width;
}

Point River::bank(double along, int side, double offset) const {
  const Knot k = at(along);
  const double across = k.across + side * (k.half_width + offset) * k.steepness;
  return origin_ + direction_ * along + normal_ * across;
}

city::Polygons River::polygon(double reach) const {
  city::Polygons out;
  const auto add = [&](Point p) {
    out.x.push_back(round_to(p.x, kPerMillimetre));
    out.y.push_back(round_to(p.y, kPerMillimetre));
  };
  const auto steps = static_cast<int>(reach / kKnotStep);
  for (int i = -steps; i <= steps; ++i) add(bank(i * kKnotStep, -1, 0));
  for (int i = steps; i >= -steps; --i) add(bank(i * kKnotStep, 1, 0));
  out.x.push_back(out.x.front());
  out.y.push_back(out.y.front());
  out.ring_is_hole = {0};
  out.ring_first = {0, 1};
  out.vertex_first = {0, out.x.size()};
  return out;
}

}  // namespace dosi::make_city
