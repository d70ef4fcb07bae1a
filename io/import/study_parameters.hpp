// SaTScan's parameter files: which files a study has, and how `dosi scan` is asked the same.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "io/import/study.hpp"

namespace dosi::imports {

// Keys with their values, by name; which of them were read.
class Study_parameters {
 public:
  // DataError where a line is none of a section, comment or key.
  explicit Study_parameters(const std::filesystem::path& file);
  std::string of(const std::string& key, const std::string& otherwise = "") const;
  // The same, without having read it.
  std::string peek(const std::string& key, const std::string& otherwise = "") const;
  bool yes(const std::string& key) const { return of(key) == "y" || of(key) == "Y"; }
  // "KEY=VALUE in [Section]" of each key that was not read and asks for something; with a word where it is not known.
  std::vector<std::string> ignored() const;

 private:
  struct Entry {
    std::string value, section;
  };
  std::map<std::string, Entry> entries_;
  mutable std::set<std::string> read_;
};

// A column of the cases that a model needs, after place, count and date.
struct Mark {
  std::string name;
  bool number = false, optional = false;
};
std::vector<Mark> marks_of(const std::string& model);
// Fills in what the request leaves open, the scan's parameters and the list of those that have no part in it.
void apply_parameters(const Study_parameters& keys, Study_request& request, Study_import& study);

}  // namespace dosi::imports
