#include "host/scan/neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/geometry/sphere.hpp"

namespace dosi::scan {
namespace {

constexpr std::size_t kMostNeighbours = std::size_t{1} << 32;

}  // namespace

Distances::Distances(const Place_set& p, const Question& q) {
  const bool sphere = q.distance == "sphere" || (q.distance == "auto" && !p.longitude.empty() && q.ellipses.empty());
  if (!sphere) {
    x_ = p.x;
    y_ = p.y;
    return;
  }
  if (p.longitude.empty()) throw UsageError("distance: '{}' has no columns longitude and latitude; use the plane", p.layer);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto [x, y, z] = geometry::on_sphere(p.longitude[i], p.latitude[i]);
    x_.push_back(x);
    y_.push_back(y);
    z_.push_back(z);
  }
}

double Distances::between(std::size_t a, std::size_t b) const {
  const double dx = x_[a] - x_[b], dy = y_[a] - y_[b], dz = z_.empty() ? 0 : z_[a] - z_[b];
  return std::sqrt(dx * dx + dy * dy + dz * dz);
}

double Distances::between(std::size_t a, std::size_t b, const Shape& shape) const {
  if (shape.ratio == 1) return between(a, b);
  const double dx = x_[b] - x_[a], dy = y_[b] - y_[a], cosine = std::cos(shape.angle), sine = std::sin(shape.angle);
  const double along = (dx * cosine + dy * sine) / shape.ratio, across = dy * cosine - dx * sine;
  return std::sqrt((along * along + across * across) * shape.ratio);
}

std::vector<Shape> shapes_of(const std::vector<double>& ratios) {
  std::vector<Shape> shapes{Shape{}};
  for (const double ratio : ratios) {
    const auto directions = std::max(4, static_cast<int>(3 * ratio));
    for (int i = 0; i < directions; ++i) shapes.push_back({ratio, std::acos(-1.0) * i / directions});
  }
  return shapes;
}

Neighbours neighbours_of(const Study_data& study, const Question& q, const Distances& distances) {
  const std::size_t n = study.places.size(), steps = study.time.steps(), scans = study.scans.size();
  std::vector<std::vector<double>> measure(scans, std::vector<double>(n, 0));
  std::vector<double> limit(scans);
  for (std::size_t s = 0; s < scans; ++s) {
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t t = 0; t < steps; ++t) measure[s][p] += study.scans[s].measure_of(p, t, steps);
    const double share = q.analysis == Analysis::temporal ? 1.0 : q.max_population;
    limit[s] = share * std::accumulate(measure[s].begin(), measure[s].end(), 0.0) * (1 + 1e-12);
  }
  Neighbours out;
  out.shapes = shapes_of(q.ellipses);
  const std::size_t centroids = n * out.shapes.size();
  std::vector<std::vector<std::uint32_t>> lists(centroids);
  out.reach.assign(scans, std::vector<std::uint32_t>(centroids, 0));
#pragma omp parallel for schedule(dynamic, 16)
  for (std::size_t c = 0; c < centroids; ++c) {
    std::vector<std::pair<double, std::uint32_t>> order(n);
    for (std::uint32_t p = 0; p < n; ++p) order[p] = {distances.between(out.place_of(c), p, out.shape_of(c)), p};
    std::sort(order.begin(), order.end());
    std::size_t most = 0;
    for (std::size_t s = 0; s < scans; ++s) {
      double sum = 0;
      std::uint32_t k = 0;
      for (; k < n; ++k) {
        sum += measure[s][order[k].second];
        if (sum > limit[s] || (q.max_distance && order[k].first > *q.max_distance)) break;
      }
      out.reach[s][c] = k;
      most = std::max<std::size_t>(most, k);
    }
    for (std::size_t k = 0; k < most; ++k) lists[c].push_back(order[k].second);
  }
  std::size_t all = 0;
  for (const auto& l : lists) all += l.size();
  if (all > kMostNeighbours)
    throw UsageError("{} discs around {} places are more than {}; lower max_distance or max_population, or make places larger", all, n, kMostNeighbours);
  out.place.reserve(all);
  for (const auto& l : lists) {
    out.place.insert(out.place.end(), l.begin(), l.end());
    out.first.push_back(out.place.size());
  }
  return out;
}

}  // namespace dosi::scan
