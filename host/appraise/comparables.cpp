#include "host/appraise/comparables.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::appraise {
namespace {

// Standard deviations of a model's columns among its sales.
std::vector<double> deviations(const Model& m) {
  const std::size_t k = m.places.terms.size(), n = m.sales.size();
  std::vector<double> mean(k, 0), square(k, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < k; ++c) mean[c] += m.places.design[i * k + c] / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < k; ++c)
      square[c] += std::pow(m.places.design[i * k + c] - mean[c], 2) / static_cast<double>(n);
  for (double& s : square) s = std::sqrt(s);
  return square;
}

// (a - b) / (ln a - ln b): times a change of the logarithm, what it is in money.
double logarithmic_mean(double a, double b) {
  const double d = std::log(a / b);
  return std::fabs(d) < 1e-9 ? (a + b) / 2 : (a - b) / d;
}

class Grid {
 public:
  Grid(const Market& market, const Question& q, const Model& m)
      : market_(market), q_(q), m_(m), deviation_(deviations(m)),
        same_layer_(market.roll().sales.layer == market.roll().parcels.layer) {}

  std::vector<Comparable> of(std::uint32_t subject, double bandwidth, const double* coefficient) const {
    const auto& p = market_.roll().parcels;
    const std::size_t width = q_.x.size(), used = m_.used.size(), k = used + 1;
    std::vector<std::pair<double, std::size_t>> near;
    for (std::size_t s = 0; s < m_.sales.size(); ++s) {
      if (same_layer_ && m_.places.row[s] == p.row[subject]) continue;
      double unlike = 0;
      for (std::size_t c = 0; c < used; ++c) {
        const double d =
            (p.columns[subject * width + m_.used[c]] - m_.places.design[s * k + 1 + c]) / deviation_[1 + c];
        unlike += d * d / static_cast<double>(used);
      }
      const double d = distance(subject, s) / std::max(bandwidth, 1.0);
      near.emplace_back(std::sqrt(d * d + unlike), s);
    }
    const std::size_t count = std::min(q_.comparables, near.size());
    std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
    std::vector<Comparable> found;
    for (std::size_t i = 0; i < count; ++i)
      found.push_back(adjust(subject, near[i].second, near[i].first, coefficient));
    return found;
  }

 private:
  double distance(std::uint32_t subject, std::size_t s) const {
    const auto& p = market_.roll().parcels;
    return std::hypot(p.x[subject] - m_.places.x[s], p.y[subject] - m_.places.y[s]);
  }
  Comparable adjust(std::uint32_t subject, std::size_t s, double unlikeness, const double* coefficient) const {
    const auto& p = market_.roll().parcels;
    const std::size_t width = q_.x.size(), k = m_.used.size() + 1;
    Comparable c{.subject = subject,
                 .sale = m_.sales[s],
                 .distance = distance(subject, s),
                 .unlikeness = unlikeness,
                 .price = m_.price[s]};
    c.adjustment.assign(width, 0);
    double total = 0;
    for (std::size_t j = 0; j < m_.used.size(); ++j) {
      const double change =
          coefficient[m_.used[j]] * (p.columns[subject * width + m_.used[j]] - m_.places.design[s * k + 1 + j]);
      c.adjustment[m_.used[j]] = change;
      total += change;
    }
    if (q_.scale == Scale::price) {
      c.adjusted = c.price + total;
      return c;
    }
    c.adjusted = c.price * std::exp(total);
    const double money = logarithmic_mean(c.adjusted, c.price);
    for (double& a : c.adjustment) a *= money;
    return c;
  }

  const Market& market_;
  const Question& q_;
  const Model& m_;
  std::vector<double> deviation_;
  bool same_layer_;
};

}  // namespace

std::vector<Comparable> comparables_of(const Market& market, const Question& q,
                                       const std::vector<std::uint32_t>& subjects, const std::vector<double>& bandwidth,
                                       const std::vector<double>& coefficient) {
  std::vector<Grid> grids;
  for (const auto& m : market.models()) grids.emplace_back(market, q, m);
  std::vector<std::vector<Comparable>> found(subjects.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < subjects.size(); ++i)
    found[i] = grids[market.model_of_parcel(subjects[i])].of(subjects[i], bandwidth[subjects[i]],
                                                             coefficient.data() + subjects[i] * q.x.size());
  std::vector<Comparable> all;
  for (auto& f : found) all.insert(all.end(), std::make_move_iterator(f.begin()), std::make_move_iterator(f.end()));
  return all;
}

}  // namespace dosi::appraise
