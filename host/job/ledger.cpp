#include "host/job/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/error.hpp"
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
  const std::string text = line.dump() + "\n";
  std::size_t at = 0;
  while (at < text.size()) {
    const auto n = ::write(file, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError("{}: {}", name, std::strerror(errno));
    at += static_cast<std::size_t>(n);
  }
  if (::fsync(file) < 0 && errno != EINVAL) throw IoError("{}: fsync: {}", name, std::strerror(errno));
}

}  // namespace

Ledger::Ledger(const fs::path& result, const std::string& fingerprint, std::size_t rows, std::size_t rows_a_tile)
    : folder_(result.string() + ".work"), rows_a_tile_(std::max<std::size_t>(1, rows_a_tile)) {
  std::error_code ec;
  fs::create_directories(folder_, ec);
  if (ec) throw IoError("{}: {}", folder_.string(), ec.message());
  const auto name = (folder_ / "ledger.jsonl").string();
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw IoError("{}: {}", name, std::strerror(errno));
  if (::flock(file_, LOCK_EX | LOCK_NB) < 0) {
    ::close(file_);
    throw Stopped(fmt::format("{}: another process is at work on this result; try again when it is done", name));
  }

  std::vector<Json> lines;
  {
    std::ifstream in(name);
    for (std::string text; std::getline(in, text);) {
      auto line = Json::parse(text, nullptr, false);
      if (line.is_discarded()) break;  // cut short by a crash; what follows it was never finished
      lines.push_back(std::move(line));
    }
  }
  const auto cut = lines.empty() ? std::nullopt : count_in(lines[0], "rows_a_tile");
  const bool continues = cut.value_or(0) > 0 && text_in(lines[0], "fingerprint") == fingerprint && count_in(lines[0], "rows") == rows;
  if (continues) rows_a_tile_ = *cut;
  const std::size_t tiles = rows == 0 ? 0 : (rows - 1) / rows_a_tile_ + 1;
  done_.assign(tiles, false);
  checksum_.assign(tiles, "");
  if (continues) {
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto tile = count_in(lines[i], "tile").value_or(tiles);
      if (tile >= tiles) continue;
      done_[tile] = true;
      checksum_[tile] = text_in(lines[i], "checksum");
    }
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().filename() != "ledger.jsonl") fs::remove(entry.path(), ec);
  if (::ftruncate(file_, 0) < 0) throw IoError("{}: {}", name, std::strerror(errno));
  append_line(file_, name, {{"fingerprint", fingerprint}, {"rows", rows}, {"rows_a_tile", rows_a_tile_}});
}

Ledger::~Ledger() {
  if (file_ >= 0) ::close(file_);
}

std::size_t Ledger::tiles_done() const { return static_cast<std::size_t>(std::count(done_.begin(), done_.end(), true)); }
fs::path Ledger::shard(std::size_t tile) const { return folder_ / fmt::format("tile-{:06}.h5", tile); }

std::vector<fs::path> Ledger::shards() const {
  std::vector<fs::path> out;
  for (std::size_t t = 0; t < tiles(); ++t) out.push_back(shard(t));
  return out;
}

void Ledger::record(std::size_t tile) {
  checksum_[tile] = result::checksum_of_file(shard(tile));
  append_line(file_, (folder_ / "ledger.jsonl").string(), {{"tile", tile}, {"checksum", checksum_[tile]}});
  done_[tile] = true;
}

std::size_t Ledger::verify() {
  std::size_t failed = 0;
  for (std::size_t t = 0; t < tiles(); ++t) {
    if (!done_[t]) continue;
    std::error_code ec;
    if (fs::exists(shard(t), ec) && result::checksum_of_file(shard(t)) == checksum_[t]) continue;
    done_[t] = false;
    ++failed;
  }
  return failed;
}

void Ledger::remove() {
  std::error_code ec;
  fs::remove_all(folder_, ec);
}

}  // namespace dosi::job
