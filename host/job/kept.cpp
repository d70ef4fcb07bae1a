#include "host/job/kept.hpp"

#include <cstring>

#include "io/files.hpp"

namespace dosi::job {

using Json = nlohmann::ordered_json;

void keep(const std::filesystem::path& file, const Json& head, std::span<const double> values) {
  std::string text = Json{{"head", head}, {"values", values.size()}}.dump() + "\n";
  const std::size_t at = text.size();
  text.resize(at + values.size_bytes());
  if (!values.empty()) std::memcpy(text.data() + at, values.data(), values.size_bytes());
  write_file(file, text);
}

std::string kept_text(const std::filesystem::path& file, comm::Ranks& ranks) {
  return ranks.from_first(ranks.first() && std::filesystem::exists(file) ? read_file(file) : "");
}

void keep(const std::filesystem::path& file, const Json& head, std::span<const double> values, comm::Ranks& ranks) {
  if (ranks.first()) keep(file, head, values);
}

std::optional<Kept> kept(const std::filesystem::path& file) { return kept(file, comm::alone()); }

std::optional<Kept> kept(const std::filesystem::path& file, comm::Ranks& ranks) {
  const std::string text = kept_text(file, ranks);
  const auto end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const auto j = Json::parse(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  if (!j.is_object() || !j.contains("head") || !j.contains("values") || !j["values"].is_number_unsigned())
    return std::nullopt;
  Kept found{j["head"], std::vector<double>(j["values"].get<std::size_t>())};
  if (text.size() != end + 1 + found.values.size() * sizeof(double)) return std::nullopt;
  if (!found.values.empty())
    std::memcpy(found.values.data(), text.data() + end + 1, found.values.size() * sizeof(double));
  return found;
}

}  // namespace dosi::job
