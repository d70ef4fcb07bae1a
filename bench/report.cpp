#include "bench/report.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "dosi_version.hpp"

namespace dosi::bench {

namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
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

Options parse_options(int argc, char** argv, const std::string& help, std::size_t default_size) {
  Options options;
  options.size = default_size;
  CLI::App app(help, argv[0]);
  app.add_option("--size", options.size, "elements")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads of the CPU; 0: all")->check(CLI::NonNegativeNumber);
  app.add_option("--device", options.device, "cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--json", options.json, "write the rows here too");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& call) {
    std::exit(app.exit(call));
  }
  if (options.threads == 0) options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (options.device != "cpu") cuda_ordinal(options.device);
  return options;
}

int cuda_ordinal(const std::string& device) {
  const std::string digits = device == "cuda" ? "0" : device.starts_with("cuda:") ? device.substr(5) : "";
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
    throw CLI::ValidationError("--device", "is '" + device + "', must be cpu, cuda or cuda:N");
  }
  return std::stoi(digits);
}

void print_row(std::ostream& out, const Row& row) {
  out << std::left << std::setw(18) << row.job << std::right << std::setw(11) << row.size << "  " << row.device << " x"
      << row.threads << std::setw(12) << std::scientific << std::setprecision(3) << row.rate << " " << row.unit
      << std::fixed << std::setprecision(1) << "  +-" << 100 * row.spread << " %  roofline " << 100 * row.roofline_share
      << " %";
  for (const Baseline& each : row.baselines) {
    out << "  | " << each.name << " x" << std::setprecision(2) << each.ratio;
  }
  out << std::endl;
}

void write_json(const std::string& path, const std::vector<Row>& rows) {
  nlohmann::ordered_json document;
  document["rows"] = nlohmann::json::array();
  for (const Row& row : rows) {
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
                                {"roofline_share", row.roofline_share},
                                {"checked", row.checked},
                                {"baselines", baselines}});
  }
  document["git"] = DOSI_COMMIT;
  document["compiler"] = DOSI_BENCH_COMPILER;
  document["flags"] = DOSI_BENCH_FLAGS;
  document["host"] = {{"name", host_name()},
                      {"processor", processor()},
                      {"processors", std::thread::hardware_concurrency()}};
  document["time"] = utc_now();
  std::ofstream file(path);
  file << document.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace dosi::bench
