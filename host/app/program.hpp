// The command line. What a command does lives elsewhere; here its exit code and its error get their last form.
#pragma once

#include "host/comm/ranks.hpp"

namespace dosi::app {

// The whole program; returns its exit code. May be called again in the same process. On several ranks, jobs are done by
// all, and everything else by the first, which alone speaks.
int run_program(int argc, char** argv, comm::Ranks& ranks = comm::alone());

}  // namespace dosi::app
