// What can be exported of a file, one layer at a time, whatever it lies in.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "io/city/city.hpp"
#include "io/result/result.hpp"

namespace dosi::exports {

enum class Shape { none, point, multipolygon, line };

struct Surface {
  std::vector<double> x, y;    // centres of columns and rows, ascending
  std::vector<double> levels;  // of the contours, in the unit of the values
  std::string units;
  std::vector<std::string> names;  // of the places; may be shorter than there are places
  std::size_t places = 0;
  std::function<std::vector<double>(std::size_t)> values;  // [row][column] of a place, NaN where there is none
};

struct Source {
  std::string name;
  Shape shape = Shape::none;
  city::Table attributes;
  std::vector<double> x, y;  // of points; of both ends of lines: 2 i and 2 i + 1
  city::Polygons polygons;
  bool is_surface = false;
  Surface surface;
};

// An opened city or result.
class Sources {
 public:
  explicit Sources(const std::filesystem::path& path);
  const city::Crs& crs() const { return crs_; }
  const std::vector<std::string>& names() const { return names_; }  // what can be asked for
  bool has_shape(const std::string& name) const;
  bool is_raster(const std::string& name) const;  // maps that have no levels to draw contours at
  Source read(const std::string& name) const;
  // The one that `reference` means; UsageError says what there is.
  std::string find(const std::string& reference) const;

 private:
  Source read_table(const std::string& name) const;
  Source read_layer(const std::string& name) const;
  Source read_slice(const std::string& table) const;  // a row a cell and row of the table
  Surface read_surface(const std::string& table) const;
  std::string file_;
  std::vector<result::Result> result_;  // one of the two holds one
  std::vector<city::City> city_;
  city::Crs crs_;
  std::vector<std::string> names_;
};

}  // namespace dosi::exports
