// `dosi scan`: where and when is something happening that chance does not explain? docs/scan.md describes question and
// answer.
#pragma once

#include "host/job/job.hpp"

namespace dosi::scan {

job::Job_kind scan_kind();

}  // namespace dosi::scan
