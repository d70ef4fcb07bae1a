// What the primitives throw.
#pragma once

#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>

namespace dosi {

// Memory that could not be had, with the number of bytes and where.
class AllocationError : public std::bad_alloc {
 public:
  AllocationError(std::size_t bytes, const std::string& where)
      : bytes_(bytes), message_("cannot allocate " + std::to_string(bytes) + " bytes of " + where) {}
  const char* what() const noexcept override { return message_.c_str(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_;
  std::string message_;
};

// Bytes of n elements; throws AllocationError where the product does not fit.
inline std::size_t bytes_of(std::size_t n, std::size_t element, const std::string& where) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(n, element, &bytes)) throw AllocationError(static_cast<std::size_t>(-1), where);
  return bytes;
}

// Throws std::invalid_argument saying which sizes disagree.
inline void require_size(const char* what, std::size_t have, std::size_t need) {
  if (have < need) {
    throw std::invalid_argument(std::string(what) + " has " + std::to_string(have) + " elements, needs " +
                                std::to_string(need));
  }
}

// Throws std::invalid_argument where positions below n do not fit 32 bits.
inline void require_index_fits(const char* what, std::size_t n) {
  if (n > std::size_t{1} << 32) {
    throw std::invalid_argument(std::string(what) + ": " + std::to_string(n) + " positions do not fit 32 bits");
  }
}

}  // namespace dosi
