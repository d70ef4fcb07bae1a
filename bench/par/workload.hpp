// What the implementations of the primitives are compared on: inputs, jobs, and answers that can be compared.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/core/backend.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::par {

enum class Job {
  kReduce,           // sum of doubles
  kScan,             // exclusive prefix sum of uint32
  kSelect,           // the uint32 below a bound, half of them at random
  kSort,             // random uint32
  kSort64,           // random uint64
  kSortByKey,        // random uint32 keys with uint32 values, stable
  kReduceByKey,      // runs of equal uint32 keys, 8 long on average
  kSegmentedReduce,  // sums of doubles in segments of which one holds a fifth of all
  kHistogram,        // 1000 bins
};

inline constexpr std::uint32_t kSelectBound = 1u << 31;
inline constexpr std::uint32_t kBins = 1000;

struct Workload {
  explicit Workload(std::size_t size) : n(size), keys(n), keys64(n), values(n), runs(n), doubles(n) {
    std::uint32_t run = 0;
    offsets.push_back(0);
    const std::uint64_t huge = n / 5;
    for (std::size_t i = 0; i < n; ++i) {
      Random random(42, i);
      keys[i] = random.bits();
      keys64[i] = static_cast<std::uint64_t>(keys[i]) << 32 | random.bits();
      doubles[i] = random.uniform();
      values[i] = static_cast<std::uint32_t>(i);
      run += random.below(8) == 0 ? 1 : 0;
      runs[i] = run;
      const bool inside_huge = i > huge && i < 2 * huge;
      if (i > 0 && !inside_huge && random.below(16) == 0) offsets.push_back(i);
    }
    offsets.push_back(n);
  }

  std::size_t n;
  std::vector<std::uint32_t> keys;
  std::vector<std::uint64_t> keys64;
  std::vector<std::uint32_t> values;
  std::vector<std::uint32_t> runs;
  std::vector<double> doubles;
  std::vector<std::uint64_t> offsets;

  std::size_t segments() const { return offsets.size() - 1; }

  // Input read once and output written once: the least that memory has to carry.
  double least_bytes(Job job) const {
    const auto size = static_cast<double>(n);
    switch (job) {
      case Job::kReduce: return 8 * size;
      case Job::kScan: return 8 * size;
      case Job::kSelect: return 6 * size;
      case Job::kSort: return 8 * size;
      case Job::kSort64: return 16 * size;
      case Job::kSortByKey: return 16 * size;
      case Job::kReduceByKey: return 8 * size + static_cast<double>(runs.back() - runs.front() + 1) * 8;
      case Job::kSegmentedReduce: return 8 * size + 16 * static_cast<double>(segments());
      case Job::kHistogram: return 4 * size;
    }
    return 0;
  }
};

template <class T>
std::uint64_t fingerprint(const T* values, std::size_t n) {
  std::uint64_t hash = n;
  for (std::size_t i = 0; i < n; ++i) hash = hash * 0x9E3779B97F4A7C15u + static_cast<std::uint64_t>(values[i]);
  return hash;
}

// One way of computing the jobs. Inputs are where it wants them before it is timed.
class Primitives {
 public:
  virtual ~Primitives() = default;
  virtual bool has(Job job) const = 0;
  // Restores what the last run of the job changed; not timed.
  virtual void prepare(Job job) = 0;
  virtual void run(Job job) = 0;
  // Of one run: by the wall clock, or by the device's.
  virtual double seconds(Job job) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point begin = Clock::now();
    run(job);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  // Of the last run.
  virtual Answer answer(Job job) = 0;
};

// The output arrays of the implementations that work in host memory, and their answers.
class Host_primitives : public Primitives {
 public:
  explicit Host_primitives(const Workload& workload)
      : in(workload), out32(workload.n), more32(workload.n), out64(workload.n), sums(workload.segments()), bins(kBins) {
  }

  bool has(Job) const override { return true; }
  void prepare(Job job) override {
    if (job == Job::kSort || job == Job::kSortByKey) out32 = in.keys;
    if (job == Job::kSort64) out64 = in.keys64;
    if (job == Job::kSortByKey) more32 = in.values;
  }
  Answer answer(Job job) override {
    switch (job) {
      case Job::kReduce: return {{}, {sum}};
      case Job::kScan: return {{fingerprint(out32.data(), in.n), total}, {}};
      case Job::kSelect: return {{fingerprint(out32.data(), count)}, {}};
      case Job::kSort: return {{fingerprint(out32.data(), in.n)}, {}};
      case Job::kSort64: return {{fingerprint(out64.data(), in.n)}, {}};
      case Job::kSortByKey: return {{fingerprint(out32.data(), in.n), fingerprint(more32.data(), in.n)}, {}};
      case Job::kReduceByKey: return {{fingerprint(out32.data(), count), fingerprint(more32.data(), count)}, {}};
      case Job::kSegmentedReduce: return {{}, sums};
      case Job::kHistogram: return {{fingerprint(bins.data(), bins.size())}, {}};
    }
    return {};
  }

 protected:
  const Workload& in;
  std::vector<std::uint32_t> out32, more32;
  std::vector<std::uint64_t> out64;
  std::vector<double> sums;
  std::vector<std::uint64_t> bins;
  double sum = 0;
  std::uint64_t total = 0;
  std::size_t count = 0;
};

// Null where the implementation was not built.
std::unique_ptr<Primitives> make_ours_cpu(const Workload& workload, int threads);
std::unique_ptr<Primitives> make_ours_cuda(const Workload& workload, int device);
std::unique_ptr<Primitives> make_serial(const Workload& workload);
std::unique_ptr<Primitives> make_thrust_omp(const Workload& workload, int threads);
std::unique_ptr<Primitives> make_tbb(const Workload& workload, int threads);

}  // namespace dosi::bench::par
