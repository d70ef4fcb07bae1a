// The commands that read and write GIS formats. They are a module, dosi-gis.so, that the program loads where one of
// them is asked for: GDAL brings more libraries than all the rest together, and jobs on many nodes start without.
#pragma once

#include <CLI/CLI.hpp>

// What the module exports: gives the command, by its name, its options and what it does. Null but in programs that the
// commands are linked into.
extern "C" [[gnu::weak]] void dosi_gis_complete_command(CLI::App& command);

namespace dosi::gis {

inline constexpr const char* kModule = "dosi-gis.so";

void add_import_options(CLI::App& import);
void add_export_options(CLI::App& command);

}  // namespace dosi::gis
