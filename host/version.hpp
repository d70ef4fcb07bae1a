// What this program is: its version, and the commit it was built from ("+changes" where that is not all of it). The
// one file that a new commit compiles again.
#pragma once

#include <string>

namespace dosi {

std::string version();
std::string commit();

}  // namespace dosi
