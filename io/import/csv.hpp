// Tables of separated values (RFC 4180), one record at a time: quoted fields with separators, quotes and line
// ends in them, any line end, a byte order mark, UTF-8 or CP949. A record that breaks the rules is given with its
// fault and whole; what no longer makes sense as a table (a quote never closed) is a DataError with the line.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/import/text.hpp"

namespace dosi::imports {

struct Record {
  std::uint64_t line = 0;          // where it starts, from 1
  std::vector<std::string> cells;  // UTF-8
  std::string fault;               // empty: none
};

class Csv_reader {
 public:
  static constexpr std::size_t kRecordBytes = std::size_t{64} << 20;
  static constexpr std::size_t kCells = 65536;

  // `encoding`: auto, UTF-8, CP949. IoError if the file cannot be read, DataError if it is empty or not text.
  Csv_reader(const std::filesystem::path& file, const std::string& encoding);
  bool next(Record& record);  // blank lines are passed over

  Encoding encoding() const { return encoding_; }
  char separator() const { return separator_; }

 private:
  int get();
  int peek();
  void look_ahead(std::optional<Encoding> asked);

  std::string file_;
  std::ifstream in_;
  std::string block_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  Encoding encoding_ = Encoding::utf8;
  char separator_ = ',';
  std::unique_ptr<Decoder> decoder_;
  std::string raw_;
};

// One line without its end; quotes where they are needed.
std::string csv_line(std::span<const std::string> cells);

}  // namespace dosi::imports
