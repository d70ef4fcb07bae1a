#include "kernels/core/devices.hpp"

#if DOSI_WITH_CUDA
#include <cuda_runtime_api.h>
#endif

namespace dosi {

std::vector<Cuda_device> cuda_devices(std::string* why) {
  std::vector<Cuda_device> found;
#if DOSI_WITH_CUDA
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    if (why != nullptr) *why = cudaGetErrorString(status);
    return found;
  }
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp p;
    if (cudaGetDeviceProperties(&p, i) == cudaSuccess) found.push_back({i, p.name, p.totalGlobalMem, p.major, p.minor});
  }
  if (found.empty() && why != nullptr) *why = "no CUDA device";
#else
  if (why != nullptr) *why = "this program was built without the CUDA backend";
#endif
  return found;
}

Cuda_versions cuda_versions() {
  Cuda_versions versions;
#if DOSI_WITH_CUDA
  if (cudaDriverGetVersion(&versions.driver) != cudaSuccess) versions.driver = 0;
  if (cudaRuntimeGetVersion(&versions.runtime) != cudaSuccess) versions.runtime = 0;
#endif
  return versions;
}

}  // namespace dosi
