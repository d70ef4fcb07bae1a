// scan answers alike on the CPU and on a GPU, with any number of threads and however its replicas are cut: bit for bit.
#include <gtest/gtest.h>

#include "host/scan/scan_job.hpp"
#include "tests/support/backends_agree.hpp"
#include "tests/support/cuda_test.hpp"
#include "tests/support/made_city.hpp"

namespace dosi::scan {
namespace {

using job::Json;

// Every model, kind of window and rate.
std::vector<Json> questions() {
  const Json people{{"population", "buildings"}, {"population_column", "residents"}};
  std::vector<Json> list{
      {{"model", "permutation"}, {"category", "category"}, {"cell", 400}, {"max_steps", 40}, {"replicas", 60}},
      {{"model", "permutation"},
       {"cell", 500},
       {"max_steps", 20},
       {"prospective", true},
       {"rates", "both"},
       {"replicas", 100}},
      {{"model", "poisson"}, {"cell", 300}, {"rates", "both"}, {"max_time", 30}, {"replicas", 40}},
      {{"model", "poisson"}, {"cell", 400}, {"trend", "by_step"}, {"step", 7}, {"replicas", 99}},
      {{"model", "poisson"}, {"cell", 250}, {"analysis", "spatial"}, {"rates", "low"}, {"replicas", 199}},
      {{"model", "poisson"}, {"cell", 400}, {"analysis", "temporal"}, {"rates", "both"}, {"replicas", 199}},
      {{"model", "bernoulli"},
       {"controls", "buildings"},
       {"cell", 300},
       {"analysis", "spatial"},
       {"rates", "both"},
       {"replicas", 99}},
      {{"model", "poisson"},
       {"cell", 300},
       {"analysis", "spatial"},
       {"ellipses", {2, 4}},
       {"clusters", "gini"},
       {"replicas", 99}},
      {{"model", "poisson"},
       {"cell", 500},
       {"ellipses", {3}},
       {"compactness", 1},
       {"step", 7},
       {"clusters", "iterative"},
       {"alpha", 0.5},
       {"most_clusters", 3},
       {"replicas", 39}},
      {{"model", "permutation"},
       {"category", "category"},
       {"cell", 500},
       {"max_steps", 30},
       {"stop_after", 10},
       {"overlap", "no_centre_in_other"},
       {"replicas", 300}},
      {{"model", "normal"},
       {"mark", "day"},
       {"cell", 400},
       {"category", "category"},
       {"max_steps", 30},
       {"rates", "both"},
       {"replicas", 60}},
      {{"model", "normal"},
       {"cases", "sales"},
       {"mark", "price_krw"},
       {"cell", 300},
       {"analysis", "spatial"},
       {"rates", "both"},
       {"replicas", 99}},
      {{"model", "exponential"},
       {"cases", "sales"},
       {"mark", "area_m2"},
       {"cell", 300},
       {"analysis", "spatial"},
       {"rates", "both"},
       {"replicas", 99}},
      {{"model", "ordinal"},
       {"mark", "category"},
       {"classes", {"noise", "odour", "waste", "streetlight", "road_damage", "illegal_parking"}},
       {"cell", 500},
       {"prospective", true},
       {"rates", "both"},
       {"replicas", 99}},
      {{"model", "multinomial"}, {"mark", "category"}, {"cell", 500}, {"max_steps", 20}, {"replicas", 40}},
      {{"model", "multinomial"},
       {"mark", "category"},
       {"cell", 500},
       {"analysis", "spatial"},
       {"ellipses", {3}},
       {"clusters", "iterative"},
       {"alpha", 0.9},
       {"most_clusters", 3},
       {"replicas", 39}},
  };
  for (auto& q : list) {
    if (!q.contains("cases")) q["cases"] = "complaints";
    if (q["model"] == "poisson") q.update(people);
  }
  return list;
}

TEST(Backends_cpu, scan_is_the_same_with_any_threads_and_tiles) {
  const test_support::Made_city city(20'000);
  test_support::Agreement agreement(scan_kind());
  for (const auto& question : questions())
    agreement.expect(city.path, question, {{"device", "cpu"}, {"threads", 1}},
                     {{"device", "cpu"}, {"threads", 3}, {"tile_rows", 13}});
}

TEST(Backends_cuda, scan_is_the_same_on_both) {
  test_support::run_on_cuda([] {
    const test_support::Made_city city(20'000);
    test_support::Agreement agreement(scan_kind());
    for (const auto& question : questions())
      agreement.expect(city.path, question, {{"device", "cpu"}}, {{"device", "cuda:0"}});
  });
}

}  // namespace
}  // namespace dosi::scan
