// The engine against loops over all windows: of the data, and of each replica that it says it has drawn.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/scan/likelihood.hpp"
#include "kernels/scan/scan.hpp"
#include "tests/kernels/scan/studies.hpp"
#include "tests/reference/scan.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::scan_test {

using namespace dosi::scan;
using test_support::Kind;
using test_support::Made_study;
using test_support::make_study;
using test_support::Recipe;
using test_support::recipes;

int device() { return DOSI_ON_CUDA ? 0 : 3; }

// The statistic is the reference's; the window is one that has it, and the first one that does but for rounding.
void check_observed(const Made_study& s) {
  const auto w = s.windows();
  const auto study = s.study();
  const auto engine = DOSI_BACKEND::scan::make_engine(w, device());
  const auto got = engine->observed(*engine->prepare(study));
  const auto expected = reference::scan_all(w, study, s.cases);
  const auto [C, M] = reference::scan_totals(w, study, s.cases);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t c = 0; c < got.size(); ++c) {
    ASSERT_NEAR(got[c].llr, expected[c].llr, 1e-9 * (1 + expected[c].llr)) << s.name << ", centroid " << c;
    ASSERT_EQ(got[c].centroid, c);
    if (expected[c].llr == 0) continue;
    const auto& g = got[c];
    const double weight = s.weight.empty() ? 1 : s.weight[c];
    ASSERT_NEAR(reference::scan_ratio(s.model, static_cast<double>(g.cases), g.measure, C, M) * weight, g.llr,
                1e-9 * (1 + g.llr))
        << s.name;
    EXPECT_EQ(g.cases, expected[c].cases) << s.name << ", centroid " << c;
    EXPECT_NEAR(g.measure, expected[c].measure, 1e-9 * M) << s.name << ", centroid " << c;
    // Sums in another order can tell equal windows apart in the last place; whole measures cannot.
    if (s.model == Model::bernoulli) {
      EXPECT_EQ(std::tuple(g.places, g.begin, g.end),
                std::tuple(expected[c].places, expected[c].begin, expected[c].end))
          << s.name << ", centroid " << c;
    }
  }
}

void check_replicas(const Made_study& s, std::uint32_t count) {
  const auto w = s.windows();
  const auto study = s.study();
  const auto engine = DOSI_BACKEND::scan::make_engine(w, device());
  const auto prepared = engine->prepare(study);
  const auto maxima = engine->maxima(*prepared, 11, 2, 5, count);
  ASSERT_EQ(maxima.size(), count);
  for (std::uint32_t r = 0; r < count; ++r) {
    const auto cases = engine->drawn(*prepared, 11, 2, 5 + r);
    ASSERT_EQ(std::accumulate(cases.begin(), cases.end(), std::uint64_t{0}),
              std::accumulate(s.cases.begin(), s.cases.end(), std::uint64_t{0}))
        << s.name;
    const double expected = reference::scan_best(reference::scan_all(w, study, cases)).llr;
    ASSERT_NEAR(maxima[r], expected, 1e-9 * (1 + expected)) << s.name << ", replica " << r;
  }
}

DOSI_TEST(Scan_engine, observed_is_the_best_of_all_windows) {
  std::uint64_t seed = 0;
  for (const auto& recipe : recipes())
    for (int i = 0; i < 3; ++i) check_observed(make_study(recipe, ++seed));
}

DOSI_TEST(Scan_engine, maxima_are_those_of_the_cases_drawn) {
  std::uint64_t seed = 1000;
  for (const auto& recipe : recipes()) check_replicas(make_study(recipe, ++seed), 6);
}

// Where discs grow slowly against their slack, most are never screened.
DOSI_TEST(Scan_engine, many_small_places) {
  check_observed(make_study(
      {.kind = Kind::separable, .places = 150, .steps = 40, .longest = 20, .cases = 5000, .rates = Rates::both}, 1));
  check_replicas(make_study({.kind = Kind::general, .places = 120, .steps = 60, .longest = 30, .cases = 8000}, 2), 2);
  check_replicas(
      make_study(
          {.kind = Kind::permutation, .places = 120, .steps = 60, .longest = 30, .cases = 8000, .rates = Rates::both},
          3),
      2);
  check_replicas(
      make_study({.kind = Kind::bernoulli, .places = 300, .steps = 1, .longest = 1, .cases = 900, .rates = Rates::both},
                 4),
      4);
}

DOSI_TEST(Scan_engine, maxima_do_not_depend_on_the_batch_or_threads) {
  const auto s = make_study({.kind = Kind::general, .places = 40, .steps = 30, .longest = 15, .cases = 900}, 3);
  const auto one = DOSI_BACKEND::scan::make_engine(s.windows(), DOSI_ON_CUDA ? 0 : 1),
             other = DOSI_BACKEND::scan::make_engine(s.windows(), device());
  const auto a = one->maxima(*one->prepare(s.study()), 9, 0, 0, 40);
  const auto prepared = other->prepare(s.study());
  for (std::uint32_t r = 0; r < 40; ++r) EXPECT_EQ(other->maxima(*prepared, 9, 0, r, 1)[0], a[r]) << r;
  EXPECT_NE(other->maxima(*prepared, 9, 1, 0, 1)[0], a[0]) << "another scan draws its own";
  EXPECT_NE(other->maxima(*prepared, 8, 0, 0, 1)[0], a[0]) << "another seed too";
}

// Ties go to the fewest places, then the earliest begin, then the earliest end, then the lowest centroid.
DOSI_TEST(Scan_engine, ties_are_resolved_by_rule) {
  Made_study s;
  s.name = "ties";
  s.places = 4;
  s.steps = 8;
  s.longest = 3;
  s.model = Model::bernoulli;
  s.null = Null::hypergeometric;
  s.individuals.assign(32, 2);
  s.cases.assign(32, 0);
  for (const auto cell : {1 * 8 + 2, 1 * 8 + 6, 3 * 8 + 1, 3 * 8 + 2}) s.cases[cell] = 2;
  s.measure.assign(s.individuals.begin(), s.individuals.end());
  for (std::uint32_t c = 0; c < 4; ++c) {
    for (std::uint32_t k = 0; k < 4; ++k) s.neighbour.push_back((c + k) % 4);
    s.first.push_back(s.neighbour.size());
    s.reach.push_back(1);
  }
  const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
  const auto got = engine->observed(*engine->prepare(s.study()));
  const auto expected = reference::scan_all(s.windows(), s.study(), s.cases);
  for (std::size_t c = 0; c < 4; ++c)
    EXPECT_EQ(std::tuple(got[c].places, got[c].begin, got[c].end),
              std::tuple(expected[c].places, expected[c].begin, expected[c].end))
        << c;
  EXPECT_EQ(std::tuple(got[1].places, got[1].begin, got[1].end), std::tuple(1u, 2u, 3u));
}

DOSI_TEST(Scan_engine, sizes_that_do_not_fit_are_refused) {
  auto s = make_study({}, 1);
  const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
  s.cases.pop_back();
  EXPECT_THROW(engine->prepare(s.study()), std::invalid_argument);
  s = make_study({}, 1);
  s.place_measure[3] = -1;
  EXPECT_THROW(engine->prepare(s.study()), std::invalid_argument);
  s = make_study({.weighted = true}, 1);
  s.weight[4] = 0;
  EXPECT_THROW(DOSI_BACKEND::scan::make_engine(s.windows(), device()), std::invalid_argument);
  s = make_study({}, 1);
  s.longest = s.steps + 1;
  EXPECT_THROW(DOSI_BACKEND::scan::make_engine(s.windows(), device()), std::invalid_argument);
  s = make_study({}, 1);
  EXPECT_EQ(engine->drawn(*engine->prepare(s.study()), 1, 0, 0).size(), s.cases.size())
      << "a refusal leaves the engine as it was";
}

// Of the whole: shares of many draws are within five standard errors of what they should be.
DOSI_TEST(Scan_engine, replicas_follow_the_null) {
  for (const auto kind : {Kind::separable, Kind::general, Kind::bernoulli, Kind::permutation}) {
    const auto s = make_study({.kind = kind, .places = 6, .steps = 4, .longest = 2, .cases = 300}, 21);
    const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
    const auto prepared = engine->prepare(s.study());
    constexpr int kDraws = 400;
    std::vector<double> sum(24, 0);
    for (int r = 0; r < kDraws; ++r) {
      const auto cases = engine->drawn(*prepared, 3, 0, static_cast<std::uint32_t>(r));
      for (std::size_t i = 0; i < 24; ++i) sum[i] += cases[i];
      for (std::size_t i = 0; i < 24 && kind == Kind::bernoulli; ++i) ASSERT_LE(cases[i], s.individuals[i]);
      if (kind == Kind::permutation) {
        for (std::size_t p = 0; p < 6; ++p) {
          const auto row = [&](const std::vector<std::uint32_t>& v) {
            return std::accumulate(v.begin() + static_cast<std::ptrdiff_t>(p * 4),
                                   v.begin() + static_cast<std::ptrdiff_t>(p * 4 + 4), 0u);
          };
          ASSERT_EQ(row(cases), row(s.cases));
        }
      }
    }
    const auto [C, M] = reference::scan_totals(s.windows(), s.study(), s.cases);
    for (std::size_t i = 0; i < 24; ++i) {
      const double expected = reference::scan_measure(s.windows(), s.study(), i / 4, i % 4) * C / M;
      EXPECT_NEAR(sum[i] / kDraws, expected, 5 * std::sqrt(expected / kDraws)) << s.name << ", cell " << i;
    }
  }
}

// Each step keeps its cases, and they go to places by the step's own measure.
DOSI_TEST(Scan_engine, stratified_replicas_keep_each_step) {
  for (const auto kind : {Kind::separable, Kind::general}) {
    const auto s =
        make_study({.kind = kind, .places = 6, .steps = 4, .longest = 2, .cases = 300, .stratified = true}, 22);
    const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
    const auto prepared = engine->prepare(s.study());
    constexpr int kDraws = 400;
    std::vector<double> sum(24, 0), in_step(4, 0), measure(4, 0);
    for (std::size_t i = 0; i < 24; ++i) {
      in_step[i % 4] += s.cases[i];
      measure[i % 4] += reference::scan_measure(s.windows(), s.study(), i / 4, i % 4);
    }
    for (int r = 0; r < kDraws; ++r) {
      const auto cases = engine->drawn(*prepared, 3, 0, static_cast<std::uint32_t>(r));
      std::vector<double> seen(4, 0);
      for (std::size_t i = 0; i < 24; ++i) {
        sum[i] += cases[i];
        seen[i % 4] += cases[i];
      }
      ASSERT_EQ(seen, in_step) << s.name;
    }
    for (std::size_t i = 0; i < 24; ++i) {
      const double expected =
          in_step[i % 4] * reference::scan_measure(s.windows(), s.study(), i / 4, i % 4) / measure[i % 4];
      EXPECT_NEAR(sum[i] / kDraws, expected, 5 * std::sqrt(expected / kDraws)) << s.name << ", cell " << i;
    }
  }
}

}  // namespace dosi::DOSI_BACKEND::scan_test
