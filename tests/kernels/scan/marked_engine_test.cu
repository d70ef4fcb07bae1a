// Scans of marked individuals against loops over all windows: of the data, and of each replica that the engine says it
// has dealt.
#include <gtest/gtest.h>

#include "kernels/scan/scan.hpp"
#include "tests/kernels/scan/marked_studies.hpp"
#include "tests/reference/marked_scan.hpp"
#include "tests/support/backend_test.hpp"

namespace dosi::DOSI_BACKEND::marked_scan_test {

using namespace dosi::scan;
using test_support::make_marked;
using test_support::marked_recipes;
using test_support::Marked_study;
using test_support::Marking;

int device() { return DOSI_ON_CUDA ? 0 : 3; }

// Values are rounded to a 2^-40th or so of their spread.
double near(double llr) { return 1e-8 * (1 + llr); }

double ratio_of(const Marked_study& s, const Window& w) {
  reference::Inside in(s.cell.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto first = s.neighbour.begin() + static_cast<std::ptrdiff_t>(s.first[w.centroid]);
    const std::uint32_t place = s.cell[i] / s.steps, step = s.cell[i] % s.steps;
    in[i] = std::find(first, first + w.places, place) != first + w.places && step >= w.begin && step < w.end;
  }
  return reference::marked_ratio(s.study(), in);
}

// The statistic is the reference's, and the window is one that has it.
void check_observed(const Marked_study& s) {
  const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
  const auto got = engine->observed(*engine->prepare(s.study()));
  const auto expected = reference::marked_scan(s.windows(), s.study(), s.cell);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t c = 0; c < got.size(); ++c) {
    ASSERT_NEAR(got[c].llr, expected[c].llr, near(expected[c].llr)) << s.name << ", centroid " << c;
    ASSERT_EQ(got[c].centroid, c);
    if (got[c].llr > 1e-7) {
      ASSERT_NEAR(ratio_of(s, got[c]), got[c].llr, near(got[c].llr)) << s.name << ", centroid " << c;
    }
  }
}

void check_replicas(const Marked_study& s, std::uint32_t count) {
  const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
  const auto prepared = engine->prepare(s.study());
  const auto maxima = engine->maxima(*prepared, 11, 2, 5, count);
  ASSERT_EQ(maxima.size(), count);
  auto sorted = s.cell;
  std::sort(sorted.begin(), sorted.end());
  for (std::uint32_t r = 0; r < count; ++r) {
    const auto cell = engine->drawn(*prepared, 11, 2, 5 + r);
    auto dealt = cell;
    std::sort(dealt.begin(), dealt.end());
    ASSERT_EQ(dealt, sorted) << s.name << ": places and times stay";
    const double expected = reference::scan_best(reference::marked_scan(s.windows(), s.study(), cell)).llr;
    ASSERT_NEAR(maxima[r], expected, near(expected)) << s.name << ", replica " << r;
  }
}

DOSI_TEST(Scan_marks, observed_is_the_best_of_all_windows) {
  std::uint64_t seed = 0;
  for (const auto& recipe : marked_recipes()) check_observed(make_marked(recipe, ++seed));
}

DOSI_TEST(Scan_marks, maxima_are_those_of_the_marks_dealt) {
  std::uint64_t seed = 1000;
  for (const auto& recipe : marked_recipes()) check_replicas(make_marked(recipe, ++seed), 2);
}

// Where discs grow slowly against their slack, most are never screened.
DOSI_TEST(Scan_marks, many_small_places) {
  for (const auto model : {Model::normal, Model::exponential, Model::ordinal, Model::multinomial}) {
    const auto s =
        make_marked({.model = model, .places = 40, .steps = 14, .longest = 7, .people = 400, .rates = Rates::both}, 5);
    check_observed(s);
    check_replicas(s, 1);
  }
}

// Intervals of 32 steps and more are taken in blocks on a CPU.
DOSI_TEST(Scan_marks, long_intervals) {
  std::uint64_t seed = 40;
  for (const auto model : {Model::normal, Model::exponential, Model::ordinal, Model::multinomial})
    for (const std::uint32_t steps : {63u, 64u, 77u, 95u}) {
      check_observed(make_marked({.model = model,
                                  .places = 2,
                                  .steps = steps,
                                  .longest = steps - 10,
                                  .people = 260,
                                  .rates = Rates::both,
                                  .cap = 1},
                                 ++seed));
      check_observed(make_marked({.model = model,
                                  .places = 4,
                                  .steps = steps,
                                  .longest = steps,
                                  .people = 300,
                                  .rates = Rates::both,
                                  .cap = 1,
                                  .shortest = 32},
                                 ++seed));
      check_observed(make_marked({.model = model,
                                  .places = 4,
                                  .steps = steps,
                                  .longest = steps,
                                  .people = 200,
                                  .prospective = true,
                                  .cap = 1,
                                  .marking = Marking::heavy,
                                  .groups = 6},
                                 ++seed));
    }
}

// More individuals than the reference would bear: one answer with any number of threads, and whatever replicas go
// together.
DOSI_TEST(Scan_marks, maxima_do_not_depend_on_the_batch_or_threads) {
  for (const auto model : {Model::normal, Model::exponential, Model::ordinal, Model::multinomial})
    for (const auto marking : {Marking::spread, Marking::heavy}) {
      const auto s = make_marked({.model = model,
                                  .places = 60,
                                  .steps = 40,
                                  .longest = 20,
                                  .people = 5000,
                                  .rates = Rates::both,
                                  .marking = marking,
                                  .groups = 7},
                                 3);
      const auto one = DOSI_BACKEND::scan::make_engine(s.windows(), DOSI_ON_CUDA ? 0 : 1),
                 other = DOSI_BACKEND::scan::make_engine(s.windows(), device());
      const auto a = one->maxima(*one->prepare(s.study()), 9, 0, 0, 12);
      const auto prepared = other->prepare(s.study());
      for (std::uint32_t r = 0; r < 12; ++r)
        EXPECT_EQ(other->maxima(*prepared, 9, 0, r, 1)[0], a[r]) << s.name << ", replica " << r;
      EXPECT_NE(other->maxima(*prepared, 9, 1, 0, 1)[0], a[0]) << "another scan deals its own";
    }
}

// Every mark comes to every cell as often as its individuals say.
DOSI_TEST(Scan_marks, marks_are_dealt_fairly) {
  for (const auto model : {Model::normal, Model::multinomial}) {
    const auto s = make_marked({.model = model, .places = 4, .steps = 3, .longest = 2, .people = 40}, 8);
    const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
    const auto prepared = engine->prepare(s.study());
    constexpr int kDraws = 1500;
    std::vector<double> people(12, 0), sum(12, 0);
    for (const auto c : s.cell) people[c] += 1;
    // Of groups: how many of the first one; of values: where the first is.
    const auto counts = [&](std::size_t i) { return s.grouped() ? s.group[i] == 0 : i == 0; };
    double wanted = 0;
    for (std::size_t i = 0; i < s.cell.size(); ++i) wanted += counts(i) ? 1 : 0;
    for (int r = 0; r < kDraws; ++r) {
      const auto cell = engine->drawn(*prepared, 3, 0, static_cast<std::uint32_t>(r));
      for (std::size_t i = 0; i < cell.size(); ++i) sum[cell[i]] += counts(i) ? 1 : 0;
    }
    for (std::size_t c = 0; c < 12; ++c) {
      const double expected = wanted * people[c] / 40;
      EXPECT_NEAR(sum[c] / kDraws, expected, 5 * std::sqrt(expected / kDraws)) << s.name << ", cell " << c;
    }
  }
}

DOSI_TEST(Scan_marks, marks_that_do_not_fit_are_refused) {
  const auto refused = [](Marked_study s, auto spoil) {
    const auto engine = DOSI_BACKEND::scan::make_engine(s.windows(), device());
    const auto good = engine->prepare(s.study());
    spoil(s);
    EXPECT_THROW(engine->prepare(s.study()), std::invalid_argument) << s.name;
    EXPECT_EQ(engine->observed(*good).size(), s.places) << "a refusal leaves the engine as it was";
  };
  const auto normal = make_marked({.model = Model::normal}, 1),
             exponential = make_marked({.model = Model::exponential}, 1),
             ordinal = make_marked({.model = Model::ordinal}, 1);
  refused(normal, [](auto& s) { s.value.pop_back(); });
  refused(normal, [](auto& s) { s.value[3] = INFINITY; });
  refused(normal, [](auto& s) { std::fill(s.value.begin(), s.value.end(), 2.5); });
  refused(normal, [](auto& s) { s.cell[0] = s.places * s.steps; });
  refused(exponential, [](auto& s) { s.value[3] = 0; });
  refused(exponential, [](auto& s) { std::fill(s.group.begin(), s.group.end(), 0u); });
  refused(exponential, [](auto& s) { s.group[0] = 2; });
  refused(ordinal, [](auto& s) { s.group[0] = s.groups; });
  refused(ordinal, [](auto& s) { std::replace(s.group.begin(), s.group.end(), 2u, 1u); });
}

}  // namespace dosi::DOSI_BACKEND::marked_scan_test
