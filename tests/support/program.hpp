// Runs a program as its user would: exit code, standard output and error.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temp_folder.hpp"

namespace dosi::test_support {

struct Finished {
  int code = -1;  // exit code, or 128 + signal
  std::string out, err;
};

inline std::string quoted(const std::string& word) {
  std::string q = "'";
  for (const char c : word) q += c == '\'' ? "'\\''" : std::string(1, c);
  return q + "'";
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// `words[0]` is the program; a shell redirects, nothing else.
inline Finished run_program(const std::vector<std::string>& words) {
  const Temp_folder folder;
  std::string command;
  for (const auto& w : words) command += quoted(w) + " ";
  const auto out = folder / "out", err = folder / "err";
  const int status = std::system((command + ">" + quoted(out) + " 2>" + quoted(err) + " </dev/null").c_str());
  Finished f;
  f.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  f.out = read_text(out);
  f.err = read_text(err);
  return f;
}

// A command line's words; "{}" stands for the next of `given`, as it is.
inline std::vector<std::string> words(const std::string& line, const std::vector<std::string>& given = {}) {
  std::vector<std::string> out;
  std::istringstream text(line);
  auto next = given.begin();
  for (std::string word; text >> word;) out.push_back(word == "{}" ? *next++ : word);
  return out;
}

// The dosi of this build.
inline Finished run_dosi(std::vector<std::string> words) {
  words.insert(words.begin(), DOSI_PROGRAM);
  return run_program(words);
}

// The folder of real data, or empty.
inline std::filesystem::path data_folder() {
  const char* folder = std::getenv("DOSI_DATA");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

}  // namespace dosi::test_support

#define DOSI_NEEDS_DATA(folder)                            \
  const auto folder = ::dosi::test_support::data_folder(); \
  if (folder.empty()) GTEST_SKIP() << "DOSI_DATA does not name the folder of real data"
