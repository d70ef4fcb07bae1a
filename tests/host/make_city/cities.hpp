// Made cities for the tests: each is made once a process, in a folder of its own that goes away with it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <map>

#include "host/make_city/make_city.hpp"
#include "io/city/city.hpp"

namespace dosi::make_city::testing {

class Made_cities {
 public:
  static const std::filesystem::path& folder() {
    static const Made_cities here;
    return here.folder_;
  }
  static std::filesystem::path path(std::int64_t people, std::uint64_t seed) {
    static std::map<std::pair<std::int64_t, std::uint64_t>, std::filesystem::path> made;
    auto& path = made[{people, seed}];
    if (path.empty()) {
      path = folder() / (std::to_string(people) + "-" + std::to_string(seed) + ".h5");
      make({.people = people, .seed = seed, .out = path});
    }
    return path;
  }

 private:
  Made_cities() : folder_(std::filesystem::temp_directory_path() / ("dosi-made-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Made_cities() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path folder_;
};

inline city::City made(std::int64_t people, std::uint64_t seed) {
  return city::City::open(Made_cities::path(people, seed));
}

inline std::vector<double> numbers(const city::Table& table, const std::string& column) {
  return table.find(column)->as_numbers();
}

inline std::vector<double> truth(const city::City& city, const std::string& group, const std::string& name) {
  return stream::read_as_double(city.root().group("truth/" + group), name);
}

}  // namespace dosi::make_city::testing
