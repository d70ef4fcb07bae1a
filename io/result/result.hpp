// A result: one HDF5 file with the answer of one job, made of tables, with its provenance.
//
// Work is done in tiles of rows. A worker writes each finished tile to a shard, a small file that never changes
// again; when all are there the shards are checked and streamed into <path>.partial, the job adds its other
// tables, complete = 1 is set, and the file gets its final name. docs/result.md describes the layout.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "io/city/city.hpp"
#include "io/h5/h5.hpp"
#include "io/stream/stream.hpp"

namespace dosi::result {

using Json = nlohmann::ordered_json;
inline constexpr int kSchema = 1;

// The further dimension of a variable, e.g. the cut-offs, with the value of each step.
struct Axis {
  std::string name;  // "cutoff"
  std::size_t length = 0;
  std::vector<double> numbers;     // either these …
  std::vector<std::string> texts;  // … or these, or neither: 1 .. length
  std::string units, long_name;
};

struct Row_variable {
  std::string name;
  h5::Type type;
  std::vector<std::string> axes;  // after the row dimension
  std::string units, long_name;
  std::vector<std::byte> fill;  // one element; empty: none
  std::string long_name_ko = "";
};

// What the tiles of a job hold: one table, cut along its rows.
struct Rows_schema {
  std::string table;      // "origins"
  std::string dimension;  // "origin"
  std::size_t rows = 0;
  std::vector<Axis> axes;
  std::vector<Row_variable> variables;

  std::size_t elements_a_row(const Row_variable& v) const;
  std::size_t bytes_a_row() const;
};

// Rows first .. first + count of every variable.
class Tile {
 public:
  Tile(const Rows_schema& schema, std::size_t first, std::size_t count);
  std::size_t first() const { return first_; }
  std::size_t count() const { return count_; }
  template <class T>
  std::span<T> values(const std::string& variable) {
    auto& b = bytes_of(variable, h5::type_of<T>());
    return {reinterpret_cast<T*>(b.data()), b.size() / sizeof(T)};
  }
  const std::vector<std::byte>& bytes(std::size_t variable) const { return bytes_[variable]; }

 private:
  std::vector<std::byte>& bytes_of(const std::string& variable, h5::Type type);
  const Rows_schema& schema_;
  std::size_t first_, count_;
  std::vector<std::vector<std::byte>> bytes_;
};

// One tile in one file under its final name, durable when this returns.
void write_shard(const std::filesystem::path& path, const Rows_schema& schema, const Tile& tile);
// Of a whole file's bytes; for ledgers and provenance. Eight hexadecimal digits.
std::string checksum_of_file(const std::filesystem::path& path);

enum class Table_kind { rows, points, zones, grid, slice };  // what geometry a table has

class Writer {
 public:
  // `title`: words().
  Writer(const std::filesystem::path& path, const city::Crs& crs, const std::string& job, const Json& title,
         const Json& provenance);

  h5::Group create_table(const std::string& name, Table_kind kind, const std::string& dimension, std::size_t rows,
                         const std::string& title = "");
  h5::Group table(const std::string& name) { return draft_.root().group(name); }
  // The tiled table from its shards, in row order; each must hold the next rows. Its title is the result's.
  void add_shards(const Rows_schema& schema, Table_kind kind, const std::vector<std::filesystem::path>& shards);
  // What the report shows first, in order; see docs/result.md.
  void set_panels(const Json& panels);
  // One line a person should know: key, number, what it means.
  void set_summary(const Json& summary);
  h5::Group root() { return draft_.root(); }
  void publish();

 private:
  h5::Draft draft_;
  city::Crs crs_;
};

void create_axis(h5::Group& group, const Axis& axis);

// A text of a page, in both its languages.
inline Json words(const std::string& english, const std::string& korean) { return {{"en", english}, {"ko", korean}}; }

// What a step of a variable over further axes is called as a column, e.g. "within_10_min_count": blanks become '_'.
std::string flat_name(const std::string& variable, const std::vector<std::string>& steps);

class Result {
 public:
  static Result open(const std::filesystem::path& path);  // DataError if it is not a complete result
  h5::Group root() const { return file_.root(); }
  std::string job() const { return root().string_attribute("job"); }
  std::string title() const { return root().string_attribute("title"); }
  std::string title_ko() const { return root().string_attribute("title_ko"); }  // empty: as title()
  Json provenance() const { return json_attribute("provenance"); }
  Json panels() const { return json_attribute("panels"); }
  Json summary() const { return json_attribute("summary"); }
  city::Crs crs() const { return city::read_crs(root()); }
  std::vector<std::string> tables() const;
  Table_kind kind(const std::string& table) const;
  const std::string& file_name() const { return file_.name(); }

  // Every variable of a table as plain columns: one over further axes becomes one column a step, its long name
  // saying which ("within 10 min"). Variables with more than `widest` steps are left out and named in `left_out`.
  city::Table flat_table(const std::string& table, std::size_t widest = 64,
                         std::vector<std::string>* left_out = nullptr) const;
  // Only the variables that can give the columns named so: a long table is not read for one of its columns.
  city::Table flat_columns(const std::string& table, const std::vector<std::string>& columns) const;

 private:
  explicit Result(h5::File file) : file_(std::move(file)) {}
  Json json_attribute(const std::string& name) const;
  void add_flat(city::Table& out, const h5::Group& table, const std::string& variable) const;
  h5::File file_;
};

}  // namespace dosi::result
