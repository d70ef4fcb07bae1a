// `dosi access`: how far is help, from every door. docs/access.md describes question and answer.
#pragma once

#include "host/job/job.hpp"

namespace dosi::access {

job::Job_kind access_kind();

}  // namespace dosi::access
