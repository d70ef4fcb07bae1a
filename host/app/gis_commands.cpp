// import and export: named here, carried out by a module.
#include <dlfcn.h>
#include <fmt/format.h>

#include "host/app/commands.hpp"
#include "host/gis/commands.hpp"
#include "io/error.hpp"

namespace dosi::app {

void add_import(CLI::App& app) {
  app.add_subcommand("import", "Bring networks, zones, points, rasters and studies into a city");
}

void add_export(CLI::App& app) {
  app.add_subcommand("export", "a result or a city as GeoPackage, GeoJSON, CSV or GeoTIFF");
}

void complete_gis_command(CLI::App& command) {
#if DOSI_WITH_GIS
  if (dosi_gis_complete_command != nullptr) return dosi_gis_complete_command(command);
  auto* module = ::dlopen(gis::kModule, RTLD_NOW);  // kept until the end
  if (module == nullptr)
    throw Error(Exit::internal,
                fmt::format("{} needs {}, which cannot be loaded: {}", command.get_name(), gis::kModule, ::dlerror()));
  reinterpret_cast<decltype(&dosi_gis_complete_command)>(::dlsym(module, "dosi_gis_complete_command"))(command);
#else
  throw UsageError("{}: this dosi was built without GDAL (DOSI_GDAL=OFF)", command.get_name());
#endif
}

}  // namespace dosi::app
