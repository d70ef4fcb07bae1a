// Numbers that outlive an interruption: a file of one line of JSON, which says what they are, and the numbers as they
// are in memory.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/comm/ranks.hpp"

namespace dosi::job {

struct Kept {
  nlohmann::ordered_json head;
  std::vector<double> values;
};

// Replaces the file whole, or leaves it as it was.
void keep(const std::filesystem::path& file, const nlohmann::ordered_json& head, std::span<const double> values);
// Nothing where there is no such file, or one that is not whole.
std::optional<Kept> kept(const std::filesystem::path& file);
// On several ranks the first writes, and what it reads is told to all: a meeting.
void keep(const std::filesystem::path& file, const nlohmann::ordered_json& head, std::span<const double> values,
          comm::Ranks& ranks);
std::optional<Kept> kept(const std::filesystem::path& file, comm::Ranks& ranks);
// The text of a file, empty where it is not there: as the first rank reads it. A meeting.
std::string kept_text(const std::filesystem::path& file, comm::Ranks& ranks);

}  // namespace dosi::job
