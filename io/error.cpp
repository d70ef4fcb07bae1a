#include "io/error.hpp"

#include <new>
#include <system_error>

namespace dosi {

Error error_in_hand() {
  try {
    throw;
  } catch (const Error& e) {
    return e;
  } catch (const std::system_error& e) {  // the file system's, or fmt::print's
    return {Exit::io, e.what()};
  } catch (const std::bad_alloc& e) {
    return {Exit::internal, fmt::format("out of memory: {}", e.what())};
  } catch (const std::exception& e) {
    return {Exit::internal, fmt::format("internal error: {}", e.what())};
  }
}

}  // namespace dosi
