#include <CLI/CLI.hpp>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "bench/bench.hpp"
#include "kernels/core/devices.hpp"

namespace dosi::bench {
namespace {

int cuda_ordinal(const std::string& device) {
  const std::string digits = device == "cuda" ? "0" : device.starts_with("cuda:") ? device.substr(5) : "";
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    throw CLI::ValidationError("--device", "is '" + device + "', must be auto, cpu, cuda or cuda:N");
  return std::stoi(digits);
}

}  // namespace

Options parse_options(int argc, char** argv, const std::string& help, std::size_t default_size) {
  Options options;
  options.size = default_size;
  options.command = "dosi-bench";
  for (int i = 0; i < argc; ++i) {
    // Of files the names alone: where they lie says nothing.
    const std::string word = argv[i], before = i > 0 ? argv[i - 1] : "";
    options.command +=
        " " + (before == "--input" || before == "--json" ? std::filesystem::path(word).filename().string() : word);
  }
  CLI::App app(help, argv[0]);
  app.add_option("--size", options.size, "size of the workload")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads of the CPU; 0: all")->check(CLI::NonNegativeNumber);
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--json", options.json, "write the rows here too");
  app.add_option("--only", options.only, "the cases whose names have this in them");
  app.add_option("--input", options.input, "a city to take the workload from, where the benchmark can");
  app.add_flag("--quick", options.quick, "a tenth of the time on a quarter of the size, for a first look");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& call) {
    std::exit(app.exit(call));
  }
  if (options.quick && app.count("--size") == 0) options.size = default_size / 4;
  if (options.threads == 0) options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string why;
  const auto devices = cuda_devices(&why);
  if (options.device == "auto") {
    options.cuda = devices.empty() ? -1 : 0;
  } else if (options.device != "cpu") {
    options.cuda = cuda_ordinal(options.device);
    if (options.cuda >= static_cast<int>(devices.size()))
      throw std::runtime_error("device '" + options.device + "' was asked for and is not there: " +
                               (why.empty() ? std::to_string(devices.size()) + " CUDA devices" : why));
  }
  return options;
}

}  // namespace dosi::bench
