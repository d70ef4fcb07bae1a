// The test does what a test must: data without a cluster are called significant as often as the level says, and a
// planted cluster is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "kernels/scan/scan.hpp"
#include "tests/kernels/scan/studies.hpp"
#include "tests/reference/scan.hpp"

namespace dosi::scan {
namespace {

using test_support::Kind;
using test_support::make_study;
using test_support::Made_study;

double p_value(Engine& engine, const Prepared& study, std::uint32_t stream, std::uint32_t replicas) {
  const double seen = reference::scan_best(engine.observed(study)).llr;
  double as_good = 0;
  for (const double m : engine.maxima(study, 77, stream, 0, replicas)) as_good += m >= seen * (1 - 1e-9) ? 1 : 0;
  return (1 + as_good) / (1 + replicas);
}

// A data set drawn by the engine itself under the null hypothesis takes the place of the observed one.
void check_size(Kind kind) {
  auto s = make_study({.kind = kind, .places = 25, .steps = 12, .longest = 6, .cases = 300}, 5);
  const auto engine = cpu::scan::make_engine(s.windows(), 1);
  const auto truth = engine->prepare(s.study());
  constexpr std::uint32_t kSets = 200;
  int rejected = 0;
  for (std::uint32_t i = 0; i < kSets; ++i) {
    auto set = s;
    set.cases = engine->drawn(*truth, 5, 1'000'000, i);
    rejected += p_value(*engine, *engine->prepare(set.study()), i, 19) <= 0.05 ? 1 : 0;
  }
  // 200 x 0.05 = 10, standard deviation 3.1. Ties of whole numbers make it a little less.
  EXPECT_LE(rejected, 22) << static_cast<int>(kind);
  EXPECT_GE(rejected, 2) << static_cast<int>(kind);
}

TEST(Scan_size, NoClusterIsSeldomSignificant) {
  check_size(Kind::separable);
  check_size(Kind::general);
  check_size(Kind::bernoulli);
  check_size(Kind::permutation);
}

TEST(Scan_size, APlantedClusterIsFound) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto s = make_study({.kind = Kind::separable, .places = 25, .steps = 12, .longest = 6, .cases = 300}, 900 + seed);
    // Two neighbours during three steps, 20 cases more than there would be: about seven times the risk.
    const std::uint32_t centre = 7, other = s.neighbour[s.first[centre] + 1];
    for (const auto p : {centre, other})
      for (std::uint32_t t = 4; t < 7; ++t) s.cases[p * 12 + t] += p == centre ? 4 : 3;
    for (auto& m : s.place_measure) m *= 321.0 / 300.0;
    const auto engine = cpu::scan::make_engine(s.windows(), 1);
    const auto study = engine->prepare(s.study());
    const auto best = reference::scan_best(engine->observed(*study));
    const auto disc = std::span(s.neighbour).subspan(s.first[best.centroid], best.places);
    const bool there = best.begin < 7 && best.end > 4 && std::find(disc.begin(), disc.end(), centre) != disc.end();
    found += there && p_value(*engine, *study, 0, 99) <= 0.05 ? 1 : 0;
  }
  EXPECT_GE(found, 18);
}

}  // namespace
}  // namespace dosi::scan
