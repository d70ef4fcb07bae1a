#include "io/import/csv.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "io/error.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;

Csv_reader::Csv_reader(const fs::path& file, const std::string& encoding) : file_(file.string()) {
  const auto asked = encoding_named(encoding);
  std::error_code ec;
  if (!fs::exists(file, ec)) throw IoError("{}: there is no such file", file_);
  if (!fs::is_regular_file(file, ec)) throw IoError("{}: is not a file", file_);
  in_.open(file, std::ios::binary);
  if (!in_) throw IoError("{}: cannot be opened for reading", file_);
  look_ahead(asked);
  decoder_ = std::make_unique<Decoder>(encoding_);
}

// One pass over the bytes for the encoding, and over the first line for the separator.
void Csv_reader::look_ahead(std::optional<Encoding> asked) {
  Utf8_check check;
  std::string block(std::size_t{1} << 20, '\0');
  std::array<std::size_t, 3> seen{};
  bool first_line = true, quoted = false, any = false;
  std::string head;
  while (in_.read(block.data(), static_cast<std::streamsize>(block.size())) || in_.gcount() > 0) {
    const std::string_view bytes(block.data(), static_cast<std::size_t>(in_.gcount()));
    if (!any) head = bytes.substr(0, 4);
    any = true;
    check.feed(bytes);
    for (std::size_t i = 0; first_line && i < bytes.size(); ++i) {
      if (bytes[i] == '"') quoted = !quoted;
      if (quoted) continue;
      if (bytes[i] == '\n' || bytes[i] == '\r') first_line = false;
      for (std::size_t k = 0; k < 3; ++k) seen[k] += bytes[i] == ",;\t"[k];
    }
  }
  if (in_.bad()) throw IoError("{}: cannot be read: {}", file_, std::strerror(errno));
  check.finish();
  if (!any) throw DataError("{}: is empty; a table with a header line is needed", file_);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    throw DataError("{}: is UTF-16 text; save it as UTF-8 or CP949", file_);
  if (head.starts_with("PK\x03\x04")) throw DataError("{}: is a zip archive or a spreadsheet; save it as CSV", file_);
  encoding_ = asked ? *asked : detected(check);
  separator_ = ",;\t"[std::max_element(seen.begin(), seen.end()) - seen.begin()];
  in_.clear();
  in_.seekg(head.starts_with("\xEF\xBB\xBF") ? 3 : 0);
}

int Csv_reader::peek() {
  if (at_ == block_.size()) {
    block_.resize(std::size_t{1} << 18);
    in_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    if (in_.bad()) throw IoError("{}: cannot be read: {}", file_, std::strerror(errno));
    block_.resize(static_cast<std::size_t>(in_.gcount()));
    at_ = 0;
    if (block_.empty()) return -1;
  }
  return static_cast<unsigned char>(block_[at_]);
}

int Csv_reader::get() {
  const int c = peek();
  if (c >= 0) ++at_;
  if (c == '\n') ++line_;
  return c;
}

bool Csv_reader::next(Record& record) {
  record.cells.clear();
  record.fault.clear();
  while (peek() == '\n' || peek() == '\r') {
    if (get() == '\r' && peek() != '\n') ++line_;
  }
  if (peek() < 0) return false;
  record.line = line_;
  std::size_t bytes = 0;
  std::string text;
  for (;;) {
    raw_.clear();
    bool quoted = false, closed = false;
    if (peek() == '"') {
      get();
      quoted = true;
    }
    const std::uint64_t opened = line_;
    for (;;) {
      const int c = peek();
      if (c < 0) {
        if (quoted && !closed) throw DataError("{}: line {}: a quote is opened and never closed", file_, opened);
        break;
      }
      if (++bytes > kRecordBytes)
        throw DataError("{}: line {}: the record is longer than {} MiB; is a closing quote missing?", file_,
                        record.line, kRecordBytes >> 20);
      if (quoted && !closed) {
        get();
        if (c != '"') raw_ += static_cast<char>(c);
        else if (peek() == '"') raw_ += static_cast<char>(get());
        else closed = true;
        continue;
      }
      if (c == separator_ || c == '\n' || c == '\r') break;
      get();
      if (closed && c != ' ' && record.fault.empty()) record.fault = "text after a closing quote";
      if (!closed || c != ' ') raw_ += static_cast<char>(c);
    }
    if (raw_.find('\0') != std::string::npos) {
      if (record.fault.empty()) record.fault = "a zero byte in the text";
      for (std::size_t z; (z = raw_.find('\0')) != std::string::npos;) raw_.replace(z, 1, "\\x00");
    }
    if (!decoder_->decode(raw_, text) && record.fault.empty())
      record.fault = fmt::format("text is not valid {}", name_of(encoding_));
    record.cells.push_back(text);
    if (record.cells.size() > kCells)
      throw DataError("{}: line {}: has more than {} fields", file_, record.line, kCells);
    const int c = peek();
    if (c == separator_) {
      get();
      continue;
    }
    if (c == '\r') {
      get();
      if (peek() == '\n') get();
      else ++line_;
    } else if (c == '\n') {
      get();
    }
    return true;
  }
}

std::string csv_line(std::span<const std::string> cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += cells[i];
      continue;
    }
    out += '"';
    for (const char c : cells[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  return out;
}

}  // namespace dosi::imports
