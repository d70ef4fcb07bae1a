#include "host/job/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "io/error.hpp"
#include "io/files.hpp"
#include "io/result/result.hpp"

namespace dosi::job {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

// A member where the line is an object and the member is what it should be; a ledger may hold anything.
std::string text_in(const Json& line, const char* name) {
  const auto it = line.is_object() ? line.find(name) : line.end();
  return line.is_object() && it != line.end() && it->is_string() ? it->get<std::string>() : "";
}
std::optional<std::size_t> count_in(const Json& line, const char* name) {
  if (!line.is_object()) return std::nullopt;
  const auto it = line.find(name);
  if (it == line.end() || !it->is_number_unsigned()) return std::nullopt;
  return it->get<std::size_t>();
}

void append_line(int file, const std::string& name, const Json& line) {
  write_all(file, name, line.dump() + "\n");
  int status;
  do status = ::fsync(file);
  while (status < 0 && errno == EINTR);
  if (status < 0 && errno != EINVAL) throw IoError("{}: fsync: {}", name, std::strerror(errno));
}

// Whole lines, up to one that is none; how far they go.
std::vector<Json> read_lines(const fs::path& name, std::size_t& good) {
  std::vector<Json> lines;
  const auto text = read_file(name);
  good = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', good)) {
    auto line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(good),
                            text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (line.is_discarded()) break;
    lines.push_back(std::move(line));
    good = end + 1;
  }
  return lines;
}

}  // namespace

Ledger::Ledger(const fs::path& result, const std::string& fingerprint, std::size_t rows, std::size_t rows_a_tile,
               comm::Ranks& ranks)
    : folder_(result.string() + ".work"),
      name_(folder_ / (ranks.first() ? "ledger.jsonl" : fmt::format("ledger-{}.jsonl", ranks.rank()))), ranks_(ranks),
      rows_a_tile_(std::max<std::size_t>(1, rows_a_tile)) {
  std::string told;
  if (ranks.first()) {
    open(fingerprint, rows);
    verify();
    for (const bool d : done_) told += d ? '1' : '0';
    told = fmt::format("{} {}", rows_a_tile_, told);
  }
  told = ranks.from_first(told);
  if (ranks.first()) return;
  const auto space = told.find(' ');
  rows_a_tile_ = std::stoull(told.substr(0, space));
  for (const char c : told.substr(space + 1)) done_.push_back(c == '1');
  checksum_.resize(done_.size());
  file_ = ::open(name_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw IoError("{}: {}", name_.string(), std::strerror(errno));
}

// The first rank's.
void Ledger::open(const std::string& fingerprint, std::size_t rows) {
  std::error_code ec;
  fs::create_directories(folder_, ec);
  if (ec) throw IoError("{}: {}", folder_.string(), ec.message());
  const auto name = name_.string();
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw IoError("{}: {}", name, std::strerror(errno));
  if (::flock(file_, LOCK_EX | LOCK_NB) < 0) {
    const int saved = errno;
    ::close(file_);
    if (saved != EWOULDBLOCK) throw IoError("{}: cannot be locked: {}", name, std::strerror(saved));
    throw Stopped(fmt::format("{}: another process is at work on this result; try again when it is done", name));
  }

  std::size_t good = 0;
  const auto lines = read_lines(name_, good);
  const auto cut = lines.empty() ? std::nullopt : count_in(lines[0], "rows_a_tile");
  const bool continues =
      cut.value_or(0) > 0 && text_in(lines[0], "fingerprint") == fingerprint && count_in(lines[0], "rows") == rows;
  if (continues) rows_a_tile_ = *cut;
  const std::size_t tiles = rows == 0 ? 0 : (rows - 1) / rows_a_tile_ + 1;
  done_.assign(tiles, false);
  checksum_.assign(tiles, "");
  if (continues) {
    // A line cut short by a crash or a full disk goes, or the next would be written to its end.
    if (good < fs::file_size(name_) && ::ftruncate(file_, static_cast<off_t>(good)) < 0)
      throw IoError("{}: {}", name, std::strerror(errno));
    take_up(lines);
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const auto other = entry.path().filename().string();
      if (!other.starts_with("ledger-")) continue;
      const auto found = read_lines(entry.path(), good);
      for (const auto& line : found) append_line(file_, name, line);
      take_up(found);
      fs::remove(entry.path(), ec);
    }
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path() != name_) fs::remove(entry.path(), ec);
  if (::ftruncate(file_, 0) < 0) throw IoError("{}: {}", name, std::strerror(errno));
  append_line(file_, name, {{"fingerprint", fingerprint}, {"rows", rows}, {"rows_a_tile", rows_a_tile_}});
}

void Ledger::take_up(const std::vector<Json>& lines) {
  for (const auto& line : lines) {
    const auto tile = count_in(line, "tile").value_or(tiles());
    if (tile >= tiles()) continue;
    done_[tile] = true;
    checksum_[tile] = text_in(line, "checksum");
  }
}

Ledger::~Ledger() {
  if (file_ >= 0) ::close(file_);
}

std::size_t Ledger::tiles_done() const {
  return static_cast<std::size_t>(std::count(done_.begin(), done_.end(), true));
}
fs::path Ledger::shard(std::size_t tile) const { return folder_ / fmt::format("tile-{:06}.h5", tile); }

std::vector<fs::path> Ledger::shards() const {
  std::vector<fs::path> out;
  for (std::size_t t = 0; t < tiles(); ++t) out.push_back(shard(t));
  return out;
}

std::vector<std::size_t> Ledger::own() const {
  std::vector<std::size_t> out;
  std::size_t turn = 0;
  for (std::size_t t = 0; t < tiles(); ++t)
    if (!done_[t] && turn++ % ranks_.size() == ranks_.rank()) out.push_back(t);
  return out;
}

void Ledger::record(std::size_t tile) {
  checksum_[tile] = result::checksum_of_file(shard(tile));
  append_line(file_, name_.string(), {{"tile", tile}, {"checksum", checksum_[tile]}});
  done_[tile] = true;
}

// Every shard against its line.
void Ledger::verify() {
  for (std::size_t t = 0; t < tiles(); ++t) {
    if (!done_[t]) continue;
    std::error_code ec;
    if (fs::exists(shard(t), ec) && result::checksum_of_file(shard(t)) == checksum_[t]) continue;
    done_[t] = false;
    ++damaged_;
  }
}

void Ledger::discard(const fs::path& result) {
  const fs::path folder = result.string() + ".work";
  const int file = ::open((folder / "ledger.jsonl").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  std::error_code ignored;
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) fs::remove_all(folder, ignored);
  ::close(file);
}

void Ledger::remove() {
  std::error_code ec;
  fs::remove_all(folder_, ec);
}

}  // namespace dosi::job
