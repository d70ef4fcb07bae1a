// The table of jobs. A new analysis adds one line to jobs.cpp.
#pragma once

#include <vector>

#include "host/job/job.hpp"

namespace dosi::app {

const std::vector<job::Job_kind>& jobs();
const job::Job_kind* find_job(const std::string& name);

}  // namespace dosi::app
