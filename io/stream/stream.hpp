// Rows in and out of an HDF5 dataset through a bounded pipeline.
//
// The calling thread alone enters HDF5 and moves whole chunks as they lie in the file (H5Dread_chunk,
// H5Dwrite_chunk); shuffle and deflate run in a pool of threads, several chunks ahead of the reader and behind
// the writer. Memory is a fixed number of chunks, whatever the length of the dataset. A dataset whose layout
// the pipeline does not know (other filters, chunks that split a row) goes through the library instead.
#pragma once

#include <cstring>
#include <deque>
#include <future>
#include <memory>
#include <span>

#include "io/h5/h5.hpp"
#include "io/stream/codec.hpp"
#include "io/stream/pool.hpp"

namespace dosi::stream {

struct Options {
  Pool* pool = nullptr;  // null: the shared one
  int in_flight = 0;     // chunks being coded at most; 0: two for each thread of the pool, and two
  int level = 1;         // deflate level of written chunks
};

// Appends rows in order to an empty or extendible dataset. finish() must be called; without it the
// destructor drops what is pending, so an exception leaves no half-told file behind a good one.
class Writer {
 public:
  explicit Writer(h5::Dataset dataset, Options options = {});
  ~Writer();
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  void append_bytes(std::span<const std::byte> rows);  // whole rows, in the dataset's own type
  template <class T>
  void append(std::span<const T> values) {
    check_type(h5::type_of<T>());
    append_bytes(std::as_bytes(values));
  }
  void finish();             // writes what is pending; the dataset has exactly the rows appended
  std::size_t rows() const;  // rows appended so far

 private:
  void check_type(h5::Type type) const;
  struct State;
  std::unique_ptr<State> state_;
};

// Reads rows in order, decoding ahead.
class Reader {
 public:
  explicit Reader(h5::Dataset dataset, Options options = {});
  Reader(h5::Dataset dataset, std::size_t first_row, std::size_t rows, Options options = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Up to `max_rows` rows into `out`; returns the rows read, 0 at the end.
  std::size_t read_bytes(void* out, std::size_t max_rows);
  const h5::Dataset& dataset() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A whole dataset at once; T must be its type (see read_as for conversion).
template <class T>
std::vector<T> read_all(const h5::Group& group, const std::string& name) {
  h5::Dataset d = group.dataset(name);
  if (d.type() != h5::type_of<T>())
    throw DataError("{}: {}: holds {}, expected {}", d.file(), d.path(), h5::name_of(d.type()),
                    h5::name_of(h5::type_of<T>()));
  d.require_values();
  std::vector<T> out(d.rows() * d.row_elements());
  const std::size_t rows = d.rows();
  Reader reader(std::move(d));
  if (reader.read_bytes(out.data(), rows) != rows) throw DataError("{}: {}: ends early", group.file(), name);
  return out;
}

// A numeric dataset of any type as doubles (integers above 2^53 lose digits).
std::vector<double> read_as_double(const h5::Group& group, const std::string& name);
// Some of its rows.
std::vector<double> read_rows_as_double(const h5::Group& group, const std::string& name, std::size_t first,
                                        std::size_t count);
std::vector<std::string> read_strings(const h5::Group& group, const std::string& name);

// A new variable with all its rows.
template <class T>
h5::Dataset write_all(h5::Group& group, const std::string& name, const std::vector<std::string>& dimensions,
                      std::span<const T> values, const h5::VariableOptions& options = {}) {
  h5::Dataset d = group.create_variable(name, h5::type_of<T>(), dimensions, options);
  if (values.size() != d.rows() * d.row_elements())
    throw Error(Exit::internal, fmt::format("{}: {}: {} values for {} places", d.file(), d.path(), values.size(),
                                            d.rows() * d.row_elements()));
  if (d.chunk().empty()) {
    d.write_rows(0, d.rows(), values.data());
    return d;
  }
  Writer writer(group.dataset(name), {.level = options.deflate});
  writer.append(values);
  writer.finish();
  return d;
}
h5::Dataset write_strings(h5::Group& group, const std::string& name, const std::vector<std::string>& dimensions,
                          std::span<const std::string> values, const h5::VariableOptions& options = {});

}  // namespace dosi::stream
