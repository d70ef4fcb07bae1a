// DOSI_TEST(Suite, Name) { ... } is one GoogleTest body for both backends: suites Suite_cpu and Suite_cuda.
// Without a device the CUDA tests are skipped, or fail where the environment says DOSI_REQUIRE_CUDA=1. A CUDA test
// that launched nothing on a device fails: it has tested something else.
// Functors for device code belong in named namespaces, not in the bodies.
#pragma once

#ifndef DOSI_BACKEND
#error "backend_test.hpp belongs in *_test.cu files, which are built with DOSI_BACKEND defined"
#endif

#include "kernels/core/backend.hpp"
#include "tests/support/cuda_test.hpp"

namespace dosi::DOSI_BACKEND::test {

template <class Body>
void run(const Body& body) {
#if DOSI_ON_CUDA
  test_support::run_on_cuda(body);
#else
  body();
#endif
}

}  // namespace dosi::DOSI_BACKEND::test

#define DOSI_TEST(suite, name) DOSI_TEST_EXPANDED(suite, name, DOSI_BACKEND)
#define DOSI_TEST_EXPANDED(suite, name, backend) DOSI_TEST_JOINED(suite, name, backend)
#define DOSI_TEST_JOINED(suite, name, backend) DOSI_TEST_NAMED(suite##_##backend, name, backend)
#define DOSI_TEST_NAMED(suite, name, backend)                              \
  static void suite##_##name##_body();                                     \
  TEST(suite, name) { ::dosi::backend::test::run(suite##_##name##_body); } \
  static void suite##_##name##_body()
