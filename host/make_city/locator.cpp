#include "host/make_city/zones.hpp"

namespace dosi::make_city {

Locator::Locator(const city::Polygons& polygons, double bucket) : polygons_(polygons), per_metre_(1 / bucket) {
  const auto [x0, x1] = std::minmax_element(polygons.x.begin(), polygons.x.end());
  const auto [y0, y1] = std::minmax_element(polygons.y.begin(), polygons.y.end());
  first_ = {*x0 - bucket, *y0 - bucket};
  columns_ = static_cast<std::size_t>((*x1 - first_.x) * per_metre_) + 2;
  rows_ = static_cast<std::size_t>((*y1 - first_.y) * per_metre_) + 2;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> marks;  // bucket, zone
  for (std::uint32_t z = 0; z < polygons.size(); ++z)
    for (auto r = polygons.ring_first[z]; r < polygons.ring_first[z + 1]; ++r)
      for (auto v = polygons.vertex_first[r] + 1; v < polygons.vertex_first[r + 1]; ++v) {
        const auto low_high = [&](double a, double b, double first) {
          return std::pair{static_cast<std::size_t>((std::min(a, b) - first) * per_metre_),
                           static_cast<std::size_t>((std::max(a, b) - first) * per_metre_)};
        };
        const auto [i0, i1] = low_high(polygons.x[v - 1], polygons.x[v], first_.x);
        const auto [j0, j1] = low_high(polygons.y[v - 1], polygons.y[v], first_.y);
        for (auto j = j0; j <= j1; ++j)
          for (auto i = i0; i <= i1; ++i) marks.emplace_back(static_cast<std::uint32_t>(j * columns_ + i), z);
      }
  std::sort(marks.begin(), marks.end());
  marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
  near_first_.assign(columns_ * rows_ + 1, 0);
  for (const auto& [b, z] : marks) ++near_first_[b + 1], near_.push_back(z);
  for (std::size_t b = 1; b < near_first_.size(); ++b) near_first_[b] += near_first_[b - 1];

  // A bucket without border lies wholly where its western neighbour's eastern edge does.
  whole_.assign(columns_ * rows_, kNowhere);
  for (std::size_t j = 0; j < rows_; ++j)
    for (std::size_t i = 1; i < columns_; ++i) {
      const std::size_t b = j * columns_ + i;
      if (near_first_[b] != near_first_[b + 1]) continue;
      const std::size_t west = b - 1;
      if (near_first_[west] == near_first_[west + 1]) {
        whole_[b] = whole_[west];
        continue;
      }
      const Point middle = first_ + Point{static_cast<double>(i) + 0.5, static_cast<double>(j) + 0.5} * bucket;
      for (auto k = near_first_[west]; k < near_first_[west + 1] && whole_[b] == kNowhere; ++k)
        if (holds(near_[k], middle)) whole_[b] = near_[k];
    }
}

bool Locator::holds(std::uint32_t zone, Point p) const {
  bool in = false;
  for (auto r = polygons_.ring_first[zone]; r < polygons_.ring_first[zone + 1]; ++r)
    for (auto v = polygons_.vertex_first[r] + 1; v < polygons_.vertex_first[r + 1]; ++v) {
      const Point a{polygons_.x[v - 1], polygons_.y[v - 1]}, b{polygons_.x[v], polygons_.y[v]};
      if ((a.y > p.y) == (b.y > p.y)) continue;
      // Always from the lower end, so that both zones of a border judge it alike.
      const Point low = a.y < b.y ? a : b, high = a.y < b.y ? b : a;
      if (cross(high - low, p - low) > 0) in = !in;
    }
  return in;
}

std::uint32_t Locator::operator()(Point p) const {
  const double u = (p.x - first_.x) * per_metre_, v = (p.y - first_.y) * per_metre_;
  if (u < 0 || v < 0 || u >= static_cast<double>(columns_) || v >= static_cast<double>(rows_)) return kNowhere;
  const std::size_t b = static_cast<std::size_t>(v) * columns_ + static_cast<std::size_t>(u);
  if (near_first_[b] == near_first_[b + 1]) return whole_[b];
  for (auto k = near_first_[b]; k < near_first_[b + 1]; ++k)
    if (holds(near_[k], p)) return near_[k];
  return kNowhere;
}

}  // namespace dosi::make_city
