#include "host/scan/outline.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::scan {
namespace {

// How far a place lies from the middle of a cluster, as the radius of a circle as large as the ellipse through it.
double away(const Place_set& places, const Cluster& c, std::size_t place) {
  const double dx = places.x[place] - places.x[c.centre], dy = places.y[place] - places.y[c.centre];
  const double along = (dx * std::cos(c.shape.angle) + dy * std::sin(c.shape.angle)) / c.shape.ratio,
               across = dy * std::cos(c.shape.angle) - dx * std::sin(c.shape.angle);
  return std::sqrt((along * along + across * across) * c.shape.ratio);
}

}  // namespace

double radius_of(const Place_set& places, const Cluster& c) {
  double most = 0;
  for (const auto p : c.places) most = std::max(most, away(places, c, p));
  return most;
}

void add_outline(city::Polygons& out, const Place_set& places, const Cluster& c) {
  double radius = radius_of(places, c), next = INFINITY;
  for (std::size_t p = 0; p < places.size(); ++p)
    if (const double d = away(places, c, p); d > 0) next = std::min(next, d);
  if (!(radius > 0)) radius = std::isfinite(next) ? next / 2 : 1;
  constexpr int kCorners = 64;
  const double cosine = std::cos(c.shape.angle), sine = std::sin(c.shape.angle), root = std::sqrt(c.shape.ratio);
  for (int i = 0; i <= kCorners; ++i) {
    const double turn = 2 * std::acos(-1.0) * (i % kCorners) / kCorners, along = radius * root * std::cos(turn),
                 across = radius / root * std::sin(turn);
    out.x.push_back(places.x[c.centre] + along * cosine - across * sine);
    out.y.push_back(places.y[c.centre] + along * sine + across * cosine);
  }
  out.vertex_first.push_back(out.x.size());
  out.ring_is_hole.push_back(0);
  out.ring_first.push_back(out.ring_first.back() + 1);
}

}  // namespace dosi::scan
