// TOML files as values of parameters.
#pragma once

#include <filesystem>
#include <string>
#include <toml++/toml.h>

#include "host/job/parameter.hpp"

namespace dosi::job {

// IoError where the file cannot be read, UsageError with the line where it is not TOML.
toml::table read_toml(const std::filesystem::path& path);
// A date becomes a text that no parameter takes; its type check says so.
Json to_json(const toml::node& node);
// The tables [[key]] of a file that holds nothing else.
Json tables_of_file(const std::filesystem::path& path, const std::string& key);

}  // namespace dosi::job
