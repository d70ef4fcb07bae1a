// The command line. What a command does lives elsewhere; here its exit code and its error get their last form.
#pragma once

namespace dosi::app {

// The whole program; returns its exit code. May be called again in the same process.
int run_program(int argc, char** argv);

}  // namespace dosi::app
