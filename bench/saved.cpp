#include "bench/saved.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dosi::bench {

Saved read_saved(const std::filesystem::path& path) try {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot be opened");
  const auto document = nlohmann::json::parse(file);
  Saved saved;
  saved.file = path.filename().string();
  saved.command = document.at("command");
  saved.git = document.at("git");
  saved.compiler = document.at("compiler");
  saved.flags = document.at("flags");
  saved.time = document.at("time");
  saved.processor = document.at("host").at("processor");
  saved.processors = document.at("host").at("processors");
  saved.gpus = document.at("host").at("gpus");
  for (const auto& row : document.at("rows")) {
    Row r{row.at("job"),
          row.at("size"),
          row.at("device"),
          row.at("threads"),
          row.at("rate"),
          row.at("unit"),
          row.at("spread"),
          row.at("bytes_per_s"),
          row.at("operations_per_s"),
          row.at("roofline_share"),
          row.at("checked"),
          row.at("deviation"),
          {}};
    if (!r.checked) throw std::runtime_error("the answer of '" + r.job + "' was not checked");
    for (const auto& each : row.at("baselines"))
      r.baselines.push_back({each.at("name"), each.at("rate"), each.at("ratio")});
    saved.rows.push_back(std::move(r));
  }
  return saved;
} catch (const std::exception& error) {
  throw std::runtime_error(path.string() + ": " + error.what());
}

}  // namespace dosi::bench
