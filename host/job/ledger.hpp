// Which tiles of a run are done. A folder <result>.work holds the ledger, one line of JSON a tile, and the shards.
// A line is written after its shard is on the disk; on resuming, a shard that is gone or altered is made again. Each
// rank has a ledger of its own; the first rank's takes up what is in the others when it is opened again.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/comm/ranks.hpp"

namespace dosi::job {

class Ledger {
 public:
  // Opens or begins the ledger of `result`. One that belongs to other inputs or parameters (`fingerprint`) is
  // begun anew. `rows_a_tile` is kept from the first run, so that the cut stays the same. Throws Error(75) if
  // another run is at work on it. Shards that are gone or altered are no longer done. A meeting.
  Ledger(const std::filesystem::path& result, const std::string& fingerprint, std::size_t rows, std::size_t rows_a_tile,
         comm::Ranks& ranks = comm::alone());
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::size_t rows_a_tile() const { return rows_a_tile_; }
  std::size_t tiles() const { return done_.size(); }
  std::size_t tiles_done() const;  // of which this rank knows
  std::size_t damaged() const { return damaged_; }
  // What is to be done, dealt out to the ranks in turn: this rank's.
  std::vector<std::size_t> own() const;
  std::filesystem::path shard(std::size_t tile) const;
  std::vector<std::filesystem::path> shards() const;
  void record(std::size_t tile);  // its shard is on the disk
  void remove();                  // the result is published
  // What a run left behind that published `result` and went no further. Nothing while another process is at work.
  static void discard(const std::filesystem::path& result);

 private:
  void open(const std::string& fingerprint, std::size_t rows);
  void take_up(const std::vector<nlohmann::ordered_json>& lines);
  void verify();

  std::filesystem::path folder_, name_;
  comm::Ranks& ranks_;
  std::size_t rows_a_tile_, damaged_ = 0;
  std::vector<bool> done_;
  std::vector<std::string> checksum_;
  int file_ = -1;
};

}  // namespace dosi::job
