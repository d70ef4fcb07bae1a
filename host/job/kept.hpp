// Numbers that outlive an interruption: a file of one line of JSON, which says what they are, and the numbers as they are in memory.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

namespace dosi::job {

struct Kept {
  nlohmann::ordered_json head;
  std::vector<double> values;
};

// Replaces the file whole, or leaves it as it was.
void keep(const std::filesystem::path& file, const nlohmann::ordered_json& head, std::span<const double> values);
// Nothing where there is no such file, or one that is not whole.
std::optional<Kept> kept(const std::filesystem::path& file);

}  // namespace dosi::job
