// SaTScan's parameter file, as far as it is understood: an INI of sections, keys and values.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "io/import/study.hpp"

namespace dosi::imports {

// Key (without its section) to value; DataError where a line is none of a section, comment or key.
std::map<std::string, std::string> read_parameters(const std::filesystem::path& file);
// A column of the cases that a model needs, after place, count and date.
struct Mark {
  std::string name;
  bool number = false, optional = false;
};
std::vector<Mark> marks_of(const std::string& model);
// Fills in what the request leaves open, the scan's parameters and the list of those that have no part in it.
void apply_parameters(const std::map<std::string, std::string>& keys, Study_request& request, Study_import& study);

}  // namespace dosi::imports
