// What a page holds of its results, as JSON: tables in the units people read, borders of zones, distributions,
// surfaces, provenance. The page's scripts (io/report/page) draw from this alone.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "io/result/result.hpp"

namespace dosi::report {

using Json = nlohmann::ordered_json;

class Page_data {
 public:
  void add(const std::filesystem::path& result);
  const Json& results() const { return results_; }
  const Json& geometries() const { return geometries_; }

 private:
  Json panels_of(const result::Result& r, Json& tables);
  Json ready(const result::Result& r, const Json& panel, Json& tables);
  bool need_table(const result::Result& r, const std::string& name, const Json& panel, bool overlay_only, Json& tables);
  Json results_ = Json::array();
  Json geometries_ = Json::array();
  std::map<std::string, std::size_t> known_geometries_;  // several results often share their zones
};

// panel[key] as text; empty where there is none.
std::string text_of(const Json& panel, const char* key);

// A column as it is shown: milliseconds in minutes, shares (unit "1", all within 0 .. 1) in %.
struct Shown {
  std::vector<double> values;
  std::string units;
};
Shown shown(const city::Column& column);

inline constexpr std::size_t kMostRows = 5'000;  // of a table that is not of zones
inline constexpr std::size_t kMostZones = 20'000;
inline constexpr std::size_t kMostCells = 300'000;  // of one table

// Up to the limits above, rows evenly chosen; `first` columns come first and are the last to be left out.
Json table_json(const result::Result& r, const std::string& table, const std::set<std::string>& first,
                bool overlay_only);
// Names, dimensions, units and meaning of what a table holds.
Json schema_json(const result::Result& r, const std::string& table);
// {"distribution": …} of a column, in the units shown; null where the table has no such column.
Json distribution_json(const result::Result& r, const std::string& table, const std::string& column,
                       const std::string& weight);
// Two columns of numbers, "x" and "y", in the units shown; null where the table has not both.
Json curve_json(const result::Result& r, const std::string& table, const std::string& x, const std::string& y);
// Surfaces over x and y, or of a slice over distance and height, coarsened and in 8 bits, with what else the panel asks
// for; null where the table has none.
Json grid_json(const result::Result& r, const std::string& table, const Json& panel);

}  // namespace dosi::report
