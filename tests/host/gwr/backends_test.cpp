// gwr answers alike on the CPU and on a GPU within its tolerance, and bit for bit with any number of threads and
// however its rows are cut.
#include <gtest/gtest.h>

#include "host/gwr/gwr_job.hpp"
#include "tests/support/backends_agree.hpp"
#include "tests/support/cuda_test.hpp"
#include "tests/support/made_city.hpp"

namespace dosi::gwr {
namespace {

using job::Json;

// A thousand sales, each way that code goes: searches, kernels, few and many columns, zones, one bandwidth or several.
std::vector<Json> questions() {
  const Json sales{{"layer", "sales"}, {"y", "price_krw"}, {"x", {"area_m2", "floor", "built_year"}}};
  const auto with = [&](Json more) {
    auto q = sales;
    q.update(more);
    return q;
  };
  return {
      with({{"bandwidth_min", 60}}),
      with({{"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 900}, {"residual_df", "both_traces"}}),
      with({{"kernel", "tricube"},
            {"x", {"area_m2", "floor", "built_year", "dist_to_centre_m", "dist_to_park_m"}},
            {"bandwidth", 300}}),
      with({{"kernel", "exponential"}, {"x", {"area_m2"}}, {"no_intercept", true}, {"bandwidth", 100}}),
      with({{"search", "curve"}, {"bandwidth_min", 60}}),
      with({{"search", "curve"},
            {"kernel", "tricube"},
            {"spread", "fixed"},
            {"bandwidth_min", 3000},
            {"bandwidth_step", 250},
            {"x", {"area_m2", "floor"}}}),
      with({{"model", "mgwr"}, {"iterations", 4}}),
      with({{"model", "mgwr"}, {"iterations", 5}, {"replay", "last"}, {"x", {"area_m2", "floor"}}}),
      with({{"distance", "travel_time"}, {"mode", "drive"}, {"bandwidth", 120}}),
      with({{"distance", "travel_time"},
            {"mode", "drive"},
            {"model", "mgwr"},
            {"iterations", 3},
            {"x", {"area_m2", "floor"}},
            {"bandwidth_max", 300},
            {"predict", "sales"}}),
      with({{"time", "built_year"}, {"time_scale", 60}, {"x", {"area_m2", "floor"}}, {"bandwidth", 300}}),
      with({{"y", "floor"},
            {"x", {"area_m2", "built_year"}},
            {"family", "poisson"},
            {"offset", "area_m2"},
            {"bandwidth", 200}}),
      with({{"y", "floor"},
            {"x", {"area_m2", "built_year"}},
            {"family", "poisson"},
            {"kernel", "gaussian"},
            {"spread", "fixed"},
            {"bandwidth", 2000}}),
  };
}

TEST(Backends_cpu, gwr_is_the_same_with_any_threads_and_tiles) {
  const test_support::Made_city city(150'000);
  test_support::Agreement agreement(gwr_kind());
  for (const auto& question : questions())
    agreement.expect(city.path, question, {{"device", "cpu"}, {"threads", 1}},
                     {{"device", "cpu"}, {"threads", 3}, {"tile_rows", 170}});
}

TEST(Backends_cuda, gwr_is_the_same_on_both) {
  test_support::run_on_cuda([] {
    const test_support::Made_city city(150'000);
    test_support::Agreement agreement(gwr_kind(), 1e-6);
    for (const auto& question : questions())
      agreement.expect(city.path, question, {{"device", "cpu"}}, {{"device", "cuda:0"}});
  });
}

}  // namespace
}  // namespace dosi::gwr
