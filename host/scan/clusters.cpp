#include "host/scan/clusters.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace dosi::scan {
namespace {

// Of any rule but none, which `taken` places serve.
bool collide(Overlap rule, const Cluster& better, const Cluster& worse) {
  const auto in_better = [&] { return better.has(static_cast<std::uint32_t>(worse.centre)); };
  const auto in_worse = [&] { return worse.has(static_cast<std::uint32_t>(better.centre)); };
  switch (rule) {
    case Overlap::no_centre_in_other: return in_better() || in_worse();
    case Overlap::no_centre_in_better: return in_better();
    case Overlap::no_centre_in_worse: return in_worse();
    case Overlap::no_centres_in_each_other: return in_better() && in_worse();
    case Overlap::none:
    case Overlap::any: break;
  }
  return better.window.begin == worse.window.begin && better.window.end == worse.window.end &&
         better.places == worse.places;
}

// Its places, without those of which nothing is left during the window.
std::vector<std::uint32_t> places_of(const Search& search, const Window& w) {
  const auto& n = search.neighbours();
  const auto& gone = search.study().gone;
  const std::size_t steps = search.study().time.steps();
  std::vector<std::uint32_t> places(n.place.data() + n.first[w.centroid],
                                    n.place.data() + n.first[w.centroid] + w.places);
  if (!gone.empty())
    std::erase_if(places, [&](std::size_t p) {
      return std::all_of(&gone[p * steps + w.begin], &gone[p * steps] + w.end, [](auto g) { return g != 0; });
    });
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

bool Cluster::has(std::uint32_t place) const { return std::binary_search(places.begin(), places.end(), place); }

std::vector<Cluster> choose_clusters(const Search& search, const Question& q, std::size_t scan,
                                     std::vector<Window> windows, const Maxima& maxima, std::size_t most) {
  std::sort(windows.begin(), windows.end(), better);
  const auto measure = measures_of(search.study(), scan);
  const double all = search.study().scans[scan].total_cases(),
               whole = std::accumulate(measure.begin(), measure.end(), 0.0);
  const auto& neighbours = search.neighbours();
  std::vector<bool> taken(search.study().places.size(), false);
  const auto forbidden = [&](const std::vector<Cluster>& before, const Cluster& c) {
    if (q.overlap == Overlap::none)
      return std::any_of(c.places.begin(), c.places.end(), [&](auto p) { return taken[p]; });
    return std::any_of(before.begin(), before.end(), [&](const Cluster& b) { return collide(q.overlap, b, c); });
  };
  std::vector<Cluster> out;
  for (const auto& w : windows) {
    if (!(w.llr > 0) || out.size() == most) break;
    Cluster c{.scan = scan, .rank = out.size() + 1, .window = w};
    c.centre = neighbours.place_of(w.centroid);
    c.shape = neighbours.shape_of(w.centroid);
    if (!neighbours.weight.empty()) c.weight = neighbours.weight[w.centroid];
    c.places = places_of(search, w);
    if (forbidden(out, c)) continue;
    for (const auto p : c.places) taken[p] = true;
    const auto cases = static_cast<double>(w.cases);
    if (q.marked()) {
      c.marks = describe_marks(search.study().scans[scan].marks, q, c.places, w, search.study().time.steps());
      c.high = c.marks.high;
    }
    c.expected = q.risk == Risk::exponential ? w.measure : q.marked() ? std::nan("") : w.measure * all / whole;
    if (!q.marked()) c.high = cases > c.expected;
    c.relative_risk = all > cases ? (cases / c.expected) / ((all - cases) / (all - c.expected)) : INFINITY;
    if (q.marked() && q.risk != Risk::exponential) c.relative_risk = std::nan("");
    c.p = maxima.p_value(w.llr);
    out.push_back(std::move(c));
  }
  return out;
}

void add_false_discovery(std::vector<Cluster>& clusters, std::size_t scans) {
  std::vector<double> p(scans, 1);
  for (const auto& c : clusters)
    if (c.rank == 1) p[c.scan] = c.p.p;
  const auto q = false_discovery_rates(p);
  for (auto& c : clusters) c.q = c.rank == 1 ? q[c.scan] : std::nan("");
}

double gini_of(const std::vector<Cluster>& clusters, double all, double alpha) {
  std::vector<std::pair<double, double>> parts;  // expected, cases
  double expected_rest = all, cases_rest = all;
  for (const auto& c : clusters) {
    if (c.p.p > alpha) continue;
    parts.emplace_back(c.expected, static_cast<double>(c.window.cases));
    expected_rest -= parts.back().first;
    cases_rest -= parts.back().second;
  }
  if (expected_rest > 1e-9 * all) parts.emplace_back(expected_rest, cases_rest);
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.second * b.first < b.second * a.first; });
  // Twice the area between the diagonal and the Lorenz curve.
  double under = 0, seen = 0;
  for (const auto& [expected, cases] : parts) {
    under += expected / all * (2 * seen + cases / all);
    seen += cases / all;
  }
  return parts.size() > 1 ? 1 - under : 0;
}

Gini_choice choose_by_gini(Search& search, const Question& q, std::size_t scan, const Maxima& maxima) {
  std::vector<double> shares = q.gini_sizes;
  if (shares.empty() || shares.back() < q.max_population) shares.push_back(q.max_population);
  const double all = search.study().scans[scan].total_cases();
  Gini_choice out;
  std::size_t chosen = 0;
  std::vector<Window> windows_chosen;
  for (const double share : shares) {
    const auto windows = search.best_within(scan, share);
    auto significant = windows;
    std::erase_if(significant, [&](const Window& w) { return maxima.p_value(w.llr).p > q.alpha; });
    const auto clusters = choose_clusters(search, q, scan, significant, maxima, significant.size());
    out.sizes.push_back({scan, share, gini_of(clusters, all, q.alpha), clusters.size(), false});
    if (out.sizes.back().gini < out.sizes[chosen].gini - 1e-9) continue;  // but for rounding
    chosen = out.sizes.size() - 1;
    windows_chosen = windows;
  }
  out.sizes[chosen].chosen = true;
  out.clusters = choose_clusters(search, q, scan, windows_chosen, maxima, q.most_clusters);
  return out;
}

}  // namespace dosi::scan
