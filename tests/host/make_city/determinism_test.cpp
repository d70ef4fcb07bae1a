// The same seed makes the same arrays, with any number of threads and on any machine; another seed another city.
#include <gtest/gtest.h>
#include <omp.h>

#include "tests/host/make_city/cities.hpp"

namespace dosi::make_city {
namespace {

using testing::Made_cities;

// FNV-1a over names, shapes and values of every dataset, in name order: contents, not file bytes.
void digest(const h5::Group& group, std::uint64_t& hash) {
  const auto add = [&](const void* data, std::size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ p[i]) * 0x100000001B3u;
  };
  for (const auto& name : group.variables()) {
    const auto d = group.dataset(name);
    std::vector<std::byte> bytes(d.rows() * d.row_bytes());
    d.read_rows(0, d.rows(), bytes.data());
    add(name.data(), name.size());
    add(bytes.data(), bytes.size());
  }
  for (const auto& name : group.groups()) {
    add(name.data(), name.size());
    digest(group.group(name), hash);
  }
}

std::uint64_t digest_of(const std::filesystem::path& path) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  digest(city::City::open(path).root(), hash);
  return hash;
}

std::uint64_t made_with_threads(int threads, std::uint64_t seed) {
  const auto path = Made_cities::folder() / "threads.h5";
  const int before = omp_get_max_threads();
  omp_set_num_threads(threads);
  make({.people = 20000, .seed = seed, .out = path, .overwrite = true});
  omp_set_num_threads(before);
  return digest_of(path);
}

TEST(Make_city_determinism, one_and_more_threads_make_the_same_city) {
  const auto one = made_with_threads(1, 5);
  EXPECT_EQ(one, made_with_threads(2, 5));
  EXPECT_EQ(one, made_with_threads(3, 5));
}

// A change here means that made cities are no longer those of earlier versions: say so in docs/make-city.md.
TEST(Make_city_determinism, the_city_of_seed_5_is_the_one_of_all_machines) {
  EXPECT_EQ(made_with_threads(2, 5), 10356276798605088009u);
}

TEST(Make_city_determinism, another_seed_makes_another_city) {
  const auto a = testing::made(20000, 5), b = testing::made(20000, 6);
  EXPECT_NE(digest_of(Made_cities::path(20000, 5)), digest_of(Made_cities::path(20000, 6)));
  EXPECT_NE(a.read_raster("terrain").values, b.read_raster("terrain").values);
  EXPECT_NE(a.read_network("streets").nodes(), b.read_network("streets").nodes());
}

TEST(Make_city_options, refuses_what_cannot_be) {
  const auto path = Made_cities::folder() / "refused.h5";
  EXPECT_THROW(make({.people = 19999, .out = path}), Error);
  EXPECT_THROW(make({.people = 20'000'001, .out = path}), Error);
  EXPECT_THROW(make({.people = 20000, .out = path, .extent_km = 0.5}), Error);
  EXPECT_THROW(make({.people = 20000, .seed = 5, .out = Made_cities::path(20000, 5)}), Error);
  EXPECT_THROW(make({.people = 20000, .out = Made_cities::folder() / "no" / "such" / "folder.h5"}), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
  try {
    make({.people = 1, .out = path, .extent_km = 0.5});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::usage);
    EXPECT_NE(std::string(e.what()).find("--people 1"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("--extent"), std::string::npos);
  }
}

}  // namespace
}  // namespace dosi::make_city
