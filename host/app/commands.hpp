// The commands of the program: each adds its options to the command line and runs when it was chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace dosi::app {

void add_import(CLI::App& app);
void add_make_city(CLI::App& app);

}  // namespace dosi::app
