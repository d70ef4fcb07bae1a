// The city that an import goes into: its CRS, where it lies, what it has; and the way in, which leaves either the
// city as it was or the new one with its rejects beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/city/city.hpp"
#include "io/import/projection.hpp"
#include "io/import/report.hpp"

namespace dosi::imports {

struct Target {
  std::optional<city::Crs> crs;  // none: a new city, whose CRS follows the data
  std::optional<Box> extent;     // of what is in the city, in its CRS
  std::string extent_of;         // which layers gave it, for messages
};

struct Destination {
  std::filesystem::path city;
  std::string kind, layer;
  std::string city_crs;  // wanted; empty: the city's, or chosen from the data
  bool replace = false;
  std::string history;  // the command
};

// Looks at the city without changing it. UsageError if the layer exists and is not to be replaced, or if city_crs
// differs from the CRS that the city has. The extent is that of the zones, without any of the networks, without
// any of the points; the layer to be replaced does not count.
Target look_at(const Destination& destination);

// The city CRS: the target's, or that for the data's middle, given in degrees. Adds a note.
city::Crs settled_crs(const Target& target, const std::string& source, double longitude, double latitude,
                      std::vector<std::string>& notes);

// Four numbers xmin,ymin,xmax,ymax: degrees if they can be, else the city's CRS. UsageError if not a box.
Box extent_in(const std::vector<double>& numbers, const city::Crs& city);

// Adds the layer, publishes the city, puts the rejects beside it and removes stale ones.
void store(const Destination& destination, const city::Crs& crs, const city::Points& layer,
           const Import_report& report);
void store(const Destination& destination, const city::Crs& crs, const city::Zones& layer, const Import_report& report);
void store(const Destination& destination, const city::Crs& crs, const city::Network& layer,
           const Import_report& report);
void store(const Destination& destination, const city::Crs& crs, const city::Raster& layer,
           const Import_report& report);

}  // namespace dosi::imports
