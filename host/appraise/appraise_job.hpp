// The job `appraise`: is an official value in line with the market? See docs/appraise.md.
#pragma once

#include "host/job/job.hpp"

namespace dosi::appraise {

job::Job_kind appraise_kind();

}  // namespace dosi::appraise
