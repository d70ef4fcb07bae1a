// What the pipeline writes, HDF5's own filters read, and the other way round; lengths around chunks, all types.
#include "io/stream/stream.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/support/temp_folder.hpp"

namespace dosi::stream {
namespace {

using test_support::Temp_folder;

template <class T>
std::vector<T> noise(std::size_t n) {
  std::mt19937_64 rng(n + sizeof(T));
  std::vector<T> v(n);
  for (auto& x : v) x = static_cast<T>(rng() % 100'000) / T(3);
  return v;
}

template <class T>
void round_trip(std::size_t rows, std::size_t columns, std::size_t chunk_rows, int deflate) {
  const Temp_folder folder;
  const auto values = noise<T>(rows * columns);
  {
    auto file = h5::File::create(folder / "a.h5");
    auto root = file.root();
    root.create_dimension("row", rows);
    root.create_dimension("column", columns);
    for (const char* name : {"ours", "library"})
      root.create_variable(name, h5::type_of<T>(), {"row", "column"}, {.deflate = deflate, .chunk_rows = chunk_rows});
    Writer writer(root.dataset("ours"));
    for (std::size_t at = 0; at < rows;) {  // uneven appends
      const auto n = std::min<std::size_t>(rows - at, 1 + at % 7 * 11);
      writer.append(std::span<const T>(values).subspan(at * columns, n * columns));
      at += n;
    }
    writer.finish();
    root.dataset("library").write_rows(0, rows, values.data());
    file.close();
  }
  const auto file = h5::File::open(folder / "a.h5");
  const auto root = file.root();
  for (const char* name : {"ours", "library"}) {
    EXPECT_EQ(read_all<T>(root, name), values) << name << ", " << rows << " x " << columns;
    std::vector<T> direct(rows * columns);
    root.dataset(name).read_rows(0, rows, direct.data());
    EXPECT_EQ(direct, values) << name << " through the library";
  }
  if (rows > 3) {
    Reader part(root.dataset("ours"), rows / 3, rows / 2);
    std::vector<T> got(rows / 2 * columns);
    ASSERT_EQ(part.read_bytes(got.data(), rows), rows / 2);
    EXPECT_TRUE(std::equal(got.begin(), got.end(), values.begin() + static_cast<std::ptrdiff_t>(rows / 3 * columns)));
  }
}

TEST(Stream, RoundTripsAgreeWithTheLibrary) {
  for (const std::size_t rows : {1, 2, 63, 64, 65, 1000, 4097})
    for (const int deflate : {0, 1, 6}) {
      round_trip<float>(rows, 3, 64, deflate);
      round_trip<double>(rows, 1, 64, deflate);
      round_trip<std::uint8_t>(rows, 5, 1000, deflate);
      round_trip<std::uint16_t>(rows, 5, 1, deflate);
      round_trip<std::int64_t>(rows, 2, 0, deflate);
    }
}

TEST(Stream, EmptyDatasetsReadAsEmpty) {
  const Temp_folder folder;
  auto file = h5::File::create(folder / "a.h5");
  auto root = file.root();
  root.create_dimension("row", 0);
  write_all<double>(root, "v", {"row"}, {});
  write_strings(root, "s", {"row"}, {});
  EXPECT_TRUE(read_all<double>(root, "v").empty());
  EXPECT_TRUE(read_strings(root, "s").empty());
}

TEST(Stream, IncompressibleChunksAreStoredAsTheyAre) {
  const Temp_folder folder;
  std::mt19937_64 rng(1);
  std::vector<std::uint64_t> values(100'000);
  for (auto& v : values) v = rng();
  auto file = h5::File::create(folder / "a.h5");
  auto root = file.root();
  root.create_dimension("row", values.size());
  write_all<std::uint64_t>(root, "v", {"row"}, values);
  file.close();
  const auto back = h5::File::open(folder / "a.h5");
  std::vector<std::uint64_t> direct(values.size());
  back.root().dataset("v").read_rows(0, direct.size(), direct.data());
  EXPECT_EQ(direct, values);
  EXPECT_EQ(read_all<std::uint64_t>(back.root(), "v"), values);
}

TEST(Stream, AppendsGrowAnExtendibleDataset) {
  const Temp_folder folder;
  auto file = h5::File::create(folder / "a.h5");
  auto root = file.root();
  root.create_dimension("row", 0, true);
  Writer writer(
      root.create_variable("v", h5::type_of<std::int64_t>(), {"row"}, {.extendible = true, .chunk_rows = 100}));
  std::vector<std::int64_t> all;
  for (std::int64_t block = 0; block < 57; ++block) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(block));
    std::iota(values.begin(), values.end(), block * 1000);
    writer.append<std::int64_t>(values);
    all.insert(all.end(), values.begin(), values.end());
  }
  writer.finish();
  EXPECT_EQ(read_all<std::int64_t>(root, "v"), all);
}

TEST(Stream, TextKeepsItsBytes) {
  const Temp_folder folder;
  auto file = h5::File::create(folder / "a.h5");
  auto root = file.root();
  const std::vector<std::string> values{"", "서울특별시 종로구", "a,b\n\"c\"", std::string(300, 'x'), "</script>"};
  root.create_dimension("row", values.size());
  write_strings(root, "s", {"row"}, values);
  EXPECT_EQ(read_strings(root, "s"), values);
}

TEST(Stream, TooFewRowsAreAnError) {
  const Temp_folder folder;
  auto file = h5::File::create(folder / "a.h5");
  auto root = file.root();
  root.create_dimension("row", 10);
  root.create_variable("v", h5::type_of<double>(), {"row"}, {});
  Writer writer(root.dataset("v"));
  writer.append<double>(std::vector<double>(9));
  EXPECT_THROW(writer.finish(), Error);
}

TEST(Stream, ADamagedChunkIsNamed) {
  const Temp_folder folder;
  {
    auto file = h5::File::create(folder / "a.h5");
    auto root = file.root();
    const std::vector<double> values(200'000, 1.5);
    root.create_dimension("row", values.size());
    write_all<double>(root, "v", {"row"}, values);
    haddr_t offset = 0;
    hsize_t size = 0;
    const hsize_t first = 0;
    unsigned mask = 0;
    H5Dget_chunk_info_by_coord(root.dataset("v").id(), &first, &mask, &offset, &size);
    file.close();
    std::fstream raw(folder / "a.h5", std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(static_cast<std::streamoff>(offset) + 20);
    raw << std::string(40, '\xFF');
  }
  const auto file = h5::File::open(folder / "a.h5");
  try {
    read_all<double>(file.root(), "v");
    FAIL() << "damage went unseen";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::bad_data);
    EXPECT_NE(std::string(e.what()).find("/v"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace dosi::stream
