// thrust::counting_iterator on a simulated GPU.
#pragma once

#include <cstddef>

namespace thrust {
template <class T>
struct counting_iterator {
  explicit counting_iterator(T at) : first(at) {}
  T operator[](std::size_t i) const { return first + static_cast<T>(i); }
  T first;
};
}  // namespace thrust
