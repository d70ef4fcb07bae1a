#include "host/version.hpp"

#include "dosi_version.hpp"

namespace dosi {

std::string version() { return DOSI_VERSION; }
std::string commit() { return DOSI_COMMIT; }

}  // namespace dosi
