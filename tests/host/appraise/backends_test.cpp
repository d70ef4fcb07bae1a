// appraise answers alike on the CPU and on a GPU within its tolerance, and bit for bit with any number of threads and
// however its rows are cut.
#include <gtest/gtest.h>

#include "host/appraise/appraise_job.hpp"
#include "tests/support/backends_agree.hpp"
#include "tests/support/cuda_test.hpp"
#include "tests/support/made_city.hpp"

namespace dosi::appraise {
namespace {

using job::Json;

// Two thousand sales, each way that code goes.
std::vector<Json> questions() {
  const Json sales{{"sales", "sales"},
                   {"price", "price_krw"},
                   {"assessed", "assessed_krw"},
                   {"x", {"area_m2", "floor", "built_year"}},
                   {"replicas", 99}};
  const auto with = [&](Json more) {
    auto q = sales;
    q.update(more);
    return q;
  };
  return {
      with({{"bandwidth", 300}, {"strata", {"district"}}}),
      with({{"scale", "price"},
            {"by", "district"},
            {"tails", "student"},
            {"bandwidth_min", 100},
            {"bandwidth_max", 400}}),
      with({{"kriging", true},
            {"bandwidth", 500},
            {"nugget", 0.004},
            {"sill", 0.004},
            {"range", 900},
            {"kriging_neighbours", 16}}),
      with({{"kriging", true}, {"scale", "price"}, {"bandwidth", 500}, {"variogram", "exponential"}}),
      with({{"assessed", nullptr}, {"kernel", "gaussian"}, {"spread", "fixed"}, {"bandwidth", 900}}),
  };
}

Json without_nulls(Json q) {
  for (auto it = q.begin(); it != q.end();) it = it->is_null() ? q.erase(it) : std::next(it);
  return q;
}

TEST(Backends_cpu, appraise_is_the_same_with_any_threads_and_tiles) {
  const test_support::Made_city city(300'000);
  test_support::Agreement agreement(appraise_kind());
  for (const auto& question : questions())
    agreement.expect(city.path, without_nulls(question), {{"device", "cpu"}, {"threads", 1}},
                     {{"device", "cpu"}, {"threads", 3}, {"tile_rows", 170}});
}

TEST(Backends_cuda, appraise_is_the_same_on_both) {
  test_support::run_on_cuda([] {
    const test_support::Made_city city(300'000);
    test_support::Agreement agreement(appraise_kind(), 1e-6);
    for (const auto& question : questions())
      agreement.expect(city.path, without_nulls(question), {{"device", "cpu"}}, {{"device", "cuda:0"}});
  });
}

}  // namespace
}  // namespace dosi::appraise
