#include "kernels/core/devices.hpp"

#if DOSI_WITH_CUDA
#include <cuda_runtime_api.h>
#endif

namespace dosi {

#if DOSI_WITH_CUDA
namespace {

std::string told(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

// CUDA calls a driver that is missing and one that is too old by the same name.
std::string why_none(cudaError_t status) {
  const auto [driver, runtime] = cuda_versions();
  if (driver == 0) return std::string(cudaGetErrorString(status)) + ": no NVIDIA driver was found (libcuda.so.1)";
  if (driver / 1000 < runtime / 1000)
    return "the NVIDIA driver runs CUDA up to " + told(driver) + ", this program needs one for CUDA " +
           std::to_string(runtime / 1000) + ".0 or later";
  return cudaGetErrorString(status);
}

}  // namespace
#endif

std::vector<Cuda_device> cuda_devices(std::string* why) {
  std::vector<Cuda_device> found;
#if DOSI_WITH_CUDA
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    if (why != nullptr) *why = why_none(status);
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
