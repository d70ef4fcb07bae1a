// A test of the GPU that gives the GPU nothing to do has to fail; no GPU is needed to see that.
#include "tests/support/cuda_test.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace dosi::test_support {
namespace {

TEST(Cuda_test, FailsWhereNothingWasLaunched) {
  EXPECT_NONFATAL_FAILURE(must_launch([] {}), "launched nothing");
  must_launch([] { ++cuda::par::launches; });
}

}  // namespace
}  // namespace dosi::test_support
