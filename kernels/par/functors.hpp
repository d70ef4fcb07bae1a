// Small operations that the primitives and their callers share; named, so that device symbols are stable.
#pragma once

#ifndef DOSI_BACKEND
#error "functors.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <cstddef>

#include "kernels/core/backend.hpp"
#include "kernels/core/view.hpp"

namespace dosi::DOSI_BACKEND::par {

struct Plus {
  template <class T>
  DOSI_HD T operator()(T a, T b) const {
    return a + b;
  }
};

struct Minimum {
  template <class T>
  DOSI_HD T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};

struct Maximum {
  template <class T>
  DOSI_HD T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

// Element i of a view, for reduce and segmented_reduce.
template <class T>
struct Load {
  View<const T> values;
  DOSI_HD T operator()(std::size_t i) const { return values[i]; }
};

}  // namespace dosi::DOSI_BACKEND::par
