// A table of any source as text cells, with a shape a row where the source has shapes. CSV comes through our own
// reader; GeoJSON, GeoPackage, Shapefile and FlatGeobuf through OGR. Types are decided later (columns.hpp), so
// that a row that is rejected can be given back as it came.
#pragma once

#include <ogr_geometry.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/import/report.hpp"

namespace dosi::imports {

enum class Field_kind { infer, whole, real, text };

struct Field {
  std::string name;
  Field_kind kind = Field_kind::infer;
};

class Frame {
 public:
  std::string file, layer, encoding;
  std::string crs;  // WKT; empty: the source does not say
  std::vector<Field> fields;
  std::vector<std::uint64_t> numbers;        // row -> line or feature number
  std::vector<OGRGeometryUniquePtr> shapes;  // empty: a plain table; null: a feature without a shape
  Reject_list faults;                        // rows that could not be read as rows

  std::size_t rows() const { return numbers.size(); }
  std::uint64_t read() const { return rows() + faults.rows.size(); }
  std::string_view cell(std::size_t row, std::size_t field) const {
    const std::size_t i = row * fields.size() + field;
    return std::string_view(bytes_).substr(ends_[i], ends_[i + 1] - ends_[i]);
  }
  std::vector<std::string> cells(std::size_t row) const;  // as they came; the shape last, as WKT
  std::vector<std::string> column_names() const;          // the names of cells()
  std::size_t field(const std::string& name) const;       // UsageError naming the columns there are

  void append(std::uint64_t number, const std::vector<std::string>& cells);

 private:
  std::string bytes_;
  std::vector<std::uint64_t> ends_{0};
};

// By the file's ending: .csv, .tsv and .txt are tables, the rest is asked of OGR.
bool is_table_name(const std::filesystem::path& file);
// Column names are made unique and not empty. A column of WKT (named wkt, geometry, geom, the_geom) becomes shapes
// as `shapes` says.
enum class Shapes { none, without_coordinates, always };  // the second: if there are no x and y columns
Frame read_table(const std::filesystem::path& file, const std::string& encoding, Shapes shapes = Shapes::none);
Frame read_features(const std::filesystem::path& file, const std::string& layer, const std::string& encoding);
Frame read_frame(const std::filesystem::path& file, const std::string& layer, const std::string& encoding,
                 Shapes shapes);

}  // namespace dosi::imports
