// Keeps GDAL from printing what is reported as an error of our own.
#pragma once

#include <cpl_error.h>

namespace dosi::imports {

struct Quiet {
  Quiet() { CPLPushErrorHandler(CPLQuietErrorHandler); }
  ~Quiet() { CPLPopErrorHandler(); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

}  // namespace dosi::imports
