// A made city in a folder of its own, for as long as a test lives.
#pragma once

#include <cstdint>
#include <filesystem>

#include "host/make_city/make_city.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::test_support {

struct Made_city {
  explicit Made_city(std::int64_t people) { make_city::make({.people = people, .seed = 5, .out = path}); }
  Temp_folder folder;
  std::filesystem::path path = folder / "city.h5";
};

}  // namespace dosi::test_support
