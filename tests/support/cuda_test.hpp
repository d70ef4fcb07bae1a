// What makes a test a test of the GPU: it is skipped without a device, or fails where the environment says
// DOSI_REQUIRE_CUDA=1; and it fails if nothing was launched on a device while it ran.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "kernels/core/devices.hpp"
#include "kernels/par/cuda/launches.hpp"

namespace dosi::test_support {

template <class Body>
void must_launch(const Body& body) {
  const auto before = cuda::par::launches.load();
  body();
  if (testing::Test::IsSkipped()) return;
  EXPECT_GT(cuda::par::launches.load(), before) << "this test launched nothing on a CUDA device";
}

template <class Body>
void run_on_cuda(const Body& body) {
  std::string why;
  if (cuda_devices(&why).empty()) {
    const char* required = std::getenv("DOSI_REQUIRE_CUDA");
    if (required && std::string_view(required) == "1") FAIL() << "DOSI_REQUIRE_CUDA is 1, but: " << why;
    GTEST_SKIP() << why;
  }
  must_launch(body);
}

}  // namespace dosi::test_support
