// What a scan must answer, the obvious way: every disc, every interval, sums by adding up, logarithms each time.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/scan/scan.hpp"

namespace dosi::reference {

inline double x_log(double x, double of) { return x > 0 ? x * std::log(x / of) : 0; }

// Kulldorff (1997): log likelihood ratio of a window with c of C cases and measure m of M.
inline double scan_ratio(scan::Model model, double c, double m, double C, double M) {
  double ratio = x_log(c, m) + x_log(C - c, M - m);
  if (model == scan::Model::bernoulli)
    ratio += x_log(m - c, m) + x_log(M - m - (C - c), M - m) - x_log(C, M) - x_log(M - C, M);
  return ratio;
}

struct Scan_totals {
  double cases = 0, measure = 0;
};

inline double scan_measure(const scan::Windows& w, const scan::Study& s, std::size_t place, std::size_t step) {
  return s.measure.empty() ? s.place_measure[place] * s.step_share[step] : s.measure[place * w.steps + step];
}

inline Scan_totals scan_totals(const scan::Windows& w, const scan::Study& s, std::span<const std::uint32_t> cases) {
  Scan_totals t;
  for (std::size_t p = 0; p < w.places; ++p)
    for (std::size_t i = 0; i < w.steps; ++i) {
      t.cases += cases[p * w.steps + i];
      t.measure += scan_measure(w, s, p, i);
    }
  return t;
}

// The best window of each centroid. Ratios within `tie` of each other are the same; the first in the order of (places,
// begin, end) wins.
inline std::vector<scan::Window> scan_all(const scan::Windows& w, const scan::Study& s,
                                          std::span<const std::uint32_t> cases, double tie = 1e-11) {
  const auto [C, M] = scan_totals(w, s, cases);
  std::vector<scan::Window> best(s.reach.size());
  for (std::uint32_t centroid = 0; centroid < s.reach.size(); ++centroid) {
    scan::Window& top = best[centroid];
    top.centroid = centroid;
    std::vector<double> seen(w.steps, 0), measure(w.steps, 0);
    for (std::uint32_t k = 1; k <= s.reach[centroid]; ++k) {
      const std::size_t place = w.neighbour[w.first[centroid] + k - 1];
      for (std::size_t t = 0; t < w.steps; ++t) {
        seen[t] += cases[place * w.steps + t];
        measure[t] += scan_measure(w, s, place, t);
      }
      for (std::uint32_t begin = 0; begin < w.steps; ++begin) {
        double c = 0, m = 0;
        for (std::uint32_t end = begin + 1; end <= w.steps && end - begin <= w.longest; ++end) {
          c += seen[end - 1];
          m += measure[end - 1];
          if (end < w.first_end || end - begin < w.shortest || !(m > 0)) continue;
          const double middle = m * C / M;
          const bool high = c > middle * (1 + 1e-12) && c >= s.fewest && s.rates != scan::Rates::low;
          const bool low = c < middle * (1 - 1e-12) && s.rates != scan::Rates::high;
          if (!high && !low) continue;
          const double llr = scan_ratio(s.model, c, m, C, M) * (w.weight.empty() ? 1 : w.weight[centroid]);
          if (llr > top.llr * (1 + tie) + tie) top = {llr, centroid, k, begin, end, static_cast<std::uint64_t>(c), m};
        }
      }
    }
  }
  return best;
}

inline scan::Window scan_best(const std::vector<scan::Window>& windows) {
  scan::Window best;
  for (const auto& w : windows)
    if (scan::better(w, best)) best = w;
  return best;
}

}  // namespace dosi::reference
