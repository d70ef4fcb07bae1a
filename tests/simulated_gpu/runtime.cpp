// The simulated GPU's runtime. Launches run to their end at once; what went wrong in one is told by the next
// cudaStreamSynchronize and by all calls after it, as by a device that has lost its context.
//
// Device memory is one arena of addresses that can be touched only while the device works: host code that follows a
// pointer into it dies. New memory is filled with a pattern.
#include <cuda_runtime.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kArena = std::size_t{8} << 30, kMemory = std::size_t{6} << 30, kAligned = 256;

std::mutex lock;
std::string failed;  // what went wrong in a launch; empty: nothing
thread_local cudaError_t last = cudaSuccess;

cudaError_t told(cudaError_t error) {
  if (error != cudaSuccess) last = error;
  return error;
}
cudaError_t state() { return told(failed.empty() ? cudaSuccess : cudaErrorLaunchFailure); }

class Arena {
 public:
  Arena()
      : base_(static_cast<std::byte*>(
            mmap(nullptr, kArena, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    free_[0] = kArena;
  }
  // First fit; null where there is none.
  void* take(std::size_t bytes) {
    const std::size_t asked = bytes;
    bytes = (bytes + kAligned - 1) / kAligned * kAligned;
    if (used_ + bytes > kMemory) return nullptr;
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->second < bytes) continue;
      const auto [at, room] = *it;
      free_.erase(it);
      if (room > bytes) free_[at + bytes] = room - bytes;
      taken_[at] = {bytes, asked};
      used_ += bytes;
      return base_ + at;
    }
    return nullptr;
  }
  bool give(void* memory) {
    const auto it = taken_.find(static_cast<std::size_t>(static_cast<std::byte*>(memory) - base_));
    if (it == taken_.end()) return false;
    const auto at = it->first;
    auto bytes = it->second.room;
    used_ -= bytes;
    taken_.erase(it);
    auto next = free_.lower_bound(at);
    if (next != free_.end() && next->first == at + bytes) bytes += next->second, next = free_.erase(next);
    if (next != free_.begin() && std::prev(next)->first + std::prev(next)->second == at)
      std::prev(next)->second += bytes;
    else free_[at] = bytes;
    return true;
  }
  // Whether [memory, memory + bytes) is inside one piece that was taken.
  bool holds(const void* memory, std::size_t bytes) const {
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(memory) - base_);
    auto it = taken_.upper_bound(at);
    if (it == taken_.begin()) return false;
    --it;
    return at - it->first + bytes <= it->second.asked;
  }
  bool overlaps(const void* memory) const { return memory >= base_ && memory < base_ + kArena; }
  std::size_t used() const { return used_; }
  void open(bool open) const { mprotect(base_, kArena, open ? PROT_READ | PROT_WRITE : PROT_NONE); }

 private:
  std::byte* base_;
  std::map<std::size_t, std::size_t> free_;
  struct Piece {
    std::size_t room, asked;
  };
  std::map<std::size_t, Piece> taken_;
  std::size_t used_ = 0;
};

Arena& arena() {
  static auto* const only = new Arena;  // never destroyed: buffers may outlive statics
  return *only;
}

std::unordered_map<const void*, std::size_t>& allowed() {
  static std::unordered_map<const void*, std::size_t> bytes;
  return bytes;
}

}  // namespace

namespace dosi::simulated {

// While it lives, device memory may be touched: the device works.
struct At_work {
  At_work() { arena().open(true); }
  ~At_work() { arena().open(false); }
};

void work(const std::function<void()>& what) {
  const std::lock_guard guard(lock);
  const At_work at_work;
  what();
}

void allow_shared(const void* kernel, std::size_t bytes) {
  const std::lock_guard guard(lock);
  allowed()[kernel] = bytes;
}

cudaError_t launch(const void* kernel, const cudaLaunchConfig_t& c, const std::function<void()>& thread) {
  const std::lock_guard guard(lock);
  if (state() != cudaSuccess) return cudaErrorLaunchFailure;
  const auto it = allowed().find(kernel);
  const std::size_t most = it == allowed().end() || it->second < 48 * 1024 ? 48 * 1024 : it->second;
  if (c.gridDim.x == 0 || c.blockDim.x == 0 || c.blockDim.x > kMostThreads || c.dynamicSmemBytes > most)
    return told(cudaErrorInvalidValue);
  const At_work at_work;
  try {
    run_grid(c.gridDim.x, c.blockDim.x, c.dynamicSmemBytes, thread);
  } catch (const std::exception& e) {
    failed = e.what();
  }
  return cudaSuccess;
}

}  // namespace dosi::simulated

struct Simulated_stream {};
struct Simulated_event {
  Clock::time_point at;
};

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorLaunchFailure: return failed.c_str();
  }
  return "unknown error";
}
const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaSuccess              ? "cudaSuccess"
         : error == cudaErrorLaunchFailure ? "cudaErrorLaunchFailure"
                                           : "cudaError";
}
cudaError_t cudaGetLastError() { return std::exchange(last, cudaSuccess); }
cudaError_t cudaGetDeviceCount(int* count) { return *count = 1, cudaSuccess; }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int device) {
  if (device != 0) return told(cudaErrorInvalidDevice);
  *p = {"simulated GPU",
        kMemory,
        228 * 1024,
        dosi::simulated::kSharedBytes,
        9,
        0,
        dosi::simulated::kProcessors,
        2048,
        32};
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : told(cudaErrorInvalidDevice); }
cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return *stream = new Simulated_stream, cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return delete stream, cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return state(); }

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int) { return *pool = nullptr, cudaSuccess; }
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  return *static_cast<std::uint64_t*>(value) = arena().used(), cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard guard(lock);
  return *free = kMemory - arena().used(), *total = kMemory, cudaSuccess;
}
cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t) {
  const std::lock_guard guard(lock);
  *memory = arena().take(bytes);
  if (*memory == nullptr) return told(cudaErrorMemoryAllocation);
  const dosi::simulated::At_work at_work;
  std::memset(*memory, 0xA5, bytes < (std::size_t{64} << 20) ? bytes : std::size_t{64} << 20);
  return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* memory, cudaStream_t) {
  const std::lock_guard guard(lock);
  return arena().give(memory) ? cudaSuccess : told(cudaErrorInvalidValue);
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  const std::lock_guard guard(lock);
  if (state() != cudaSuccess) return cudaErrorLaunchFailure;
  const bool to_device = kind != cudaMemcpyDeviceToHost, from_device = kind != cudaMemcpyHostToDevice;
  const auto right = [&](const void* p, bool device) {
    return device ? arena().holds(p, bytes) : !arena().overlaps(p);
  };
  if (!right(to, to_device) || !right(from, from_device)) return told(cudaErrorInvalidValue);
  const dosi::simulated::At_work at_work;
  std::memmove(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* memory, int byte, std::size_t bytes, cudaStream_t) {
  const std::lock_guard guard(lock);
  if (!arena().holds(memory, bytes)) return told(cudaErrorInvalidValue);
  const dosi::simulated::At_work at_work;
  std::memset(memory, byte, bytes);
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return *event = new Simulated_event, cudaSuccess; }
cudaError_t cudaEventDestroy(cudaEvent_t event) { return delete event, cudaSuccess; }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) { return event->at = Clock::now(), cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return state(); }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  *milliseconds = std::chrono::duration<float, std::milli>(end->at - begin->at).count();
  return cudaSuccess;
}
