// Rasters: one band of any file that GDAL reads, north up, in square cells of the city's CRS.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/import/report.hpp"
#include "io/import/target.hpp"

namespace dosi::imports {

struct Raster_request {
  std::filesystem::path file;
  std::string crs;                      // empty: what the file says
  int band = 1;                         // from 1
  double cell = 0;                      // side of a cell in metres; 0: as fine as the file
  std::string resampling = "bilinear";  // or nearest, for classes
  std::string units;                    // empty: what the file says
  std::vector<double> extent;           // xmin, ymin, xmax, ymax; empty: all of it
};

struct Raster_import {
  city::Raster raster;
  city::Crs crs;
  Import_report report;  // read, kept: cells of the file, cells with a value
};

// A file that has square cells in the city's CRS already comes as it is; any other is resampled, and a note says so.
// The file's mark of no data becomes NaN, its scale and offset are applied. DataError where no cell has a value, or
// where they are too many.
Raster_import import_raster(const Raster_request& request, const Target& target);

}  // namespace dosi::imports
