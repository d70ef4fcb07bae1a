#include "bench/report.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "host/version.hpp"
#include "kernels/core/devices.hpp"

namespace dosi::bench {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::vector<std::string> gpu_names() {
  std::vector<std::string> names;
  for (const Cuda_device& device : cuda_devices()) names.push_back(device.name);
  return names;
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

std::string with_unit(double rate, const std::string& unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  int prefix = 0;
  for (; rate >= 999.5 && prefix < 5; ++prefix) rate /= 1000;
  return fmt::format("{:.{}f} {}{}{}", rate,
                     rate < 9.995   ? 2
                     : rate < 99.95 ? 1
                                    : 0,
                     kPrefixes[prefix], prefix > 0 && unit != "B/s" ? " " : "", unit);
}

std::string with_doubt(double spread) { return spread >= 1 ? "one run" : fmt::format("{:.1f} %", 100 * spread); }

void print_row(std::ostream& out, const Row& row) {
  out << fmt::format("{:<26} {:>9} {:<6} x{:<3} {:>18} ± {:<7} {:>5.1f} % of a copy", row.job, row.size, row.device,
                     row.threads, with_unit(row.rate, row.unit), with_doubt(row.spread), 100 * row.roofline_share);
  for (const Baseline& each : row.baselines) out << fmt::format("  | {}: {:.3g}x", each.name, each.ratio);
  out << std::endl;
}

void write_json(const std::string& path, const std::string& command, const std::vector<Row>& rows) {
  nlohmann::ordered_json document;
  document["rows"] = nlohmann::json::array();
  for (const Row& row : rows) {
    if (!row.checked)
      throw std::runtime_error(row.job + ": its answer was not checked, so its figures are worth nothing");
    nlohmann::ordered_json baselines = nlohmann::json::array();
    for (const Baseline& each : row.baselines) {
      baselines.push_back({{"name", each.name}, {"rate", each.rate}, {"ratio", each.ratio}});
    }
    document["rows"].push_back({{"job", row.job},
                                {"size", row.size},
                                {"device", row.device},
                                {"threads", row.threads},
                                {"rate", row.rate},
                                {"unit", row.unit},
                                {"spread", row.spread},
                                {"bytes_per_s", row.bytes_per_s},
                                {"operations_per_s", row.operations_per_s},
                                {"roofline_share", row.roofline_share},
                                {"checked", row.checked},
                                {"deviation", row.deviation},
                                {"baselines", baselines}});
  }
  document["command"] = command;
  document["git"] = commit();
  document["compiler"] = DOSI_BENCH_COMPILER;
  document["flags"] = DOSI_BENCH_FLAGS;
  document["host"] = {
      {"processor", processor()}, {"processors", std::thread::hardware_concurrency()}, {"gpus", gpu_names()}};
  document["time"] = utc_now();
  std::ofstream file(path);
  file << document.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace dosi::bench
