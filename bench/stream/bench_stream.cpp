// dosi-bench stream: the chunk pipeline against HDF5's own filter path, in bytes of data a second, with the peak
// memory of the process at two lengths.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <numeric>
#include <stdexcept>

#include "bench/measure.hpp"
#include "bench/report.hpp"
#include "bench/stream/workload.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench {
namespace stream {

std::vector<std::uint32_t> rows(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> out(count * kColumns);
  for (std::size_t r = 0; r < count; ++r) {
    Random random(7, first + r);
    std::uint32_t time = 60'000 + random.below(1'800'000);
    for (std::size_t c = 0; c < kColumns; ++c) {
      time += random.below(4001) - 2000;
      out[r * kColumns + c] = time;
    }
  }
  return out;
}

namespace {

double copy_rate(std::size_t bytes) {
  std::vector<char> from(bytes, 1), to(bytes);
  const auto t = measure([] {}, [&] { std::memcpy(to.data(), from.data(), bytes); });
  return 2.0 * static_cast<double>(bytes) / t.seconds;
}

// Making the rows costs time too; it is measured and taken off both.
double making_s(std::size_t count) {
  std::uint64_t sink = 0;
  const auto t = measure([] {}, [&] {
    for (std::size_t first = 0; first < count; first += kBlockRows) sink += rows(first, std::min(kBlockRows, count - first))[0];
  }, {.least = 2});
  return sink == 1 ? 0 : t.seconds;
}

long peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace
}  // namespace stream

int bench_stream(int argc, char** argv) {
  const Options options = parse_options(argc, argv, "chunk pipeline against HDF5's own filters; size in rows of 4 KiB", 32'768);
  const auto folder = std::filesystem::temp_directory_path() / ("dosi-bench-stream-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  struct Cleaner {
    std::filesystem::path folder;
    ~Cleaner() {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
  } cleaner{folder};
  const auto ours = folder / "ours.h5", library = folder / "library.h5";
  const double bytes = static_cast<double>(options.size) * stream::kColumns * 4;

  stream::write_ours(ours, options.size, options.threads);
  stream::write_library(library, options.size);
  const auto sum = stream::read_library(library);
  if (stream::read_ours(ours, options.threads) != sum || stream::read_library(ours) != sum || stream::read_ours(library, options.threads) != sum)
    throw std::runtime_error("stream: the two ways do not read the same values");

  const long before = stream::peak_mb();
  stream::write_ours(ours, options.size * 4, options.threads);
  stream::read_ours(ours, options.threads);
  const long after = stream::peak_mb();
  std::cout << "peak memory: " << before << " MB at " << options.size << " rows, " << after << " MB at four times as many\n";
  stream::write_ours(ours, options.size, options.threads);

  const double copy = stream::copy_rate(std::size_t{256} << 20), making = stream::making_s(options.size);
  const Sampling sampling{.limit_s = 10, .least = 3};
  const auto nothing = [] {};
  std::vector<Row> rows;
  const auto report = [&](const char* job, Timing mine, Timing theirs, double off) {
    const double rate = bytes / (mine.seconds - off), other = bytes / (theirs.seconds - off);
    rows.push_back({job, options.size, "cpu", options.threads, rate, "B/s", mine.spread, rate / copy, true, {{"HDF5 library's filters", other, rate / other}}});
    print_row(std::cout, rows.back());
  };
  report("stream write", measure(nothing, [&] { stream::write_ours(ours, options.size, options.threads); }, sampling),
         measure(nothing, [&] { stream::write_library(library, options.size); }, sampling), making);
  report("stream read", measure(nothing, [&] { stream::read_ours(ours, options.threads); }, sampling),
         measure(nothing, [&] { stream::read_library(library); }, sampling), 0);
  if (!options.json.empty()) write_json(options.json, rows);
  return 0;
}

}  // namespace dosi::bench
