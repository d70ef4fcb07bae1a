// A pointer and a length, passed by value into device code. Owns nothing; may point to host or device memory.
#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

#include "kernels/core/backend.hpp"

namespace dosi {

template <class T>
struct View {
  T* data = nullptr;
  std::size_t size = 0;

  DOSI_HD T& operator[](std::size_t i) const {
    assert(i < size);
    return data[i];
  }
  DOSI_HD T* begin() const { return data; }
  DOSI_HD T* end() const { return data + size; }
  DOSI_HD bool empty() const { return size == 0; }
  DOSI_HD View part(std::size_t first, std::size_t count) const {
    assert(first + count <= size);
    return {data + first, count};
  }
  template <class Const>
  DOSI_HD operator View<Const>() const requires(std::is_same_v<Const, const T> && !std::is_const_v<T>) {
    return {data, size};
  }
};

}  // namespace dosi
