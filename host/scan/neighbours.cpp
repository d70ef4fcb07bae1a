#include "host/scan/neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/geometry/sphere.hpp"

namespace dosi::scan {
namespace {

constexpr std::size_t kMostNeighbours = std::size_t{1} << 32;

// The measure that a disc may have.
double limit_of(const std::vector<double>& measure, double share) {
  return share * std::accumulate(measure.begin(), measure.end(), 0.0) * (1 + 1e-12);
}

std::vector<std::uint32_t> places_left(const Study_data& study) {
  const std::size_t steps = study.time.steps();
  std::vector<std::uint32_t> left;
  for (std::uint32_t p = 0; p < study.places.size(); ++p) {
    const auto cells = study.gone.begin() + static_cast<std::ptrdiff_t>(study.gone.empty() ? 0 : p * steps);
    if (study.gone.empty() || std::count(cells, cells + static_cast<std::ptrdiff_t>(steps), 0) > 0) left.push_back(p);
  }
  return left;
}

}  // namespace

Distances::Distances(const Place_set& p, const Question& q) {
  const bool sphere = q.distance == "sphere" || (q.distance == "auto" && !p.longitude.empty() && q.ellipses.empty());
  if (!sphere) {
    x_ = p.x;
    y_ = p.y;
    return;
  }
  if (p.longitude.empty())
    throw UsageError("distance: '{}' has no columns longitude and latitude; use the plane", p.layer);
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

double weight_of(const Shape& shape, double power) {
  const double compact = 4 * shape.ratio / ((shape.ratio + 1) * (shape.ratio + 1));
  return power == 0.5 ? std::sqrt(compact) : std::pow(compact, power);
}

std::vector<double> measures_of(const Study_data& study, std::size_t scan) {
  const std::size_t steps = study.time.steps();
  std::vector<double> measure(study.places.size(), 0);
  for (std::size_t p = 0; p < measure.size(); ++p)
    for (std::size_t t = 0; t < steps; ++t) measure[p] += study.scans[scan].measure_of(p, t, steps);
  return measure;
}

Neighbours neighbours_of(const Study_data& study, const Question& q, const Distances& distances) {
  const std::size_t n = study.places.size(), scans = study.scans.size();
  const auto left = places_left(study);
  std::vector<std::vector<double>> measure;
  std::vector<double> limit;
  for (std::size_t s = 0; s < scans; ++s) {
    measure.push_back(measures_of(study, s));
    limit.push_back(limit_of(measure[s], q.analysis == Analysis::temporal ? 1.0 : q.max_population));
  }
  Neighbours out;
  out.shapes = shapes_of(q.ellipses);
  const std::size_t centroids = n * out.shapes.size();
  if (out.shapes.size() > 1 && q.compactness > 0)
    for (std::size_t c = 0; c < centroids; ++c) out.weight.push_back(weight_of(out.shape_of(c), q.compactness));
  std::vector<std::vector<std::uint32_t>> lists(centroids);
  out.reach.assign(scans, std::vector<std::uint32_t>(centroids, 0));
#pragma omp parallel for schedule(dynamic, 16)
  for (std::size_t c = 0; c < centroids; ++c) {
    if (!std::binary_search(left.begin(), left.end(), static_cast<std::uint32_t>(out.place_of(c)))) continue;
    std::vector<std::pair<double, std::uint32_t>> order;
    for (const auto p : left) order.emplace_back(distances.between(out.place_of(c), p, out.shape_of(c)), p);
    std::sort(order.begin(), order.end());
    std::size_t most = 0;
    for (std::size_t s = 0; s < scans; ++s) {
      double sum = 0;
      std::uint32_t k = 0;
      for (; k < order.size(); ++k) {
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
    throw UsageError(
        "{} discs around {} places are more than {}; lower max_distance or max_population, or make places larger", all,
        n, kMostNeighbours);
  out.place.reserve(all);
  for (const auto& l : lists) {
    out.place.insert(out.place.end(), l.begin(), l.end());
    out.first.push_back(out.place.size());
  }
  return out;
}

std::vector<std::uint32_t> reach_within(const Study_data& study, const Neighbours& neighbours, std::size_t scan,
                                        double share) {
  const auto measure = measures_of(study, scan);
  const double limit = limit_of(measure, share);
  std::vector<std::uint32_t> reach = neighbours.reach[scan];
  for (std::size_t c = 0; c < reach.size(); ++c) {
    const std::uint32_t* const place = neighbours.place.data() + neighbours.first[c];
    double sum = 0;
    for (std::uint32_t k = 0; k < reach[c]; ++k)
      if ((sum += measure[place[k]]) > limit) reach[c] = k;
  }
  return reach;
}

}  // namespace dosi::scan
