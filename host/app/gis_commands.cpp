// import and export: named here, carried out by a module.
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "host/app/commands.hpp"
#include "host/gis/commands.hpp"
#include "io/error.hpp"

namespace dosi::app {
namespace {

// The module beside the program, whatever a loader's search path says (a sanitizer's does not know the program's).
std::string module_path() {
  std::error_code none;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", none).replace_filename(gis::kModule);
  return std::filesystem::exists(beside, none) ? beside.string() : gis::kModule;
}

}  // namespace

void add_import(CLI::App& app) {
  app.add_subcommand("import", "Bring networks, zones, points, rasters and studies into a city");
}

void add_export(CLI::App& app) {
  app.add_subcommand("export", "a result or a city as GeoPackage, GeoJSON, CSV or GeoTIFF");
}

void complete_gis_command(CLI::App& command) {
#if DOSI_WITH_GIS
  if (dosi_gis_complete_command != nullptr) return dosi_gis_complete_command(command);
  auto* module = ::dlopen(module_path().c_str(), RTLD_NOW);  // kept until the end
  if (module == nullptr)
    throw Error(Exit::internal,
                fmt::format("{} needs {}, which cannot be loaded: {}", command.get_name(), gis::kModule, ::dlerror()));
  reinterpret_cast<decltype(&dosi_gis_complete_command)>(::dlsym(module, "dosi_gis_complete_command"))(command);
#else
  throw UsageError("{}: this dosi was built without GDAL (DOSI_GDAL=OFF)", command.get_name());
#endif
}

}  // namespace dosi::app
