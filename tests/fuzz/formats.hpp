// The formats that the program reads from outside, each with valid files to begin with and the commands that a file of
// it goes through, in this process. Both the fuzzer and the test that replays its findings go by this list.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dosi::fuzz {

struct Format {
  std::string name;  // also the folder under tests/fuzz/corpus
  std::string file;  // what a file of it is called where it is read
  bool hdf5 = false;
  // '@' at the start of a word stands for the folder.
  std::vector<std::vector<std::string>> commands;
};

const std::vector<Format>& formats();

// Files that commands take besides the one in question, and a city and a result to begin with. False where they cannot
// be made.
bool prepare(const std::filesystem::path& folder);
// Valid files of a format: those checked in, and for HDF5 those of prepare().
std::vector<std::filesystem::path> seeds(const Format& format, const std::filesystem::path& folder);

// Runs the commands of a format on the file in `folder`; what they make is removed again. Returns the exit codes.
std::vector<int> run(const Format& format, const std::filesystem::path& folder);
// How a command may end whatever it is given: done, usage, bad data, I/O.
bool may_end_so(int code);

}  // namespace dosi::fuzz
