// RAII over the HDF5 C library, as far as cities and results need it.
//
// A file from outside is not trusted: filter plug-ins are never loaded, links other than hard links are
// refused, data stored in other files is refused, and a dataset whose header promises far more than the file
// can hold is refused before anything is allocated. Every error names file, object and HDF5's own message.
//
// Dimensions follow netCDF-4 (dimension scales), so that xarray, ncdump and QGIS open the files.
// HDF5 is entered by one thread at a time; the codec work runs elsewhere (io/stream).
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/error.hpp"

namespace dosi::h5 {

namespace fs = std::filesystem;

enum class Kind { f32, f64, i8, u8, i16, u16, i32, u32, i64, u64, string };

// An element type; `size` is the bytes of one element (for strings, the fixed length).
struct Type {
  Kind kind = Kind::f64;
  std::size_t size = 8;
  bool operator==(const Type&) const = default;
};

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, float>) return {Kind::f32, 4};
  else if constexpr (std::is_same_v<T, double>) return {Kind::f64, 8};
  else if constexpr (std::is_same_v<T, std::int8_t>) return {Kind::i8, 1};
  else if constexpr (std::is_same_v<T, std::uint8_t>) return {Kind::u8, 1};
  else if constexpr (std::is_same_v<T, std::int16_t>) return {Kind::i16, 2};
  else if constexpr (std::is_same_v<T, std::uint16_t>) return {Kind::u16, 2};
  else if constexpr (std::is_same_v<T, std::int32_t>) return {Kind::i32, 4};
  else if constexpr (std::is_same_v<T, std::uint32_t>) return {Kind::u32, 4};
  else if constexpr (std::is_same_v<T, std::int64_t>) return {Kind::i64, 8};
  else return {Kind::u64, 8};
}
inline Type string_type(std::size_t bytes) { return {Kind::string, bytes == 0 ? 1 : bytes}; }
std::string name_of(Type type);

// Owns one HDF5 identifier.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Closer close) : id_(id), close_(close) {}
  Handle(Handle&& o) noexcept : id_(o.id_), close_(o.close_) { o.id_ = -1; }
  Handle& operator=(Handle&& o) noexcept;
  ~Handle() { reset(); }
  hid_t id() const { return id_; }
  void reset() noexcept;

 private:
  hid_t id_ = -1;
  Closer close_ = nullptr;
};

// Attributes, shared by groups and datasets.
class Object {
 public:
  bool has_attribute(const std::string& name) const;
  std::string string_attribute(const std::string& name, const std::string& otherwise = "") const;
  std::optional<double> number_attribute(const std::string& name) const;
  void set_attribute(const std::string& name, std::string_view text);
  void set_attribute(const std::string& name, const char* text) { set_attribute(name, std::string_view(text)); }
  void set_attribute(const std::string& name, double value);
  void set_attribute(const std::string& name, std::int64_t value);
  void set_attribute(const std::string& name, int value) { set_attribute(name, std::int64_t{value}); }
  // Null-padded ASCII, for readers that take nothing else.
  void set_ascii_attribute(const std::string& name, const std::string& text);
  // One element of `type` (used for _FillValue, which must have the type of its variable).
  void set_attribute(const std::string& name, Type type, const void* value, std::size_t count = 1);

  const std::string& file() const { return file_; }  // for messages
  const std::string& path() const { return path_; }  // inside the file
  hid_t id() const { return handle_.id(); }

 protected:
  Object(Handle handle, std::string file, std::string path)
      : handle_(std::move(handle)), file_(std::move(file)), path_(std::move(path)) {}
  Handle handle_;
  std::string file_;
  std::string path_;
};

class Dataset : public Object {
 public:
  Dataset(Handle handle, std::string file, std::string path);  // reads the header, refuses what is unsafe

  Type type() const { return type_; }
  const std::vector<hsize_t>& shape() const { return shape_; }
  std::size_t rows() const { return shape_.empty() ? 1 : shape_[0]; }
  std::size_t row_elements() const;  // product of the other dimensions
  std::size_t row_bytes() const { return row_elements() * type_.size; }
  const std::vector<hsize_t>& chunk() const { return chunk_; }  // empty if contiguous
  std::vector<std::string> dimension_names() const;
  // A dimension without a coordinate variable has a length and no values; what it promises is not checked.
  bool is_bare_dimension() const { return bare_; }
  void require_values() const;  // DataError where there are none to read

  struct Filters {
    bool shuffle = false, deflate = false, other = false;
    int shuffle_index = -1, deflate_index = -1;
  };
  const Filters& filters() const { return filters_; }

  void set_rows(std::size_t rows);  // extendible datasets only
  // Through the HDF5 library's own filter path, any layout. Bytes are in the machine's order, type().
  void read_rows(std::size_t first, std::size_t count, void* out) const;
  void write_rows(std::size_t first, std::size_t count, const void* in);
  hid_t memory_type() const { return memory_type_.id(); }

 private:
  Type type_;
  std::vector<hsize_t> shape_, chunk_;
  bool bare_ = false;
  Filters filters_;
  Handle memory_type_;
};

struct VariableOptions {
  std::string units;
  std::string long_name;
  int deflate = 1;             // 0: not compressed
  bool extendible = false;     // may grow along the first dimension
  std::size_t chunk_rows = 0;  // 0: about 1 MiB a chunk
};

class Group : public Object {
 public:
  Group(Handle handle, std::string file, std::string path)
      : Object(std::move(handle), std::move(file), std::move(path)) {}
  bool has(const std::string& name) const;
  bool is_group(const std::string& name) const;
  std::vector<std::string> names() const;  // children in name order
  std::vector<std::string> groups() const;
  std::vector<std::string> variables() const;  // datasets that are not bare dimensions
  Group group(const std::string& name) const;
  Group create_group(const std::string& name);
  Group require_group(const std::string& name) { return has(name) ? group(name) : create_group(name); }
  Dataset dataset(const std::string& name) const;
  // A netCDF-4 dimension without a coordinate variable; extendible ones grow with their variables.
  void create_dimension(const std::string& name, std::size_t length, bool extendible = false);
  std::size_t dimension_length(const std::string& name) const;
  // A variable over dimensions made before (all in this group). No dimensions: a scalar.
  // A variable that has a dimension's name replaces the bare dimension as its coordinate.
  Dataset create_variable(const std::string& name, Type type, const std::vector<std::string>& dimensions,
                          const VariableOptions& options = {});
  // A coordinate variable: makes the dimension and its values in one.
  template <class T>
  void create_coordinate(const std::string& name, std::span<const T> values, const VariableOptions& options = {}) {
    create_coordinate_raw(name, type_of<T>(), values.size(), values.data(), options);
  }
  void remove(const std::string& name);  // a variable lets go of its dimensions first
  // `name` becomes another name of the object from/path in the same file.
  void link(const std::string& name, const Group& from, const std::string& path);
  // A copy of from/name and all below it, chunks as they are, dimensions attached anew.
  void copy_from(const Group& from, const std::string& name);

 private:
  void create_coordinate_raw(const std::string& name, Type type, std::size_t n, const void* values,
                             const VariableOptions& options);
};

class File {
 public:
  static File open(const fs::path& path);  // read only
  static File open_for_update(const fs::path& path);
  static File create(const fs::path& path);  // truncates
  Group root() const;
  const std::string& name() const { return name_; }
  void flush();
  void close();  // flushes, closes, fsyncs; errors throw

 private:
  File(Handle handle, std::string name, bool writable);
  Handle handle_;
  std::string name_;
  bool writable_ = false;
  std::size_t lost_before_;  // closes that had failed when this file was opened
};

// A new file beside its final name (<name>.partial), which it takes when it is whole; until then it goes with its
// owner.
class Draft {
 public:
  explicit Draft(const fs::path& final_name);
  ~Draft();
  Draft(Draft&&) = default;
  Group root() const { return file_->root(); }
  const fs::path& final_name() const { return final_; }
  void publish();

 private:
  fs::path final_, partial_;
  std::unique_ptr<File> file_;
};

// Throw for HDF5's last call, which failed: IoError with the system's reason where there is one; else a read is a
// DataError, for the file is damaged, and a write an IoError.
[[noreturn]] void fail(const std::string& file, const std::string& path, const char* what);
[[noreturn]] void fail_write(const std::string& file, const std::string& path, const char* what);

// UsageError if `path` is there and a page or an export may not take its place: a folder, a device, a link to one, or
// an HDF5 file (a city or a result under that name is a slip of the hand).
void check_replaceable(const fs::path& path);
// Flushes a file's bytes to the disk; then the folder's entry of it.
void sync_path(const fs::path& path);
// Gives `partial` its final name, durably; where that fails, `partial` is removed.
void publish(const fs::path& partial, const fs::path& final_name);

}  // namespace dosi::h5
