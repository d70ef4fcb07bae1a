// Which tiles of a run are done. A folder <result>.work holds the ledger, one line of JSON a tile, and the shards.
// A line is written after its shard is on the disk; on resuming, a shard that is gone or altered is made again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dosi::job {

class Ledger {
 public:
  // Opens or begins the ledger of `result`. One that belongs to other inputs or parameters (`fingerprint`) is
  // begun anew. `rows_a_tile` is kept from the first run, so that the cut stays the same. Throws Error(75) if
  // another process is at work on it.
  Ledger(const std::filesystem::path& result, const std::string& fingerprint, std::size_t rows, std::size_t rows_a_tile);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::size_t rows_a_tile() const { return rows_a_tile_; }
  std::size_t tiles() const { return done_.size(); }
  std::size_t tiles_done() const;
  bool done(std::size_t tile) const { return done_[tile]; }
  std::filesystem::path shard(std::size_t tile) const;
  std::vector<std::filesystem::path> shards() const;
  void record(std::size_t tile);        // its shard is on the disk
  // Checks every shard against its line; those that fail are no longer done. Returns how many failed.
  std::size_t verify();
  void remove();                        // the result is published
  // What a run left behind that published `result` and went no further. Nothing while another process is at work.
  static void discard(const std::filesystem::path& result);

 private:
  std::filesystem::path folder_;
  std::size_t rows_a_tile_;
  std::vector<bool> done_;
  std::vector<std::string> checksum_;
  int file_ = -1;
};

}  // namespace dosi::job
