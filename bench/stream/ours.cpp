// The chunk pipeline of io/stream.
#include "bench/stream/workload.hpp"
#include "io/stream/stream.hpp"

namespace dosi::bench::stream {

void write_ours(const std::filesystem::path& path, std::size_t count, const Source& source, int threads) {
  dosi::stream::Pool pool(threads);
  auto file = h5::File::create(path);
  {
    auto root = file.root();
    root.create_dimension("row", count);
    root.create_dimension("column", kColumns);
    root.create_variable("time", h5::type_of<std::uint32_t>(), {"row", "column"}, {});
    dosi::stream::Writer writer(root.dataset("time"), {.pool = &pool});
    for (std::size_t first = 0; first < count; first += kBlockRows)
      writer.append<std::uint32_t>(source(first, std::min(kBlockRows, count - first)));
    writer.finish();
  }
  file.flush();
}

std::uint64_t read_ours(const std::filesystem::path& path, int threads) {
  dosi::stream::Pool pool(threads);
  const auto file = h5::File::open(path);
  dosi::stream::Reader reader(file.root().dataset("time"), {.pool = &pool});
  std::vector<std::uint32_t> block(kBlockRows * kColumns);
  std::uint64_t sum = 0;
  while (const auto n = reader.read_bytes(block.data(), kBlockRows))
    for (std::size_t i = 0; i < n * kColumns; ++i) sum += block[i];
  return sum;
}

}  // namespace dosi::bench::stream
