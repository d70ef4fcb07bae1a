// The simulated GPU finds what it is there to find.
#include <cuda_runtime.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace dosi::simulated {
namespace {

using testing::HasSubstr;

template <class F>
std::string fault_of(unsigned threads, const F& thread) {
  try {
    run_grid(1, threads, 0, thread);
  } catch (const Fault& e) {
    return e.what();
  }
  return "";
}

TEST(Simulated_gpu, runs_every_thread_of_every_block_once) {
  std::vector<int> ran(7 * 96);
  run_grid(7, 96, 0, [&] { ++ran[blockIdx.x * blockDim.x + threadIdx.x]; });
  EXPECT_EQ(ran, std::vector<int>(7 * 96, 1));
}

TEST(Simulated_gpu, a_barrier_is_waited_for) {
  int seen[256] = {}, total = 0;
  run_grid(1, 256, 0, [&] {
    seen[threadIdx.x] = 1;
    __syncthreads();
    if (threadIdx.x == 3) total = std::accumulate(seen, seen + 256, 0);
  });
  EXPECT_EQ(total, 256);
}

TEST(Simulated_gpu, without_a_barrier_the_order_shows) {
  int seen[256] = {}, total = 0;
  run_grid(1, 256, 0, [&] {
    seen[threadIdx.x] = 1;
    if (threadIdx.x == 128) total = std::accumulate(seen, seen + 256, 0);
  });
  EXPECT_LT(total, 256);
}

TEST(Simulated_gpu, lanes_talk) {
  unsigned votes[64], from_five[64];
  int sums[64];
  run_grid(1, 64, 0, [&] {
    votes[threadIdx.x] = __ballot_sync(0xFFFFFFFFu, threadIdx.x % 32 < 4);
    from_five[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, threadIdx.x, 5);
    int sum = static_cast<int>(threadIdx.x);
    for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, step);
    sums[threadIdx.x] = sum;
  });
  for (unsigned t = 0; t < 64; ++t) {
    EXPECT_EQ(votes[t], 15u);
    EXPECT_EQ(from_five[t], t / 32 * 32 + 5);
    EXPECT_EQ(sums[t], t < 32 ? 496 : 496 + 32 * 32);
  }
}

TEST(Simulated_gpu, says_who_does_not_come) {
  EXPECT_THAT(fault_of(64,
                       [] {
                         if (threadIdx.x < 40) __syncthreads();
                       }),
              HasSubstr("barrier which others have left"));
  EXPECT_THAT(fault_of(64,
                       [] {
                         if (threadIdx.x != 7) __syncwarp();
                       }),
              HasSubstr("stuck"));
  EXPECT_THAT(fault_of(32,
                       [] {
                         if (threadIdx.x < 16) __ballot_sync(0xFFFFFFFFu, true);
                         else __syncwarp();
                       }),
              HasSubstr("different things"));
  EXPECT_THAT(fault_of(32,
                       [] {
                         if (threadIdx.x == 9) __trap();
                       }),
              HasSubstr("thread 9 of block 0: __trap"));
  EXPECT_THAT(fault_of(48, [] { __syncwarp(); }), HasSubstr("not full"));
}

void nothing() {}

TEST(Simulated_gpu, a_launch_that_asks_for_too_much_is_refused) {
  cudaLaunchConfig_t c;
  c.blockDim.x = 2048;
  EXPECT_EQ(cudaLaunchKernelEx(&c, nothing), cudaErrorInvalidValue);
  c.blockDim.x = 32;
  c.dynamicSmemBytes = 64 * 1024;
  EXPECT_EQ(cudaLaunchKernelEx(&c, nothing), cudaErrorInvalidValue) << "more than 48 KiB has to be allowed first";
  EXPECT_EQ(cudaFuncSetAttribute(nothing, cudaFuncAttributeMaxDynamicSharedMemorySize, 64 * 1024), cudaSuccess);
  EXPECT_EQ(cudaLaunchKernelEx(&c, nothing), cudaSuccess);
  cudaGetLastError();
}

TEST(Simulated_gpu, device_memory_is_the_devices) {
  void* memory = nullptr;
  ASSERT_EQ(cudaMallocAsync(&memory, 100, nullptr), cudaSuccess);
  EXPECT_DEATH(*static_cast<volatile int*>(memory) = 1, "");
  unsigned host = 0;
  ASSERT_EQ(cudaMemcpyAsync(&host, memory, 4, cudaMemcpyDeviceToHost, nullptr), cudaSuccess);
  EXPECT_EQ(host, 0xA5A5A5A5u) << "what nobody has written";
  EXPECT_EQ(cudaMemcpyAsync(&host, memory, 4, cudaMemcpyHostToDevice, nullptr), cudaErrorInvalidValue)
      << "the wrong way round";
  EXPECT_EQ(cudaMemcpyAsync(memory, &host, 101, cudaMemcpyHostToDevice, nullptr), cudaErrorInvalidValue)
      << "beyond its end";
  EXPECT_EQ(cudaFreeAsync(memory, nullptr), cudaSuccess);
  EXPECT_EQ(cudaFreeAsync(memory, nullptr), cudaErrorInvalidValue) << "twice";
  cudaGetLastError();
}

}  // namespace
}  // namespace dosi::simulated
