// The commands of the program: each adds its options to the command line and runs when it was chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "host/comm/ranks.hpp"

namespace dosi::app {

// The command line as it was typed, for the history of what it makes.
const std::string& typed_command();
void set_typed_command(int argc, char** argv);

void add_make_city(CLI::App& app);
void add_import(CLI::App& app);
void add_jobs(CLI::App& app, comm::Ranks& ranks);  // one command for each job
void add_run(CLI::App& app, comm::Ranks& ranks);   // plans
void add_report(CLI::App& app);
void add_export(CLI::App& app);
void add_describe(CLI::App& app);
void add_devices(CLI::App& app);
void add_info(CLI::App& app);
void add_check(CLI::App& app);

// Import and export have no options before this: their module is only loaded where they are asked for.
void complete_gis_command(CLI::App& command);

}  // namespace dosi::app
