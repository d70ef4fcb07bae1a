// The job `gwr`: geographically weighted regression. See docs/gwr.md.
#pragma once

#include "host/job/job.hpp"

namespace dosi::gwr {

job::Job_kind gwr_kind();

}  // namespace dosi::gwr
