// HDF5's own filter path: H5Dwrite and H5Dread, chunk-aligned blocks, the same filters and chunks.
#include "bench/stream/workload.hpp"
#include "io/h5/h5.hpp"

namespace dosi::bench::stream {

void write_library(const std::filesystem::path& path, std::size_t count, const Source& source) {
  auto file = h5::File::create(path);
  {
    auto root = file.root();
    root.create_dimension("row", count);
    root.create_dimension("column", kColumns);
    auto d = root.create_variable("time", h5::type_of<std::uint32_t>(), {"row", "column"}, {});
    for (std::size_t first = 0; first < count; first += kBlockRows) {
      const auto block = source(first, std::min(kBlockRows, count - first));
      d.write_rows(first, block.size() / kColumns, block.data());
    }
  }
  file.flush();
}

std::uint64_t read_library(const std::filesystem::path& path) {
  const auto file = h5::File::open(path);
  const auto d = file.root().dataset("time");
  std::vector<std::uint32_t> block(kBlockRows * kColumns);
  std::uint64_t sum = 0;
  for (std::size_t first = 0; first < d.rows(); first += kBlockRows) {
    const auto n = std::min<std::size_t>(kBlockRows, d.rows() - first);
    d.read_rows(first, n, block.data());
    for (std::size_t i = 0; i < n * kColumns; ++i) sum += block[i];
  }
  return sum;
}

}  // namespace dosi::bench::stream
