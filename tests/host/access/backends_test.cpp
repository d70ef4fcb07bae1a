// access answers alike on the CPU and on a GPU, with any number of threads and however its rows are cut: bit for bit.
#include <gtest/gtest.h>

#include "host/access/access_job.hpp"
#include "tests/support/backends_agree.hpp"
#include "tests/support/cuda_test.hpp"
#include "tests/support/made_city.hpp"

namespace dosi::access {
namespace {

using job::Json;

// Every kind of question, each mode, few and many destinations.
std::vector<Json> questions() {
  return {
      {{"origins", "buildings"},
       {"destinations", "hospitals"},
       {"zones", "dong"},
       {"groups", {"residents", "age_65_up"}},
       {"opportunities", {"count", "beds"}},
       {"cutoffs", {5, 15}},
       {"nearest", 3}},
      {{"origins", "dong"},
       {"destinations", "clinics"},
       {"supply", "doctors"},
       {"catchment", {5, 10, 15}},
       {"catchment_weights", {1.0, 0.68, 0.22}},
       {"groups", {"residents"}},
       {"matrix", true}},
      {{"origins", "dong"}, {"destinations", "parks"}, {"decay", "gaussian"}, {"decay_at", 8}, {"mode", "bicycle"}},
      {{"origins", "dong"},
       {"destinations", "hospitals"},
       {"mode", "drive"},
       {"cutoffs", {3, 6}},
       {"isochrones", "destinations"}},
      {{"origins", "buildings"},
       {"destinations", "pharmacies"},
       {"zones", "dong"},
       {"groups", {"residents"}},
       {"scenarios",
        {{{"name", "no bridge"}, {"closures", {{{"layer", "water"}}}}},
         {{"name", "rain"}, {"speeds", {{{"factor", 0.7}}}}}}}},
  };
}

TEST(Backends_cpu, access_is_the_same_with_any_threads_and_tiles) {
  const test_support::Made_city city(20'000);
  test_support::Agreement agreement(access_kind());
  for (const auto& question : questions())
    agreement.expect(city.path, question, {{"device", "cpu"}, {"threads", 1}},
                     {{"device", "cpu"}, {"threads", 3}, {"tile_rows", 170}});
}

TEST(Backends_cuda, access_is_the_same_on_both) {
  test_support::run_on_cuda([] {
    const test_support::Made_city city(20'000);
    test_support::Agreement agreement(access_kind());
    for (const auto& question : questions())
      agreement.expect(city.path, question, {{"device", "cpu"}}, {{"device", "cuda:0"}});
  });
}

}  // namespace
}  // namespace dosi::access
