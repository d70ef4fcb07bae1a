// Marks that mean nothing are called significant as often as the level says, and a planted cluster is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "kernels/scan/scan.hpp"
#include "tests/kernels/scan/marked_studies.hpp"
#include "tests/reference/scan.hpp"

namespace dosi::scan {
namespace {

using test_support::make_marked;
using test_support::Marked_study;

constexpr Model kModels[] = {Model::normal, Model::exponential, Model::ordinal, Model::multinomial};

double p_value(Engine& engine, const Prepared& study, std::uint32_t stream, std::uint32_t replicas) {
  const double seen = reference::scan_best(engine.observed(study)).llr;
  double as_good = 0;
  for (const double m : engine.maxima(study, 77, stream, 0, replicas)) as_good += m >= seen * (1 - 1e-9) ? 1 : 0;
  return (1 + as_good) / (1 + replicas);
}

Marked_study null_study(Model model, std::uint64_t seed) {
  return make_marked({.model = model,
                      .places = 20,
                      .steps = 10,
                      .longest = 5,
                      .people = 250,
                      .rates = model == Model::multinomial ? Rates::high : Rates::both,
                      .fewest = 2},
                     seed);
}

TEST(Scan_marked_size, NoClusterIsSeldomSignificant) {
  for (const auto model : kModels) {
    constexpr int kSets = 200;
    int rejected = 0;
    for (std::uint32_t i = 0; i < kSets; ++i) {
      const auto s = null_study(model, 5000 + i);
      const auto engine = cpu::scan::make_engine(s.windows(), 1);
      rejected += p_value(*engine, *engine->prepare(s.study()), i, 19) <= 0.05 ? 1 : 0;
    }
    // Ten of 200 are expected, with a standard deviation of 3.1.
    EXPECT_LE(rejected, 21) << static_cast<int>(model);
    EXPECT_GE(rejected, 1) << static_cast<int>(model);
  }
}

// A place and its neighbour during four steps: higher values, shorter survival, the highest class.
TEST(Scan_marked_size, APlantedClusterIsFound) {
  for (const auto model : kModels) {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto s = null_study(model, 900 + seed);
      const std::uint32_t centre = 7, other = s.neighbour[s.first[centre] + 1];
      for (std::uint32_t i = 0; i < 26; ++i) {
        const std::size_t who = 20 + i;  // these come to the cluster
        s.cell[who] = (i % 2 == 0 ? centre : other) * s.steps + 3 + i % 4;
        if (model == Model::normal) s.value[who] += 1.6;
        if (model == Model::exponential) s.value[who] *= 0.05, s.group[who] = 1;
        if (s.grouped() && i % 13 != 0) s.group[who] = s.groups - 1;
      }
      const auto engine = cpu::scan::make_engine(s.windows(), 1);
      const auto study = engine->prepare(s.study());
      const auto best = reference::scan_best(engine->observed(*study));
      const auto disc = std::span(s.neighbour).subspan(s.first[best.centroid], best.places);
      const bool there = best.begin < 7 && best.end > 3 && std::find(disc.begin(), disc.end(), centre) != disc.end();
      found += there && p_value(*engine, *study, 0, 99) <= 0.05 ? 1 : 0;
    }
    EXPECT_GE(found, 17) << static_cast<int>(model);
  }
}

}  // namespace
}  // namespace dosi::scan
