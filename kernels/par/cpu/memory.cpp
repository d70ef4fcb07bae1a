#include "kernels/par/cpu/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include "kernels/par/errors.hpp"

namespace dosi::cpu::par::detail {

namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max() / 4;  // more may be added to it

// A file that holds one number, or the word "max".
std::size_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::size_t value = 0;
  return file >> value ? value : kUnlimited;
}

std::size_t available_in_system() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  while (file >> word) {
    std::size_t kibibytes = 0;
    if (word == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
  }
  return kUnlimited;
}

// This process's control group (version 2), as seen from inside a container or from outside.
std::size_t available_in_group() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  std::size_t least = kUnlimited;
  while (std::getline(file, line)) {
    if (!line.starts_with("0::")) continue;
    std::string group = line.substr(3);
    for (;;) {
      const std::string folder = "/sys/fs/cgroup" + group;
      const std::size_t limit = number_in(folder + "/memory.max");
      const std::size_t used = number_in(folder + "/memory.current");
      if (limit != kUnlimited && used != kUnlimited) least = std::min(least, limit > used ? limit - used : 0);
      const std::size_t slash = group.rfind('/');
      if (group.empty() || slash == std::string::npos) break;
      group.resize(slash);
    }
  }
  return least;
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const bool huge = bytes >= 2 * kHugePage;
  const std::size_t alignment = huge ? kHugePage : kLine;
  if (bytes > std::numeric_limits<std::size_t>::max() / 2) throw AllocationError(bytes, "host memory");
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (!memory) throw AllocationError(bytes, "host memory");
  if (huge) madvise(memory, rounded, MADV_HUGEPAGE);
  return memory;
}

void release(void* memory) noexcept { std::free(memory); }

std::size_t free_memory() { return std::min(available_in_system(), available_in_group()); }

}  // namespace dosi::cpu::par::detail
