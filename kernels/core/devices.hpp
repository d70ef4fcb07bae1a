// Which CUDA devices there are. Callable without a driver: then there are none, and `why` says so.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dosi {

struct Cuda_device {
  int ordinal = 0;
  std::string name;
  std::size_t memory = 0;  // bytes
  int major = 0, minor = 0;
};

std::vector<Cuda_device> cuda_devices(std::string* why = nullptr);

}  // namespace dosi
