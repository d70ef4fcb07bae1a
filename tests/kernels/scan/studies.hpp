// Studies to test scans with: places at random, on a line, on top of one another; cases few, many, all at one place.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::test_support {

struct Made_study {
  std::string name;
  std::uint32_t places = 0, steps = 1, shortest = 1, longest = 1, first_end = 1;
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> neighbour, reach, cases, individuals;
  std::vector<double> place_measure, step_share, measure, weight;
  scan::Model model = scan::Model::poisson;
  scan::Null null = scan::Null::multinomial;
  scan::Rates rates = scan::Rates::high;
  std::uint32_t fewest = 1;

  scan::Windows windows() const { return {places, steps, first, neighbour, shortest, longest, first_end, weight}; }
  scan::Study study() const {
    return {model, null, rates, fewest, cases, place_measure, step_share, measure, individuals, reach};
  }
};

enum class Kind { separable, general, bernoulli, permutation };

struct Recipe {
  Kind kind = Kind::separable;
  std::uint32_t places = 20, steps = 12, longest = 6, cases = 200;
  scan::Rates rates = scan::Rates::high;
  bool prospective = false, stratified = false;
  double cap = 0.5;  // of the measure
  int skew = 0;      // 1: measures over six orders of magnitude; 2: all cases at one place
  std::uint32_t shortest = 1;
  bool weighted = false;  // two in three centroids
};

inline Made_study make_study(const Recipe& r, std::uint64_t seed) {
  Random random(seed, 1);
  Made_study s;
  s.name = "kind " + std::to_string(static_cast<int>(r.kind)) + ", " + std::to_string(r.places) + " places, " +
           std::to_string(r.steps) + " steps, " + std::to_string(r.cases) + " cases, rates " +
           std::to_string(static_cast<int>(r.rates)) + ", skew " + std::to_string(r.skew) + ", seed " +
           std::to_string(seed);
  s.places = r.places;
  s.steps = r.steps;
  s.shortest = r.shortest;
  s.longest = r.longest;
  s.first_end = r.prospective ? r.steps : 1;
  s.rates = r.rates;
  std::vector<double> x, y, weight(r.places), share(r.steps);
  for (std::uint32_t p = 0; p < r.places; ++p) {
    x.push_back(random.below(r.skew == 0 ? 1000 : 5));
    y.push_back(random.below(r.skew == 1 ? 1 : 1000));
    weight[p] = r.skew == 1 ? std::pow(10.0, 6 * random.uniform() - 3) : 0.2 + random.uniform();
  }
  for (auto& v : share) v = 0.5 + random.uniform();
  const auto scale = [](std::vector<double>& v, double to) {
    const double sum = std::accumulate(v.begin(), v.end(), 0.0);
    for (auto& e : v) e *= to / sum;
  };
  scale(weight, 1);
  scale(share, 1);
  s.cases.assign(std::size_t{r.places} * r.steps, 0);
  const auto deal = [&](std::uint32_t n, std::vector<std::uint32_t>& to) {
    for (std::uint32_t i = 0; i < n; ++i) {
      double u = random.uniform(), v = random.uniform();
      std::uint32_t p = 0, t = 0;
      while (p + 1 < r.places && u >= weight[p]) u -= weight[p++];
      while (t + 1 < r.steps && v >= share[t]) v -= share[t++];
      if (r.skew == 2 && i % 4 != 0) p = 0, t = r.steps - 1;
      ++to[p * r.steps + t];
    }
  };
  deal(r.cases, s.cases);
  std::vector<double> of_place(r.places);
  if (r.kind == Kind::bernoulli) {
    s.model = scan::Model::bernoulli;
    s.null = scan::Null::hypergeometric;
    s.individuals = s.cases;
    deal(2 * r.cases, s.individuals);
    s.measure.assign(s.individuals.begin(), s.individuals.end());
  } else if (r.kind == Kind::permutation) {
    s.null = scan::Null::permutation;
    s.place_measure.assign(r.places, 0);
    s.step_share.assign(r.steps, 0);
    for (std::uint32_t i = 0; i < s.cases.size(); ++i) {
      s.place_measure[i / r.steps] += s.cases[i];
      s.step_share[i % r.steps] += s.cases[i] / static_cast<double>(r.cases);
    }
  } else if (r.kind == Kind::separable) {
    s.place_measure = weight;
    scale(s.place_measure, r.cases);
    s.step_share = share;
  } else {
    for (std::uint32_t p = 0; p < r.places; ++p)
      for (std::uint32_t t = 0; t < r.steps; ++t) s.measure.push_back(weight[p] * share[t] * (0.3 + random.uniform()));
    scale(s.measure, r.cases);
  }
  if (r.stratified) s.null = scan::Null::stratified;
  for (std::size_t p = 0; p < r.places; ++p) {
    if (!s.place_measure.empty()) of_place[p] = s.place_measure[p];
    for (std::uint32_t t = 0; t < r.steps && !s.measure.empty(); ++t) of_place[p] += s.measure[p * r.steps + t];
  }
  const double limit = r.cap * std::accumulate(of_place.begin(), of_place.end(), 0.0);
  for (std::uint32_t c = 0; c < r.places; ++c) {
    std::vector<std::uint32_t> order(r.places);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return std::hypot(x[a] - x[c], y[a] - y[c]) < std::hypot(x[b] - x[c], y[b] - y[c]);
    });
    double sum = 0;
    std::uint32_t reach = 0;
    for (; reach < r.places; ++reach)
      if ((sum += of_place[order[reach]]) > limit) break;
    s.neighbour.insert(s.neighbour.end(), order.begin(), order.end());
    s.first.push_back(s.neighbour.size());
    s.reach.push_back(reach);
    if (r.weighted) s.weight.push_back(c % 3 == 0 ? 1.0 : 0.2 + 0.8 * random.uniform());
  }
  return s;
}

inline std::vector<Recipe> recipes() {
  std::vector<Recipe> all;
  for (const auto kind : {Kind::separable, Kind::general, Kind::bernoulli, Kind::permutation})
    for (const auto rates : {scan::Rates::high, scan::Rates::low, scan::Rates::both}) {
      all.push_back({.kind = kind, .rates = rates});
      if (kind == Kind::separable || kind == Kind::general)
        all.push_back({.kind = kind, .rates = rates, .stratified = true});
      all.push_back({.kind = kind, .places = 30, .steps = 1, .longest = 1, .rates = rates});
      all.push_back({.kind = kind, .places = 1, .steps = 60, .longest = 30, .rates = rates, .cap = 1});
      all.push_back({.kind = kind, .places = 15, .steps = 47, .longest = 40, .cases = 3000, .rates = rates});
      all.push_back({.kind = kind, .steps = 33, .longest = 20, .rates = rates, .prospective = true});
      all.push_back({.kind = kind, .places = 25, .steps = 9, .longest = 4, .cases = 30, .rates = rates});
      all.push_back({.kind = kind, .places = 12, .steps = 20, .longest = 20, .cases = 500, .rates = rates, .cap = 1});
      all.push_back({.kind = kind, .steps = 20, .longest = 10, .cases = 400, .rates = rates, .skew = 1});
      all.push_back({.kind = kind, .steps = 20, .longest = 10, .cases = 400, .rates = rates, .skew = 2});
      all.push_back({.kind = kind, .rates = rates, .weighted = true});
      all.push_back({.kind = kind, .places = 30, .steps = 1, .longest = 1, .rates = rates, .weighted = true});
      all.push_back(
          {.kind = kind, .places = 10, .steps = 70, .longest = 35, .cases = 20000, .rates = rates, .shortest = 3});
    }
  return all;
}

}  // namespace dosi::test_support
