// How clusters are chosen, the obvious way: sets of cells, all pairs, every disc and interval of what is left.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "tests/reference/scan.hpp"

namespace dosi::reference {

// Gini's mean difference: half the mean distance of the parts' rates, weighed by what is expected of both, over the
// mean rate. parts: (expected, cases).
inline double gini_by_pairs(const std::vector<std::pair<double, double>>& parts) {
  double all_expected = 0, all_cases = 0, sum = 0;
  for (const auto& [e, c] : parts) all_expected += e, all_cases += c;
  for (const auto& [e, c] : parts)
    for (const auto& [f, d] : parts) sum += e * f * std::abs(c / e - d / f);
  return sum / (2 * all_expected * all_cases);
}

// A study of one scan as tables: [place][step].
struct Plain_study {
  std::size_t steps = 1;
  std::vector<double> x, y, cases, measure;
  scan::Model model = scan::Model::poisson;
  bool permutation = false;  // the measure comes of the margins of the cases
  bool by_step = false;      // the measure of a step adds up to its cases
};

struct Plain_cluster {
  double llr = 0;
  std::set<std::size_t> places;  // with anything left during the interval
  std::size_t begin = 0, end = 0;
  double cases = 0;
};

// The first `rounds` clusters: each the best window of what those before have left. Discs hold at most `cap` of the
// measure that is left.
inline std::vector<Plain_cluster> iterative_scan(Plain_study s, double cap, std::size_t longest, std::size_t rounds,
                                                 double fewest) {
  const std::size_t n = s.x.size(), steps = s.steps;
  std::vector<bool> left(n * steps, true);
  std::vector<Plain_cluster> found;
  while (found.size() < rounds) {
    std::vector<double> m = s.measure;
    std::vector<double> of_place(n, 0), of_step(steps, 0), measure_of_step(steps, 0);
    double C = 0, M = 0;
    for (std::size_t i = 0; i < n * steps; ++i) {
      if (!left[i]) s.cases[i] = 0, m[i] = 0;
      of_place[i / steps] += s.cases[i];
      of_step[i % steps] += s.cases[i];
      measure_of_step[i % steps] += m[i];
      C += s.cases[i];
      M += m[i];
    }
    for (std::size_t i = 0; i < n * steps; ++i) {
      if (s.permutation) m[i] = of_place[i / steps] * of_step[i % steps] / C;
      else if (s.by_step) m[i] *= measure_of_step[i % steps] > 0 ? of_step[i % steps] / measure_of_step[i % steps] : 0;
      else if (s.model == scan::Model::poisson) m[i] *= C / M;
    }
    M = std::accumulate(m.begin(), m.end(), 0.0);
    const auto any_left = [&](std::size_t p, std::size_t begin, std::size_t end) {
      for (std::size_t t = begin; t < end; ++t)
        if (left[p * steps + t]) return true;
      return false;
    };
    Plain_cluster best;
    for (std::size_t centre = 0; centre < n; ++centre) {
      if (!any_left(centre, 0, steps)) continue;
      std::vector<std::pair<double, std::size_t>> order;
      for (std::size_t p = 0; p < n; ++p)
        if (any_left(p, 0, steps)) order.emplace_back(std::hypot(s.x[p] - s.x[centre], s.y[p] - s.y[centre]), p);
      std::sort(order.begin(), order.end());
      double in_disc = 0;
      for (std::size_t k = 1; k <= order.size(); ++k) {
        for (std::size_t t = 0; t < steps; ++t) in_disc += m[order[k - 1].second * steps + t];
        if (in_disc > cap * M * (1 + 1e-12)) break;
        for (std::size_t begin = 0; begin < steps; ++begin)
          for (std::size_t end = begin + 1; end <= std::min(steps, begin + longest); ++end) {
            double c = 0, mu = 0;
            for (std::size_t i = 0; i < k; ++i)
              for (std::size_t t = begin; t < end; ++t) {
                c += s.cases[order[i].second * steps + t];
                mu += m[order[i].second * steps + t];
              }
            if (!(mu > 0) || c < fewest || c <= mu * C / M * (1 + 1e-12)) continue;
            const double llr = scan_ratio(s.model, c, mu, C, M);
            if (llr <= best.llr * (1 + 1e-11)) continue;
            best = {llr, {}, begin, end, c};
            for (std::size_t i = 0; i < k; ++i)
              if (any_left(order[i].second, begin, end)) best.places.insert(order[i].second);
          }
      }
    }
    if (best.llr == 0) break;
    for (const auto p : best.places)
      for (std::size_t t = s.permutation ? 0 : best.begin; t < (s.permutation ? steps : best.end); ++t)
        left[p * steps + t] = false;
    found.push_back(std::move(best));
  }
  return found;
}

}  // namespace dosi::reference
