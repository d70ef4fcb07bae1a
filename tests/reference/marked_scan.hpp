// What a scan of marked individuals must answer, the obvious way: every disc, every interval, and for each of them
// everybody inside and everybody outside.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/scan/scan.hpp"
#include "tests/reference/scan.hpp"

namespace dosi::reference {

// Of individuals, whether they are inside of a window.
using Inside = std::vector<bool>;

// Kulldorff, Huang and Konty (2009), unweighted; `high`: the mean inside is the larger one.
inline double normal_ratio(std::span<const double> x, const Inside& in, bool high) {
  const auto mean_of = [&](auto wanted) {
    double sum = 0, n = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (wanted(i)) sum += x[i], n += 1;
    return sum / n;
  };
  const double all = mean_of([](auto) { return true; }), inside = mean_of([&](auto i) { return in[i]; }),
               outside = mean_of([&](auto i) { return !in[i]; });
  double one = 0, two = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    one += (x[i] - all) * (x[i] - all);
    two += (x[i] - (in[i] ? inside : outside)) * (x[i] - (in[i] ? inside : outside));
  }
  if (high ? !(inside > outside) : !(inside < outside)) return 0;
  return 0.5 * static_cast<double>(x.size()) * std::log(one / std::max(two, 1e-12 * one));
}

// Huang, Kulldorff and Gregorio (2007); `high`: more events by time inside.
inline double exponential_ratio(std::span<const double> time, std::span<const std::uint32_t> event, const Inside& in,
                                bool high) {
  double r = 0, t = 0, R = 0, T = 0;
  for (std::size_t i = 0; i < time.size(); ++i) {
    R += event[i];
    T += time[i];
    if (in[i]) r += event[i], t += time[i];
  }
  if (high ? !(r / t > R / T) : !(r / t < R / T)) return 0;
  return x_log(r, t) + x_log(R - r, T - t) - x_log(R, T);
}

struct Group_counts {
  std::vector<double> inside, all;
  double n = 0, total = 0;
};

inline Group_counts group_counts(std::span<const std::uint32_t> group, std::uint32_t groups, const Inside& in) {
  Group_counts c{std::vector<double>(groups, 0), std::vector<double>(groups, 0)};
  for (std::size_t i = 0; i < group.size(); ++i) {
    c.all[group[i]] += 1;
    c.inside[group[i]] += in[i] ? 1 : 0;
    c.n += in[i] ? 1 : 0;
    c.total += 1;
  }
  return c;
}

// The likelihood where a share w of each group is inside.
inline double shares_ratio(const Group_counts& c, const std::vector<double>& w) {
  double sum = 0;
  for (std::size_t k = 0; k < w.size(); ++k) {
    if (c.inside[k] > 0) sum += c.inside[k] * std::log(w[k] / c.n * c.total);
    if (c.all[k] > c.inside[k]) sum += (c.all[k] - c.inside[k]) * std::log((1 - w[k]) / (c.total - c.n) * c.total);
  }
  return sum;
}

// Jung, Kulldorff and Richard (2010).
inline double multinomial_ratio(const Group_counts& c) {
  std::vector<double> w;
  for (std::size_t k = 0; k < c.all.size(); ++k) w.push_back(c.inside[k] / c.all[k]);
  return shares_ratio(c, w);
}

// Jung, Kulldorff and Klassen (2007), with the isotonic regression of the shares by its max-min formula.
inline double ordinal_ratio(Group_counts c, bool high) {
  if (!high) std::reverse(c.inside.begin(), c.inside.end()), std::reverse(c.all.begin(), c.all.end());
  const std::size_t groups = c.all.size();
  std::vector<double> w;
  for (std::size_t k = 0; k < groups; ++k) {
    double most = 0;
    for (std::size_t i = 0; i <= k; ++i) {
      double least = 1;
      for (std::size_t j = k; j < groups; ++j) {
        double inside = 0, all = 0;
        for (std::size_t g = i; g <= j; ++g) inside += c.inside[g], all += c.all[g];
        least = std::min(least, inside / all);
      }
      most = std::max(most, least);
    }
    w.push_back(most);
  }
  return shares_ratio(c, w);
}

inline double marked_ratio(const scan::Study& s, const Inside& in) {
  const auto& m = s.marks;
  const auto n = static_cast<std::size_t>(std::count(in.begin(), in.end(), true));
  if (n == 0 || n == in.size()) return 0;
  if (s.model != scan::Model::exponential && n < s.fewest) return 0;
  if (s.model == scan::Model::multinomial) return multinomial_ratio(group_counts(m.group, m.groups, in));
  double best = 0;
  for (const bool high : {true, false}) {
    if (high ? s.rates == scan::Rates::low : s.rates == scan::Rates::high) continue;
    if (s.model == scan::Model::normal) best = std::max(best, normal_ratio(m.value, in, high));
    if (s.model == scan::Model::ordinal)
      best = std::max(best, ordinal_ratio(group_counts(m.group, m.groups, in), high));
    if (s.model != scan::Model::exponential) continue;
    std::uint32_t events = 0;
    for (std::size_t i = 0; i < in.size(); ++i) events += in[i] ? m.group[i] : 0;
    if (!high || events >= s.fewest) best = std::max(best, exponential_ratio(m.value, m.group, in, high));
  }
  return best;
}

// The best window of each centroid, where individual i stands at cell[i]. Ratios within `tie` of each other are the
// same; the first in the order of (places, begin, end) wins.
inline std::vector<scan::Window> marked_scan(const scan::Windows& w, const scan::Study& s,
                                             std::span<const std::uint32_t> cell, double tie = 1e-9) {
  std::vector<scan::Window> best(s.reach.size());
  std::vector<bool> disc(w.places);
  Inside in(cell.size());
  for (std::uint32_t centroid = 0; centroid < s.reach.size(); ++centroid) {
    best[centroid].centroid = centroid;
    std::fill(disc.begin(), disc.end(), false);
    for (std::uint32_t k = 1; k <= s.reach[centroid]; ++k) {
      disc[w.neighbour[w.first[centroid] + k - 1]] = true;
      for (std::uint32_t begin = 0; begin < w.steps; ++begin)
        for (std::uint32_t end = std::max(w.first_end, begin + w.shortest); end <= w.steps && end - begin <= w.longest;
             ++end) {
          for (std::size_t i = 0; i < cell.size(); ++i)
            in[i] = disc[cell[i] / w.steps] && cell[i] % w.steps >= begin && cell[i] % w.steps < end;
          const double llr = marked_ratio(s, in);
          if (llr > best[centroid].llr * (1 + tie) + tie) best[centroid] = {llr, centroid, k, begin, end, 0, 0};
        }
    }
  }
  return best;
}

}  // namespace dosi::reference
