// DOSI_TEST(Suite, Name) { ... } is one GoogleTest body for both backends: suites Suite_cpu and Suite_cuda.
// Without a device the CUDA tests are skipped, or fail where the environment says DOSI_REQUIRE_CUDA=1.
// Functors for device code belong in named namespaces, not in the bodies.
#pragma once

#ifndef DOSI_BACKEND
#error "backend_test.hpp belongs in *_test.cu files, which are built with DOSI_BACKEND defined"
#endif

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "kernels/core/backend.hpp"

namespace dosi::DOSI_BACKEND::test {

// Whether this backend can run here.
inline bool have_device() {
#if DOSI_ON_CUDA
  int devices = 0;
  return cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
#else
  return true;
#endif
}

inline bool device_required() {
  const char* value = std::getenv("DOSI_REQUIRE_CUDA");
  return value && std::string_view(value) == "1";
}

}  // namespace dosi::DOSI_BACKEND::test

#define DOSI_TEST(suite, name) DOSI_TEST_EXPANDED(suite, name, DOSI_BACKEND)
#define DOSI_TEST_EXPANDED(suite, name, backend) DOSI_TEST_JOINED(suite, name, backend)
#define DOSI_TEST_JOINED(suite, name, backend) DOSI_TEST_NAMED(suite##_##backend, name, backend)
#define DOSI_TEST_NAMED(suite, name, backend)                                               \
  static void suite##_##name##_body();                                                      \
  TEST(suite, name) {                                                                       \
    if (!::dosi::backend::test::have_device()) {                                            \
      if (::dosi::backend::test::device_required()) {                                       \
        FAIL() << "DOSI_REQUIRE_CUDA is 1 and there is no CUDA device";                     \
      }                                                                                     \
      GTEST_SKIP() << "no CUDA device";                                                     \
    }                                                                                       \
    suite##_##name##_body();                                                                \
  }                                                                                         \
  static void suite##_##name##_body()
