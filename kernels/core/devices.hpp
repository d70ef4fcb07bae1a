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

// As CUDA counts versions, 13000 for 13.0; 0 where there is none.
struct Cuda_versions {
  int driver = 0;   // the newest that the driver runs
  int runtime = 0;  // the one built in
};

Cuda_versions cuda_versions();

}  // namespace dosi
