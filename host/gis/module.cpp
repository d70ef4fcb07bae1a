#include "host/gis/commands.hpp"

extern "C" void dosi_gis_complete_command(CLI::App& command) {
  if (command.get_name() == "import") dosi::gis::add_import_options(command);
  if (command.get_name() == "export") dosi::gis::add_export_options(command);
}
