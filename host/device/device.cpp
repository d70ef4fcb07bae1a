#include "host/device/device.hpp"

#include <omp.h>

#include <charconv>
#include <fstream>

#include "io/error.hpp"
#include "kernels/core/devices.hpp"

namespace dosi {
namespace {

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "processor";
}

std::string cpu_line(int threads) {
  return fmt::format("{}, {} thread{}", processor(), threads, threads == 1 ? "" : "s");
}
std::string cuda_line(const Cuda_device& d) {
  return fmt::format("{}, {:.0f} GiB, compute capability {}.{}", d.name, static_cast<double>(d.memory) / 0x1p30,
                     d.major, d.minor);
}

}  // namespace

Device Device::choose(const std::string& wanted, int threads, std::size_t seat) {
  Device d;
  d.threads_ = threads > 0 ? threads : omp_get_max_threads();
  d.description_ = cpu_line(d.threads_);
  if (wanted == "cpu") return d;

  std::string why;
  const auto gpus = cuda_devices(&why);
  if (wanted == "auto" && gpus.empty()) return d;
  if (wanted != "auto" && wanted != "cuda") {
    const bool known = wanted.rfind("cuda:", 0) == 0;
    const char* end = wanted.data() + wanted.size();
    const auto read = known ? std::from_chars(wanted.data() + 5, end, d.ordinal_)
                            : std::from_chars_result{end, std::errc::invalid_argument};
    if (read.ec != std::errc() || read.ptr != end)
      throw UsageError("device: '{}' is none of auto, cpu, cuda, cuda:N", wanted);
  } else if (!gpus.empty()) {
    d.ordinal_ = static_cast<int>(seat % gpus.size());
  }
  if (gpus.empty()) throw UsageError("device: {} was asked for, but {}", wanted, why);
  if (d.ordinal_ < 0 || d.ordinal_ >= static_cast<int>(gpus.size()))
    throw UsageError("device: {} was asked for, but there {} cuda:0 to cuda:{}", wanted,
                     gpus.size() == 1 ? "is only" : "are", gpus.size() - 1);
  d.cuda_ = true;
  d.description_ = cuda_line(gpus[static_cast<std::size_t>(d.ordinal_)]);
  return d;
}

std::string Device::name() const { return cuda_ ? fmt::format("cuda:{}", ordinal_) : "cpu"; }

std::vector<std::string> describe_devices() {
  std::vector<std::string> lines{"cpu     " + cpu_line(omp_get_max_threads())};
  std::string why;
  for (const auto& g : cuda_devices(&why)) lines.push_back(fmt::format("cuda:{}  {}", g.ordinal, cuda_line(g)));
  if (lines.size() == 1) lines.push_back("cuda    none: " + why);
  return lines;
}

}  // namespace dosi
