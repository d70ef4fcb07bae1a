// dosi export: tables of a result, or layers of a city, for GIS programs and spreadsheets.
#include <fmt/format.h>

#include <memory>

#include "host/gis/commands.hpp"
#include "io/export/export.hpp"

namespace dosi::gis {

void add_export_options(CLI::App& command) {
  auto q = std::make_shared<exports::Request>();
  command.add_option("file", q->from, "a result or a city")->required();
  command.add_option("--out", q->to, "the new file: .gpkg, .geojson (WGS84), .csv, or .tif for maps and rasters")
      ->required();
  command.add_option("--table,--layer", q->table, "table of a result, layer of a city [all, in a .gpkg]");
  command.add_option("--column", q->column, ".tif: the variable; each of its rows becomes a band");
  command.add_option("--layer-name", q->layer_name, "name of the layer in the new file [its table's]");
  command.add_flag("--wkt", q->wkt, "CSV: geometry as a column of WKT");
  command.add_flag("--overwrite", q->overwrite, "replace a file that is there");
  command.callback([q] {
    for (const auto& e : exports::export_file(*q))
      fmt::print("{}  {} {}\n", e.layer, e.features,
                 q->to.extension().string().starts_with(".tif") ? "bands" : "features");
    fmt::print("{}\n", q->to.string());
  });
}

}  // namespace dosi::gis
