// Studies of marked individuals to test scans with: marks that differ, that are mostly alike, that span magnitudes,
// that leave one of a kind; individuals spread, or most at one place.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::test_support {

enum class Marking { spread, ties, heavy, rare };

struct Marked_recipe {
  scan::Model model = scan::Model::normal;
  std::uint32_t places = 12, steps = 8, longest = 4, people = 120;
  scan::Rates rates = scan::Rates::high;
  bool prospective = false;
  double cap = 0.5;  // of the individuals
  Marking marking = Marking::spread;
  bool crowded = false;  // three of four at the first place and the last step
  std::uint32_t shortest = 1, groups = 4, fewest = 1;
};

struct Marked_study {
  std::string name;
  std::uint32_t places = 0, steps = 1, shortest = 1, longest = 1, first_end = 1, fewest = 1, groups = 0;
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> neighbour, reach, cell, group;
  std::vector<double> value;
  scan::Model model = scan::Model::normal;
  scan::Rates rates = scan::Rates::high;

  scan::Windows windows() const { return {places, steps, first, neighbour, shortest, longest, first_end}; }
  scan::Study study() const {
    return {.model = model,
            .null = scan::Null::marks,
            .rates = rates,
            .fewest = fewest,
            .reach = reach,
            .marks = {cell, value, group, groups}};
  }
  bool grouped() const { return model == scan::Model::ordinal || model == scan::Model::multinomial; }
};

inline void add_marks(Marked_study& s, const Marked_recipe& r, Random& random) {
  const auto uniform = [&] { return std::max(1e-12, random.uniform()); };
  for (std::uint32_t i = 0; i < r.people; ++i) {
    if (s.grouped()) {
      // One of each group at least; `ties`: two groups share nearly all, `heavy`: each half of the one before it.
      std::uint32_t g = i < r.groups ? i : random.below(r.groups);
      if (r.marking == Marking::ties && i >= r.groups) g = random.below(2) * (r.groups - 1);
      if (r.marking == Marking::heavy && i >= r.groups)
        g = std::min(r.groups - 1, static_cast<std::uint32_t>(-std::log2(uniform())));
      if (r.marking == Marking::rare && i >= r.groups) g = 1;
      s.group.push_back(g);
      continue;
    }
    const double e = -std::log(uniform());
    double v = s.model == scan::Model::exponential ? e : random.normal();
    if (r.marking == Marking::ties) v = std::round(2 * v) + (s.model == scan::Model::exponential ? 1 : 0);
    if (r.marking == Marking::heavy)
      v = (random.below(2) == 0 && s.model == scan::Model::normal ? -1 : 1) * std::pow(10.0, 6 * random.uniform() - 3);
    if (r.marking == Marking::rare) v = i == 3 ? 2 : 1;
    s.value.push_back(s.model == scan::Model::normal ? 1000 + v : v);
    if (s.model == scan::Model::exponential)
      s.group.push_back(i == 0 || (r.marking != Marking::rare && random.below(3) != 0) ? 1 : 0);
  }
}

inline Marked_study make_marked(const Marked_recipe& r, std::uint64_t seed) {
  Random random(seed, 2);
  Marked_study s;
  s.name = "model " + std::to_string(static_cast<int>(r.model)) + ", " + std::to_string(r.places) + " places, " +
           std::to_string(r.steps) + " steps, " + std::to_string(r.people) + " people, rates " +
           std::to_string(static_cast<int>(r.rates)) + ", marking " + std::to_string(static_cast<int>(r.marking)) +
           ", seed " + std::to_string(seed);
  s.model = r.model;
  s.places = r.places;
  s.steps = r.steps;
  s.shortest = r.shortest;
  s.longest = r.longest;
  s.first_end = r.prospective ? r.steps : 1;
  s.rates = r.rates;
  s.fewest = r.fewest;
  s.groups = s.grouped() ? r.groups : 0;
  std::vector<double> x(r.places), y(r.places);
  for (std::uint32_t p = 0; p < r.places; ++p) x[p] = random.below(1000), y[p] = random.below(r.crowded ? 2 : 1000);
  std::vector<std::uint32_t> people(r.places, 0);
  for (std::uint32_t i = 0; i < r.people; ++i) {
    const bool crowd = r.crowded && i % 4 != 0;
    const std::uint32_t place = crowd ? 0 : random.below(r.places), step = crowd ? r.steps - 1 : random.below(r.steps);
    s.cell.push_back(place * r.steps + step);
    ++people[place];
  }
  add_marks(s, r, random);
  for (std::uint32_t c = 0; c < r.places; ++c) {
    std::vector<std::uint32_t> order(r.places);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return std::hypot(x[a] - x[c], y[a] - y[c]) < std::hypot(x[b] - x[c], y[b] - y[c]);
    });
    double sum = 0;
    std::uint32_t reach = 0;
    for (; reach < r.places; ++reach)
      if ((sum += people[order[reach]]) > r.cap * r.people) break;
    s.neighbour.insert(s.neighbour.end(), order.begin(), order.end());
    s.first.push_back(s.neighbour.size());
    s.reach.push_back(reach);
  }
  return s;
}

inline std::vector<Marked_recipe> marked_recipes() {
  std::vector<Marked_recipe> all;
  for (const auto model :
       {scan::Model::normal, scan::Model::exponential, scan::Model::ordinal, scan::Model::multinomial})
    for (const auto rates : {scan::Rates::high, scan::Rates::low, scan::Rates::both}) {
      for (const auto marking : {Marking::spread, Marking::ties, Marking::heavy, Marking::rare}) {
        all.push_back({.model = model, .rates = rates, .marking = marking});
        all.push_back({.model = model, .places = 20, .steps = 1, .longest = 1, .rates = rates, .marking = marking});
      }
      all.push_back({.model = model, .places = 1, .steps = 40, .longest = 20, .rates = rates, .cap = 1});
      all.push_back({.model = model,
                     .places = 6,
                     .steps = 25,
                     .longest = 20,
                     .people = 150,
                     .rates = rates,
                     .prospective = true});
      all.push_back({.model = model, .places = 8, .steps = 10, .longest = 10, .rates = rates, .cap = 1});
      all.push_back(
          {.model = model, .people = 160, .rates = rates, .cap = 0.9, .marking = Marking::heavy, .crowded = true});
      all.push_back({.model = model, .places = 25, .steps = 5, .longest = 2, .people = 14, .rates = rates});
      all.push_back({.model = model,
                     .places = 7,
                     .steps = 20,
                     .longest = 12,
                     .people = 100,
                     .rates = rates,
                     .shortest = 3,
                     .groups = 7,
                     .fewest = 5});
      all.push_back({.model = model, .rates = rates, .groups = 2, .fewest = 3});
    }
  return all;
}

}  // namespace dosi::test_support
