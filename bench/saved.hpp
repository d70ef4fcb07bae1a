// Results that were kept: JSON files that write_json made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/bench.hpp"

namespace dosi::bench {

struct Saved {
  std::string file;  // name alone
  std::vector<Row> rows;
  std::string command, git, compiler, flags, processor, time;
  std::vector<std::string> gpus;
  int processors = 0;
};

// Throws std::runtime_error with the file and what is wrong; a row that was not checked is wrong.
Saved read_saved(const std::filesystem::path& path);

}  // namespace dosi::bench
