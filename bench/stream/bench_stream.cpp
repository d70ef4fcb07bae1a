// dosi-bench stream: the chunk pipeline against HDF5's own filter path, in bytes of data a second, with the peak
// memory of the process at two lengths.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include "bench/bench.hpp"
#include "bench/stream/workload.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench {

int bench_stream(int argc, char** argv);

namespace {

using stream::kColumns;

constexpr long kMostGrowthMb = 16;

// Travel times in ms: smooth along a row, noisy in the low bits.
void make_rows(std::size_t first, std::span<std::uint32_t> out) {
  for (std::size_t r = 0; r < out.size() / kColumns; ++r) {
    Random random(7, first + r);
    std::uint32_t time = 60'000 + random.below(1'800'000);
    for (std::size_t c = 0; c < kColumns; ++c) {
      time += random.below(4001) - 2000;
      out[r * kColumns + c] = time;
    }
  }
}

// Makes rows as they are asked for, so that nothing but the pipeline holds memory.
stream::Source made_on_the_way() {
  return [block = std::vector<std::uint32_t>()](std::size_t first, std::size_t count) mutable {
    block.resize(count * kColumns);
    make_rows(first, block);
    return std::span<const std::uint32_t>(block);
  };
}

long peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("dosi-bench-stream-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

// Writes a file; the answer is what HDF5 itself reads from it.
class Writing : public Implementation {
 public:
  using Write = std::function<void(const std::filesystem::path&)>;
  Writing(std::filesystem::path path, Write write) : path_(std::move(path)), write_(std::move(write)) {}
  void run(int) override { write_(path_); }
  Answer answer() override { return {{stream::read_library(path_)}, {}}; }

 private:
  std::filesystem::path path_;
  Write write_;
};

class Reading : public Implementation {
 public:
  explicit Reading(std::function<std::uint64_t()> read) : read_(std::move(read)) {}
  void run(int) override { sum_ = read_(); }
  Answer answer() override { return {{sum_}, {}}; }

 private:
  std::function<std::uint64_t()> read_;
  std::uint64_t sum_ = 0;
};

}  // namespace

int bench_stream(int argc, char** argv) {
  const Options options =
      parse_options(argc, argv, "The chunk pipeline against HDF5's own filters; --size in rows of 4 KiB.", 32'768);
  if (!options.cpu()) throw std::runtime_error("stream: works on the CPU alone; leave --device out");
  const Folder folder;
  const auto ours = folder.path / "ours.h5", library = folder.path / "library.h5";

  stream::write_ours(ours, options.size, made_on_the_way(), options.threads);
  stream::read_ours(ours, options.threads);
  const long before = peak_mb();
  stream::write_ours(ours, options.size * 4, made_on_the_way(), options.threads);
  stream::read_ours(ours, options.threads);
  const long after = peak_mb();
  std::cout << "peak memory: " << before << " MB at " << options.size << " rows, " << after
            << " MB at four times as many\n";
  if (after - before > kMostGrowthMb) throw std::runtime_error("stream: memory grows with the file");

  std::vector<std::uint32_t> values(options.size * kColumns);
  make_rows(0, values);
  const stream::Source source = [&](std::size_t first, std::size_t count) {
    return std::span<const std::uint32_t>(values).subspan(first * kColumns, count * kColumns);
  };
  const double bytes = static_cast<double>(values.size()) * 4;
  Runner runner(options);
  const auto a_case = [&](const char* job) {
    return Case{.job = job,
                .size = options.size,
                .unit = "B/s",
                .bytes = 1,
                .footprint = values.size() * 4,
                .ours = {},
                .others = {}};
  };

  Case write = a_case("stream write");
  write.ours.push_back(
      {"dosi",
       std::make_unique<Writing>(
           ours, [&](const auto& path) { stream::write_ours(path, options.size, source, options.threads); }),
       "cpu", options.threads, bytes});
  write.others.push_back(
      {"HDF5's filters, one core",
       std::make_unique<Writing>(library, [&](const auto& path) { stream::write_library(path, options.size, source); }),
       "cpu", 1, bytes});
  runner.run(write);

  Case read = a_case("stream read");
  read.ours.push_back({"dosi", std::make_unique<Reading>([&] { return stream::read_ours(ours, options.threads); }),
                       "cpu", options.threads, bytes});
  read.others.push_back({"HDF5's filters, one core",
                         std::make_unique<Reading>([&] { return stream::read_library(ours); }), "cpu", 1, bytes});
  runner.run(read);
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
