#include "kernels/scan/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "kernels/scan/marks.hpp"

namespace dosi::scan {

std::vector<Length_run> runs_of(std::uint32_t shortest, std::uint32_t longest) {
  std::vector<Length_run> runs;
  for (std::uint32_t l = shortest; l <= longest; l = runs.back().longest + 1)
    runs.push_back({l, std::min(longest, 2 * l - 1)});
  return runs;
}

std::vector<Alias_bin> alias_of(std::span<const double> weights) {
  const std::size_t n = weights.size();
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(total > 0)) throw std::invalid_argument("no weight to draw by");
  std::vector<double> share(n);
  std::vector<std::uint32_t> small, large;
  for (std::size_t i = 0; i < n; ++i) share[i] = weights[i] / total * static_cast<double>(n);
  for (std::size_t i = n; i-- > 0;) (share[i] < 1 ? small : large).push_back(static_cast<std::uint32_t>(i));
  const auto heaviest = static_cast<std::uint32_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  std::vector<Alias_bin> bins(n);
  for (std::uint32_t i = 0; i < n; ++i) bins[i] = {0xFFFFFFFFu, weights[i] > 0 ? i : heaviest};
  while (!small.empty() && !large.empty()) {
    const auto s = small.back(), l = large.back();
    small.pop_back();
    bins[s] = {static_cast<std::uint32_t>(std::min(share[s] * 0x1p32, 0xFFFFFFFFp0)), l};
    share[l] -= 1 - share[s];
    if (share[l] >= 1) continue;
    large.pop_back();
    small.push_back(l);
  }
  for (const auto s : small)
    if (!(weights[s] > 0)) bins[s].keep = 0;
  return bins;
}

std::vector<double> weights_in_step(const Windows& w, const Study& s, std::uint32_t step) {
  std::vector<double> weights(w.places);
  std::uint64_t cases = 0;
  for (std::size_t p = 0; p < w.places; ++p) {
    weights[p] = s.measure[p * w.steps + step];
    cases += s.cases[p * w.steps + step];
  }
  if (cases == 0) std::fill(weights.begin(), weights.end(), 1.0);
  return weights;
}

std::vector<double> sums_of(std::span<const double> rows, std::uint32_t steps) {
  std::vector<double> sums(rows.size() / steps * (steps + 1));
  for (std::size_t r = 0; r < rows.size() / steps; ++r)
    for (std::uint32_t t = 0; t < steps; ++t)
      sums[r * (steps + 1) + t + 1] = sums[r * (steps + 1) + t] + rows[r * steps + t];
  return sums;
}

namespace {

// The least measure above 0 of the windows of a run that end at `end`.
double shortest_positive(const double* sums, std::uint32_t end, const Length_run& run) {
  for (std::uint32_t l = run.shortest; l <= std::min(run.longest, end); ++l)
    if (sums[end] > sums[end - l]) return sums[end] - sums[end - l];
  return sums[end] > 0 ? sums[end] : std::numeric_limits<double>::infinity();
}

}  // namespace

Ranges ranges_of(std::span<const double> sums, std::uint32_t steps, std::uint32_t first_end,
                 std::span<const Length_run> runs, bool positive) {
  Ranges out;
  for (std::size_t r = 0; r < sums.size() / (steps + 1); ++r) {
    const double* b = sums.data() + r * (steps + 1);
    for (const auto& run : runs) {
      double least = b[steps], most = 0;
      for (std::uint32_t e = std::max(first_end, run.shortest); e <= steps; ++e) {
        if (!positive || b[e] > b[e - run.shortest]) least = std::min(least, b[e] - b[e - run.shortest]);
        else least = std::min(least, shortest_positive(b, e, run));
        most = std::max(most, b[e] - b[e - std::min(run.longest, e)]);
      }
      out.least.push_back(least);
      out.most.push_back(most);
    }
  }
  return out;
}

namespace {

void require(bool ok, const std::string& what) {
  if (!ok) throw std::invalid_argument("scan: " + what);
}

}  // namespace

void check(const Windows& w) {
  require(w.places > 0 && w.steps > 0, "there are no places or no steps");
  require(w.steps <= kMostSteps, std::to_string(w.steps) + " steps, at most " + std::to_string(kMostSteps));
  require(w.shortest >= 1 && w.shortest <= w.longest && w.longest <= w.steps, "lengths must be within 1 and the steps");
  require(w.first_end >= 1 && w.first_end <= w.steps, "first_end must be within 1 and the steps");
  require(!w.first.empty() && w.first.back() == w.neighbour.size(), "first does not fit neighbour");
  require(std::is_sorted(w.first.begin(), w.first.end()), "first must not fall");
  require(std::all_of(w.neighbour.begin(), w.neighbour.end(), [&](auto p) { return p < w.places; }),
          "a neighbour is no place");
  require(w.weight.empty() || w.weight.size() == w.first.size() - 1, "weight must be [centroid]");
  require(std::all_of(w.weight.begin(), w.weight.end(), [](double x) { return x > 0 && x <= 1; }),
          "a weight is not above 0 and at most 1");
}

void check(const Windows& w, const Study& s) {
  require(s.reach.size() == w.first.size() - 1, "reach must be [centroid]");
  for (std::size_t c = 0; c < s.reach.size(); ++c)
    require(s.reach[c] <= w.first[c + 1] - w.first[c], "a reach is beyond the neighbours");
  if (has_marks(s.model)) return check_marks(w, s);
  const std::size_t cells = std::size_t{w.places} * w.steps;
  require(s.cases.size() == cells, "cases must be [place][step]");
  require(s.measure.empty() ? s.place_measure.size() == w.places && s.step_share.size() == w.steps
                            : s.measure.size() == cells,
          "the measure must be [place] and [step], or [place][step]");
  for (const auto* v : {&s.place_measure, &s.step_share, &s.measure})
    require(std::all_of(v->begin(), v->end(), [](double x) { return std::isfinite(x) && x >= 0; }),
            "a measure is negative or not finite");
  const auto cases = std::accumulate(s.cases.begin(), s.cases.end(), std::uint64_t{0});
  require(cases > 0 && cases < kMostCases, std::to_string(cases) + " cases, must be 1 to 2^31 - 1");
  if (s.model != Model::bernoulli) return;
  require(s.individuals.size() == cells, "individuals must be [place][step]");
  for (std::size_t i = 0; i < cells; ++i)
    require(s.cases[i] <= s.individuals[i], "there are more cases than individuals");
  require(std::accumulate(s.individuals.begin(), s.individuals.end(), std::uint64_t{0}) < kMostCases,
          "there are 2^31 individuals or more");
}

double widest_of(const Windows& w, const Study& s) {
  std::vector<double> of_place(s.place_measure.begin(), s.place_measure.end());
  of_place.resize(w.places);
  for (std::size_t i = 0; i < s.measure.size(); ++i) of_place[i / w.steps] += s.measure[i];
  double widest = 0;
  for (std::size_t c = 0; c < s.reach.size(); ++c) {
    double disc = 0;
    for (std::uint32_t k = 0; k < s.reach[c]; ++k) disc += of_place[w.neighbour[w.first[c] + k]];
    widest = std::max(widest, disc);
  }
  return widest;
}

Work work_of(const Windows& w, std::span<const std::uint32_t> reach) {
  double discs = 0, intervals = 0, lengths = 0;
  for (const auto r : reach) discs += r;
  for (std::uint32_t l = w.shortest; l <= w.longest; ++l) {
    intervals += w.steps + 1 - std::max(w.first_end, l);
    lengths += 1;
  }
  return {discs * intervals, discs * lengths, 0};
}

}  // namespace dosi::scan
